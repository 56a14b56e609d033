"""What the front desk does: enrol a treatment, correct it, stop it. Check-ins follow."""

from datetime import datetime
from zoneinfo import ZoneInfo

from reporter.clinic import (
    checkin_plan,
    checkins,
    links,
    mail_choices,
    patients,
    photos,
    treatments,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import Enrolment
from reporter.clinic.treatments import Treatment
from reporter.records.audit import Actor, record
from reporter.records.db import Conflict, Database
from reporter.rules.knowledge import Knowledge

STOP_REASONS = ("asked_to_stop", "entered_by_mistake", "moved_away", "died", "other")


def enrol(
    db: Database, knowledge: Knowledge, clinic: Clinic, entry: Enrolment, *, by: Actor, at: datetime
) -> tuple[Treatment, bool]:
    """Store one treatment and plan its check-ins: the treatment, and whether it is new.

    The same person, day and product a second time changes nothing.
    """

    def work() -> tuple[str, bool]:
        treatment_id, created = treatments.add(db, clinic.id, clinic.hours.zone, entry, at)
        if created:
            treatment = treatments.get(db, clinic.id, treatment_id)
            checkin_plan.plan(db, clinic, treatment, knowledge, at)
            _note_consent(db, clinic, treatment, entry, by, at, "enrolment")
            record(db, clinic.id, by, "treatment.enrolled", treatment_id, at)
        return treatment_id, created

    try:
        treatment_id, created = db.atomically(work)
    except Conflict:  # the same person came in at the same instant; now they are there
        treatment_id, created = db.atomically(work)
    return treatments.get(db, clinic.id, treatment_id), created


def correct(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    treatment: Treatment,
    entry: Enrolment,
    *,
    expected_version: int,
    by: Actor,
    at: datetime,
) -> Treatment:
    """Correct what was entered; check-ins not yet sent are planned anew.

    A changed e-mail address ends the links sent to the old one: somebody else may hold them.
    Raise treatments.ChangedMeanwhile or patients.SamePerson, changing nothing.
    """

    def work() -> None:
        treatments.change(db, treatment, entry, expected_version)
        corrected = treatments.get(db, clinic.id, treatment.id)
        if entry.email != treatment.patient.email:
            links.revoke(db, clinic.id, treatment.id, by=by, at=at)
            mail_choices.end_links(db, clinic.id, treatment.patient.id, at)
        if entry.may_email != treatment.patient.may_email:
            _note_consent(db, clinic, treatment, entry, by, at, "desk")
        checkin_plan.replan(db, clinic, corrected, knowledge, at)
        record(db, clinic.id, by, "treatment.corrected", treatment.id, at)

    db.atomically(work)
    return treatments.get(db, clinic.id, treatment.id)


def _note_consent(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    entry: Enrolment,
    by: Actor,
    at: datetime,
    channel: str,
) -> None:
    """Whether this person agreed to check-in e-mails, as the form says."""
    choice = mail_choices.AGREED if entry.may_email else mail_choices.DECLINED
    mail_choices.note(db, clinic.id, treatment.patient.id, choice, by=by, at=at, channel=channel)


def move_zone(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    treatment: Treatment,
    zone: str,
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """The patient lives by another clock: what is still to go moves to it. False when it is theirs.

    Raise ValueError with one sentence for a zone that does not exist.
    """
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError("Use a time zone like America/New_York or Europe/Madrid.") from None

    def work() -> bool:
        if not patients.move_to(db, clinic.id, treatment.patient.id, zone):
            return False
        for visit in treatments.of_person(db, clinic.id, treatment.patient.id):
            if not visit.stopped_at and not visit.is_placeholder:
                checkin_plan.replan(db, clinic, visit, knowledge, at)
        record(db, clinic.id, by, "patient.moved_zone", treatment.patient.id, at, zone=zone)
        return True

    return db.atomically(work)


def stop(
    db: Database, clinic: Clinic, treatment: Treatment, *, reason: str, by: Actor, at: datetime
) -> bool:
    """End the follow-up: no more check-ins. Open cases stay open. False when it had ended.

    `reason` is one of STOP_REASONS: it stands in the audit trail, where no personal data may.
    """
    if reason not in STOP_REASONS:
        raise ValueError(f"Choose a reason: {', '.join(STOP_REASONS)}.")

    def work() -> bool:
        if not treatments.mark_stopped(db, treatment, at):
            return False
        checkins.stop(db, clinic.id, treatment.id, at)
        record(db, clinic.id, by, "treatment.stopped", treatment.id, at, reason=reason)
        return True

    return db.atomically(work)


def erase(db: Database, clinic: Clinic, treatment: Treatment, *, by: Actor, at: datetime) -> bool:
    """Destroy the person's key: their name, contact and words are gone for ever.

    Coded symptoms, levels and times stay, for safety figures. False when they were erased before.
    """

    def work() -> bool:
        if not patients.erase(db, clinic.id, treatment.patient.id, at):
            return False
        for visit in treatments.of_person(db, clinic.id, treatment.patient.id):
            checkins.stop(db, clinic.id, visit.id, at)
            links.revoke(db, clinic.id, visit.id, by=by, at=at)
            mail_choices.end_links(db, clinic.id, treatment.patient.id, at)
            treatments.mark_stopped(db, visit, at)
            photos.forget(db, clinic.id, visit.id)
            for held in treatments.matched_to(db, visit):
                photos.forget(db, clinic.id, held.id)
                patients.erase(db, clinic.id, held.patient.id, at)
                links.revoke(db, clinic.id, held.id, by=by, at=at)
        record(db, clinic.id, by, "patient.erased", treatment.patient.id, at)
        return True

    erased = db.atomically(work)
    db.forget_deleted()
    return erased
