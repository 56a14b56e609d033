"""The queue as the desk shows it: who to call first, by when, and whose it is."""

from dataclasses import asdict, dataclass
from datetime import datetime

from reporter.clinic import queue
from reporter.clinic.casebook import Case
from reporter.clinic.cases import QueueRow
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.web import (
    clock_words,
    emergency_call,
    patient_says,
    poster_part,
    staff_words,
)
from reporter.web.clock_words import Due
from reporter.web.headline import Sign, headline
from reporter.web.headline import shown as shown_signs
from reporter.web.staff_words import Badge

TABS = {
    "todo": "To do",
    "mine": "Mine",
    "waiting": "Waiting",
    "to_read": "To read",
    "unfinished": "Unfinished",
    "silent": "Silent",
    "closed": "Closed",
}
# Tabs that are pages of their own; beside them stands what is to do.
PAGES = {"to_read": "to_read.texts", "unfinished": "unfinished.left", "silent": "silent.listed"}
COUNTED_TO = frozenset(PAGES)
# So many lines are drawn at first and with each "Show more", and no more than that in all.
LINES, MOST_LINES = 50, 500
SIGNS_SHOWN = 3
TO_CONFIRM = "To confirm"


@dataclass(frozen=True)
class Line:
    """One case in the queue. `due` is None once it is closed; `ended` then says when and how.

    `settled` is a warning that says only what is done already: nobody need look up for it.
    """

    case_id: str
    badge: Badge
    name: str
    age: int | None
    signs: tuple[Sign, ...]
    more: int
    warning: str
    settled: bool
    unread: bool
    treated: str
    due: Due | None
    ended: str
    owner: str
    calls: str
    stands: str
    version: int


@dataclass(frozen=True)
class Tab:
    """`count` is text, since a long list is counted only so far: `100+`; `page` its own page.

    `late` says how much of it should have been done by now.
    """

    key: str
    name: str
    count: str
    is_here: bool
    page: str
    late: str = ""


@dataclass(frozen=True)
class Page:
    """One tab of the queue: its first lines in the order in which to call, and how many it has.

    `beside` is the tab whose lines these are; `shown` how many were asked for.
    """

    tabs: tuple[Tab, ...]
    here: str
    beside: str
    lines: tuple[Line, ...]
    shown: int
    revision: str

    @property
    def more(self) -> int:
        """How many more "Show more" shows, or 0."""
        full = len(self.lines) == self.shown < MOST_LINES
        return min(self.shown + LINES, MOST_LINES) if full else 0

    @property
    def is_cut(self) -> bool:
        """Whether it ends where no more are drawn."""
        return len(self.lines) == MOST_LINES


@dataclass(frozen=True)
class Desk:
    """Who looks at the queue, where and when."""

    knowledge: Knowledge
    clinic: Clinic
    staff: Staff
    now: datetime


def page(db: Database, desk: Desk, here: str, shown: int = LINES) -> Page:
    """The first lines of the tab `here`. Only these are opened, however many there are."""
    # Asked before the lines: a change meanwhile is then seen by the next poll, not missed.
    revision = queue.revision(db, desk.clinic.id, desk.now)
    beside = "todo" if here in PAGES else here
    rows = queue.picked_at(db, desk.clinic.id, beside, desk.staff.id, desk.now, shown, revision)
    counts = asdict(queue.counts_at(db, desk.clinic.id, desk.staff.id, desk.now, revision))
    tabs = tuple(
        Tab(
            key,
            name,
            _counted(key, counts.get(key)),
            key == here,
            PAGES.get(key, ""),
            f"{_counted(key, counts['overdue'])} overdue"
            if key == "to_read" and counts["overdue"]
            else "",
        )
        for key, name in TABS.items()
    )
    return Page(tabs, here, beside, tuple(line(desk, row) for row in rows), shown, revision)


def first(db: Database, desk: Desk, page: Page) -> Line | None:
    """Who in the whole queue to call first, whichever tab `page` shows."""
    if page.beside == "todo":
        seen = next((one for one in page.lines if one.stands != TO_CONFIRM), None)
        if seen or len(page.lines) < page.shown:
            return seen
    rows = queue.picked_at(db, desk.clinic.id, "first", desk.staff.id, desk.now, 1, page.revision)
    return line(desk, rows[0]) if rows else None


def _counted(key: str, count: int | None) -> str:
    if count is None:
        return ""
    return f"{count}+" if key in COUNTED_TO and count >= queue.MOST_COUNTED else f"{count:,}"


def line(desk: Desk, row: QueueRow) -> Line:
    case, visit, zone = row.case, row.treatment, desk.clinic.hours.zone
    signs = headline(desk.knowledge, row.said)
    today = local(zone, desk.now).date()
    return Line(
        case_id=case.id,
        badge=staff_words.badge(case),
        name=visit.patient.name,
        age=visit.patient.age(today),
        signs=shown_signs(signs, SIGNS_SHOWN),
        more=max(len(signs) - SIGNS_SHOWN, 0),
        warning=_warning(desk, row),
        settled=not (
            emergency_call.is_open(row.said, row.told)
            or any(patient_says.others(desk.clinic, row.told, desk.now))
        ),
        unread=any(one.needs_reading and one.words and not one.read_at for one in row.said),
        treated=treated(desk, visit),
        due=clock_words.due(case.due_at, desk.now, zone) if case.due_at else None,
        ended=_ended(desk, case),
        owner=_owner(desk, row),
        calls=calls(case, desk.clinic),
        stands=_stands(case),
        version=case.version,
    )


def _warning(desk: Desk, row: QueueRow) -> str:
    """Nobody here confirms that 911 was called; until somebody says or heard so it is open."""
    if not row.case.is_open:
        return ""
    told = emergency_call.line(desk.clinic, row.said, row.told, desk.now)
    others = patient_says.others(desk.clinic, row.told, desk.now)
    return " · ".join(part for part in (told, *others) if part)


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


def _stands(case: Case) -> str:
    """What it waits for from somebody else, so that nobody thinks it is theirs alone."""
    if case.state == "escalated":
        return "Escalated, acknowledged" if case.acknowledged_by else "Escalated, waits for answer"
    return TO_CONFIRM if case.state == "closing" else ""


def calls(case: Case, clinic: Clinic) -> str:
    """Calls that reached nobody, of those that come before closing as not reached."""
    if not case.attempts:
        return ""
    tries = clinic.waits.tries
    left = tries - case.attempts
    if left < 0:
        return f"{case.attempts} calls"
    return f"{case.attempts} of {tries} calls " + "●" * case.attempts + "○" * left
