"""The calls of a case, one line each: when, by whom, which number, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.casebook import Move
from reporter.web import clock_words, staff_words


@dataclass(frozen=True)
class Call:
    when: str
    who: str
    number: str
    result: str
    interpreter: str


def calls(moves: Sequence[Move], now: datetime, zone: str) -> tuple[Call, ...]:
    """The latest on top; a note that was saved as such is no call."""
    made = [one for one in moves if one.verb == "call" and one.details.get("result") != "note"]
    return tuple(
        Call(
            when=clock_words.moment(one.at, now, zone),
            who=one.by_name,
            number=str(one.details.get("number") or ""),
            result=staff_words.named(staff_words.CALL_RESULTS, one.details.get("result")),
            interpreter=str(one.details.get("interpreter") or ""),
        )
        for one in reversed(made)
    )
