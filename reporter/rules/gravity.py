"""How bad the own words say that a symptom is, whether it gets worse, and what they take back.

A word of gravity counts for the symptom beside it, within the clause. Mildness is not read: words
may raise a level and never lower it. For the same reason what is taken back still counts as ticked;
the rules see that ticks and words differ, and a nurse asks which is true.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reporter.rules.mention import Mention

AROUND: Final = 60
"""So many characters before and after a symptom are looked at."""

SAID_AS_REPORTED: Final = ("present", "someone_else_now")

ROOTS: Final = re.compile(
    r"sever|terribl|horribl|bear|stand|excruc|agoni|awful|intens|worst|bad|strong|pain|weak|hoarse"
    r"|/ ?10|insoport|fort|tremend|fuerte|grav|m[au][yl]|tan |bien |aguant|soport"
    r"|worse|progress|more|increas|bigger|heavier|larger|redder|hotter|peor|va a |cada|aument|crec",
    re.IGNORECASE,
)
"""A part of every word below. Most texts hold none of them and need no closer look."""

SEVERE: Final = re.compile(
    r"\b(severe(ly)?|terribl[ey]|horribl[ey]|unbearabl[ey]|excruciating(ly)?|agoni[sz]ing|awful(ly)?"
    r"|intense|(the )?worst (pain )?(ever|of my life)"
    r"|(really|very|so|extremely|incredibly) (bad(ly)?|strong|painful|severe|weak|hoarse)"
    r"|(8|9|10) ?/ ?10|(can ?not|cant) (bear|stand) it"
    r"|sever[oa]s?|insoportables?|intens[oa]s?|fortisim[oa]s?|tremend[oa]s?|fuertes?|grav(e|isim[oa])"
    r"|(muy|tan|bien) (mal|intens[oa]|fuerte|grave|debil|ronc[oa])"
    r"|no (lo |la )?(aguanto|soporto))\b"
)
WORSE: Final = re.compile(
    r"\b(worse|worsen(s|ed|ing)?|progressing|more and more|increasing"
    r"|(getting|becoming|growing) (stronger|bigger|weaker|heavier|larger|redder|hotter)"
    r"|empeora(ndo|do)?|empeoro|peor(es)?|va a mas|cada (vez|dia) mas|aumenta(ndo)?"
    r"|creciendo)\b"
)
NOT_SO: Final = re.compile(
    r"\b(not|no|nor|never|nothing|isnt|arent|wasnt|hasnt|doesnt|didnt|less|if|unless|could|might"
    r"|before|nada|sin|nunca|tampoco|menos|si (se|me|el|la|esto|va))"
    r"( (very|that|so|really|too|particularly|especially|any|getting|got|gets|get|be|been|become|is"
    r"|it|at all|muy|tan|es|esta|se|ha|va|me|el|la|pone|demasiado)){0,3} ?$"
)
CUT: Final = re.compile(r"[.!?;:\n]|,? \b(but|pero|aunque|although|though|while|mientras)\b")
GOES_ON: Final = re.compile(r"\W*(and )?(its?|this|they|(y )?(esto|se|va|esta|cada)|getting)\b")
TAKEN_BACK: Final = re.compile(
    r"\b(by (mistake|accident)|accidentally|in error|wrong (box|button|answer|one)"
    r"|(did not|didn['’`´]?t) mean to (tick|click|press|select|choose|mark)"
    r"|((that|it) was|my) (a |an )?(mistake|error)|ignore (my|what i|that|the) (tick|answer|box)\w*"
    r"|false alarm|never ?mind|(it|that)( is| has|['’`´]?s)?( all| now)? gone( now)?"
    r"|por (error|equivocacion)|sin querer|me equivoque|(marque|puse) mal"
    r"|casilla equivocada|fue un error|falsa alarma|ya (se )?(me )?paso|ya no (lo |la )?tengo)\b"
)


@dataclass(frozen=True)
class Weighed:
    """A reading with how bad it is said to be. Ids, as they are stored; None where not said."""

    symptom: str
    text: str
    start: int
    end: int
    status: str
    severity: str | None = None
    trend: str | None = None


def weighed(text: str, readings: Sequence[Mention]) -> tuple[Mention, ...]:
    """The readings, those with a word of gravity beside them with what it says."""
    if not ROOTS.search(text):
        return tuple(readings)
    starts = sorted(one.start for one in readings)
    ends = sorted(one.end for one in readings)
    return tuple(_weighed(text, one, starts, ends) for one in readings)


def stated(reading: Mention) -> tuple[str | None, str | None]:
    """Severity and trend that a reading carries; most carry none."""
    return getattr(reading, "severity", None), getattr(reading, "trend", None)


def taken_back(
    text: str, ticked: Collection[str], readings: Sequence[Mention]
) -> Iterator[Mention]:
    """Ticked symptoms that the words take back without naming them, as denied."""
    found = TAKEN_BACK.search(folded(text)) if ticked else None
    if found is None:
        return
    named = {one.symptom for one in readings}
    start, end = found.span()
    for symptom in ticked:
        if symptom not in named:
            yield Weighed(symptom, text[start:end], start, end, "negated")


def folded(text: str) -> str:
    """Small letters without accents, each in its place."""
    return "".join(map(_folded, text))


def _folded(character: str) -> str:
    if character.isascii():
        return character.lower()
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def _weighed(text: str, one: Mention, starts: list[int], ends: list[int]) -> Mention:
    if one.status not in SAID_AS_REPORTED:
        return one
    around = tuple(_clauses(text, one, starts, ends))
    graded, going = stated(one)
    grave = graded == "severe" or any(_says(SEVERE, clause) for clause in around)
    severity = "severe" if grave else None
    trend = "worse" if going or any(_says(WORSE, clause) for clause in around) else None
    if severity is None and trend is None:
        return one
    return Weighed(one.symptom, one.text, one.start, one.end, one.status, severity, trend)


def _clauses(text: str, one: Mention, starts: list[int], ends: list[int]) -> Iterator[str]:
    """What stands before the symptom, in it, and after it, up to the next symptom or clause."""
    first = ends[earlier - 1] if (earlier := bisect_right(ends, one.start)) else 0
    later = bisect_left(starts, one.end)
    last = starts[later] if later < len(starts) else len(text)
    before = _plain(text[max(first, one.start - AROUND) : one.start])
    after = _plain(text[one.end : min(last, one.end + AROUND)])
    yield CUT.split(before)[-1]
    yield _plain(text[one.start : one.end])
    yield _first_clauses(after)


def _first_clauses(after: str) -> str:
    """The rest of the clause, and the next one where that goes on about the same."""
    cut = CUT.search(after)
    if cut is None:
        return after
    rest = after[cut.end() :]
    if not GOES_ON.match(rest):
        return after[: cut.start()]
    further = CUT.search(rest)
    return f"{after[: cut.start()]} . {rest[: further.start()] if further else rest}"


def _plain(text: str) -> str:
    return re.sub(r"[’'`´]", "", folded(text))


def _says(pattern: re.Pattern[str], clause: str) -> bool:
    return any(not NOT_SO.search(clause[: found.start()]) for found in pattern.finditer(clause))
