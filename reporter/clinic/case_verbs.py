"""The verbs of a case: from which states, by whom, with which guards, to what. Pure.

`VERBS` is the one table: no screen, command or job moves a case otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import case_asking, case_closing, case_working
from reporter.clinic.case_limits import (
    CALL_RESULTS,
    DECISIONS,
    LONGEST_NOTE,
    OUTCOMES,
    REGULATOR,
    Refused,
)
from reporter.clinic.casebook import Asked, Case, Move
from reporter.clinic.roles import ADMIN, CLINICIANS, ROLES
from reporter.clinic.team import COMMAND_LINE, MEDICS, Team
from reporter.rules.levels import Level

__all__ = [
    "CALL_RESULTS",
    "DECISIONS",
    "LONGEST_NOTE",
    "OUTCOMES",
    "REGULATOR",
    "VERBS",
    "Refused",
    "Verb",
    "may",
    "tries",
]

Step = Callable[[Case, Asked], Case]


@dataclass(frozen=True)
class Who:
    """Somebody who might act."""

    id: str
    role: str
    team: Team

    @property
    def is_medic(self) -> bool:
        return self.role in MEDICS


Offer = Callable[[Case, Who], bool]


@dataclass(frozen=True)
class Verb:
    """From which states a verb may be used, what it does, and by whom.

    `offered` says for whom it is more than a refusal; the fields may still be wrong.
    """

    from_states: frozenset[str]
    step: Step
    offered: Offer = lambda _, __: True
    roles: frozenset[str] = CLINICIANS
    by_system: bool = False


def _mine(case: Case, who: Who) -> bool:
    return case.owner_id in {None, who.id}


def _mine_or_asked(case: Case, who: Who) -> bool:
    return _mine(case, who) or (case.state == "escalated" and who.is_medic)


def _closes(case: Case, who: Who) -> bool:
    return who.is_medic if case.state == "escalated" else _mine(case, who)


def _can_lower(case: Case, who: Who) -> bool:
    return case.gravity > Level.CALL_BACK and (case.gravity < Level.EMERGENCY or who.is_medic)


IN_HAND = frozenset({"new", "claimed", "waiting", "monitoring"})
WORKED_ON = IN_HAND | {"escalated"}
OPEN = WORKED_ON | {"closing"}
ANY = OPEN | {"closed"}
GIVING_BACK = CLINICIANS | {ADMIN, COMMAND_LINE}
VERBS: Mapping[str, Verb] = {
    "claim": Verb(WORKED_ON, case_working.claim, _mine),
    "release": Verb(
        OPEN, case_working.release, lambda case, _: case.owner_id is not None, roles=GIVING_BACK
    ),
    "call": Verb(WORKED_ON, case_working.call, _mine_or_asked),
    "note": Verb(ANY, case_working.note, roles=CLINICIANS | {COMMAND_LINE}),
    "match": Verb(ANY, case_working.same),
    "told_to_call": Verb(
        OPEN, case_working.same, lambda *_: False, roles=frozenset(ROLES)
    ),  # written with a telephone report, on no form of its own
    "unknown_person": Verb(ANY, case_working.unknown_person),
    "follow_up": Verb(IN_HAND, case_working.follow_up, _mine),
    "escalate": Verb(IN_HAND, case_asking.escalate, lambda _, who: who.team.has_medic),
    "acknowledge": Verb(
        frozenset({"escalated"}),
        case_asking.acknowledge,
        lambda case, who: who.is_medic and case.acknowledged_by != who.id,
    ),
    "return": Verb(
        frozenset({"escalated"}),
        case_asking.give_back,
        lambda _, who: who.is_medic or not who.team.has_medic,
    ),
    "raise_level": Verb(
        WORKED_ON,
        case_asking.raise_level,
        lambda case, _: case.undecided or case.level < Level.EMERGENCY,
    ),
    "lower_level": Verb(WORKED_ON, case_asking.lower_level, _can_lower),
    "close": Verb(WORKED_ON, case_closing.close, _closes),
    "confirm_close": Verb(
        frozenset({"closing"}),
        case_closing.confirm_close,
        lambda case, who: case.closing_by != who.id or not who.team.others(who.id),
    ),
    "keep_open": Verb(frozenset({"closing"}), case_closing.keep_open),
    "reopen": Verb(frozenset({"closed"}), case_working.reopen),
    "report_again": Verb(ANY, case_working.report_again, by_system=True),
    "remark": Verb(ANY, case_working.same, by_system=True),
    "overdue": Verb(OPEN, case_working.same, by_system=True),
    "page_failed": Verb(OPEN, case_working.same, by_system=True),
    "absent": Verb(OPEN, case_working.free, by_system=True),
}


def may(case: Case, by_id: str, role: str, team: Team) -> frozenset[str]:
    """What this person may do with this case now; what they type may still be refused."""
    who = Who(by_id, role, team)
    return frozenset(
        name
        for name, verb in VERBS.items()
        if not verb.by_system
        and role in verb.roles
        and case.state in verb.from_states
        and verb.offered(case, who)
    )


def tries(moves: Iterable[Move], apart: timedelta) -> int:
    """Calls that reached nobody since it was opened, at different times: not two in a row."""
    last: datetime | None = None
    count = 0
    for move in moves:
        if move.verb == "reopen" or (move.verb == "report_again" and move.from_state == "closed"):
            last, count = None, 0
        missed = move.verb == "call" and move.details.get("result") not in {"reached", "note"}
        if missed and (last is None or move.at - last >= apart):
            last, count = move.at, count + 1
    return count
