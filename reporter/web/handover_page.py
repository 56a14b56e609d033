"""The hand-over sheet, on one page of paper, and the huddle board: the same without initials."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, render_template

from reporter.clinic import handover, on_call_test
from reporter.clinic.handover import Ahead, Handover, Line
from reporter.clinic.hours import local
from reporter.rules.levels import Level
from reporter.web import clock_words, emergency_call, nurse, sbar, staff_words
from reporter.web.at_hand import note_look, store
from reporter.web.clock_words import Due
from reporter.web.log_in import let_in
from reporter.web.queue_page import Desk
from reporter.web.sbar import Told
from reporter.web.staff_words import Badge

blueprint = Blueprint("handover", __name__)
blueprint.before_request(let_in)
NOTE = 140
ON_THE_BOARD = 12
NEXT = {
    "new": "somebody takes it",
    "claimed": "work goes on",
    "waiting": "call again",
    "monitoring": "look again",
    "escalated": "a practitioner answers",
    "closing": "a second person confirms the close",
}


@dataclass(frozen=True)
class Row:
    """One case on paper: number and initials, then the four letters."""

    badge: Badge
    reference: str
    initials: str
    age: int | None
    language: str
    situation: str
    wall: str
    step: str
    called: str
    called_wall: str
    background: str
    assessment: str
    recommendation: str
    due: Due | None
    due_at: str
    owner: str

    @property
    def owner_initials(self) -> str:
        """For the wall."""
        return _initials(self.owner)


@dataclass(frozen=True)
class Sheet:
    """All that paper and board show."""

    at: str
    levels: tuple[tuple[Badge, int], ...]
    known: Handover
    rows: tuple[Row, ...]
    ahead: str
    line_tested: str
    follow_up: str


@blueprint.get("/handover")
def sheet() -> str:
    return render_template("nurse/handover.html", sheet=_sheet(handover.LINES))


@blueprint.get("/huddle")
def huddle() -> str:
    return render_template("nurse/huddle.html", sheet=_sheet(ON_THE_BOARD))


def _sheet(most: int) -> Sheet:
    note_look("handover.viewed", "handover")
    desk = nurse.desk()
    with store().snapshot():
        known = handover.handover(store(), desk.clinic.id, desk.now, most)
        tested = _line_tested(desk)
    there = local(desk.clinic.hours.zone, desk.now)
    return Sheet(
        at=f"{there:%a %b} {there.day}, {clock_words.clock(there)}",
        levels=tuple(_levels(known.counts.by_level)),
        known=known,
        rows=tuple(_row(desk, line) for line in known.lines),
        ahead=f"{_ahead(known.ahead)}, {_mails(known.ahead)}",
        line_tested=tested,
        follow_up=_follow_up(known),
    )


def _levels(counts: Mapping[Level | None, int]) -> list[tuple[Badge, int]]:
    shown: list[Level | None] = [Level.EMERGENCY, Level.URGENT, Level.CALL_BACK]
    more = [one for one in (None, Level.SELF_CARE) if counts.get(one)]
    return [(staff_words.level_badge(one), counts.get(one, 0)) for one in (*more, *shown)]


def _line_tested(desk: Desk) -> str:
    """When the line that pages on-call was last tried, and what came of it; empty where never."""
    tested = on_call_test.last(store(), desk.clinic.id)
    if tested is None:
        return ""
    when = clock_words.moment(tested.at, desk.now, desk.clinic.hours.zone)
    return f"{when} by {tested.by_name}{'' if tested.fine else ': it did not answer'}"


def _row(desk: Desk, line: Line) -> Row:
    case, visit, zone = line.case, line.treatment, desk.clinic.hours.zone
    told = Told(case, visit, line.reports, line.moves)
    language = visit.patient.language
    return Row(
        badge=staff_words.badge(case),
        reference=visit.reference,
        initials=sbar.initials(visit),
        age=visit.patient.age(local(zone, desk.now).date()),
        language="" if language == "en" else language.upper(),
        situation=sbar.headline(desk, told),
        wall=sbar.on_the_wall(desk, told),
        step=NEXT.get(case.state, case.state),
        called=emergency_call.line(desk.clinic, line.reports, line.told, desk.now),
        called_wall=emergency_call.line(
            desk.clinic,
            line.reports,
            [replace(one, by=_initials(one.by)) for one in line.told],
            desk.now,
        ),
        background=sbar.background(desk.knowledge, visit),
        assessment=sbar.on_paper(desk, told),
        recommendation=_next(told),
        due=clock_words.due(case.due_at, desk.now, zone) if case.due_at else None,
        due_at=clock_words.moment(case.due_at, desk.now, zone) if case.due_at else "",
        owner=line.owner_name,
    )


def _initials(name: str) -> str:
    return "".join(f"{part[0].upper()}." for part in name.split()[:3])


def _next(told: Told) -> str:
    """`a practitioner answers: ER now, or see here?`"""
    step = NEXT.get(told.case.state, told.case.state)
    asked = sbar.asked_for(told) if told.case.state == "escalated" else ""
    return f"{step}: {asked}" if asked else step


def _ahead(ahead: Ahead) -> str:
    """`1 recheck, 2 next calls`"""
    rechecks = f"{ahead.rechecks} recheck{'' if ahead.rechecks == 1 else 's'}"
    return f"{rechecks}, {ahead.calls} next call{'' if ahead.calls == 1 else 's'}"


def _mails(ahead: Ahead) -> str:
    """`day-3 mails 12, day-7 mails 4`"""
    return ", ".join(f"day-{day} mails {count}" for day, count in ahead.mails.items()) or "no mails"


def _follow_up(known: Handover) -> str:
    counts = known.counts
    parts = (
        (counts.escalated, "wait for a practitioner"),
        (counts.closing, "wait for a second person to close"),
        (counts.unread, f"to read ({counts.overdue} overdue)" if counts.overdue else "to read"),
        (counts.unfinished, "unfinished"),
        (counts.silent, "silent"),
    )
    return " · ".join(f"{count} {words}" for count, words in parts if count) or "nothing"
