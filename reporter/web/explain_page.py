"""Why a report got its level, for the case page: what matched, and what would have changed it."""

from dataclasses import dataclass

from reporter.clinic.reports import StoredReport
from reporter.rules.explain import Match, matched, what_would_change
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.triage import Decision, Mention, decide
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


def explanation(
    stored: StoredReport, knowledge: Knowledge, mentions: tuple[Mention, ...] = ()
) -> Explanation:
    """What was decided then, explained with the rules of now: a rule since gone has no answers.

    `mentions` are what was read in the patient's words then.
    """
    if stored.level is None:
        return Explanation((), ())
    decision = Decision(stored.level, stored.reasons, mentions, stored.needs_reading, "")
    found = tuple(map(_matched, matched(stored.report, knowledge, decision)))
    return Explanation(found, _changes(stored, knowledge, stored.level, mentions))


def _matched(match: Match) -> Matched:
    badge = staff_words.BADGES[match.level]
    return Matched(match.rule, badge, match.because, match.source, match.answers)


def _changes(
    stored: StoredReport, knowledge: Knowledge, level: Level, mentions: tuple[Mention, ...]
) -> tuple[str, ...]:
    told = {entry.symptom for entry in stored.report.symptoms} | {*stored.report.unsure}
    if not told <= knowledge.symptoms.keys():
        return ()
    # Other rules, or words that were read then, would make "one level up" say something wrong.
    if decide(stored.report, knowledge, mentions).level != level:
        return ()
    return what_would_change(stored.report, knowledge, mentions)
