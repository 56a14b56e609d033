"""A report by telephone, half filled in and not sent: its writer's alone, sealed.

It is no part of what was reported: nobody else reads it, and sending the report erases it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import reports
from reporter.clinic.note_drafts import LONGEST, TooLong
from reporter.clinic.patients import key_of
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.seal import Unreadable


@dataclass(frozen=True)
class PhoneDraft:
    """The form as it stood; `key` is its submission key, so that it is still sent once."""

    key: str
    fields: Mapping[str, str]
    at: datetime


def keep(
    db: Database,
    treatment: Treatment,
    key: str,
    fields: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """Keep what stands in the form now. False for a form that was sent: it would come back."""
    if sum(map(len, fields.values())) > LONGEST:
        raise TooLong
    with db.transaction():
        if reports.same_key(db, treatment.clinic_id, key):
            return False
        begins = not _is_kept(db, treatment, by)
        db.run(
            "insert into phone_drafts (clinic_id, treatment_id, staff_id, submission_key, "
            "sealed_fields, updated_at) values (:c, :t, :staff, :key, :sealed, :at) "
            "on conflict (clinic_id, treatment_id, staff_id) do update set "
            "submission_key = excluded.submission_key, sealed_fields = excluded.sealed_fields, "
            "updated_at = excluded.updated_at",
            c=treatment.clinic_id,
            t=treatment.id,
            staff=by.id,
            key=key,
            sealed=key_of(db, treatment.patient).seal_data("phone draft", dict(fields)),
            at=stamp(at),
        )
        if begins:
            record(db, treatment.clinic_id, by, "report.draft_kept", treatment.id, at)
    return True


def _is_kept(db: Database, treatment: Treatment, by: Actor) -> bool:
    row = db.one(
        "select 1 as kept from phone_drafts where clinic_id = :c and treatment_id = :t "
        "and staff_id = :staff",
        c=treatment.clinic_id,
        t=treatment.id,
        staff=by.id,
    )
    return row is not None


def of(db: Database, treatment: Treatment, staff_id: str) -> PhoneDraft | None:
    """What this person began about this treatment and has not sent."""
    row = db.one(
        "select submission_key, sealed_fields, updated_at from phone_drafts "
        "where clinic_id = :c and treatment_id = :t and staff_id = :staff",
        c=treatment.clinic_id,
        t=treatment.id,
        staff=staff_id,
    )
    if row is None or reports.same_key(db, treatment.clinic_id, row["submission_key"]):
        return None
    try:
        fields = key_of(db, treatment.patient).open_data("phone draft", row["sealed_fields"])
    except Unreadable:
        return None  # the patient was erased, and this with them
    return PhoneDraft(row["submission_key"], fields, instant(row["updated_at"]))


def forget(db: Database, treatment: Treatment, *, by: Actor, at: datetime) -> bool:
    """Erase it: the report was sent, or its writer threw this away. False when there was none."""
    with db.transaction():
        gone = db.run(
            "delete from phone_drafts where clinic_id = :c and treatment_id = :t "
            "and staff_id = :staff",
            c=treatment.clinic_id,
            t=treatment.id,
            staff=by.id,
        )
        if gone:
            record(db, treatment.clinic_id, by, "report.draft_gone", treatment.id, at)
    return bool(gone)
