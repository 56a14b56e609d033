"""A time that only the words tell moves no rule, and the nurse is told so."""

import pytest

from reporter.rules.explain import changes
from reporter.rules.knowledge import shipped
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import decide_with_words


def told(text: str, *symptoms: ReportedSymptom, day: int | None = 25) -> str:
    report = Report(day=day, areas=("glabella",), symptoms=symptoms, free_text=text)
    return changes(report, decide_with_words(report, shipped()), shipped())[-1]


@pytest.mark.parametrize(
    "text",
    [
        "my eyelid droops, it has been 3 weeks",
        "hoarse for ten days",
        "my eyelid droops since Monday",
        "se me cayó el párpado hace dos semanas",
        "estoy ronca desde ayer",
    ],
)
def test_a_time_in_the_words_is_for_the_nurse_to_ask(text: str) -> None:
    assert told(text).endswith("the rules counted from day 25. Ask when it began.")


def test_without_a_day_of_treatment_nothing_was_counted() -> None:
    assert "took the day as not known" in told("hoarse for ten days", day=None)


@pytest.mark.parametrize(
    ("text", "symptoms"),
    [
        ("my eyelid droops", ()),
        ("all fine for three weeks", ()),
        ("my eyelid droops, it has been 3 weeks", (ReportedSymptom("eyelid_droop", onset_day=4),)),
    ],
)
def test_where_no_time_is_told_or_an_answer_tells_it_nothing_is_said(
    text: str, symptoms: tuple[ReportedSymptom, ...]
) -> None:
    assert "Ask when it began" not in told(text, *symptoms)
