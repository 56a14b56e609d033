"""Why a report was decided so: worked out when it is decided, and kept with it.

The patient's own words stand as places among the sealed readings, never as a quotation: once the
person was erased, what was written is gone from here too.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

from reporter.clinic.report_columns import ReadWord
from reporter.rules.explain import as_judged, changes, matched
from reporter.rules.fired import quotations
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report
from reporter.rules.triage import Decision, decide

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fired:
    """One rule that fired: the answers that it fired on, and the places of the words."""

    rule: str
    told: tuple[str, ...]
    words: tuple[int, ...]

    def answers(self, mentions: tuple[ReadWord, ...]) -> tuple[str, ...]:
        """What was ticked, and what was written as far as it can still be read."""
        found = (mentions[place].text for place in self.words if place < len(mentions))
        return (*self.told, *quotations(found))


@dataclass(frozen=True)
class Explanation:
    """`changes` are sentences: which other answer would have led to which other level."""

    fired: tuple[Fired, ...]
    changes: tuple[str, ...]


def of(report: Report, decision: Decision, knowledge: Knowledge) -> Explanation:
    """Of a decision that these rules have just made."""
    return Explanation(_fired(report, decision, knowledge), changes(report, decision, knowledge))


def or_none(report: Report, decision: Decision, knowledge: Knowledge) -> Explanation | None:
    """The same; a report that cannot be explained is still decided, and stored without."""
    try:
        return of(report, decision, knowledge)
    except Exception as trouble:  # noqa: BLE001 - an explanation must never stand in a report's way
        log.error("A decision could not be explained: %s.", type(trouble).__name__)
        return None


def afterwards(report: Report, decision: Decision, knowledge: Knowledge) -> Explanation:
    """Of a decision made before explanations were kept, by the rules of now.

    `changes` are empty where these rules decide otherwise or no longer know what was reported.
    """
    fired = _fired(report, decision, knowledge)
    told = {entry.symptom for entry in report.symptoms} | {*report.unsure}
    if not told <= knowledge.symptoms.keys():
        return Explanation(fired, ())
    # Under other rules than those of then "one level up" might start from another level.
    judged = as_judged(report, decision, knowledge)
    if decide(judged, knowledge, decision.words).level != decision.level:
        return Explanation(fired, ())
    return Explanation(fired, changes(report, decision, knowledge))


def _fired(report: Report, decision: Decision, knowledge: Knowledge) -> tuple[Fired, ...]:
    found = matched(report, knowledge, decision)
    return tuple(Fired(one.rule, one.told, one.words) for one in found)


def as_stored(explanation: Explanation | None) -> str | None:
    if explanation is None:
        return None
    fired = [[one.rule, one.told, one.words] for one in explanation.fired]
    content = {"fired": fired, "changes": explanation.changes}
    return json.dumps(content, separators=(",", ":"))


def from_stored(text: str | None) -> Explanation | None:
    if text is None:
        return None
    data: dict[str, Any] = json.loads(text)
    fired = (Fired(rule, tuple(told), tuple(words)) for rule, told, words in data["fired"])
    return Explanation(tuple(fired), tuple(data["changes"]))
