"""Answers on their way: each page that a patient sends is kept at once, sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.patients import key_of
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, maybe_instant, stamp
from reporter.records.audit import PATIENT, SYSTEM, record
from reporter.records.db import Database


@dataclass(frozen=True)
class Draft:
    """`id` is the submission key of its forms; `answers` is what the pages asked so far."""

    clinic_id: str
    id: str
    treatment_id: str
    answers: dict[str, Any]
    updated_at: datetime
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
        "select sealed_answers, updated_at, sent_at from drafts "
        "where clinic_id = :c and id = :id and treatment_id = :t",
        c=treatment.clinic_id,
        id=draft_id,
        t=treatment.id,
    )
    if row is None:
        return None
    key = key_of(db, treatment.patient)
    answers = key.open_data("answers", row["sealed_answers"])
    return Draft(
        treatment.clinic_id,
        draft_id,
        treatment.id,
        answers,
        instant(row["updated_at"]),
        maybe_instant(row["sent_at"]),
    )


def begun(db: Database, treatment: Treatment, since: datetime) -> list[str]:
    """Drafts with answers that were not sent, by their key, the latest first."""
    rows = db.query(
        "select id from drafts where clinic_id = :c and treatment_id = :t "
        "and (sent_at is null or sent_at < updated_at) and updated_at >= :since "
        "order by updated_at desc, id desc",
        c=treatment.clinic_id,
        t=treatment.id,
        since=stamp(since),
    )
    return [row["id"] for row in rows]


def mark_sent(db: Database, clinic_id: str, draft_id: str, at: datetime) -> None:
    """It was sent. Nobody need look any more at what was left of it; own words are still read."""
    db.run(
        "update drafts set sent_at = :at where clinic_id = :c and id = :id",
        c=clinic_id,
        id=draft_id,
        at=stamp(at),
    )
    db.run(
        "delete from unread_reports where clinic_id = :c and in_words = 0 and report_id in "
        "(select id from reports where clinic_id = :c and submission_key = :id)",
        c=clinic_id,
        id=draft_id,
    )


def left(db: Database, clinic_id: str, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Drafts without a new answer since then, neither sent nor taken up: (id, treatment's id)."""
    rows = db.query(
        "select d.id, d.treatment_id from drafts d "
        "join treatments t on t.clinic_id = d.clinic_id and t.id = d.treatment_id "
        "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
        "where d.clinic_id = :c and (d.sent_at is null or d.sent_at < d.updated_at) "
        "and d.updated_at <= :before "
        "and (d.unfinished_at is null or d.unfinished_at < d.updated_at) "
        "and p.wrapped_key is not null order by d.updated_at, d.id limit :n",
        c=clinic_id,
        before=stamp(before),
        n=limit,
    )
    return [(row["id"], row["treatment_id"]) for row in rows]


def mark_unfinished(db: Database, draft: Draft, at: datetime) -> bool:
    """Take this draft up as it was read; False when it was answered or sent since."""
    taken = db.run(
        "update drafts set unfinished_at = updated_at where clinic_id = :c and id = :id "
        "and (sent_at is null or sent_at < updated_at) and updated_at = :seen "
        "and (unfinished_at is null or unfinished_at < updated_at)",
        c=draft.clinic_id,
        id=draft.id,
        seen=stamp(draft.updated_at),
    )
    if taken:
        record(db, draft.clinic_id, SYSTEM, "draft.unfinished", draft.id, at)
    return bool(taken)


def mark_seen(db: Database, clinic_id: str, draft_id: str, before: datetime) -> None:
    """Nothing in this draft, last answered before then, needs anybody until its next answer."""
    db.run(
        "update drafts set unfinished_at = updated_at "
        "where clinic_id = :c and id = :id and updated_at <= :before",
        c=clinic_id,
        id=draft_id,
        before=stamp(before),
    )
