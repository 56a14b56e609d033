"""What must hold when the patient's own words are read along with the answers.

Words may raise a level and never lower it. One thing is left out on purpose, and written into the
safety case: a symptom that the words name AND the patient ticks counts as severe as it was ticked,
so ticking it as mild asks for less than the words alone.
"""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reporter.rules.knowledge import Knowledge, shipped
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import COUNTS_AS_REPORTED, Decision, decide_with_words
from tests.conftest import report
from tests.examples import examples
from tests.rules.test_monotone import factors, reports, symptoms

KNOWN = shipped()
pytestmark = pytest.mark.examples
SETTINGS = settings(max_examples=examples(40), derandomize=True, deadline=None)
MILD_HEADACHE = ReportedSymptom("headache", Severity.MILD, onset_day=1)
WORDS = (
    "I have a headache",
    "I can't swallow",
    "my eyelid droops since noon",
    "no trouble swallowing or breathing",
    "my neck is weak and my voice is hoarse",
    "I am pregnant",
    "my baby is floppy, I breastfeed",
    "headache gone now, all good",
    "blurry vision and fever",
    "no puedo tragar",
    "se me cae el párpado",
    "me duele la cabeza, sin fiebre",
    "Todo bien, gracias",
    "ich kann nicht schlucken",
    "не могу глотать",
    "🤮",
)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(". ".join)


def spoken(told: Report, text: str) -> Report:
    return replace(told, free_text=text)


def decided(told: Report) -> Decision:
    return decide_with_words(told, KNOWN)


def with_headache(text: str) -> Decision:
    """A mild headache on day 1, which needs no call by itself."""
    return decided(report(MILD_HEADACHE, day=1, free_text=text))


def read_in(text: str) -> set[str]:
    """What the words alone count as reported."""
    readings = decided(report(free_text=text)).words
    return {one.symptom for one in readings if one.status in COUNTS_AS_REPORTED}


@SETTINGS
@given(reports, texts)
def test_words_never_lower(told: Report, text: str) -> None:
    assert decided(spoken(told, text)).level >= decided(spoken(told, "")).level


@SETTINGS
@given(reports, st.text(st.characters(codec=None), max_size=80))
def test_no_text_at_all_lowers(told: Report, text: str) -> None:
    assert decided(spoken(told, text)).level >= decided(spoken(told, "")).level


@SETTINGS
@given(reports, texts, symptoms)
def test_one_symptom_more_never_lowers(told: Report, text: str, more: ReportedSymptom) -> None:
    assume(more.symptom not in read_in(text) | set(told.unsure))
    if told.day is not None and more.onset_day is not None:
        more = replace(more, onset_day=min(more.onset_day, told.day))
    before = spoken(told, text)
    after = replace(before, symptoms=(*told.symptoms, more))
    assert decided(after).level >= decided(before).level


@SETTINGS
@given(reports, texts, factors)
def test_one_factor_more_never_lowers(told: Report, text: str, more: str) -> None:
    before = spoken(told, text)
    after = replace(before, factors=(*told.factors, more))
    assert decided(after).level >= decided(before).level


@SETTINGS
@given(reports, texts, st.sampled_from(list(Severity)))
def test_a_raised_severity_never_lowers(told: Report, text: str, severity: Severity) -> None:
    def raised(entry: ReportedSymptom) -> ReportedSymptom:
        stated = Severity.MODERATE if entry.severity is None else entry.severity
        return replace(entry, severity=max(stated, severity))

    before = spoken(told, text)
    worse = replace(before, symptoms=tuple(map(raised, told.symptoms)))
    assert decided(worse).level >= decided(before).level


@SETTINGS
@given(reports, texts, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(told: Report, text: str, random: object) -> None:
    mixed = [*told.symptoms, *told.symptoms]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    before = spoken(told, text)
    assert decided(replace(before, symptoms=tuple(mixed))).reasons == decided(before).reasons


ODD = {
    "NUL": "can't swallow\0" * 100,
    "only NUL": "\0" * 1000,
    "bidi": "\u202eno puedo tragar\u202c \u2066my eye\u2069 " * 50,
    "emoji": "😵‍💫" * 500,
    "marks": "a" + "\u0301" * 5000,
    "surrogates": "\ud800 I can't swallow \udfff" * 50,
    "20 kB of words": "swallow no trouble " * 1100,
    "20 kB without a gap": "ñ" * 10_000,
    "20 kB of signs": ".,?!" * 5000,
    "wide blanks": "\u3000\u00a0\u2028\ufeff" * 100,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_decided(knowledge: Knowledge, text: str) -> None:
    told = report("trouble_swallowing", free_text=text)
    decision = decide_with_words(told, knowledge)
    assert decision.level is Level.EMERGENCY
    for reading in decision.words:
        assert reading.text == text[reading.start : reading.end]


@SETTINGS
@example("can't swallow\0\u202e\ud800\u0301😵")
@given(st.text(st.characters(codec=None), max_size=400))
def test_any_text_is_decided_and_kept_for_a_person(text: str) -> None:
    decision = with_headache(text)
    assert isinstance(decision.level, Level)
    assert decision.needs_reading == bool(text.strip())


FOREIGN = {
    "French": "Je n'arrive pas à avaler depuis ce matin",
    "German": "Seit heute Morgen kann ich nicht schlucken",
    "Italian": "Da stamattina non riesco a inghiottire",
    "Portuguese": "Desde hoje cedo não consigo engolir",
    "Polish": "Od rana nie mogę niczego połknąć",
    "Russian": "С утра не могу глотать",
    "Greek": "Από το πρωί δεν μπορώ να καταπιώ",
    "Turkish": "Sabahtan beri hiçbir şey yutamıyorum",
    "Arabic": "منذ الصباح لا أستطيع أن أبلع",
    "Chinese": "从早上开始我就咽不下东西",
    "Japanese": "朝から何も飲み込めません",
    "Korean": "아침부터 아무것도 삼킬 수 없어요",
    "Vietnamese": "Từ sáng tôi không nuốt được gì",
    "Tagalog": "Hindi ako makalunok mula kaninang umaga",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_languages_are_called_back(text: str) -> None:
    assert with_headache(text).level >= Level.CALL_BACK


@pytest.mark.parametrize(
    "text",
    [
        "All good, thank you!",
        "Just a little headache, gone after a nap.",
        "I am very happy with the result.",
        "Slept well, went to work as usual.",
        "No problems at all.",
        "The staff were so kind.",
        "It was a busy day at work today.",
        "Todo bien, gracias.",
        "Estoy muy contenta con el resultado.",
        "Solo un poco de dolor de cabeza.",
        "Dormí bien y fui a trabajar.",
        "Sin problemas.",
        "La enfermera fue muy amable.",
    ],
)
def test_harmless_words_raise_nothing_and_are_still_read(text: str) -> None:
    decision = with_headache(text)
    assert decision.level is Level.SELF_CARE
    assert decision.needs_reading


TAKEN_BACK = (
    "I ticked that by mistake, I am fine.",
    "Never mind, all good now.",
    "No trouble swallowing or breathing, no weakness.",
    "It is gone, please do not call.",
    "Me equivoqué, estoy bien.",
    "No tengo problemas para tragar ni para respirar.",
)
RED_FLAGS = sorted(one.id for one in KNOWN.symptoms.values() if one.red_flag)


@pytest.mark.parametrize("text", TAKEN_BACK)
@pytest.mark.parametrize("flag", RED_FLAGS)
def test_a_ticked_red_flag_that_words_take_back_stays(flag: str, text: str) -> None:
    assert decided(report(flag, free_text=text)).level is Level.EMERGENCY


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("No trouble swallowing.", {"trouble_swallowing"}),
        ("I can swallow fine.", {"trouble_swallowing"}),
        ("No trouble breathing or swallowing.", {"trouble_breathing", "trouble_swallowing"}),
        ("I don't have double vision.", {"double_vision"}),
        ("My voice is not hoarse.", {"hoarse_voice"}),
        ("No tengo problemas para tragar.", {"trouble_swallowing"}),
        ("No me cuesta respirar.", {"trouble_breathing"}),
        ("No tengo visión doble.", {"double_vision"}),
    ],
)
def test_what_words_deny_is_kept_as_denied(text: str, denied: set[str]) -> None:
    decision = with_headache(text)
    assert {one.symptom for one in decision.words} == denied
    assert {one.status for one in decision.words} == {"negated"}
    assert decision.level is Level.SELF_CARE
