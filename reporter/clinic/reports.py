"""What was said: reports as they came, never changed. A correction is a new row, an addendum."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reporter.clinic import explanations, unread
from reporter.clinic.contact import Contact, as_data, from_data
from reporter.clinic.explanations import Explanation
from reporter.clinic.hours import Promise
from reporter.clinic.report_columns import (
    UNFINISHED,
    Arrival,
    ReadWord,
    mention_data,
    promise_data,
    promise_of,
    reason_data,
    reason_of,
)
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, maybe_instant, maybe_stamp, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.seal import Key, Unreadable
from reporter.rules.levels import Level
from reporter.rules.report import Report, from_stored, to_json
from reporter.rules.triage import Decision, Reason

log = logging.getLogger(__name__)
DAMAGED = "This report cannot be read any more. Ask the patient what it said."


@dataclass(frozen=True)
class StoredReport:
    """`level` is None where the rules failed: a person decides, and the case stands first.

    `explanation` is None for what was decided before explanations were kept.
    """

    clinic_id: str
    id: str
    treatment_id: str
    key: str
    amends_id: str | None
    report: Report
    received_at: datetime
    writer: str
    staff_name: str
    channel: str
    level: Level | None
    reasons: tuple[Reason, ...]
    ruleset: str
    mentions: tuple[ReadWord, ...]
    explanation: Explanation | None
    promise: Promise | None
    contact: Contact
    needs_reading: bool
    read_by_at: datetime | None
    read_at: datetime | None
    reader_name: str
    unconfirmed: bool

    @property
    def words(self) -> str:
        """The patient's own words, as they came; empty once the person was erased."""
        return self.report.free_text


def digest(key: Key, report: Report, arrival: Arrival) -> str:
    """Equal for equal answers, to tell a repeat from a change. Keyed: words can be guessed.

    The same answers, left once and sent later, differ: that they were sent is news.
    """
    said = to_json(replace(report, last_report=()))
    if wish := as_data(arrival.contact):
        said["contact"] = wish
    if arrival.channel == UNFINISHED:
        said["channel"] = UNFINISHED
    text = json.dumps(said, sort_keys=True)
    return hmac.new(key.purpose("digest"), text.encode(), hashlib.sha256).hexdigest()


def add(
    db: Database,
    treatment: Treatment,
    key: Key,
    report_id: str,
    report: Report,
    arrival: Arrival,
    decision: Decision | None,
    explanation: Explanation | None,
    promise: Promise | None,
    amends_id: str | None,
    read_by_at: datetime | None,
) -> bool:
    """Store one report in the open transaction; False when its twin was stored meanwhile."""
    decided = _decision_columns(key, decision, to_read=read_by_at is not None)
    stored = db.run(
        INSERT,
        c=treatment.clinic_id,
        id=report_id,
        t=treatment.id,
        key=arrival.key,
        amends=amends_id,
        checkin=arrival.checkin_id,
        writer=arrival.by.kind,
        staff=arrival.by.id or None,
        channel=arrival.channel,
        language=arrival.language,
        at=stamp(arrival.at),
        promise=json.dumps(promise_data(promise)),
        read_by=maybe_stamp(read_by_at),
        unconfirmed=int(arrival.unconfirmed),
        explanation=explanations.as_stored(explanation),
        **_said_columns(key, report, arrival),
        **decided,
    )
    words, unsent = bool(decided["reading"]), arrival.channel == UNFINISHED
    if stored and (words or unsent):
        unread.add(db, treatment, report_id, read_by_at, in_words=words, unsent=unsent)
    return bool(stored)


INSERT = """
insert into reports (clinic_id, id, treatment_id, submission_key, digest, amends_id, checkin_id,
  writer, staff_id, channel, language, received_at, day, answers, sealed_words, sealed_mentions,
  level, reasons, ruleset, promise, needs_reading, read_by_at, explanation,
  unconfirmed, sealed_contact)
values (:c, :id, :t, :key, :digest, :amends, :checkin, :writer, :staff, :channel, :language, :at,
  :day, :answers, :words, :mentions, :level, :reasons, :ruleset, :promise, :reading, :read_by,
  :explanation, :unconfirmed, :contact)
on conflict do nothing
"""


def _sealed_contact(key: Key, contact: Contact) -> str | None:
    said = as_data(contact)
    return key.seal_data("contact", said) if said else None


def _said_columns(key: Key, report: Report, arrival: Arrival) -> dict[str, Any]:
    return {
        "digest": digest(key, report, arrival),
        "day": report.day,
        "answers": json.dumps(to_json(replace(report, free_text=""))),
        "words": key.seal("words", report.free_text) if report.free_text else None,
        "contact": _sealed_contact(key, arrival.contact),
    }


def _decision_columns(key: Key, decision: Decision | None, to_read: bool) -> dict[str, Any]:
    if decision is None:
        undecided = {"level": None, "reasons": "[]", "ruleset": "", "mentions": None}
        return {**undecided, "reading": 1}
    mentions = [mention_data(mention) for mention in decision.words]
    return {
        "level": int(decision.level),
        "reasons": json.dumps([reason_data(reason) for reason in decision.reasons]),
        "ruleset": decision.ruleset,
        "mentions": key.seal_data("mentions", mentions) if mentions else None,
        "reading": int(decision.needs_reading or to_read),
    }


COLUMNS = """
select r.clinic_id, r.id, r.treatment_id, r.submission_key, r.digest, r.amends_id, r.received_at,
  r.writer, r.channel, r.answers, r.sealed_words, r.sealed_mentions, r.level, r.reasons, r.ruleset,
  r.explanation, r.promise, r.needs_reading, r.sealed_contact,
  r.read_by_at, r.unconfirmed, coalesce(w.name, '') as staff_name, n.at as read_at,
  coalesce(reader.name, '') as reader_name, p.wrapped_key
from reports r
join treatments t on t.clinic_id = r.clinic_id and t.id = r.treatment_id
join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id
left join staff w on w.clinic_id = r.clinic_id and w.id = r.staff_id
left join report_readings n on n.clinic_id = r.clinic_id and n.report_id = r.id
left join staff reader on reader.clinic_id = n.clinic_id and reader.id = n.staff_id
"""


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> tuple[StoredReport, ...]:
    """All that was said after one treatment, newest first."""
    rows = db.query(
        COLUMNS + "where r.clinic_id = :c and r.treatment_id = :t "
        "order by r.received_at desc, r.id desc",
        c=clinic_id,
        t=treatment_id,
    )
    return tuple(_from_row(db, row) for row in rows)


def of_treatments(
    db: Database, clinic_id: str, ids: tuple[str, ...]
) -> dict[str, list[StoredReport]]:
    """All that was said after each of these treatments, newest first, in one look at the store.

    For lines of a queue, which name no way to call and explain nothing: that stays sealed here.
    """
    found: dict[str, list[StoredReport]] = {one: [] for one in ids}
    for row in db.query(
        COLUMNS + "where r.clinic_id = :c and r.treatment_id in (:ids) "
        "order by r.received_at desc, r.id desc",
        c=clinic_id,
        ids=ids,
    ):
        row["sealed_contact"] = row["explanation"] = None
        found[row["treatment_id"]].append(_from_row(db, row))
    return found


def some(db: Database, clinic_id: str, ids: tuple[str, ...]) -> dict[str, StoredReport]:
    """These reports by their ids."""
    rows = db.query(COLUMNS + "where r.clinic_id = :c and r.id in (:ids)", c=clinic_id, ids=ids)
    return {row["id"]: _from_row(db, row) for row in rows}


def to_read(db: Database, clinic_id: str, limit: int = 200) -> tuple[StoredReport, ...]:
    """Own words that nobody has read and that stand on no open case, the soonest due first."""
    ids = unread.words(db, clinic_id, limit)
    found = some(db, clinic_id, ids)
    return tuple(found[one] for one in ids if one in found)


def sent_with(db: Database, treatment: Treatment, key: str) -> tuple[StoredReport, ...]:
    """The report that this form's key sent, and its addenda, oldest first.

    For the patient's own pages, which explain nothing: that is not even read.
    """
    rows = db.query(
        COLUMNS + "where r.clinic_id = :c and r.submission_key = :key and r.treatment_id = :t "
        "order by r.received_at, r.id",
        c=treatment.clinic_id,
        key=key,
        t=treatment.id,
    )
    return tuple(_from_row(db, {**row, "explanation": None}) for row in rows)


def same_key(db: Database, clinic_id: str, key: str) -> list[Row]:
    """Ids and digests of what this form's key sent before, oldest first."""
    return db.query(
        "select id, treatment_id, digest, channel from reports "
        "where clinic_id = :c and submission_key = :key order by received_at, id",
        c=clinic_id,
        key=key,
    )


def mark_read(db: Database, clinic_id: str, report_id: str, *, by: Actor, at: datetime) -> bool:
    """Note that this person has read the patient's words; False when somebody had before."""
    with db.transaction():
        first = db.run(
            "insert into report_readings (clinic_id, report_id, staff_id, at) "
            "values (:c, :id, :by, :at) on conflict do nothing",
            c=clinic_id,
            id=report_id,
            by=by.id,
            at=stamp(at),
        )
        if first:
            unread.take_away(db, clinic_id, report_id)
            record(db, clinic_id, by, "report.read", report_id, at)
    return bool(first)


def worst(said: Iterable[StoredReport]) -> StoredReport:
    """The one that decides: undecided first, then the highest level, then the latest."""
    return max(said, key=lambda one: (one.level is None, one.level or 0, one.received_at))


def _from_row(db: Database, row: Row) -> StoredReport:
    return StoredReport(
        clinic_id=row["clinic_id"],
        id=row["id"],
        treatment_id=row["treatment_id"],
        key=row["submission_key"],
        amends_id=row["amends_id"],
        received_at=instant(row["received_at"]),
        writer=row["writer"],
        staff_name=row["staff_name"],
        ruleset=row["ruleset"],
        channel=row["channel"],
        needs_reading=bool(row["needs_reading"]),
        read_by_at=maybe_instant(row["read_by_at"]),
        read_at=maybe_instant(row["read_at"]),
        reader_name=row["reader_name"],
        unconfirmed=bool(row["unconfirmed"]),
        **_opened(db, row),
    )


def _opened(db: Database, row: Row) -> dict[str, Any]:
    """What was said and decided. One damaged row is shown as such: it must not hide the others."""
    try:
        return {
            "report": from_stored({**json.loads(row["answers"]), "free_text": _words(db, row)}),
            "level": None if row["level"] is None else Level(row["level"]),
            "reasons": tuple(reason_of(data) for data in json.loads(row["reasons"])),
            "mentions": _mentions(db, row),
            "explanation": explanations.from_stored(row["explanation"]),
            "promise": promise_of(json.loads(row["promise"])),
            "contact": _contact(db, row),
        }
    except (ValueError, KeyError, TypeError, Unreadable) as trouble:
        log.error("Report %s cannot be read: %s.", row["id"], type(trouble).__name__)
        damaged = Report(free_text=DAMAGED)
        return {
            "report": damaged,
            "level": None,
            "reasons": (),
            "mentions": (),
            "explanation": None,
            "promise": None,
            "contact": Contact(),
        }


def _words(db: Database, row: Row) -> str:
    if not row["sealed_words"] or row["wrapped_key"] is None:
        return ""
    return db.vault.key(row["wrapped_key"]).open("words", row["sealed_words"])


def _contact(db: Database, row: Row) -> Contact:
    if not row["sealed_contact"] or row["wrapped_key"] is None:
        return Contact()
    key = db.vault.key(row["wrapped_key"])
    return from_data(key.open_data("contact", row["sealed_contact"]))


def _mentions(db: Database, row: Row) -> tuple[ReadWord, ...]:
    if not row["sealed_mentions"] or row["wrapped_key"] is None:
        return ()
    opened = db.vault.key(row["wrapped_key"]).open_data("mentions", row["sealed_mentions"])
    return tuple(ReadWord(**data) for data in opened)
