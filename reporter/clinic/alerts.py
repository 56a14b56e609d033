"""Who is told that a case waits: staff by e-mail, on-call by a webhook. Never what is wrong."""

from datetime import datetime, timedelta

from reporter.clinic import places, rates, staff
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise, local
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import messages, outbox
from reporter.records.db import Database
from reporter.rules.levels import Level

TOLD_BY_EMAIL = frozenset({"nurse", "practitioner"})
POSTER_FIRST, POSTER_SPAN = 5, timedelta(minutes=10)
WORDS = {Level.EMERGENCY: "emergency", Level.URGENT: "urgent", Level.CALL_BACK: "call-back"}


def raise_alert(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, kept: Promise, at: datetime
) -> None:
    """Write the messages in the transaction of the report, so that neither comes without the other.

    One e-mail a case for each nurse and practitioner, from urgent upwards; a page to on-call
    where somebody must act while the clinic is closed.
    """
    if case.level < Level.URGENT and not case.undecided:
        return
    if treatment.matching == places.UNMATCHED and _enough(db, clinic, at):
        return
    due = local(clinic.hours.zone, case.due_at or kept.due_at)
    _tell_staff(db, clinic, treatment, case, due, at)
    if clinic.has_on_call and not kept.open_now:
        _page_on_call(db, clinic, treatment, case, due, at)


def _enough(db: Database, clinic: Clinic, at: datetime) -> bool:
    """Whether staff have been told of enough from the poster lately; the queue holds every case.

    Anybody may stand before a poster: the first few are told at once, then one in ten minutes.
    """
    lately = rates.count(db, clinic.id, "poster alerts", at, POSTER_SPAN)
    if lately <= POSTER_FIRST:
        return False
    return rates.count(db, clinic.id, "poster alerts beyond", at, POSTER_SPAN) > 1


def _word(case: Case) -> str:
    return "undecided" if case.undecided else WORDS[case.level]


def _tell_staff(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, due: datetime, at: datetime
) -> None:
    for person in staff.everybody(db, clinic.id):
        if person.role in TOLD_BY_EMAIL:
            messages.post(
                db,
                clinic.id,
                name="staff_alert",
                language="en",
                to=person.email,
                at=at,
                priority=outbox.ALERT,
                clinic_name=clinic.name,
                reply_to=clinic.reply_to,
                word=_word(case),
                due=due,
                reference=treatment.reference,
                case_id=case.id,
            )


def _page_on_call(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, due: datetime, at: datetime
) -> None:
    outbox.add_webhook(
        db,
        clinic.id,
        name="on_call",
        url=clinic.on_call_webhook,
        secret=clinic.on_call_secret,
        payload={
            "clinic": clinic.name,
            "urgency": _word(case),
            "reference": treatment.reference,
            "due_at": stamp(due),
        },
        at=at,
    )
