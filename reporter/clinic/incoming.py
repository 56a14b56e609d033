"""What comes back by mail is taken in: a bounce marks, a complaint stops, a person is answered.

What a person writes is a report like any other: stored, decided by the rules, in front of a nurse.
A message that was taken in before changes nothing, so that a mailbox may be read again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import (
    checkins,
    clinics,
    intake,
    mail_choices,
    patient_mail,
    places,
    rates,
    treatments,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import end_of_next_clinic_day
from reporter.clinic.intake import Receipt
from reporter.clinic.treatments import Treatment
from reporter.mail import bounces
from reporter.mail.bounces import Bounce, Complaint, Reply
from reporter.records.audit import PATIENT, SYSTEM, record
from reporter.records.db import Database, Row
from reporter.records.seal import keyed_hash
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report

CHANNEL = "mail"
STOP_WORDS = re.compile(
    r"\W*(please\s+)?(stop|unsubscribe|remove me|no more( e-?mails?)?|baja|alto|cancelar"
    r"|no (me )?escriban( m[aá]s)?)\W*(please|por favor|gracias|thanks|thank you)?\W*",
    re.IGNORECASE,
)
# Two programs that answer each other must come to an end.
ANSWER_AGAIN = timedelta(minutes=10)
LONGEST = 20_000


@dataclass(frozen=True)
class Taken:
    """What became of one message, in a word for the log: never who or what."""

    what: str
    clinic_id: str | None = None


def take(db: Database, knowledge: Knowledge, raw: bytes, at: datetime) -> Taken:
    """Take in one message as it came. Raise StorageError when it must be brought again."""
    said = bounces.parse(raw)
    if isinstance(said, Bounce):
        return _bounced(db, said, at)
    if isinstance(said, Complaint):
        return _complained(db, said, at)
    if isinstance(said, Reply):
        return _replied(db, knowledge, said, at)
    return Taken("automatic")


def _message(db: Database, rows: tuple[str, ...]) -> Row | None:
    """The message of ours that is meant: the first of these that any clinic has sent."""
    for row_id in rows:
        row = db.one(
            "select clinic_id, id, patient_id, name, state from outbox "
            "where clinic_id in (select clinic_id from clinics) and id = :id",
            id=row_id,
        )
        if row:
            return row
    return None


def _bounced(db: Database, said: Bounce, at: datetime) -> Taken:
    row = _message(db, said.rows)
    if row is None:
        return Taken("bounce of something else")
    kind = said.kind

    def work() -> None:
        new = db.run(
            "update outbox set trouble = :words where clinic_id = :c and id = :id "
            "and (trouble is null or trouble <> :words)",
            c=row["clinic_id"],
            id=row["id"],
            words=f"It came back ({kind}{' ' + said.status if said.status else ''}).",
        )
        checkins.bounced(db, row["clinic_id"], row["id"], kind, at)
        if new:
            record(db, row["clinic_id"], SYSTEM, "mail.bounced", row["id"], at, kind=kind)

    db.atomically(work)
    return Taken(f"bounce, {kind}", row["clinic_id"])


def _complained(db: Database, said: Complaint, at: datetime) -> Taken:
    row = _message(db, said.rows)
    if row is None or row["patient_id"] is None:
        return Taken("complaint about something else")
    clinic_id, patient_id = row["clinic_id"], row["patient_id"]
    mail_choices.stop(db, clinic_id, patient_id, by=PATIENT, at=at, channel="complaint")
    return Taken("complaint", clinic_id)


def _replied(db: Database, knowledge: Knowledge, said: Reply, at: datetime) -> Taken:
    row = _message(db, said.rows)
    found = _known(db, row, said)
    if found is None:
        found = _unknown(db, said, at)
    if found is None:
        return Taken("reply to no clinic")
    clinic, treatment = found
    if treatment.matching == "" and STOP_WORDS.fullmatch(said.text[:200]):
        patient_id = treatment.patient.id
        mail_choices.stop(db, clinic.id, patient_id, by=PATIENT, at=at, channel="reply")
        return Taken("stop", clinic.id)
    receipt = _submitted(db, knowledge, clinic, treatment, said, at)
    if not receipt.repeated:
        _answer(db, clinic, treatment, said, receipt, at)
    return Taken("reply", clinic.id)


def _known(db: Database, row: Row | None, said: Reply) -> tuple[Clinic, Treatment] | None:
    """Whose message was answered; else whose only address this is."""
    if row and row["patient_id"]:
        return _newest(db, row["clinic_id"], row["patient_id"])
    for clinic in clinics.all_clinics(db) if said.sender else ():
        people = db.query(
            "select patient_id from patient_lookups "
            "where clinic_id = :c and kind = 'email' and hash = :h",
            c=clinic.id,
            h=db.clinic_key(clinic.id).look_up("email", said.sender.casefold()),
        )
        # A couple may share an address: then a nurse says who it was.
        if len(people) == 1:
            return _newest(db, clinic.id, people[0]["patient_id"])
    return None


def _newest(db: Database, clinic_id: str, patient_id: str) -> tuple[Clinic, Treatment] | None:
    visits = treatments.of_person(db, clinic_id, patient_id)
    if not visits or visits[0].patient.wrapped_key is None:
        return None
    return clinics.get(db, clinic_id), visits[0]


def _unknown(db: Database, said: Reply, at: datetime) -> tuple[Clinic, Treatment] | None:
    """A place for a report of nobody we know: a nurse matches it, as one from the poster."""
    every = clinics.all_clinics(db)
    if not every:
        return None
    clinic = every[0]
    held = places.empty(db, clinic, f"mail {said.message_id} {said.sender}", "en", at)
    db.atomically(lambda: _hold(db, held, said, at))
    return clinic, treatments.get(db, clinic.id, held.id)


def _hold(db: Database, held: Treatment, said: Reply, at: datetime) -> None:
    if places.hold(db, held, at):
        kept = treatments.get(db, held.clinic_id, held.id)
        places.name_person(db, kept, name=said.sender, born=None, mobile="")
        record(db, held.clinic_id, SYSTEM, "mail.from_unknown", held.id, at)


def _submitted(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    treatment: Treatment,
    said: Reply,
    at: datetime,
) -> Receipt:
    """The reply as a report. One without words, say a photo alone, still asks for somebody."""
    known = treatment.matching == "" or not treatment.day_unknown
    report = Report(
        day=treatment.day(at, clinic.hours.zone) if known else None,
        product=treatment.product or None,
        lot=treatment.lot or None,
        areas=tuple(dose.area for dose in treatment.areas),
        factors=treatment.factors,
        free_text=said.text[:LONGEST],
        call_me=not said.text.strip() or len(said.text) > LONGEST,
        language=treatment.patient.language,
    )
    return intake.submit(
        db,
        knowledge,
        clinic,
        treatment,
        report,
        key=_key(db, clinic, said),
        channel=CHANNEL,
        at=at,
        language=treatment.patient.language,
    )


def _key(db: Database, clinic: Clinic, said: Reply) -> str:
    """One message, one report, however often the mailbox brings it."""
    secret = db.clinic_key(clinic.id).purpose("mail key")
    name = said.message_id or said.text
    return "".join(keyed_hash(secret, f"{part} {said.sender} {name}") for part in ("a", "b"))


def _answer(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    said: Reply,
    receipt: Receipt,
    at: datetime,
) -> None:
    """That it came, who reads it by when, and that files cannot be opened."""
    promised = bool(receipt.promise)
    if promised and not said.attachments:
        return  # the receipt of the report says it all

    def work() -> None:
        name = f"mail answer {treatment.patient.id}"
        if rates.count(db, clinic.id, name, at, ANSWER_AGAIN) == 1:
            read_by = None if promised else end_of_next_clinic_day(clinic.hours, at)
            patient_mail.letter_received(
                db, clinic, treatment, files=said.attachments > 0, read_by=read_by, at=at
            )

    db.atomically(work)
