"""Who was asked and did not answer, or could not be asked by e-mail: work for a nurse, by risk.

Silence is never "well". To whom no e-mail can go any more, each check-in that comes due is one that
only the telephone can ask; so is one whose whole window passed while no mail went out. Who has
reported since, or was asked by telephone since, is not silent any more. Nothing here decides
anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import treatments
from reporter.clinic.checkins import COLUMNS, STOPPED, Checkin, from_row
from reporter.clinic.silent_risk import Risk, risk_of
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.db import Database
from reporter.rules.levels import Level

# So long after it was due a check-in is no reason to call any more: the effect wears off.
LOOK_BACK = timedelta(days=60)
ASKED = (
    "(state <> 'stopped' "
    "and (sent_at is not null or answered_at is not null or bounced_at is not null))"
)
# Planned in time, not sent in its window: the mail server or the scheduler was down. Not what had
# gone by when the visit was entered, nor what waited for a case or for consent.
# Of checkins as k; the count of the queue has the same words.
NOT_SENT = (
    "(k.state = 'missed' and k.sent_at is null and k.planned_at <= k.due_at "
    "and k.paused_at is null and k.stopped_at is null)"
)
# The address is dead, while the patient agreed to be asked and has not stopped it.
BY_PHONE_ONLY = (
    "(state = 'stopped' and treatment_id in (select t.id from treatments t "
    "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
    "where t.clinic_id = :c and t.stopped_at is null and p.email_refused_at is not null "
    "and p.may_email = 1 and p.checkins_stopped_at is null))"
)


# Only of whoever has left something unanswered, or could not be asked by e-mail, all of it is read:
# of these there are short indexes, and most people have answered.
MAYBE = f"""treatment_id in (
  select treatment_id from checkins where clinic_id = :c and kind = 'checkin'
  and answered_at is null and phoned_at is null and (sent_at is not null or bounced_at is not null)
  and due_at >= :since and due_at <= :now
  union select treatment_id from checkins
  where clinic_id = :c and state = 'stopped' and due_at >= :since and due_at <= :now
  union select treatment_id from checkins k where clinic_id = :c and {NOT_SENT}
  and due_at >= :since and due_at <= :now)"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Silent:
    """One treatment of somebody who is silent. `unanswered` is oldest first and never empty.

    `level` is the most urgent that they ever reported; `day` counts from the treatment; `risk` only
    orders the list.
    """

    treatment: Treatment
    unanswered: tuple[Checkin, ...]
    bounced: bool
    level: Level | None
    day: int
    risk: Risk

    @property
    def since(self) -> datetime:
        """When they were first asked in vain."""
        return self.unanswered[0].due_at


def silent(db: Database, clinic_id: str, at: datetime) -> tuple[Silent, ...]:
    """Everybody who is silent at this time, who to call first on top."""
    rows = db.query(
        f"select {COLUMNS} from checkins k where clinic_id = :c and kind = 'checkin' "  # noqa: S608
        "and state in ('sent', 'answered', 'missed', 'stopped') and due_at >= :since "
        f"and due_at <= :now and {MAYBE} and ({ASKED} or {NOT_SENT} or {BY_PHONE_ONLY}) "
        "order by due_at, id",
        c=clinic_id,
        since=stamp(at - LOOK_BACK),
        now=stamp(at),
    )
    asked: dict[str, list[Checkin]] = defaultdict(list)
    for row in rows:
        asked[row["treatment_id"]].append(from_row(row))
    waiting = {key: left for key, every in asked.items() if (left := _unanswered(every, at))}
    waiting, levels = _since_last_report(db, clinic_id, waiting)
    visits = treatments.some(db, clinic_id, tuple(waiting))
    found = [_judged(visits[key], left, levels.get(key), at) for key, left in waiting.items()]
    going = [one for one in found if one.treatment.patient.wrapped_key]
    return tuple(sorted(going, key=in_order))


def in_order(one: Silent) -> tuple[int, int, datetime, str]:
    """Who is called first: the most at risk; of two alike whoever was treated later, since more can
    still be done; then whoever has been silent for longer."""
    return -one.risk.points, one.day, one.since, one.treatment.id


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
    rows = db.query(
        "select treatment_id, max(level) as level, max(received_at) as last from reports "
        "where clinic_id = :c and treatment_id in (:ids) group by treatment_id",
        c=clinic_id,
        ids=tuple(waiting),
    )
    last = {row["treatment_id"]: instant(row["last"]) for row in rows}
    levels = {row["treatment_id"]: Level(row["level"]) for row in rows if row["level"] is not None}
    left = {
        key: since
        for key, every in waiting.items()
        if (since := tuple(one for one in every if key not in last or one.due_at > last[key]))
    }
    return left, levels


def _judged(
    treatment: Treatment, left: tuple[Checkin, ...], level: Level | None, at: datetime
) -> Silent:
    # Not what came back from an address that was corrected since.
    bounced = treatment.patient.email_refused_at is not None
    day = treatment.day(at, treatment.patient.zone)
    return Silent(treatment, left, bounced, level, day, risk_of(treatment, level, bounced, day))
