"""Why a report got its level, for the case page: what matched, and what would have changed it."""

from dataclasses import dataclass

from reporter.clinic import explanations
from reporter.clinic.reports import StoredReport
from reporter.rules.knowledge import Knowledge
from reporter.rules.triage import Decision, Reason
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
    """`afterwards`: it was not kept with the decision, and is worked out by the rules of now."""

    matched: tuple[Matched, ...]
    changes: tuple[str, ...]
    ruleset: str
    afterwards: bool


def explanation(stored: StoredReport, knowledge: Knowledge) -> Explanation | None:
    """As it was kept with the decision; None where the rules failed."""
    if stored.level is None:
        return None
    was = Decision(
        stored.level, stored.reasons, stored.mentions, stored.needs_reading, stored.ruleset
    )
    kept = stored.explanation or explanations.afterwards(stored.report, was, knowledge)
    answers = {one.rule: one.answers(stored.mentions) for one in kept.fired}
    return Explanation(
        matched=tuple(_matched(one, answers.get(one.rule, ())) for one in stored.reasons),
        changes=kept.changes,
        ruleset=stored.ruleset,
        afterwards=stored.explanation is None,
    )


def _matched(reason: Reason, answers: tuple[str, ...]) -> Matched:
    badge = staff_words.BADGES[reason.level]
    return Matched(reason.rule, badge, reason.because, reason.source, answers)
