"""What was done about a case and what came in, newest first, each in one line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from reporter.clinic.casebook import Move
from reporter.clinic.clinics import Clinic
from reporter.clinic.reports import StoredReport
from reporter.web import clock_words, emergency_call, staff_words

SYSTEM_VERBS = frozenset({"open", "report_again"})
# What a patient adds on the result page or takes back; none of it lowers anything.
REMARKS = {
    "called_emergency": "The patient says: I have called {emergency}",
    "called_crisis": "The patient says: I have called {crisis}",
    "gone": "The patient says: it has gone now",
    "mistake": "The patient says: I ticked this by mistake",
    "over": "The patient says: it is over",
    "wish": "The patient asks for another time or number",
    "photo": "The patient added a photo",
    "ticked": "A warning sign was ticked; its page is not sent yet",
    "seen": "The patient sent the page and was shown what to do",
    "unticked": "The patient took back the tick at “{symptom}”: ticked by mistake?",
}
SETS_DUE = frozenset(
    {"open", "report_again", "follow_up", "reopen", "escalate", "acknowledge", "return"}
    | {"raise_level", "keep_open", "close"}
)
# Whom the clock told that a case is late; how an owner came to be away.
STEPS = {
    "unclaimed": "nurses and practitioners",
    "owner": "its owner",
    "practitioner": "the practitioners",
    "director": "the director",
}
# What is late, and who is told first where that is not its owner.
LATE = {
    "unclaimed": ("Nobody has taken it", STEPS),
    "unanswered": ("Nobody has answered", {**STEPS, "owner": "those asked and its owner"}),
    "confirm_late": ("The close is not confirmed", {**STEPS, "owner": "colleagues"}),
}
AWAY = {"idle": "away", "signed_off": "signed off", "disabled": "no longer here"}


@dataclass(frozen=True)
class Numbers:
    """`shown` is the one that the patient's page named; the others as this clinic has them."""

    shown: str
    emergency: str
    crisis: str


@dataclass(frozen=True)
class Entry:
    """One line of the timeline; `due` is when the next step was due after it, where it set that."""

    when: str
    at: datetime
    who: str
    what: str
    note: str
    due: str


def entries(
    clinic: Clinic, moves: Sequence[Move], told: Sequence[StoredReport], now: datetime
) -> tuple[Entry, ...]:
    """Every move, and the reports that moved no case; newest first."""
    moved = {move.at for move in moves if move.verb in SYSTEM_VERBS}
    found = [*of_moves(clinic, moves, told, now)]
    found += [
        _of_report(one, now, clinic.hours.zone) for one in told if one.received_at not in moved
    ]
    return tuple(sorted(found, key=lambda entry: entry.at, reverse=True))


def of_moves(
    clinic: Clinic, moves: Sequence[Move], told: Sequence[StoredReport], now: datetime
) -> Iterator[Entry]:
    """In the order of the moves; `told` says which number had been shown by then."""
    takers = {one.received_at: one.staff_name for one in told if one.writer == "staff"}
    for move in moves:
        seen = numbers(clinic, told, move.at)
        yield _taken_by(takers, move, _of_move(move, now, clinic.hours.zone, seen))


def numbers(clinic: Clinic, told: Sequence[StoredReport], at: datetime) -> Numbers:
    """The number that the patient had been shown by then: 988 for thoughts of self-harm alone."""
    said = [one for one in told if one.received_at <= at]
    shown = emergency_call.number_of(clinic, said)
    return Numbers(shown, clinic.emergency_number, clinic.crisis_line)


def spoke(moves: Sequence[Move]) -> bool:
    """Whether somebody has spoken with the patient since the last report or reopening."""
    since = takewhile(lambda move: move.verb not in {*SYSTEM_VERBS, "reopen"}, reversed(moves))
    return any(move.details.get("result") == "reached" for move in since)


def _taken_by(takers: Mapping[datetime, str], move: Move, entry: Entry) -> Entry:
    """Where a colleague wrote the report down for the patient, the timeline says who."""
    name = takers.get(move.at) if move.verb in SYSTEM_VERBS else None
    return replace(entry, who=name, what=f"{entry.what}, by telephone") if name else entry


def _of_move(move: Move, now: datetime, zone: str, numbers: Numbers) -> Entry:
    sets_due = move.verb in SETS_DUE or (move.verb == "call" and move.to_state == "waiting")
    due = clock_words.moment(move.due_at, now, zone) if move.due_at and sets_due else ""
    return Entry(
        when=clock_words.moment(move.at, now, zone),
        at=move.at,
        who=move.by_name if move.by_kind == "staff" else "",
        what=_what(move, numbers),
        note=move.note,
        due=due,
    )


def _what(move: Move, numbers: Numbers) -> str:
    level = staff_words.BADGES[move.level].word.lower()
    if move.verb == "call":
        return f"Call: {_call(move)}{_emergency_call(move, numbers)}"
    if move.verb == "told_to_call":
        return f"By telephone{_emergency_call(move, numbers)}"
    if move.verb == "remark":
        return _remark(move, numbers)
    if move.verb == "close":
        outcome = staff_words.named(staff_words.OUTCOMES, move.details.get("outcome"))
        first = "Closed by one person, to be confirmed" if move.to_state == "closing" else "Closed"
        return f"{first}: {staff_words.inside(outcome)}{_checked(move, numbers)}"
    if move.verb in {"return", "overdue", "absent"}:
        return _of_the_clock_or_decision(move)
    undecided = bool(move.details.get("undecided"))
    words = {
        "open": "A report came in: the rules failed on it" if undecided else f"Opened: {level}",
        "report_again": "Reported again: the rules failed on it"
        if undecided
        else f"Reported again. The case is {level}",
        "claim": "Claimed",
        "release": "Released",
        "note": "Note",
        "follow_up": "Follow-up set",
        "reopen": "Opened again",
        "match": "Matched to a treatment, and decided again with it",
        "unknown_person": "Marked as an unknown person's",
        "escalate": "Escalated to a practitioner",
        "acknowledge": "Acknowledged",
        "raise_level": f"Raised to {level}",
        "lower_level": f"Lowered to {level}",
        "confirm_close": "Close confirmed",
        "keep_open": "Kept open",
        "page_failed": "The page to on-call was not accepted: an e-mail went instead",
    }
    return words.get(move.verb, move.verb.replace("_", " "))


def _of_the_clock_or_decision(move: Move) -> str:
    if move.verb == "return":
        decided = staff_words.named(staff_words.DECISIONS, move.details.get("decision"))
        return f"Given back: {staff_words.inside(decided)}"
    if move.verb == "absent":
        return f"Released: its owner is {staff_words.named(AWAY, move.details.get('why'))}"
    steps = move.details.get("steps") or []
    first, words = LATE.get(move.details.get("what") or "", ("Late", STEPS))
    told = " and ".join(staff_words.named(words, step) for step in steps)
    paged = ", on-call was paged" if move.details.get("paged") else ""
    return f"{first}: {told} told{paged}"


def _remark(move: Move, numbers: Numbers) -> str:
    said = REMARKS.get(move.details.get("what", ""), "The patient added something")
    symptom = str(move.details.get("symptom", "")).replace("_", " ")
    return said.format(symptom=symptom, emergency=numbers.emergency, crisis=numbers.crisis)


def _call(move: Move) -> str:
    return staff_words.named(staff_words.CALL_RESULTS, move.details.get("result")).lower()


def _emergency_call(move: Move, numbers: Numbers) -> str:
    """What was written down of the emergency number, behind a comma."""
    called = _called(move, numbers)
    return f", {called}" if called else ""


def _called(move: Move, numbers: Numbers) -> str:
    words = staff_words.EMERGENCY_CALLS.get(str(move.details.get("emergency_call") or ""), "")
    return words.format(number=numbers.shown)


def _checked(move: Move, numbers: Numbers) -> str:
    asked = "red_flags_asked" in move.details and move.details["red_flags_asked"]
    back = "taught_back" in move.details and move.details["taught_back"]
    called = _called(move, numbers)
    parts = [called] if called else []
    parts += ["warning signs asked again"] * bool(asked) + ["said back when to call"] * bool(back)
    if told := move.details.get("regulator"):
        parts.append(
            f"regulator: {staff_words.inside(staff_words.named(staff_words.REGULATOR, told))}"
        )
    return f" ({', '.join(parts)})" if parts else ""


def _of_report(one: StoredReport, now: datetime, zone: str) -> Entry:
    word = staff_words.level_badge(one.level).word.lower()
    return Entry(
        when=clock_words.moment(one.received_at, now, zone),
        at=one.received_at,
        who=one.staff_name if one.writer == "staff" else "",
        what=f"Report: {word}",
        note="",
        due="",
    )
