"""What somebody typed into a form of a case and did not save yet: theirs alone, sealed.

It is no part of the case: nobody else reads it, and saving the form erases it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import treatments
from reporter.clinic.casebook import Case
from reporter.clinic.patients import key_of
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.seal import Key, Unreadable

# All fields of one form together: a note of the longest kind, and its choices.
LONGEST = 12_000


@dataclass(frozen=True)
class NoteDraft:
    """One form, half filled in, as it was typed before the case stood at `case_version` + 1."""

    verb: str
    case_version: int
    fields: Mapping[str, str]
    at: datetime


class TooLong(Exception):
    """More than any form of a case takes: it is not kept, and the page still holds it."""


def keep(
    db: Database,
    case: Case,
    verb: str,
    fields: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    case_version: int,
) -> None:
    """Keep what stands in this form now, in the place of what stood there before.

    Its beginning and its end are events; what is typed between them would bury the others.
    """
    if sum(map(len, fields.values())) > LONGEST:
        raise TooLong
    with db.transaction():
        begins = not _is_kept(db, case, verb, by)
        sealed = _key(db, case).seal_data("note draft", dict(fields))
        db.run(
            "insert into note_drafts (clinic_id, case_id, staff_id, verb, case_version, "
            "sealed_fields, updated_at) values (:c, :case, :staff, :verb, :version, :sealed, :at) "
            "on conflict (clinic_id, case_id, staff_id, verb) do update set "
            "case_version = excluded.case_version, sealed_fields = excluded.sealed_fields, "
            "updated_at = excluded.updated_at",
            c=case.clinic_id,
            case=case.id,
            staff=by.id,
            verb=verb,
            version=case_version,
            sealed=sealed,
            at=stamp(at),
        )
        if begins:
            record(db, case.clinic_id, by, "case.draft_kept", case.id, at, form=verb)


def _is_kept(db: Database, case: Case, verb: str, by: Actor) -> bool:
    row = db.one(
        "select 1 as kept from note_drafts where clinic_id = :c and case_id = :case "
        "and staff_id = :staff and verb = :verb",
        c=case.clinic_id,
        case=case.id,
        staff=by.id,
        verb=verb,
    )
    return row is not None


def of(db: Database, case: Case, staff_id: str) -> tuple[NoteDraft, ...]:
    """What this person left in the forms of this case, the latest first."""
    rows = db.query(
        "select verb, case_version, sealed_fields, updated_at from note_drafts "
        "where clinic_id = :c and case_id = :case and staff_id = :staff "
        "order by updated_at desc, verb",
        c=case.clinic_id,
        case=case.id,
        staff=staff_id,
    )
    if not rows:
        return ()
    try:
        key = _key(db, case)
        return tuple(_from_row(key, row) for row in rows)
    except Unreadable:
        return ()  # the patient was erased, and this with them


def _key(db: Database, case: Case) -> Key:
    return key_of(db, treatments.get(db, case.clinic_id, case.treatment_id).patient)


def _from_row(key: Key, row: Row) -> NoteDraft:
    fields = key.open_data("note draft", row["sealed_fields"])
    return NoteDraft(row["verb"], row["case_version"], fields, instant(row["updated_at"]))


def forget(db: Database, case: Case, verb: str, *, by: Actor, at: datetime) -> bool:
    """Erase it: the form was saved, or its writer threw it away. False when there was none."""
    with db.transaction():
        gone = db.run(
            "delete from note_drafts where clinic_id = :c and case_id = :case "
            "and staff_id = :staff and verb = :verb",
            c=case.clinic_id,
            case=case.id,
            staff=by.id,
            verb=verb,
        )
        if gone:
            record(db, case.clinic_id, by, "case.draft_gone", case.id, at, form=verb)
    return bool(gone)
