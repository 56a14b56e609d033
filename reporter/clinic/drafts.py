"""Answers on their way: each page that a patient sends is kept at once, sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.patients import key_of
from reporter.clinic.treatments import Treatment
from reporter.clock import maybe_instant, stamp
from reporter.records.audit import PATIENT, record
from reporter.records.db import Database


@dataclass(frozen=True)
class Draft:
    """`id` is the submission key of its forms; `answers` is what the pages asked so far."""

    id: str
    treatment_id: str
    answers: dict[str, Any]
    sent_at: datetime | None


def save(
    db: Database, treatment: Treatment, draft_id: str, answers: dict[str, Any], at: datetime
) -> None:
    """Keep the answers so far under this key; one of another treatment changes nothing."""
    key = key_of(db, treatment.patient)
    with db.transaction():
        kept = db.run(
            "insert into drafts (clinic_id, id, treatment_id, sealed_answers, created_at, "
            "updated_at) values (:c, :id, :t, :sealed, :at, :at) "
            "on conflict (clinic_id, id) do update set sealed_answers = excluded.sealed_answers, "
            "updated_at = excluded.updated_at where drafts.treatment_id = excluded.treatment_id",
            c=treatment.clinic_id,
            id=draft_id,
            t=treatment.id,
            sealed=key.seal_data("answers", answers),
            at=stamp(at),
        )
        if kept:
            record(db, treatment.clinic_id, PATIENT, "draft.saved", draft_id, at)


def load(db: Database, treatment: Treatment, draft_id: str) -> Draft | None:
    """The draft with this key, if it is this treatment's."""
    row = db.one(
        "select sealed_answers, sent_at from drafts "
        "where clinic_id = :c and id = :id and treatment_id = :t",
        c=treatment.clinic_id,
        id=draft_id,
        t=treatment.id,
    )
    if row is None:
        return None
    key = key_of(db, treatment.patient)
    answers = key.open_data("answers", row["sealed_answers"])
    return Draft(draft_id, treatment.id, answers, maybe_instant(row["sent_at"]))


def mark_sent(db: Database, clinic_id: str, draft_id: str, at: datetime) -> None:
    db.run(
        "update drafts set sent_at = :at where clinic_id = :c and id = :id",
        c=clinic_id,
        id=draft_id,
        at=stamp(at),
    )
