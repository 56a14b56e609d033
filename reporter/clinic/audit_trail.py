"""The audit trail as an auditor reads it: by person, case, kind and day; and as a file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reporter.clinic import audit_about, audit_words
from reporter.clinic.audit_about import NOBODY, About
from reporter.clinic.hours import at_local, local
from reporter.clock import instant, stamp
from reporter.records.audit import Break
from reporter.records.db import Database, Row

# What one looks for, by the beginnings of what an event is called.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "looked": ("Looked at a patient's data", ("%.viewed", "%.seen", "%.searched", "%.listed")),
    "taken": ("Took data out", ("%.exported", "%.printed")),
    "cases": ("Cases", ("case.%", "silent.%")),
    "reports": ("Reports", ("report.%", "draft.%", "poster.%", "photo.%", "unlock.%")),
    "treatments": ("Treatments and patients", ("treatment.%", "patient.%", "links.%", "card.%")),
    "mail": ("E-mail and check-ins", ("mail.%", "checkin%", "outbox.%")),
    "log_ins": ("Logging in", ("log_%", "session.%", "proof.%", "passkey.%", "recovery_%")),
    "refused": ("Refused", ("%refused%", "passkey.copied")),
    "accounts": ("Accounts", ("staff.%", "second_factor.%", "account.%")),
    "settings": ("Settings and backups", ("clinic.%", "on_call.%", "clock.%", "backup.%")),
    "rules": ("Rules", ("ruleset.%", "rule.%")),
    "audit": ("The audit trail itself", ("audit.%",)),
}
PATIENT, SYSTEM, COMMAND_LINE = "patient", "system", "staff"
OTHERS = {PATIENT: "A patient", SYSTEM: "Reporter itself", COMMAND_LINE: "The command line"}
HEADER = ("number", "at", "who", "who_name", "what", "subject", "reference", "details", "in_words")


@dataclass(frozen=True)
class Sought:
    """What is looked for; empty texts seek nothing. `who` is a staff id or a key of OTHERS."""

    who: str = ""
    reference: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Event:
    """One line: `subject` is an id, or a name; `about` is the treatment that it belongs to."""

    seq: int
    at: datetime
    who: str
    who_name: str
    verb: str
    subject: str
    is_about_staff: bool
    about: About
    details: str

    @property
    def what(self) -> str:
        """`looked at the case`, after the name of who did."""
        return audit_words.did(self.verb)

    @property
    def beside(self) -> str:
        """`from nurse to director`: what was written with it, in words."""
        return audit_words.more(self.verb, self.details)

    @property
    def whom(self) -> str:
        """The colleague that it is about, where that is somebody else."""
        return self.subject if self.is_about_staff and self.subject != self.who_name else ""


def newest(
    db: Database, clinic_id: str, zone: str, sought: Sought, *, before: int = 0, most: int = 100
) -> list[Event]:
    """A page of what is sought, the newest first, older than event `before` where that is given.

    Raise treatments.NotThere when nothing has that reference.
    """
    where, values = _where(db, clinic_id, zone, sought)
    rows = db.query(
        f"{SELECT} {where} and (:before = 0 or seq < :before) order by seq desc limit :most",
        c=clinic_id,
        before=before,
        most=most,
        **values,
    )
    return _events(db, clinic_id, rows)


def everything(
    db: Database, clinic_id: str, zone: str, sought: Sought, *, until: int, page: int = 1000
) -> Iterator[Event]:
    """All of what is sought, the oldest first, up to event `until`; by pages, so memory is flat."""
    where, values = _where(db, clinic_id, zone, sought)
    last = 0
    while rows := db.query(
        f"{SELECT} {where} and seq > :last and seq <= :until order by seq limit :page",
        c=clinic_id,
        last=last,
        until=until,
        page=page,
        **values,
    ):
        yield from _events(db, clinic_id, rows)
        last = rows[-1]["seq"]


SELECT = "select seq, at, actor, verb, subject, details from audit_events where clinic_id = :c"


def _where(db: Database, clinic_id: str, zone: str, sought: Sought) -> tuple[str, dict[str, Any]]:
    """The conditions in fixed words, and every value as a parameter."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    if sought.who:
        parts.append("actor = :who")
        values["who"] = sought.who if sought.who in OTHERS else f"staff:{sought.who}"
    if sought.kind in KINDS:
        likes = {f"kind{n}": like for n, like in enumerate(KINDS[sought.kind][1])}
        parts.append("(" + " or ".join(f"verb like :{name}" for name in likes) + ")")
        values |= likes
    if sought.first:
        parts.append("at >= :first")
        values["first"] = stamp(at_local(zone, sought.first, "00:00"))
    if sought.last:
        parts.append("at < :last_day")
        values["last_day"] = stamp(at_local(zone, sought.last + timedelta(days=1), "00:00"))
    if sought.reference:
        parts.append("subject in (:about)")
        values["about"] = audit_about.subjects_of(db, clinic_id, sought.reference)
    return "".join(f" and {part}" for part in parts), values


def _events(db: Database, clinic_id: str, rows: list[Row]) -> list[Event]:
    names = _names(db, clinic_id)
    about = audit_about.of_subjects(db, clinic_id, {row["subject"] for row in rows})
    return [_event(row, names, about) for row in rows]


def _event(row: Row, names: Mapping[str, str], about: Mapping[str, About]) -> Event:
    _, _, staff_id = row["actor"].partition(":")
    name = names.get(staff_id, "") if staff_id else OTHERS.get(str(row["actor"]), "")
    return Event(
        seq=row["seq"],
        at=instant(row["at"]),
        who=row["actor"],
        who_name=name,
        verb=row["verb"],
        subject=names.get(row["subject"], row["subject"]),
        is_about_staff=row["subject"] in names,
        about=about.get(row["subject"], NOBODY),
        details=row["details"],
    )


def _names(db: Database, clinic_id: str) -> dict[str, str]:
    rows = db.query("select id, name from staff where clinic_id = :c", c=clinic_id)
    return {row["id"]: row["name"] for row in rows}


def named(db: Database, clinic_id: str, zone: str, broken: Break) -> str:
    """Where the chain does not hold, with what stands there now in plain words."""
    rows = db.query(f"{SELECT} and seq >= :seq order by seq limit 1", c=clinic_id, seq=broken.seq)
    told = [
        f"Event {one.seq} says now: {_sentence(one, zone)}" for one in _events(db, clinic_id, rows)
    ]
    return " ".join([broken.what, *told])


def _sentence(event: Event, zone: str) -> str:
    """`2026-11-24 10:00, Dana Reyes took the case, K7-42Q.`"""
    at, who = f"{local(zone, event.at):%Y-%m-%d %H:%M}", event.who_name or event.who
    parts = (f"{at}, {who} {event.what}", event.beside, event.whom, event.about.reference)
    return ", ".join(part for part in parts if part) + "."


def as_csv(events: Iterator[Event]) -> Iterator[str]:
    """A row at a time, times in UTC."""
    yield _row(HEADER)
    for one in events:
        words = ", ".join(part for part in (one.what, one.beside) if part)
        about = (one.subject, one.about.reference)
        told = (one.who, one.who_name, one.verb, *about, one.details, words)
        yield _row((str(one.seq), stamp(one.at), *map(_cell, told)))


def _cell(text: str) -> str:
    """No spreadsheet takes it for a formula: a name may begin as one."""
    return f"'{text}" if text[:1] in set("=+-@\t\r＝＋－＠") else text


def _row(cells: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
