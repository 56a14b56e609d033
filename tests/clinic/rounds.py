"""Rounds of the scheduler at any time, with a mail server that takes everything, or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime

from reporter.clinic import checkin_mail, checkin_waits, checkins
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, outcomes
from reporter.mail.outbox import Content
from reporter.records.db import Database

Run = Callable[..., list[Content]]


def at(day: str, clock: str) -> datetime:
    """A time in New York, in the winter of 2026."""
    return datetime.fromisoformat(f"2026-{day}T{clock}:00-05:00").astimezone(UTC)


def one_round(
    db: Database, clinic: Clinic, when: datetime, *, accept: bool = True
) -> list[Content]:
    """Queue what is due at an instant and let the mail server take it: what was sent."""
    with db.transaction():
        checkin_waits.follow(db, clinic.id, when)
    while checkin_mail.queue_due(db, clinic, "w", when):
        pass
    outcomes.expire(db, clinic.id, when)
    sent = []
    for claimed in outbox.claim(db, clinic.id, "w", when, 500) if accept else []:
        content = outbox.opened(db, claimed, when)
        if content:
            sent.append(content)
            outcomes.sent(db, claimed, when)
    with db.transaction():
        checkin_waits.settle(db, clinic.id, when)
    return sent


def states(db: Database, treatment: Treatment) -> dict[str, str]:
    """By day, reminders with an r: {"3": "sent", "3r": "planned"}."""
    found = checkins.of_treatment(db, treatment.clinic_id, treatment.id)
    return {f"{one.day}{'r' if one.kind == 'reminder' else ''}": one.state for one in found}
