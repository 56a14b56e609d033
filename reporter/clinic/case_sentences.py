"""Why a case cannot be moved now, and who moved it first, each in a sentence. Pure."""

from collections.abc import Collection

from reporter.clinic.casebook import Case, Move
from reporter.clinic.hours import local
from reporter.clinic.roles import CALLED, ROLES

NOT_FROM = {
    "closed": "This case is closed. Open it again first, and say why.",
    "closing": "This case waits for a second person to confirm its close, or to keep it open.",
    "escalated": "A practitioner was asked about this case. It comes back with a decision first.",
}
WRONG_TIME = {
    "acknowledge": "Nobody has escalated this case.",
    "return": "Nobody has escalated this case.",
    "confirm_close": "Nobody has closed this case.",
    "keep_open": "Nobody has closed this case.",
}
DID = {
    "open": "opened this case",
    "claim": "took this case",
    "release": "released this case",
    "call": "logged a call",
    "note": "wrote a note",
    "follow_up": "set a new due time",
    "escalate": "escalated this case",
    "acknowledge": "acknowledged the escalation",
    "return": "gave this case back with a decision",
    "raise_level": "raised the level",
    "lower_level": "lowered the level",
    "close": "closed this case",
    "confirm_close": "confirmed the close",
    "keep_open": "kept this case open",
    "reopen": "opened this case again",
    "match": "matched this case",
    "unknown_person": "marked this case as an unknown person's",
    "report_again": "reported again",
    "told_to_call": "wrote down a telephone report",
    "remark": "added something",
    "overdue": "said that this case is late",
    "page_failed": "said that a page did not arrive",
    "absent": "released this case, since its owner is away,",
}


def only(roles: Collection[str]) -> str:
    """Who may, for whoever may not."""
    names = [CALLED[role] for role in ROLES if role in roles]
    return f"Only {', '.join(names[:-1])} or {names[-1]} may do this to a case."


def not_from(case: Case, verb: str) -> str:
    """Why not now, and what comes first."""
    first = NOT_FROM.get(case.state, "This case is open.")
    return WRONG_TIME.get(verb, first) if case.is_open else first


def was_first(last: Move, zone: str) -> str:
    clock = local(zone, last.at).strftime("%-I:%M %p").lower()
    return f"{last.by_name} {DID[last.verb]} at {clock}. Nothing of yours was saved; look again."
