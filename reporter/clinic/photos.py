"""Photos that patients add: drawn anew, sealed with the patient's key, seen by staff only.

They are kept in the store, so that a backup, a restore, a new master key and the erasure of a
person hold for them without a word of their own.
"""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from reporter.clinic import photo_child
from reporter.clinic.patients import hold, key_of, key_of_id
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.audit import PATIENT, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id

MOST = 3  # with one form
MOST_OF_TREATMENT = 30
LARGEST = 10 * 1024 * 1024
LONGEST_WAIT = 30  # seconds for one photo


class NotAPhoto(Exception):
    """It is no JPEG, PNG or HEIC, or is broken."""


class TooManyPixels(Exception):
    """It would fill the memory when it is opened."""


class Enough(Exception):
    """There are as many photos as one form, or one treatment, may have."""


@dataclass(frozen=True)
class Photo:
    """One photo, without the picture itself."""

    id: str
    treatment_id: str
    key: str
    added_at: datetime


def drawn_anew(data: bytes) -> bytes:
    """The picture alone as a JPEG, upright, without place, time or camera.

    Raise NotAPhoto or TooManyPixels. Whatever the file is, only a child of ours opens it.
    """
    try:
        child = subprocess.run(  # noqa: S603 - our own program, and nothing of the file's name
            [sys.executable, "-I", str(Path(photo_child.__file__))],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotAPhoto from None
    if child.returncode == photo_child.TOO_MANY_PIXELS:
        raise TooManyPixels
    if child.returncode != 0 or not child.stdout:
        raise NotAPhoto
    return child.stdout


def add(db: Database, treatment: Treatment, form_key: str, data: bytes, at: datetime) -> None:
    """Keep this photo with the form. Raise NotAPhoto, TooManyPixels or Enough, keeping nothing.

    The very same photo a second time changes nothing: somebody pressed twice.
    """
    key = key_of(db, treatment.patient)
    digest = key.look_up("photo", sha256(data).hexdigest())
    if _is_kept(db, treatment, form_key, digest):
        return
    if not may_add(db, treatment, form_key):
        raise Enough
    sealed = key.seal_bytes("photo", drawn_anew(data))

    def work() -> None:
        hold(db, treatment.clinic_id, treatment.patient.id)
        if _is_kept(db, treatment, form_key, digest):
            return
        if not may_add(db, treatment, form_key):
            raise Enough
        photo_id = new_id(at)
        db.run(
            "insert into photos (clinic_id, id, treatment_id, submission_key, digest, added_at, "
            "sealed_picture) values (:c, :id, :t, :key, :digest, :at, :sealed)",
            c=treatment.clinic_id,
            id=photo_id,
            t=treatment.id,
            key=form_key,
            digest=digest,
            at=stamp(at),
            sealed=sealed,
        )
        record(db, treatment.clinic_id, PATIENT, "photo.added", photo_id, at, form=form_key)

    db.atomically(work)


def _is_kept(db: Database, treatment: Treatment, form_key: str, digest: str) -> bool:
    found = db.one(
        "select id from photos where clinic_id = :c and treatment_id = :t "
        "and submission_key = :key and digest = :digest",
        c=treatment.clinic_id,
        t=treatment.id,
        key=form_key,
        digest=digest,
    )
    return found is not None


def may_add(db: Database, treatment: Treatment, form_key: str) -> bool:
    """Whether there is room for one more."""
    every = of_treatment(db, treatment.clinic_id, treatment.id)
    return (
        len(every) < MOST_OF_TREATMENT and len([one for one in every if one.key == form_key]) < MOST
    )


def remove(db: Database, treatment: Treatment, form_key: str, photo_id: str, at: datetime) -> None:
    """Take back a photo of a form that was not sent; the caller knows that it was not."""

    def work() -> None:
        gone = db.run(
            "delete from photos where clinic_id = :c and id = :id and treatment_id = :t "
            "and submission_key = :key",
            c=treatment.clinic_id,
            id=photo_id,
            t=treatment.id,
            key=form_key,
        )
        if gone:
            record(db, treatment.clinic_id, PATIENT, "photo.removed", photo_id, at, form=form_key)

    db.atomically(work)


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> tuple[Photo, ...]:
    """Oldest first."""
    rows = db.query(
        "select id, treatment_id, submission_key, added_at from photos "
        "where clinic_id = :c and treatment_id = :t order by added_at, id",
        c=clinic_id,
        t=treatment_id,
    )
    return tuple(_from_row(row) for row in rows)


def of_form(db: Database, treatment: Treatment, form_key: str) -> tuple[Photo, ...]:
    every = of_treatment(db, treatment.clinic_id, treatment.id)
    return tuple(one for one in every if one.key == form_key)


def of_reports(db: Database, clinic_id: str, said: Iterable[StoredReport]) -> tuple[Photo, ...]:
    """Those that came with these reports, oldest first; what was never sent is nobody's to see."""
    forms = {(one.treatment_id, one.key) for one in said}
    rows = db.query(
        "select id, treatment_id, submission_key, added_at from photos "
        "where clinic_id = :c and treatment_id in (:ids) order by added_at, id",
        c=clinic_id,
        ids=tuple({treatment_id for treatment_id, _ in forms}),
    )
    every = (_from_row(row) for row in rows)
    return tuple(one for one in every if (one.treatment_id, one.key) in forms)


def picture(db: Database, clinic_id: str, photo_id: str) -> tuple[Photo, bytes] | None:
    """One photo of this clinic with its JPEG, None where there is none (any more).

    None too for one whose form was never sent: staff look at what was told to them.
    """
    row = db.one(
        "select f.id, f.treatment_id, f.submission_key, f.added_at, f.sealed_picture, t.patient_id "
        "from photos f join treatments t on t.clinic_id = f.clinic_id and t.id = f.treatment_id "
        "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
        "where f.clinic_id = :c and f.id = :id and p.wrapped_key is not null "
        "and exists (select 1 from reports r where r.clinic_id = f.clinic_id "
        "and r.treatment_id = f.treatment_id and r.submission_key = f.submission_key)",
        c=clinic_id,
        id=photo_id,
    )
    if row is None:
        return None
    key = key_of_id(db, clinic_id, row["patient_id"])
    return _from_row(row), key.open_bytes("photo", row["sealed_picture"])


def forget(db: Database, clinic_id: str, treatment_id: str) -> None:
    """With the erasure of a person, in its transaction: a face is not kept, even unreadable."""
    db.run(
        "delete from photos where clinic_id = :c and treatment_id = :t",
        c=clinic_id,
        t=treatment_id,
    )


def _from_row(row: Row) -> Photo:
    return Photo(row["id"], row["treatment_id"], row["submission_key"], instant(row["added_at"]))
