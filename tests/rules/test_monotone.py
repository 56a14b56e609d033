"""What must hold of every report: nothing that is added can lower a level."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.rules import knowledge
from reporter.rules.facts import Facts
from reporter.rules.levels import EXTENTS, SIDES, TRENDS, Severity
from reporter.rules.report import Report, ReportedSymptom, from_json, to_json
from reporter.rules.rule_cases import Word
from reporter.rules.triage import _facts, decide, level_of
from tests.examples import examples

pytestmark = pytest.mark.examples
KNOWN = knowledge.load()
SETTINGS = settings(max_examples=examples(100), derandomize=True, deadline=None)

maybe = st.none() | st.booleans()
severities = st.none() | st.sampled_from(list(Severity))
days = st.none() | st.integers(0, 120)


def one_of(ids: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(ids)


symptoms = st.builds(
    ReportedSymptom,
    symptom=st.sampled_from(list(KNOWN.symptoms)),
    severity=severities,
    onset_day=days,
    side=one_of(SIDES),
    covers_pupil=maybe,
    eye_closes=maybe,
    sight_changed=maybe,
    extent=one_of(EXTENTS),
    trend=one_of(TRENDS),
    fluids_pass=maybe,
)
factors = st.sampled_from([*KNOWN.factors, "previous_uneventful_botox"])


def possible(report: Report) -> Report:
    """The report without onsets that lie after its day."""
    day = 10**9 if report.day is None else report.day
    kept = [s for s in report.symptoms if s.onset_day is None or s.onset_day <= day]
    return replace(report, symptoms=tuple(kept))


reports = st.builds(
    Report,
    day=days,
    product=st.sampled_from([None, "Botox", "Myobloc"]),
    areas=st.lists(st.sampled_from(list(KNOWN.areas)), max_size=3).map(tuple),
    factors=st.lists(factors, max_size=3).map(tuple),
    symptoms=st.lists(symptoms, max_size=5).map(tuple),
    free_text=st.sampled_from(["", "I feel odd"]),
    unsure=st.lists(st.sampled_from(list(KNOWN.symptoms)), max_size=1).map(tuple),
    call_me=st.booleans(),
    lot=st.sampled_from([None, "C3709C3"]),
    denied=st.lists(st.sampled_from(list(KNOWN.symptoms)), max_size=2).map(tuple),
    last_report=st.lists(symptoms, max_size=3).map(tuple),
).map(possible)
readings = st.builds(
    Word,
    symptom=st.sampled_from([*KNOWN.symptoms, *KNOWN.factors]),
    status=st.sampled_from(
        ["present", "negated", "past", "someone_else", "someone_else_now", "hypothetical"]
    ),
    severity=st.sampled_from([None, "severe"]),
    trend=st.sampled_from([None, "worse"]),
)
words = st.lists(readings, max_size=3).map(tuple)


def level(report: Report) -> int:
    return decide(report, KNOWN).level


@SETTINGS
@given(reports, symptoms)
def test_one_symptom_more_never_lowers(report: Report, more: ReportedSymptom) -> None:
    assert level(replace(report, symptoms=(*report.symptoms, more))) >= level(report)


@SETTINGS
@given(reports, factors)
def test_one_factor_more_never_lowers(report: Report, more: str) -> None:
    assert level(replace(report, factors=(*report.factors, more))) >= level(report)


@SETTINGS
@given(reports, st.sampled_from(list(KNOWN.symptoms)))
def test_one_unsure_answer_more_never_lowers(report: Report, more: str) -> None:
    assert level(replace(report, unsure=(*report.unsure, more))) >= level(report)


@SETTINGS
@given(reports, st.sampled_from(list(Severity)))
def test_a_raised_severity_never_lowers(report: Report, severity: Severity) -> None:
    def raised(entry: ReportedSymptom) -> ReportedSymptom:
        stated = Severity.MODERATE if entry.severity is None else entry.severity
        return replace(entry, severity=max(stated, severity))

    worse = replace(report, symptoms=tuple(map(raised, report.symptoms)))
    assert level(worse) >= level(report)


@SETTINGS
@given(reports, st.booleans(), st.booleans())
def test_a_forgotten_date_never_lowers(report: Report, day: bool, onset: bool) -> None:
    entries = [replace(s, onset_day=None) if onset else s for s in report.symptoms]
    forgotten = replace(report, day=None if day else report.day, symptoms=tuple(entries))
    assert level(forgotten) >= level(report)


@SETTINGS
@given(reports)
def test_text_and_a_wish_for_a_call_never_lower(report: Report) -> None:
    assert level(replace(report, free_text="and more", call_me=True)) >= level(report)


@SETTINGS
@given(reports, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(report: Report, random: object) -> None:
    doubled = replace(
        report,
        symptoms=(*reversed(report.symptoms), *report.symptoms),
        areas=(*reversed(report.areas), *report.areas),
        factors=(*reversed(report.factors), *report.factors),
    )
    assert decide(doubled, KNOWN).reasons == decide(report, KNOWN).reasons


@SETTINGS
@given(reports)
def test_an_unknown_factor_raises_nothing(report: Report) -> None:
    odd = replace(report, factors=(*report.factors, "left_handed"))
    assert decide(odd, KNOWN) == decide(report, KNOWN)


@SETTINGS
@given(reports)
def test_the_index_finds_what_trying_every_rule_finds(report: Report) -> None:
    plain = replace(report, unsure=())
    facts = Facts(plain, plain.symptoms)
    tried = {rule.id for rule in KNOWN.rules if rule.compiled.holds(facts)}
    assert {reason.rule for reason in decide(plain, KNOWN).reasons} == tried


@SETTINGS
@given(reports, words)
def test_the_index_finds_the_same_with_words(report: Report, said: tuple[Word, ...]) -> None:
    facts = _facts(report, KNOWN, said)
    tried = {rule.id for rule in KNOWN.rules if rule.compiled.holds(facts)}
    decision = decide(report, KNOWN, said)
    assert {reason.rule for reason in decision.reasons} == tried
    assert level_of(report, KNOWN, said) == decision.level


@SETTINGS
@given(reports, words)
def test_readings_never_lower(report: Report, said: tuple[Word, ...]) -> None:
    assert decide(report, KNOWN, said).level >= level(report)


@SETTINGS
@given(reports, words, readings)
def test_one_reading_more_never_lowers(report: Report, said: tuple[Word, ...], more: Word) -> None:
    assert decide(report, KNOWN, (*said, more)).level >= decide(report, KNOWN, said).level


@SETTINGS
@given(reports, words)
def test_the_order_of_readings_does_not_matter(report: Report, said: tuple[Word, ...]) -> None:
    turned = decide(report, KNOWN, (*reversed(said), *said))
    assert turned.reasons == decide(report, KNOWN, said).reasons


@SETTINGS
@given(reports, symptoms)
def test_a_last_report_never_lowers(report: Report, before: ReportedSymptom) -> None:
    first = replace(report, last_report=())
    assert level(replace(first, last_report=(before,))) >= level(first)


@SETTINGS
@given(reports)
def test_every_report_goes_round_through_json(report: Report) -> None:
    assert from_json(to_json(report), KNOWN) == report
