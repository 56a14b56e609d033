"""What a patient is written beside check-ins: that we have the message, that we tried to call.

Never what it was about: the inbox may be somebody else's screen.
"""

from datetime import datetime, timedelta
from typing import Any

from reporter.clinic import clinics, hours, links
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise, local
from reporter.clinic.report_columns import Arrival
from reporter.clinic.treatments import Treatment
from reporter.mail import messages
from reporter.records.db import Database

# A receipt or a missed call is news for a day; later it would only puzzle.
NEWS_FOR = timedelta(days=1)
WRITE_AFTER_ATTEMPT = 2


def receipt(
    db: Database, clinic: Clinic, treatment: Treatment, kept: Promise, arrival: Arrival
) -> None:
    """That a report which needs somebody has come in, and by when a call was promised."""
    zone = clinic.hours.zone
    call_by = local(zone, kept.call_by) if kept.call_by else None
    open_now = hours.is_open(clinic.hours, arrival.at)
    opens_at = None if open_now else local(zone, hours.next_opening(clinic.hours, arrival.at))
    _post(
        db,
        clinic,
        treatment,
        arrival.at,
        name="receipt",
        language=arrival.language,
        reference=treatment.reference,
        received_at=local(zone, arrival.at),
        call_by=call_by,
        opens_at=opens_at,
        after_hours_phone=clinic.after_hours_phone,
        url=_own_page(db, treatment, arrival.at) if opens_at else "",
    )


def _own_page(db: Database, treatment: Treatment, at: datetime) -> str:
    """A link to what to do now; nothing when none would open any more."""
    if not links.may_make(treatment, at):
        return ""
    return db.letterhead.url(f"/r/{links.make(db, treatment, at)}")


def letter_received(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    *,
    files: bool,
    read_by: datetime | None,
    at: datetime,
) -> None:
    """To somebody who wrote an e-mail: who reads it by when, and that files were not opened."""
    zone = clinic.hours.zone
    _post(
        db,
        clinic,
        treatment,
        at,
        name="letter",
        language=treatment.patient.language,
        files=files,
        read_by=local(zone, read_by) if read_by else None,
        received_at=local(zone, at),
    )


def missed_call(db: Database, treatment: Treatment, attempts: int, at: datetime) -> None:
    """After the second call that reached nobody: please call us."""
    if attempts != WRITE_AFTER_ATTEMPT:
        return
    clinic = clinics.get(db, treatment.clinic_id)
    called_at = local(clinic.hours.zone, at)
    language = treatment.patient.language
    _post(db, clinic, treatment, at, name="missed_call", language=language, called_at=called_at)


def _post(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    at: datetime,
    *,
    name: str,
    language: str,
    **context: Any,
) -> None:
    patient = treatment.patient
    if not (patient.may_email and patient.email) or patient.email_refused_at:
        return
    messages.post(
        db,
        clinic.id,
        name=name,
        language=language,
        to=patient.email,
        at=at,
        clinic_name=clinic.name,
        reply_to=clinic.reply_to,
        patient_id=patient.id,
        not_after=at + NEWS_FOR,
        priority=2,
        first_name=patient.first_name,
        phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        week=clinic.hours.week,
        **context,
    )
