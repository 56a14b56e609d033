"""The clock of the cases: what nobody takes or what is late is told, further up, each step once.

A step is a row for a case, its due time and the step, written with its messages and its line in
the timeline: two schedulers at once raise it once, and a killed one raises it the next time.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from reporter.clinic import absence, alerts, casebook, cases, clinics, late_reading, unclaimed
from reporter.clinic.case_times import in_minutes
from reporter.clinic.casebook import Case
from reporter.clinic.cases import Conflict
from reporter.clinic.clinics import Clinic
from reporter.clinic.roles import CLINICIANS, DIRECTOR, NURSE, PRACTITIONER
from reporter.clinic.staff import Staff
from reporter.clinic.steps import UNCLAIMED
from reporter.clock import instant, stamp
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.records.seal import Unreadable
from reporter.rules.levels import Level

log = logging.getLogger(__name__)
# So many late cases are looked at in one round; the rest a moment later.
AT_ONCE = 500


def in_all_clinics(db: Database, at: datetime, stopped: Callable[[], bool] = bool) -> int:
    """One round: give back, raise, follow up. How many cases were released or raised."""
    total = 0
    for clinic in clinics.all_clinics(db):
        if stopped():
            break
        total += absence.release(db, clinic, at)
        total += raise_steps(db, clinic, at, stopped)
        total += follow_pages(db, clinic, at)
        late_reading.tell(db, clinic, at)
    return total


def raise_steps(
    db: Database, clinic: Clinic, at: datetime, stopped: Callable[[], bool] = bool
) -> int:
    """Raise every step whose time has come. How many cases were raised."""
    done, count = _raised(db, clinic.id, at), 0
    for case, due in _with_steps(db, clinic, at):
        if stopped() or count >= AT_ONCE:
            break
        if steps := [one for one in due if (case.id, case.due_at, one) not in done]:
            count += _done(db, lambda c=case, s=steps: _raise(db, clinic, c, s, at))  # type: ignore[misc]
    return count


def _with_steps(db: Database, clinic: Clinic, at: datetime) -> list[tuple[Case, list[str]]]:
    """Every case that somebody is to be told of by now, and who: the longest late first."""
    late = casebook.overdue(db, clinic.id, at)
    nobodys = {case.id: case for case in unclaimed.too_long(db, clinic, at)}
    found = [
        (case, [UNCLAIMED] * (case.id in nobodys) + _due_steps(clinic, case, at)) for case in late
    ]
    seen = {case.id for case in late}
    return found + [(case, [UNCLAIMED]) for case in nobodys.values() if case.id not in seen]


def _done(db: Database, work: Callable[[], bool]) -> bool:
    """One case in a transaction of its own. Where somebody moves it at this very moment, or its
    row cannot be read, nothing is kept of it: the others have their turn, and it has the next."""
    try:
        return db.atomically(work)
    except Conflict:
        return False
    except (Unreadable, LookupError, ValueError) as trouble:
        log.error("A late case could not be raised: %s.", type(trouble).__name__)
        return False


def _raised(
    db: Database, clinic_id: str, at: datetime
) -> frozenset[tuple[str, datetime | None, str]]:
    """The steps that were raised already of what is late or nobody's, each with its due time."""
    rows = db.query(
        "select case_id, due_at, step from case_steps where clinic_id = :c and case_id in "
        "(select id from cases where clinic_id = :c and is_open = 1 "
        "and (due_at <= :now or state = 'new'))",
        c=clinic_id,
        now=stamp(at),
    )
    return frozenset((row["case_id"], instant(row["due_at"]), row["step"]) for row in rows)


def _due_steps(clinic: Clinic, case: Case, at: datetime) -> list[str]:
    """Who is to be told by now. What waits for a second look counts as urgent: it was acted on."""
    if case.due_at is None:
        return []
    level = Level.URGENT if case.state == "closing" else case.gravity
    return [
        step
        for step, minutes in clinic.steps.of(level).in_order()
        if in_minutes(minutes, case, case.due_at, clinic) <= at
    ]


def _raise(db: Database, clinic: Clinic, seen: Case, steps: list[str], at: datetime) -> bool:
    """False where it is not late any more, or another scheduler was first."""
    case = casebook.get(db, clinic.id, seen.id)
    if not case.is_open or case.due_at != seen.due_at or case.due_at is None:
        return False
    steps = [step for step in steps if step != UNCLAIMED or case.state == "new"]
    mine = [step for step in steps if _is_mine(db, case, case.due_at, step, at)]
    if not mine:
        return False
    people = [person for step in mine for person in _people(db, case, step)]
    people = [] if alerts.enough_of_posters(db, clinic, case, "poster steps", at) else people
    what = _what(case, mine)
    told = alerts.tell(db, clinic, case, what, people, at)
    paged = case.gravity >= Level.URGENT and alerts.page_when_closed(db, clinic, case, at)
    _note(db, case, "overdue", at, steps=mine, what=what, told=told, paged=paged)
    return True


def _what(case: Case, steps: list[str]) -> str:
    """What the mail says."""
    if _is_unanswered(case):
        return "unanswered"
    if case.state == "closing":
        return "confirm_late"
    return "unclaimed" if steps == [UNCLAIMED] else "late"


def _is_unanswered(case: Case) -> bool:
    return case.state == "escalated" and case.acknowledged_by is None


def _is_mine(db: Database, case: Case, due_at: datetime, step: str, at: datetime) -> bool:
    return bool(
        db.run(
            "insert into case_steps (clinic_id, case_id, due_at, step, raised_at) "
            "values (:c, :id, :due, :step, :at) on conflict do nothing",
            c=case.clinic_id,
            id=case.id,
            due=stamp(due_at),
            step=step,
            at=stamp(at),
        )
    )


def _people(db: Database, case: Case, step: str) -> list[Staff]:
    """Who is told at a step; where nobody has that role, the next who can help."""
    if step == UNCLAIMED:
        return alerts.of_roles(db, case.clinic_id, alerts.TOLD_BY_EMAIL)
    if step == "owner":
        return _owners(db, case)
    if case.state == "closing":
        return alerts.others(db, case, {PRACTITIONER} if step == "practitioner" else {DIRECTOR})
    first = {"practitioner": (PRACTITIONER, DIRECTOR), "director": (DIRECTOR, PRACTITIONER)}[step]
    found = (alerts.of_roles(db, case.clinic_id, {role}) for role in (*first, NURSE))
    return next((people for people in found if people), [])


def _owners(db: Database, case: Case) -> list[Staff]:
    """Who has it in hand: its owner and the practitioner who answered, or every nurse.

    Where nobody has answered yet, all who may answer come first.
    """
    everybody = alerts.of_roles(db, case.clinic_id, CLINICIANS)
    if case.state == "closing":
        return alerts.others(db, case, CLINICIANS) or everybody
    if _is_unanswered(case):
        asked = alerts.those_who_answer(db, case.clinic_id)
        return asked + [one for one in everybody if one.id == case.owner_id]
    mine = [one for one in everybody if one.id in {case.owner_id, case.acknowledged_by}]
    return mine or alerts.of_roles(db, case.clinic_id, {NURSE}) or everybody


def follow_pages(db: Database, clinic: Clinic, at: datetime) -> int:
    """An e-mail for each page that was not accepted in time. How many."""
    rows = db.query(
        "select p.outbox_id, p.case_id, o.state from pages p left join outbox o "
        "on o.clinic_id = p.clinic_id and o.id = p.outbox_id "
        "where p.clinic_id = :c and p.settled_at is null "
        "and (p.paged_at <= :then or o.state <> 'due')",
        c=clinic.id,
        then=stamp(at - timedelta(minutes=clinic.waits.second_way)),
    )
    return sum(
        _done(
            db,
            lambda r=row: _settle(db, clinic, r["outbox_id"], r["case_id"], r["state"], at),  # type: ignore[misc]
        )
        for row in rows
    )


def _settle(
    db: Database, clinic: Clinic, page: str, case_id: str, state: str | None, at: datetime
) -> bool:
    changed = db.run(
        "update pages set settled_at = :at "
        "where clinic_id = :c and outbox_id = :page and settled_at is null",
        c=clinic.id,
        page=page,
        at=stamp(at),
    )
    case = casebook.get(db, clinic.id, case_id)
    if not changed or state == "sent" or not case.is_open:
        return False
    log.error("A page to on-call was not accepted. An e-mail follows.")
    if clinic.on_call_email:
        alerts.write(db, clinic, case, "unpaged", clinic.on_call_email, at)
    else:
        people = alerts.of_roles(db, clinic.id, {PRACTITIONER, DIRECTOR})
        people = people or alerts.of_roles(db, clinic.id, {NURSE})
        alerts.tell(db, clinic, case, "unpaged", people, at)
    _note(db, case, "page_failed", at)
    return True


def _note(db: Database, case: Case, verb: str, at: datetime, **details: object) -> None:
    """A line in the timeline, in the open transaction."""
    cases.move(
        db,
        case.clinic_id,
        case.id,
        verb,
        by=SYSTEM,
        at=at,
        expected_version=case.version,
        **details,
    )
