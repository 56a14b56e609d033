"""What this person may do with a case now, and why not, where they may not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reporter.clinic import case_verbs
from reporter.clinic.casebook import Case, Move
from reporter.clinic.roles import CALLED, CLINICIANS
from reporter.clinic.team import Team
from reporter.rules.levels import Level
from reporter.web import clock_words, staff_words
from reporter.web.queue_page import Desk


@dataclass(frozen=True)
class Way:
    """A button of the head of the page. It leads to a field, so that a closed part opens for it."""

    verb: str
    name: str
    target: str


@dataclass(frozen=True)
class Escalation:
    """What waits for a practitioner, or for a second person."""

    heading: str
    when: str
    note: str
    stands: str


@dataclass(frozen=True)
class Allowed:
    """For one person: the verbs with a form, the buttons to them, what is refused with why.

    `decided` is a practitioner's answer that nobody has acted on yet. `alone` is whoever has no
    other clinician beside them.
    """

    staff_id: str
    verbs: frozenset[str]
    ways: tuple[Way, ...]
    refused: tuple[tuple[str, str], ...]
    escalation: Escalation | None
    decided: Escalation | None
    alone: bool


# After these a decision still waits for somebody to act on it.
CHANGES_NOTHING = frozenset({"claim", "release", "absent", "note", "overdue", "page_failed"})
# In the order of the page's head.
WAYS = (
    Way("return", "Answer", "return-decision"),
    Way("confirm_close", "Confirm the close", "confirm_close-note"),
    Way("call", "Log the call", "call-result"),
    Way("escalate", "Escalate", "escalate-note"),
    Way("follow_up", "Follow up later", "follow_up-due_at"),
    Way("close", "Close", "close-outcome"),
    Way("raise_level", "Raise", "raise_level-level"),
    Way("lower_level", "Lower", "lower_level-level"),
    Way("release", "Release", "release-note"),
    Way("reopen", "Open again", "reopen-note"),
)


def allowed(
    desk: Desk, case: Case, team: Team, moves: Sequence[Move], names: Mapping[str, str]
) -> Allowed:
    """What the page offers; `cases.move` has the last word."""
    may = verbs(desk, case, team)
    return Allowed(
        staff_id=desk.staff.id,
        verbs=may,
        ways=ways(case, may),
        refused=refused(desk, case, team, names.get(case.owner_id or "", "")),
        escalation=escalation(desk, case, moves, names),
        decided=decided(desk, case, moves),
        alone=not team.others(desk.staff.id),
    )


def verbs(desk: Desk, case: Case, team: Team) -> frozenset[str]:
    """Without a claim of what is theirs already."""
    may = case_verbs.may(case, desk.staff.id, desk.staff.role, team)
    return may - {"claim"} if case.owner_id == desk.staff.id else may


def ways(case: Case, may: frozenset[str]) -> tuple[Way, ...]:
    return tuple(
        way for way in WAYS if way.verb in may and (way.verb != "release" or case.owner_id)
    )


def refused(desk: Desk, case: Case, team: Team, owner: str) -> tuple[tuple[str, str], ...]:
    """What others may do here, and why this person may not."""
    if desk.staff.role not in CLINICIANS:
        return (("All of it", f"{CALLED[desk.staff.role]} reads and moves no case.".capitalize()),)
    return tuple(_refused(desk, case, team, owner))


def _refused(desk: Desk, case: Case, team: Team, owner: str) -> Iterator[tuple[str, str]]:
    may = verbs(desk, case, team)
    others = case.owner_id not in {None, desk.staff.id}
    if case.state == "escalated" and "return" not in may:
        yield "Answer", "A practitioner or the director answers an escalation."
        yield "Close", "A practitioner was asked: the case comes back with their decision."
    elif others and case.state in case_verbs.IN_HAND:
        name = owner or "Somebody else"
        yield "Call, close", f"{name} has this case. Release it first, and say why."
    if case.state == "closing" and "confirm_close" not in may:
        yield "Confirm", "You closed it: another clinician looks at it and confirms."
    if case.state in case_verbs.IN_HAND and "escalate" not in may:
        yield "Escalate", "There is no practitioner and no director here who could answer."
    grave = case.state in case_verbs.WORKED_ON and case.gravity is Level.EMERGENCY
    if grave and "lower_level" not in may:
        yield "Lower", "Only a practitioner or the director lowers an emergency: escalate it."


def escalation(
    desk: Desk, case: Case, moves: Sequence[Move], names: Mapping[str, str]
) -> Escalation | None:
    """The open question, or the close that waits, in the words of whoever asked."""
    verb = {"escalated": "escalate", "closing": "close"}.get(case.state)
    asked = next((one for one in reversed(moves) if one.verb == verb), None)
    if asked is None:
        return None
    when = clock_words.moment(asked.at, desk.now, desk.clinic.hours.zone)
    if verb == "close":
        outcome = staff_words.inside(staff_words.named(staff_words.OUTCOMES, case.outcome))
        heading = f"{asked.by_name} closed it: {outcome}"
        return Escalation(heading, when, asked.note, "It is open until a second person confirms.")
    heading = f"{asked.by_name} asks a practitioner"
    return Escalation(heading, when, asked.note, _acknowledged(desk, case, names))


def decided(desk: Desk, case: Case, moves: Sequence[Move]) -> Escalation | None:
    """What a practitioner decided last, until somebody does what it says."""
    last = next((one for one in reversed(moves) if one.verb not in CHANGES_NOTHING), None)
    if last is None or last.verb != "return" or not case.is_open:
        return None
    zone = desk.clinic.hours.zone
    words = staff_words.named(staff_words.DECISIONS, last.details.get("decision"))
    due = f"Next step: {clock_words.moment(case.due_at, desk.now, zone)}." if case.due_at else ""
    return Escalation(
        f"{last.by_name} decided: {staff_words.inside(words)}",
        clock_words.moment(last.at, desk.now, zone),
        last.note,
        due,
    )


def _acknowledged(desk: Desk, case: Case, names: Mapping[str, str]) -> str:
    if case.acknowledged_by is None or case.acknowledged_at is None:
        return "Nobody has acknowledged this yet."
    when = clock_words.moment(case.acknowledged_at, desk.now, desk.clinic.hours.zone)
    return f"{names.get(case.acknowledged_by, 'Somebody who left')} has it since {when}."
