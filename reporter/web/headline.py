"""A case in a few symptoms, as the queue names it: the newest report first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from reporter.clinic.reports import StoredReport
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import ReportedSymptom
from reporter.rules.triage import COUNTS_AS_REPORTED
from reporter.web import staff_words

QUOTED = 60
MARKS = {"worse": "↑", "same": "=", "better": "↓"}
Said = tuple[StoredReport, ...]


@dataclass(frozen=True)
class Sign:
    """One symptom in a headline, with how it goes: `Droopy eyelid (R) ↑ worse`.

    `is_before`: only an older report said so.
    """

    text: str
    mark: str
    trend: str
    is_before: bool = False
    is_flag: bool = False


def headline(knowledge: Knowledge, said: Said) -> tuple[Sign, ...]:
    """Everything reported on a case, each once with its latest trend: what the newest report says,
    then what only older ones said; warning signs first in either."""
    flags = _flags(knowledge)
    latest: dict[str, ReportedSymptom] = {}
    for one in reversed(said):
        latest |= {entry.symptom: entry for entry in one.report.symptoms}
    signs = _signs(knowledge, flags, latest, said) + _in_words(knowledge, flags, latest, said)
    signs += _unsure(knowledge, said)
    words = next((one.words for one in said if one.words.strip()), "")
    if words and set(latest) <= {"other"}:
        about = "Something else" if latest else "Own words"
        signs = [Sign(f"{about}: “{shortened(words)}”", "", ""), *signs[len(latest) :]]
    if not signs:
        signs.append(Sign(_without_signs(said), "", ""))
    return tuple(sorted(signs, key=lambda sign: sign.is_before))


def shown(signs: Sequence[Sign], most: int) -> tuple[Sign, ...]:
    """The first few. A warning sign that would be cut off takes the last place."""
    first, cut = tuple(signs[:most]), [sign for sign in signs[most:] if sign.is_flag]
    return (*first[:-1], cut[0]) if cut and not first[-1].is_flag else first


def _newest(said: Said) -> Said:
    """The newest report, and those that it only adds to."""
    found: list[StoredReport] = []
    for one in said:
        if not found or found[-1].amends_id == one.id:
            found.append(one)
    return tuple(found)


def _named(said: Said) -> frozenset[str]:
    return frozenset(entry.symptom for one in said for entry in one.report.symptoms)


@lru_cache(maxsize=8)
def _flags(knowledge: Knowledge) -> frozenset[str]:
    """Worked out once for all lines of all pages: the knowledge does not change."""
    return frozenset(knowledge.red_flags)


def _signs(
    knowledge: Knowledge,
    flags: frozenset[str],
    latest: dict[str, ReportedSymptom],
    said: Said,
) -> list[Sign]:
    current = _named(_newest(said))
    return [
        _sign(knowledge, entry, entry.symptom in flags, entry.symptom not in current)
        for entry in _by_weight(flags, latest)
    ]


def _in_words(
    knowledge: Knowledge,
    flags: frozenset[str],
    latest: dict[str, ReportedSymptom],
    said: Said,
) -> list[Sign]:
    """What was found in own words and in no answer."""
    current = _mentioned(knowledge, _newest(said))
    return [
        Sign(
            f"{staff_words.symptom(knowledge, name)} (own words)",
            "",
            "",
            is_before=name not in current,
            is_flag=name in flags,
        )
        for name in _mentioned(knowledge, said)
        if name not in latest and name != "other"
    ]


def _unsure(knowledge: Knowledge, said: Said) -> list[Sign]:
    current = {name for one in _newest(said) for name in one.report.unsure}
    return [
        Sign(f"Not sure: {staff_words.symptom(knowledge, name)}", "", "", name not in current)
        for name in dict.fromkeys(name for one in said for name in one.report.unsure)
    ]


def _mentioned(knowledge: Knowledge, said: Said) -> dict[str, None]:
    return dict.fromkeys(
        mention.symptom
        for one in said
        for mention in one.mentions
        if mention.status in COUNTS_AS_REPORTED and mention.symptom in knowledge.symptoms
    )


def _by_weight(flags: frozenset[str], latest: dict[str, ReportedSymptom]) -> list[ReportedSymptom]:
    return sorted(latest.values(), key=lambda e: (e.symptom not in flags, -(e.severity or 0)))


def _without_signs(said: Said) -> str:
    if any(one.report.call_me for one in said):
        return "Asks for a call"
    return "No symptom named"


def shortened(words: str) -> str:
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= QUOTED else f"{one_line[: QUOTED - 1].rstrip()}…"


def _sign(knowledge: Knowledge, entry: ReportedSymptom, is_flag: bool, is_before: bool) -> Sign:
    name = staff_words.symptom(knowledge, entry.symptom)
    side = {"left": " (L)", "right": " (R)", "both": " (both)"}.get(entry.side or "", "")
    return Sign(
        name + side, MARKS.get(entry.trend or "", ""), entry.trend or "", is_before, is_flag
    )
