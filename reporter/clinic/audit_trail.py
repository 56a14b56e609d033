"""The audit trail as an auditor reads it: by person, case, kind and day; and as a file."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reporter.clinic import treatments
from reporter.clinic.hours import at_local
from reporter.clock import instant, stamp
from reporter.records.db import Database, Row

# What one looks for, by the beginnings of what an event is called.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "looked": ("Looked at a patient's data", ("%.viewed", "%.seen", "%.searched", "%.listed")),
    "taken": ("Took data out", ("%.exported", "%.printed")),
    "cases": ("Cases", ("case.%",)),
    "reports": ("Reports", ("report.%", "draft.%", "poster.%", "photo.%")),
    "treatments": ("Treatments and patients", ("treatment.%", "patient.%", "links.%", "card.%")),
    "mail": ("E-mail and check-ins", ("mail.%", "checkin%", "outbox.%")),
    "log_ins": ("Logging in", ("log_%", "session.%", "proof.%", "passkey.%", "recovery_%")),
    "refused": ("Refused", ("%refused%", "passkey.copied")),
    "accounts": ("Accounts", ("staff.%", "second_factor.%", "account.%")),
    "settings": ("Settings", ("clinic.%", "on_call.%", "clock.%")),
    "rules": ("Rules", ("ruleset.%", "rule.%")),
    "audit": ("The audit trail itself", ("audit.%",)),
}
PATIENT, SYSTEM, COMMAND_LINE = "patient", "system", "staff"
OTHERS = {PATIENT: "A patient", SYSTEM: "Reporter itself", COMMAND_LINE: "The command line"}
HEADER = ("number", "at", "who", "who_name", "what", "subject", "reference", "details")
MOST_SUBJECTS = 200
# Ids and digests.
OURS = re.compile(r"[0-9a-f-]{32,64}")


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
    """One line: `subject` is an id; `reference` is the treatment's that it belongs to, if any."""

    seq: int
    at: datetime
    who: str
    who_name: str
    verb: str
    subject: str
    reference: str
    details: str

    @property
    def what(self) -> str:
        """`case viewed`, `log in refused`."""
        return self.verb.replace(".", " ").replace("_", " ")

    @property
    def beside(self) -> str:
        """`before 60, after 45`: what was written with it, but for numbers that only we read."""
        said = json.loads(self.details).items()
        words = [(name, str(value)) for name, value in said if not OURS.fullmatch(str(value))]
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in words)


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


def _where(db: Database, clinic_id: str, zone: str, sought: Sought) -> tuple[str, dict[str, str]]:
    """The conditions in fixed words, and every value as a parameter."""
    parts, values = [], {}
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
        about = {f"about{n}": one for n, one in enumerate(_about(db, clinic_id, sought.reference))}
        parts.append("subject in (" + ", ".join(f":{name}" for name in about) + ")")
        values |= about
    return "".join(f" and {part}" for part in parts), values


def _about(db: Database, clinic_id: str, reference: str) -> list[str]:
    """The treatment, its patient, case and reports: all that an event of it may be about."""
    visit = treatments.by_reference(db, clinic_id, reference)
    rows = db.query(
        "select id from cases where clinic_id = :c and treatment_id = :t "
        "union all select id from reports where clinic_id = :c and treatment_id = :t "
        "union all select id from drafts where clinic_id = :c and treatment_id = :t limit :most",
        c=clinic_id,
        t=visit.id,
        most=MOST_SUBJECTS,
    )
    return [visit.id, visit.patient.id, *(row["id"] for row in rows)]


def _events(db: Database, clinic_id: str, rows: list[Row]) -> list[Event]:
    names = _names(db, clinic_id)
    references = _references(db, clinic_id, {row["subject"] for row in rows})
    return [_event(row, names, references) for row in rows]


def _event(row: Row, names: Mapping[str, str], references: Mapping[str, str]) -> Event:
    _, _, staff_id = row["actor"].partition(":")
    name = names.get(staff_id, "") if staff_id else OTHERS.get(str(row["actor"]), "")
    return Event(
        seq=row["seq"],
        at=instant(row["at"]),
        who=row["actor"],
        who_name=name,
        verb=row["verb"],
        subject=names.get(row["subject"], row["subject"]),
        reference=references.get(row["subject"], ""),
        details=row["details"],
    )


def _names(db: Database, clinic_id: str) -> dict[str, str]:
    rows = db.query("select id, name from staff where clinic_id = :c", c=clinic_id)
    return {row["id"]: row["name"] for row in rows}


def _references(db: Database, clinic_id: str, subjects: set[str]) -> dict[str, str]:
    """By id of a treatment, case or report: the reference that people know."""
    if not subjects:
        return {}
    ids = {f"s{n}": one for n, one in enumerate(sorted(subjects))}
    among = "(" + ", ".join(f":{name}" for name in ids) + ")"
    joined = "join treatments t on t.clinic_id = x.clinic_id and t.id = x.treatment_id"
    rows = db.query(
        f"select id, reference from treatments where clinic_id = :c and id in {among} "  # noqa: S608 - ours
        f"union all select x.id, t.reference from cases x {joined} "
        f"where x.clinic_id = :c and x.id in {among} "
        f"union all select x.id, t.reference from reports x {joined} "
        f"where x.clinic_id = :c and x.id in {among}",
        c=clinic_id,
        **ids,
    )
    return {row["id"]: row["reference"] for row in rows}


def as_csv(events: Iterator[Event]) -> Iterator[str]:
    """A row at a time, times in UTC."""
    yield _row(HEADER)
    for one in events:
        told = (one.who, one.who_name, one.verb, one.subject, one.reference, one.details)
        yield _row((str(one.seq), stamp(one.at), *map(_cell, told)))


def _cell(text: str) -> str:
    """No spreadsheet takes it for a formula: a name may begin as one."""
    return f"'{text}" if text[:1] in set("=+-@\t\r＝＋－＠") else text


def _row(cells: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
