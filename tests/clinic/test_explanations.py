"""Each decision is kept with why it was made, as it was explained then."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from reporter.clinic import explanations, front_desk, intake, reports, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.explain import what_would_change
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from tests.conftest import NOW, report

SENT: Any = {"key": "k", "channel": "link", "at": NOW}


@pytest.fixture
def tell(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Callable[[Report], StoredReport]:
    def told(said: Report) -> StoredReport:
        visit = enrolled()
        intake.submit(db, knowledge, clinic, visit, said, **SENT)
        (stored,) = reports.of_treatment(db, clinic.id, visit.id)
        return stored

    return told


def test_the_rules_the_answers_the_set_and_what_would_change_it(
    tell: Callable[[Report], StoredReport], knowledge: Knowledge
) -> None:
    droop = report(ReportedSymptom("eyelid_droop", onset_day=4), day=4)
    stored = tell(droop)
    kept = stored.explanation
    assert kept is not None
    assert [one.rule for one in kept.fired] == [one.rule for one in stored.reasons]
    assert kept.fired[0].answers(stored.mentions)[0].startswith("Droopy eyelid")
    assert kept.changes == what_would_change(droop, knowledge)
    assert stored.ruleset == knowledge.ruleset


def test_self_care_is_kept_with_it_too(tell: Callable[[Report], StoredReport]) -> None:
    stored = tell(report(ReportedSymptom("bruising", Severity.MILD), day=2))
    assert stored.level is Level.SELF_CARE
    assert stored.explanation and not stored.explanation.fired
    assert stored.explanation.changes[0].startswith("One level up (call-back)")


def test_own_words_are_quoted_only_while_they_can_be_read(
    db: Database, clinic: Clinic, tell: Callable[[Report], StoredReport]
) -> None:
    stored = tell(report("bruising", day=3, free_text="My voice is hoarse since this morning."))
    assert stored.explanation
    fired = {one.rule: one for one in stored.explanation.fired}["hoarse_voice"]
    (quoted,) = [one for one in fired.answers(stored.mentions) if one.startswith("Own words")]
    assert "hoarse" in quoted
    (row,) = db.query("select explanation from reports where clinic_id = :c", c=clinic.id)
    assert "hoarse since" not in row["explanation"] and quoted not in row["explanation"]
    visit = treatments.get(db, clinic.id, stored.treatment_id)
    front_desk.erase(db, clinic, visit, by=SYSTEM, at=NOW)
    (after,) = reports.of_treatment(db, clinic.id, stored.treatment_id)
    assert after.explanation == stored.explanation
    assert not any("hoarse" in one for one in fired.answers(after.mentions))


def test_a_decision_that_cannot_be_explained_is_kept_all_the_same(
    tell: Callable[[Report], StoredReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(explanations, "changes", broken)
    stored = tell(report("trouble_swallowing"))
    assert stored.level is Level.EMERGENCY and stored.explanation is None


def test_what_is_kept_can_be_read_back() -> None:
    kept = explanations.Explanation(
        (explanations.Fired("drooling", ("Drooling",), (0, 2)),), ("One level up.",)
    )
    text = explanations.as_stored(kept)
    assert text is not None and json.loads(text)
    assert explanations.from_stored(text) == kept
    assert explanations.from_stored(explanations.as_stored(None)) is None
