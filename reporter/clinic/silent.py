"""Who was asked and did not answer, or cannot be reached by e-mail: work for a nurse, by risk.

Silence is never "well". To whom no e-mail can go any more, each check-in that comes due is one that
only the telephone can ask. Who has reported since, or was asked by telephone since, is not silent
any more. The order is clinical judgement, not verified; nothing here decides anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import treatments
from reporter.clinic.checkins import COLUMNS, FOR_EVER, STOPPED, Checkin, from_row
from reporter.clinic.treatments import Treatment
from reporter.clock import maybe_instant, stamp
from reporter.records.db import Database
from reporter.rules.levels import Level

# So long after it was due a check-in is no reason to call any more: the effect wears off.
LOOK_BACK = timedelta(days=60)
# Spread is gravest with these (FDA boxed warning); swallowing and voice suffer from these areas.
FACTORS = frozenset(
    {
        "myasthenia_gravis",
        "lambert_eaton",
        "als",
        "neuromuscular_other",
        "swallowing_problem_before",
        "breathing_problem_before",
        "aminoglycoside",
        "muscle_relaxant",
        "unlicensed_injector",
        "dose_above_label",
        "child",
    }
)
AREAS = frozenset({"neck", "platysma", "masseter", "lips", "axilla", "limb", "bladder"})
# The most units in one session, by product; units of one are not those of another.
MOST_UNITS = {"dysport": 1000, "azzalure": 1000, "myobloc": 10_000}
USUAL_MOST = 400
ASKED = (
    "(state <> 'stopped' "
    "and (sent_at is not null or answered_at is not null or bounced_at is not null))"
)
# The address is dead, while the patient agreed to be asked and has not stopped it.
BY_PHONE_ONLY = (
    "(state = 'stopped' and treatment_id in (select t.id from treatments t "
    "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
    "where t.clinic_id = :c and t.stopped_at is null and p.email_refused_at is not null "
    "and p.may_email = 1 and p.checkins_stopped_at is null))"
)
POINTS = {"reported": 8, "bounced": 4, "factor": 4, "area": 2}


@dataclass(frozen=True)
class Silent:
    """One treatment of somebody who is silent. `unanswered` is oldest first and never empty.

    `level` is the most urgent that they ever reported. `because` says in a few words each what
    puts them where they stand; `risk` only orders the list.
    """

    treatment: Treatment
    unanswered: tuple[Checkin, ...]
    bounced: bool
    level: Level | None
    risk: int
    because: tuple[str, ...]

    @property
    def since(self) -> datetime:
        """When they were first asked in vain."""
        return self.unanswered[0].due_at


def silent(db: Database, clinic_id: str, at: datetime) -> tuple[Silent, ...]:
    """Everybody who is silent at this time, who to call first on top."""
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and kind = 'checkin' "  # noqa: S608
        "and state in ('sent', 'answered', 'missed', 'stopped') and due_at >= :since "
        f"and due_at <= :now and ({ASKED} or {BY_PHONE_ONLY}) order by due_at, id",
        c=clinic_id,
        since=stamp(at - LOOK_BACK),
        now=stamp(at),
    )
    asked: dict[str, list[Checkin]] = defaultdict(list)
    for row in rows:
        asked[row["treatment_id"]].append(from_row(row))
    waiting = {key: left for key, every in asked.items() if (left := _unanswered(every, at))}
    waiting, levels = _since_last_report(db, clinic_id, waiting)
    found = [_judged(db, clinic_id, key, left, levels) for key, left in waiting.items()]
    going = [one for one in found if one.treatment.patient.wrapped_key]
    return tuple(sorted(going, key=lambda one: (-one.risk, one.since, one.treatment.id)))


def _unanswered(every: Iterable[Checkin], at: datetime) -> tuple[Checkin, ...]:
    """The check-ins in vain since the last that was answered, or asked for by telephone."""
    left: list[Checkin] = []
    for one in every:
        if one.answered_at or one.phoned_at:
            left = []
        elif _in_vain(one) or one.closes_at <= at:
            left.append(one)
    return tuple(left)


def _in_vain(one: Checkin) -> bool:
    """No answer can come to it, however long it is waited for."""
    return one.bounced_at is not None or one.state == STOPPED


def _since_last_report(
    db: Database, clinic_id: str, waiting: Mapping[str, tuple[Checkin, ...]]
) -> tuple[dict[str, tuple[Checkin, ...]], dict[str, Level]]:
    """What was asked after they last said something, and the most urgent that they ever said."""
    left, levels = {}, {}
    for treatment_id, every in waiting.items():
        row = db.one(
            "select max(level) as level, max(received_at) as last from reports "
            "where clinic_id = :c and treatment_id = :t",
            c=clinic_id,
            t=treatment_id,
        )
        last = maybe_instant(row["last"]) if row else None
        if since := tuple(one for one in every if last is None or one.due_at > last):
            left[treatment_id] = since
        if row and row["level"] is not None:
            levels[treatment_id] = Level(row["level"])
    return left, levels


def _judged(
    db: Database,
    clinic_id: str,
    treatment_id: str,
    left: tuple[Checkin, ...],
    levels: Mapping[str, Level],
) -> Silent:
    treatment, level = treatments.get(db, clinic_id, treatment_id), levels.get(treatment_id)
    bounced = any(one.bounce in FOR_EVER or one.state == STOPPED for one in left)
    reasons = list(_reasons(treatment, level, bounced))
    risk = sum(points for points, _ in reasons)
    return Silent(treatment, left, bounced, level, risk, tuple(words for _, words in reasons))


def _reasons(treatment: Treatment, level: Level | None, bounced: bool) -> Iterator[tuple[int, str]]:
    if level is not None and level >= Level.CALL_BACK:
        yield POINTS["reported"] + int(level), f"reported {level.id.replace('_', ' ')} before"
    if bounced:
        yield POINTS["bounced"], "e-mail does not reach them"
    for factor in sorted(FACTORS & set(treatment.factors)):
        yield POINTS["factor"], factor.replace("_", " ")
    for area in sorted(AREAS & {dose.area for dose in treatment.areas}):
        yield POINTS["area"], f"treated: {area.replace('_', ' ')}"
    units, most = sum(dose.units for dose in treatment.areas), _most(treatment.product)
    if units * 4 >= most:
        yield min(int(units * 4 // most), 4), f"{units:g} units"


def _most(product: str) -> int:
    words = product.casefold().split()
    return next((most for name, most in MOST_UNITS.items() if name in words), USUAL_MOST)
