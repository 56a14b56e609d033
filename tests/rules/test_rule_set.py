"""The product's own knowledge: sourced, plain, unsigned, and with no symptom forgotten."""

import re

from reporter.rules import knowledge
from reporter.rules.levels import DOMAINS

KNOWN = knowledge.load()


def test_every_source_is_a_real_one() -> None:
    rules = [source for rule in KNOWN.rules for source in rule.sources]
    symptoms = [symptom.source for symptom in KNOWN.symptoms.values()]
    for source in (*rules, *symptoms, *(checkin.source for checkin in KNOWN.checkins)):
        assert len(source) > 8
        assert not re.search(r"\.md\b", source), "our own notes are no source"


def test_every_because_is_one_plain_sentence() -> None:
    for rule in KNOWN.rules:
        assert rule.because.endswith(".")
        assert rule.because[0].isupper()
        assert len(rule.because) <= 140, rule.id


def test_no_rule_is_signed_before_a_clinician_has_signed_it() -> None:
    assert {rule.reviewed_by for rule in KNOWN.rules} == {""}


def test_every_domain_has_a_symptom() -> None:
    assert {symptom.domain for symptom in KNOWN.symptoms.values()} == {None, *DOMAINS}


def test_every_symptom_is_used_by_a_rule_or_routine_on_purpose() -> None:
    used = {
        symptom
        for rule in KNOWN.rules
        for symptom in (*rule.when.any_of, *rule.when.all_of, *rule.when.with_any_of)
    }
    for symptom in KNOWN.symptoms.values():
        assert symptom.id in used or symptom.routine, symptom.id
