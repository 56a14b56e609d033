"""Patients: sealed with a key of their own, found by keyed hashes.

A person is a name and a date of birth, never an e-mail address: couples share one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from reporter.clinic.enrolment import Enrolment
from reporter.clock import maybe_instant, stamp
from reporter.records.db import Database, Row
from reporter.records.ids import new_id
from reporter.records.seal import Key, Unreadable, folded, name_parts

ERASED = "Erased person"


class SamePerson(Exception):
    """The corrected name and date of birth are already another patient's."""


@dataclass(frozen=True)
class Patient:
    """`email` and `mobile` may be empty; `wrapped_key` is None once the person was erased."""

    id: str
    name: str
    born: date | None
    email: str
    mobile: str
    language: str
    zone: str
    may_voicemail: bool
    may_email: bool
    email_refused_at: datetime | None
    wrapped_key: str | None = field(repr=False)
    checkins_stopped_at: datetime | None = None

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else ""

    def age(self, today: date) -> int | None:
        """Whole years on that day."""
        if self.born is None:
            return None
        before = (today.month, today.day) < (self.born.month, self.born.day)
        return today.year - self.born.year - before


def find(db: Database, clinic_id: str, entry: Enrolment) -> str | None:
    """The id of the patient with this name and date of birth, if there is one."""
    row = db.one(
        "select id from patients where clinic_id = :c and person_hash = :h",
        c=clinic_id,
        h=_person_hash(db.clinic_key(clinic_id), entry),
    )
    return row["id"] if row else None


def _person_hash(key: Key, entry: Enrolment) -> str:
    return key.look_up("person", f"{folded(entry.name)} {entry.born.isoformat()}")


def add(db: Database, clinic_id: str, zone: str, entry: Enrolment, at: datetime) -> str:
    """Store a new person, sealed with a key of their own, in the open transaction. Their id."""
    patient_id, wrapped = new_id(at), db.vault.new_key()
    clinic_key = db.clinic_key(clinic_id)
    db.run(
        "insert into patients (clinic_id, id, wrapped_key, sealed_person, person_hash, language, "
        "zone, may_voicemail, may_email, created_at) values (:c, :id, :wrapped, :sealed, :hash, "
        ":language, :zone, :voicemail, :email, :at)",
        c=clinic_id,
        id=patient_id,
        wrapped=wrapped,
        sealed=_sealed(db.vault.key(wrapped), entry),
        hash=_person_hash(clinic_key, entry),
        zone=zone,
        at=stamp(at),
        **_choices(entry),
    )
    _index(db, clinic_id, patient_id, clinic_key, entry)
    return patient_id


def _choices(entry: Enrolment) -> dict[str, Any]:
    return {
        "language": entry.language,
        "voicemail": int(entry.may_voicemail),
        "email": int(entry.may_email),
    }


def _sealed(key: Key, entry: Enrolment) -> str:
    person = {
        "name": entry.name,
        "born": entry.born.isoformat(),
        "email": entry.email,
        "mobile": entry.mobile,
    }
    return key.seal_data("person", person)


def _index(db: Database, clinic_id: str, patient_id: str, key: Key, entry: Enrolment) -> None:
    """Write anew the keyed hashes by which this person is found."""
    db.run(
        "delete from patient_lookups where clinic_id = :c and patient_id = :p",
        c=clinic_id,
        p=patient_id,
    )
    for kind, value in _lookups(entry):
        db.run(
            "insert into patient_lookups (clinic_id, kind, hash, patient_id) "
            "values (:c, :kind, :hash, :p) on conflict do nothing",
            c=clinic_id,
            kind=kind,
            hash=key.look_up(kind, value),
            p=patient_id,
        )


def _lookups(entry: Enrolment) -> Iterator[tuple[str, str]]:
    yield from (("name", part) for part in name_parts(entry.name))
    digits = re.sub(r"\D", "", entry.mobile)
    yield from (("phone", digits[-length:]) for length in range(4, min(len(digits), 10) + 1))
    if entry.email:
        yield "email", entry.email.casefold()


def change(db: Database, clinic_id: str, patient: Patient, entry: Enrolment) -> None:
    """Correct a person in the open transaction. Raise SamePerson if that is somebody else."""
    if find(db, clinic_id, entry) not in {None, patient.id}:
        raise SamePerson("Another patient here has this name and date of birth already.")
    key = db.clinic_key(clinic_id)
    db.run(
        "update patients set sealed_person = :sealed, person_hash = :hash, language = :language, "
        "may_voicemail = :voicemail, may_email = :email, version = version + 1, "
        "email_refused_at = case when :moved = 1 then null else email_refused_at end "
        "where clinic_id = :c and id = :id",
        c=clinic_id,
        id=patient.id,
        sealed=_sealed(db.vault.key(patient.wrapped_key), entry),
        hash=_person_hash(key, entry),
        moved=int(entry.email != patient.email),
        **_choices(entry),
    )
    _index(db, clinic_id, patient.id, key, entry)


def move_to(db: Database, clinic_id: str, patient_id: str, zone: str) -> bool:
    """Keep another time zone, in the open transaction; False when it is theirs already."""
    return bool(
        db.run(
            "update patients set zone = :zone, version = version + 1 "
            "where clinic_id = :c and id = :p and zone <> :zone",
            c=clinic_id,
            p=patient_id,
            zone=zone,
        )
    )


def erase(db: Database, clinic_id: str, patient_id: str, at: datetime) -> bool:
    """Destroy this person's key and look-ups, in the open transaction; coded safety data stays.

    False when there is nobody to erase. What was sealed with the key can never be read again.
    """
    for sql in (
        "delete from patient_lookups where clinic_id = :c and patient_id = :p",
        "update outbox set recipient = null where clinic_id = :c and patient_id = :p",
    ):
        db.run(sql, c=clinic_id, p=patient_id)
    return bool(
        db.run(
            "update patients set wrapped_key = null, sealed_person = null, person_hash = null, "
            "may_email = 0, erased_at = :at, version = version + 1 "
            "where clinic_id = :c and id = :p and erased_at is null",
            c=clinic_id,
            p=patient_id,
            at=stamp(at),
        )
    )


def key_of_id(db: Database, clinic_id: str, patient_id: str) -> Key:
    """As `key_of`, for somebody who is known by id only."""
    row = db.one(
        "select wrapped_key from patients where clinic_id = :c and id = :p",
        c=clinic_id,
        p=patient_id,
    )
    return db.vault.key(row["wrapped_key"] if row else None)


def hold(db: Database, clinic_id: str, patient_id: str) -> None:
    """From here to the end of the transaction nobody else takes in a report of this person."""
    db.run(
        "update patients set version = version where clinic_id = :c and id = :p",
        c=clinic_id,
        p=patient_id,
    )


def key_of(db: Database, patient: Patient) -> Key:
    """The key that opens this patient's sealed data. Raise Unreadable for an erased person."""
    return db.vault.key(patient.wrapped_key)


def from_row(db: Database, row: Row) -> Patient:
    """The patient of a joined row, opened; a blank in their place when they were erased."""
    person = _opened(db, row)
    return Patient(
        id=row["patient_id"],
        name=person["name"],
        born=date.fromisoformat(person["born"]) if person["born"] else None,
        email=person["email"],
        mobile=person["mobile"],
        language=row["language"],
        zone=row["zone"],
        may_voicemail=bool(row["may_voicemail"]),
        may_email=bool(row["may_email"]),
        email_refused_at=maybe_instant(row["email_refused_at"]),
        wrapped_key=row["wrapped_key"],
        checkins_stopped_at=maybe_instant(row["checkins_stopped_at"]),
    )


def _opened(db: Database, row: Row) -> dict[str, str]:
    """The person, or a blank in their place when the key was destroyed: the case must show."""
    if row["wrapped_key"] is None:
        return {"name": ERASED, "born": "", "email": "", "mobile": ""}
    try:
        opened: dict[str, str] = db.vault.key(row["wrapped_key"]).open_data(
            "person", row["sealed_person"]
        )
    except Unreadable as trouble:
        raise Unreadable(f"Treatment {row['reference']}: {trouble}") from trouble
    return opened
