"""One case on paper: no name, no telephone; one page, and never more than two."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reporter.web import sbar
from reporter.web.case_page import CasePage, Why
from reporter.web.said import Said
from reporter.web.timeline import Entry

# What fits on two pages of A4 and of Letter, in the small print of `case.css`.
MOST_WHY, MOST_WHOLE, MOST_BEFORE, MOST_ROWS, MOST_ENTRIES = 7, 2, 4, 8, 12
LONGEST_WORDS, LONGEST_NOTE, LONGEST_ASKED = 450, 160, 600
REST = " … (more in the case)"


@dataclass(frozen=True)
class Paper:
    """What is printed of a case: the newest of everything; `more_…` counts what was left out.

    `whole` are the reports with all that they say, `before` those of which a line is enough.
    """

    why: tuple[Why, ...]
    more_why: int
    whole: tuple[Said, ...]
    before: tuple[Said, ...]
    more_said: int
    entries: tuple[Entry, ...]
    more_entries: int
    asked: str


def paper(case: CasePage) -> Paper:
    def short(text: str, most: int) -> str:
        return clipped(sbar.unnamed(text, case.person.name), most)

    escalation = case.may.escalation
    shown = MOST_WHOLE + MOST_BEFORE
    return Paper(
        why=case.why[:MOST_WHY],
        more_why=len(case.why[MOST_WHY:]),
        whole=tuple(_whole(one, short) for one in case.said[:MOST_WHOLE]),
        before=case.said[MOST_WHOLE:shown],
        more_said=len(case.said[shown:]),
        entries=tuple(
            replace(one, note=short(one.note, LONGEST_NOTE)) for one in case.timeline[:MOST_ENTRIES]
        ),
        more_entries=len(case.timeline[MOST_ENTRIES:]),
        asked=short(escalation.note, LONGEST_ASKED) if escalation else "",
    )


def _whole(one: Said, short: Callable[[str, int], str]) -> Said:
    return replace(one, rows=one.rows[:MOST_ROWS], words=short(one.words, LONGEST_WORDS))


def clipped(text: str, most: int) -> str:
    """In one piece and at most so long, cut between two words; it says so where it was cut."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0] + REST if " " in text[:most] else text[:most] + REST
