"""Why a report got its level, for the case page: what matched, and what would have changed it."""

from dataclasses import dataclass

from reporter.clinic.reports import StoredReport
from reporter.rules.explain import Match, as_judged, matched, what_would_change
from reporter.rules.knowledge import Knowledge
from reporter.rules.triage import Decision, decide
from reporter.web import staff_words
from reporter.web.staff_words import Badge


@dataclass(frozen=True)
class Matched:
    """One rule that fired then, with the answers that it fired on."""

    rule: str
    badge: Badge
    because: str
    source: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """`changes` are empty where the rules failed, or no longer know what was reported."""

    matched: tuple[Matched, ...]
    changes: tuple[str, ...]


def explanation(stored: StoredReport, knowledge: Knowledge) -> Explanation:
    """What was decided then, explained with the rules of now: a rule since gone has no answers."""
    if stored.level is None:
        return Explanation((), ())
    decision = Decision(stored.level, stored.reasons, stored.mentions, stored.needs_reading, "")
    found = tuple(map(_matched, matched(stored.report, knowledge, decision)))
    return Explanation(found, _changes(stored, knowledge, decision))


def _matched(match: Match) -> Matched:
    badge = staff_words.BADGES[match.level]
    return Matched(match.rule, badge, match.because, match.source, match.answers)


def _changes(stored: StoredReport, knowledge: Knowledge, before: Decision) -> tuple[str, ...]:
    told = {entry.symptom for entry in stored.report.symptoms} | {*stored.report.unsure}
    if not told <= knowledge.symptoms.keys():
        return ()
    # Under other rules than those of then "one level up" might start from another level.
    judged = as_judged(stored.report, before, knowledge)
    if decide(judged, knowledge, stored.mentions).level != before.level:
        return ()
    return what_would_change(judged, knowledge, stored.mentions)
