"""The queue as the desk shows it: who to call first, by when, and whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import casebook, reports, treatments, unfinished
from reporter.clinic.case_verbs import TRIES_BEFORE_UNREACHED
from reporter.clinic.casebook import Case
from reporter.clinic.cases import QueueRow
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.staff import Staff, everybody
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.web import clock_words, own_pages, patient_says, poster_part, said, staff_words
from reporter.web.clock_words import Due
from reporter.web.said import Sign
from reporter.web.staff_words import Badge

TABS = {
    "todo": "To do",
    "mine": "Mine",
    "waiting": "Waiting",
    "to_read": "To read",
    "unfinished": "Unfinished",
    "closed": "Closed",
}
RESTING = frozenset({"waiting", "monitoring"})
SIGNS_SHOWN = 3
NOT_SPOKEN = frozenset({"new", "waiting"})


@dataclass(frozen=True)
class Line:
    """One case in the queue. `due` is None once it is closed; `ended` then says when and how."""

    case_id: str
    badge: Badge
    name: str
    age: int | None
    signs: tuple[Sign, ...]
    more: int
    warning: str
    unread: bool
    treated: str
    due: Due | None
    ended: str
    owner: str
    calls: str


@dataclass(frozen=True)
class Tab:
    key: str
    name: str
    count: int | None
    is_here: bool


@dataclass(frozen=True)
class Page:
    """One tab of the queue: its lines in the order in which to call."""

    tabs: tuple[Tab, ...]
    here: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Desk:
    """Who looks at the queue, where and when."""

    knowledge: Knowledge
    clinic: Clinic
    staff: Staff
    now: datetime


def page(db: Database, desk: Desk, rows: tuple[QueueRow, ...], here: str) -> Page:
    """The tab `here` of these open cases. Closed ones are read only where they are shown."""
    picked = {
        "todo": [row for row in rows if not _rests(row.case, desk.now)],
        "mine": [row for row in rows if row.case.owner_id == desk.staff.id],
        "waiting": [row for row in rows if _rests(row.case, desk.now)],
    }
    counts = {key: len(some) for key, some in picked.items()}
    counts["to_read"] = len(reports.to_read(db, desk.clinic.id))
    counts["unfinished"] = len(unfinished.rows(db, desk.clinic.id))
    tabs = tuple(Tab(key, name, counts.get(key), key == here) for key, name in TABS.items())
    beside = "todo" if here in {"to_read", "unfinished"} else here
    shown = picked[beside] if beside in picked else _closed(db, desk)
    return Page(tabs, here, tuple(line(desk, row) for row in shown))


def _rests(case: Case, now: datetime) -> bool:
    """A case rests until its next call or check; once that is due it is to do again."""
    return case.state in RESTING and case.due_at is not None and case.due_at > now


def _closed(db: Database, desk: Desk) -> Iterable[QueueRow]:
    names = {one.id: one.name for one in everybody(db, desk.clinic.id)}
    for case in casebook.lately_closed(db, desk.clinic.id):
        held = treatments.get(db, desk.clinic.id, case.treatment_id)
        told = reports.of_treatment(db, desk.clinic.id, held.id)
        yield QueueRow(case, treatments.shown(db, held), told, names.get(case.owner_id or "", ""))


def line(desk: Desk, row: QueueRow) -> Line:
    case, visit, zone = row.case, row.treatment, desk.clinic.hours.zone
    signs = said.headline(desk.knowledge, row.said)
    today = local(zone, desk.now).date()
    return Line(
        case_id=case.id,
        badge=staff_words.badge(case),
        name=visit.patient.name,
        age=visit.patient.age(today),
        signs=signs[:SIGNS_SHOWN],
        more=max(len(signs) - SIGNS_SHOWN, 0),
        warning=_warning(desk, row),
        unread=any(one.needs_reading and one.words and not one.read_at for one in row.said),
        treated=treated(desk, visit),
        due=clock_words.due(case.due_at, desk.now, zone) if case.due_at else None,
        ended=_ended(desk, case),
        owner=_owner(desk, row),
        calls=calls(case),
    )


def _warning(desk: Desk, row: QueueRow) -> str:
    """Nobody here confirms that 911 was called; until somebody says or heard so it is open."""
    if not row.case.is_open:
        return ""
    on_page = any(
        one.level is Level.EMERGENCY and one.writer != "staff" and one.channel != UNFINISHED
        for one in row.said
    )
    parts = [_told_to_call(desk, row)] if on_page else []
    return " · ".join([*parts, *patient_says.others(desk.clinic, row.told, desk.now)])


def _told_to_call(desk: Desk, row: QueueRow) -> str:
    harm = own_pages.is_self_harm(row.said)
    number = desk.clinic.crisis_line if harm else desk.clinic.emergency_number
    if called := patient_says.called(desk.clinic, row.told, desk.now):
        return f"Told to call {number} – {called}"
    unsure = " – not confirmed" if row.case.state in NOT_SPOKEN else ""
    return f"Told to call {number}{unsure}"


def treated(desk: Desk, visit: Treatment) -> str:
    """`Day 4 · glabella + forehead 40 U · Spanish`"""
    if unmatched := poster_part.in_queue(visit):
        return unmatched
    areas = " + ".join(staff_words.area(dose.area) for dose in visit.areas)
    total = staff_words.units(sum(dose.units for dose in visit.areas))
    parts = [f"Day {visit.day(desk.now, desk.clinic.hours.zone)}", f"{areas} {total}".strip()]
    if visit.patient.language != "en":
        parts.append(staff_words.named(staff_words.LANGUAGES, visit.patient.language))
    return " · ".join(parts)


def _ended(desk: Desk, case: Case) -> str:
    if case.closed_at is None:
        return ""
    when = clock_words.moment(case.closed_at, desk.now, desk.clinic.hours.zone)
    return f"{staff_words.named(staff_words.OUTCOMES, case.outcome)}, {when}"


def _owner(desk: Desk, row: QueueRow) -> str:
    if row.case.owner_id is None:
        return "No owner" if row.case.is_open else ""
    return "You" if row.case.owner_id == desk.staff.id else row.owner_name or "Somebody who left"


def calls(case: Case) -> str:
    """Calls that reached nobody, of the three that come before closing as not reached."""
    if not case.attempts:
        return ""
    left = TRIES_BEFORE_UNREACHED - case.attempts
    if left < 0:
        return f"{case.attempts} calls"
    return f"{case.attempts} of {TRIES_BEFORE_UNREACHED} calls " + "●" * case.attempts + "○" * left
