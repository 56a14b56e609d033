"""Clinicians who change rules, for the tests of rule sets."""

from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import ruleset_approval, ruleset_book, ruleset_drafts, rulesets
from reporter.clinic.backtest_tally import Tally
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import Step
from reporter.clinic.staff import Staff
from reporter.records.db import Database
from tests.conftest import NOW


@dataclass
class Office:
    """Where rules are changed; time stands still unless a step says otherwise."""

    db: Database
    clinic_id: str

    def live(self) -> RuleSet:
        return rulesets.live_set(self.db, self.clinic_id, NOW)

    def now(self, found: RuleSet) -> RuleSet:
        return ruleset_book.get(self.db, self.clinic_id, found.number)

    def draft(self, by: Staff) -> RuleSet:
        return ruleset_drafts.start(self.db, self.clinic_id, by=by, at=NOW)

    def with_level(self, rule: str, level: str, by: Staff) -> RuleSet:
        """A draft in which one rule has another level."""
        draft = self.draft(by)
        return ruleset_drafts.change_rule(
            self.db, draft, rule, {"level": level}, self.step(draft, by)
        )

    @staticmethod
    def step(found: RuleSet, by: Staff, reason: str = "", at: datetime = NOW) -> Step:
        return Step(by, at, found.version, reason)

    def tested(self, found: RuleSet, by: Staff) -> RuleSet:
        tally = self.tally(found)
        return ruleset_drafts.keep_test(self.db, found, tally, self.step(found, by))

    def tally(self, found: RuleSet) -> Tally:
        return ruleset_drafts.try_out(self.db, found, NOW)

    def proposed(self, found: RuleSet, by: Staff, reason: str = "", at: datetime = NOW) -> RuleSet:
        tested = self.tested(found, by)
        return ruleset_approval.propose(self.db, tested, self.step(tested, by, reason, at))

    def approve(self, found: RuleSet, by: Staff, reason: str = "", at: datetime = NOW) -> RuleSet:
        step = self.step(found, by, reason, at)
        return ruleset_approval.approve(self.db, found, self.tally(found), step)
