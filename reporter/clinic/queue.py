"""The queue, a page at a time: as quick with a million reports behind it as with ten thousand.

What is open or waits stands in short indexes of its own; only the lines shown are opened.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reporter.clinic import casebook, reports, staff, told, treatments, unread
from reporter.clinic.casebook import COLUMNS, Case
from reporter.clinic.cases import QueueRow
from reporter.clinic.silent import LOOK_BACK, NOT_SENT
from reporter.clinic.treatments import Treatment
from reporter.clinic.unchanged import once
from reporter.clock import stamp
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.levels import Level

# Beyond this nobody counts: "100+".
MOST_COUNTED = 100
# What time alone changes (a silence begins, "today" ends) shows this soon.
CHANGES_BY_ITSELF = timedelta(minutes=10)
RESTS = "state in ('waiting', 'monitoring')"
# What only waits for a second person's yes stands below who is to be called, at the same level.
ORDER = (
    "order by undecided desc, level desc, (case when state = 'closing' then 1 else 0 end), "
    "due_at, id limit :n"
)
# Few are somebody's own: found by their owner and then put in order. The plain order would lead
# SQLite through the whole queue to find them.
OWN_ORDER = ORDER.replace("order by undecided", "order by coalesce(undecided, 0)")
EMERGENCIES = f"is_open = 1 and (undecided = 1 or level = {Level.EMERGENCY.value})"
MOST_EMERGENCIES = 500
TABS = {
    "todo": f"is_open = 1 and (not {RESTS} or due_at <= :now) {ORDER}",
    "mine": f"is_open = 1 and owner_id = :me {OWN_ORDER}",
    "waiting": f"{RESTS} and due_at > :now {ORDER}",
    # Who to call before anybody else, whichever tab is shown.
    "first": f"is_open = 1 and state <> 'closing' and (not {RESTS} or due_at <= :now) {ORDER}",
    "emergencies": f"{EMERGENCIES} order by opened_at desc, id limit :n",
    "closed": "is_open = 0 order by closed_at desc, id desc limit :n",
}

# Begun with who was asked and has not answered, of which there is an index: "cross join" keeps that
# order in SQLite, and "coalesce" keeps it from the index of all that was ever due.
IN_VAIN = """
from checkins k cross join treatments t cross join patients p
where k.clinic_id = :c and k.kind = 'checkin' and k.due_at >= :since and k.due_at <= :now
  and k.answered_at is null and k.phoned_at is null
  and {how}
  and t.clinic_id = k.clinic_id and t.id = k.treatment_id
  and p.clinic_id = t.clinic_id and p.id = t.patient_id and p.wrapped_key is not null
  and not exists (select 1 from checkins l
    where l.clinic_id = k.clinic_id and l.treatment_id = k.treatment_id and l.kind = 'checkin'
    and (l.answered_at is not null or l.phoned_at is not null) and l.due_at <= :now
    and (l.due_at, l.id) > (k.due_at, k.id))
  and not exists (select 1 from reports r
    where r.clinic_id = k.clinic_id and r.treatment_id = k.treatment_id
    and r.received_at >= k.due_at)
"""
BY_MAIL = """(k.sent_at is not null or k.bounced_at is not null)
  and (k.bounced_at is not null or k.closes_at <= :now)
  and coalesce(k.state, '') in ('sent', 'missed')"""
BY_PHONE = """k.state = 'stopped' and t.stopped_at is null and p.may_email = 1
  and p.email_refused_at is not null and p.checkins_stopped_at is null"""
SILENT = (
    f"select k.treatment_id {IN_VAIN.format(how=BY_MAIL)} "
    f"union select k.treatment_id {IN_VAIN.format(how=BY_PHONE)} "
    f"union select k.treatment_id {IN_VAIN.format(how=NOT_SENT)} limit :n"
)


@dataclass(frozen=True)
class Counts:
    """How many stand on each tab. From `to_read` on they are counted up to MOST_COUNTED.

    `overdue` are those of `to_read` that should have been read by now.
    """

    todo: int
    mine: int
    waiting: int
    to_read: int
    unfinished: int
    silent: int
    overdue: int = 0


def picked(
    db: Database, clinic_id: str, tab: str, staff_id: str, at: datetime, limit: int
) -> tuple[QueueRow, ...]:
    """The first cases of a tab, who to call first on top; of closed ones the last closed."""
    wanted = {"now": stamp(at), "me": staff_id}
    asked = {name: value for name, value in wanted.items() if f":{name}" in TABS[tab]}
    rows = db.query(
        f"{COLUMNS} where clinic_id = :c and {TABS[tab]}", c=clinic_id, n=limit, **asked
    )
    return opened(db, clinic_id, tuple(casebook.from_row(row) for row in rows))


def whole(db: Database, clinic_id: str, limit: int = MOST_EMERGENCIES) -> tuple[QueueRow, ...]:
    """Every open case, also what rests, who to call first on top."""
    return opened(db, clinic_id, casebook.all_open(db, clinic_id, limit))


def emergency_ids(db: Database, clinic_id: str) -> tuple[str, ...]:
    """Every open emergency, told by its number only; no patient's record is opened."""
    rows = db.query(
        f"select id from cases where clinic_id = :c and {TABS['emergencies']}",  # noqa: S608 - ours
        c=clinic_id,
        n=MOST_EMERGENCIES,
    )
    return tuple(row["id"] for row in rows)


def latest_emergencies(db: Database, clinic_id: str, limit: int) -> tuple[QueueRow, ...]:
    rows = db.query(
        f"{COLUMNS} where clinic_id = :c and {TABS['emergencies']}", c=clinic_id, n=limit
    )
    return opened(db, clinic_id, tuple(casebook.from_row(row) for row in rows))


def escalated_now(db: Database, clinic_id: str) -> str:
    """Another text whenever the list of questions to practitioners is another one."""
    rows = db.query(
        "select id, version from cases where clinic_id = :c and is_open = 1 "
        "and state = 'escalated' order by id",
        c=clinic_id,
    )
    return " ".join(f"{row['id']}.{row['version']}" for row in rows)


def opened(db: Database, clinic_id: str, some: tuple[Case, ...]) -> tuple[QueueRow, ...]:
    """These cases with all that a line of the queue shows, in the same order, in a few reads."""
    held_ids = tuple(case.treatment_id for case in some)
    held = treatments.some(db, clinic_id, held_ids)
    said = reports.of_treatments(db, clinic_id, held_ids)
    added = told.of_cases(db, clinic_id, tuple(case.id for case in some))
    names = {one.id: one.name for one in staff.everybody(db, clinic_id)}
    shown = _matched(db, clinic_id, held)
    return tuple(
        QueueRow(
            case,
            shown.get(case.treatment_id, held[case.treatment_id]),
            tuple(said[case.treatment_id]),
            names.get(case.owner_id or "", ""),
            added.get(case.id, ()),
        )
        for case in some
    )


def _matched(db: Database, clinic_id: str, held: dict[str, Treatment]) -> dict[str, Treatment]:
    """For what came by the poster and was matched: the treatment that it is about."""
    to = {one.id: one.matched_id for one in held.values() if one.matched_id}
    if not to:
        return {}
    real = treatments.some(db, clinic_id, tuple(to.values()))
    return {one: real[other] for one, other in to.items() if other in real}


def picked_at(
    db: Database, clinic_id: str, tab: str, staff_id: str, at: datetime, limit: int, revision: str
) -> tuple[QueueRow, ...]:
    """As `picked`, read once for each `revision` however many pages show it."""
    whose = staff_id if tab == "mine" else ""
    return once(
        db,
        clinic_id,
        revision,
        (tab, whose, limit),
        lambda: picked(db, clinic_id, tab, staff_id, at, limit),
    )


def counts_at(db: Database, clinic_id: str, staff_id: str, at: datetime, revision: str) -> Counts:
    """As `counts`, counted once for each `revision`; only "mine" is somebody's own."""
    known = once(db, clinic_id, revision, "counts", lambda: counts(db, clinic_id, staff_id, at))
    return replace(known, mine=_mine(db, clinic_id, staff_id))


def _mine(db: Database, clinic_id: str, staff_id: str) -> int:
    return _count(db, "is_open = 1 and owner_id = :me", clinic_id, me=staff_id)


def counts(db: Database, clinic_id: str, staff_id: str, at: datetime) -> Counts:
    overdue = unread.overdue(db, clinic_id, at, MOST_COUNTED)
    rests = _count(
        db,
        f"{RESTS} and due_at > :now",
        clinic_id,
        now=stamp(at),
    )
    return Counts(
        todo=_count(db, "is_open = 1", clinic_id) - rests,
        mine=_mine(db, clinic_id, staff_id),
        waiting=rests,
        to_read=unread.count_words(db, clinic_id, MOST_COUNTED),
        unfinished=unread.count_left(db, clinic_id, MOST_COUNTED),
        silent=_count_silent(db, clinic_id, at),
        overdue=overdue.texts if overdue else 0,
    )


def _count(db: Database, which: str, clinic_id: str, **values: str) -> int:
    row = db.one(
        f"select count(*) as n from cases where clinic_id = :c and {which}",  # noqa: S608 - ours
        c=clinic_id,
        **values,
    )
    return int(row["n"]) if row else 0


def _count_silent(db: Database, clinic_id: str, at: datetime) -> int:
    """As `silent.silent` finds them: asked in vain, and neither answered nor phoned since."""
    row = db.one(
        f"select count(*) as n from ({SILENT}) as found",  # noqa: S608 - ours
        c=clinic_id,
        since=stamp(at - LOOK_BACK),
        now=stamp(at),
        n=MOST_COUNTED,
    )
    return int(row["n"]) if row else 0


def revision(db: Database, clinic_id: str, at: datetime) -> str:
    """Another one whenever a queue of this clinic may show something else; it writes nothing.

    Every change has its event, whose number counts; a case that rested comes back by time alone.
    """
    back = db.one(
        f"select max(due_at) as at from cases where clinic_id = :c and {RESTS} and due_at <= :now",  # noqa: S608
        c=clinic_id,
        now=stamp(at),
    )
    spell = int(at.timestamp() // CHANGES_BY_ITSELF.total_seconds())
    return f"{audit.revision(db, clinic_id)}.{spell}.{back['at'] if back else ''}"
