"""Texts to read whose time has passed: the nurses are told, then further up, each once a day.

The minutes are those of a call-back, in opening hours: nobody is written to at night or on a day
on which the clinic is closed. A step is a row for a clinic, a day and who is told, written with its
messages: two schedulers at once raise it once, and a killed one raises it the next time.
"""

from collections.abc import Iterator
from datetime import datetime

from reporter.clinic import alerts, unread
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local, spans
from reporter.clinic.open_minutes import later
from reporter.clinic.roles import DIRECTOR, NURSE, PRACTITIONER
from reporter.clinic.staff import Staff
from reporter.clinic.unread import Overdue
from reporter.clock import stamp
from reporter.mail import messages, outbox
from reporter.records.audit import SYSTEM, record
from reporter.records.db import Database

# Who is told at each step; where nobody has the first role, the next that can help.
ROLES = {
    "owner": (NURSE, PRACTITIONER, DIRECTOR),
    "practitioner": (PRACTITIONER, DIRECTOR, NURSE),
    "director": (DIRECTOR, PRACTITIONER, NURSE),
}


def tell(db: Database, clinic: Clinic, at: datetime) -> int:
    """Tell whoever has not been told today. To how many an e-mail goes."""
    late = unread.overdue(db, clinic.id, at)
    if late is None:
        return 0
    day = local(clinic.hours.zone, at).date().isoformat()
    due = list(_due_steps(clinic, late.since, at))
    raised = _raised(db, clinic.id, day) if due else set()
    steps = [step for step in due if step not in raised]
    return db.atomically(lambda: _tell(db, clinic, late, day, steps, at)) if steps else 0


def _due_steps(clinic: Clinic, since: datetime, at: datetime) -> Iterator[str]:
    """None on a closed day; on a later open day not before the clinic opens."""
    open_today = spans(clinic.hours, local(clinic.hours.zone, at).date())
    if not open_today or at < open_today[0][0]:
        return
    for step, minutes in clinic.steps.call_back.in_order():
        if later(clinic.hours, since, minutes) <= at:
            yield step


def _raised(db: Database, clinic_id: str, day: str) -> set[str]:
    rows = db.query(
        "select step from reading_steps where clinic_id = :c and day = :day", c=clinic_id, day=day
    )
    return {row["step"] for row in rows}


def _tell(
    db: Database, clinic: Clinic, late: Overdue, day: str, steps: list[str], at: datetime
) -> int:
    mine = [step for step in steps if _is_mine(db, clinic.id, day, step, at)]
    if not mine:
        return 0
    told = {one.email for step in mine for one in _people(db, clinic.id, step)}
    told -= {one.email for step in _before(mine[0]) for one in _people(db, clinic.id, step)}
    for address in sorted(told):
        messages.post(
            db,
            clinic.id,
            name="reading_late",
            language="en",
            to=address,
            at=at,
            priority=outbox.ALERT,
            clinic_name=clinic.name,
            reply_to=clinic.reply_to,
            texts=late.words,
            due=local(clinic.hours.zone, late.since),
        )
    record(
        db, clinic.id, SYSTEM, "report.reading_late", clinic.id, at, texts=late.texts, steps=mine
    )
    return len(told)


def _before(step: str) -> list[str]:
    """The steps that come before: whoever was told there today is not told again."""
    return list(ROLES)[: list(ROLES).index(step)]


def _is_mine(db: Database, clinic_id: str, day: str, step: str, at: datetime) -> bool:
    return bool(
        db.run(
            "insert into reading_steps (clinic_id, day, step, raised_at) "
            "values (:c, :day, :step, :at) on conflict do nothing",
            c=clinic_id,
            day=day,
            step=step,
            at=stamp(at),
        )
    )


def _people(db: Database, clinic_id: str, step: str) -> list[Staff]:
    found = (alerts.of_roles(db, clinic_id, {role}) for role in ROLES[step])
    return next((people for people in found if people), [])
