"""A report comes in from JSON strictly, and goes out to the JSON that it came from."""

from dataclasses import replace

import pytest

from reporter.rules import knowledge
from reporter.rules.levels import Severity
from reporter.rules.report import Report, ReportedSymptom, ReportError, from_json, to_json

KNOWN = knowledge.load()

FULL = {
    "id": "K7-42Q",
    "days_since_treatment": 5,
    "product": "Botox Cosmetic",
    "areas": ["glabella"],
    "patient_factors": ["anticoagulant", "previous_uneventful_botox"],
    "symptoms": [
        {
            "symptom": "eyelid_droop",
            "severity": "mild",
            "onset_day": 4,
            "side": "left",
            "covers_pupil": False,
            "sight_changed": None,
            "extent": "local",
            "trend": "same",
        }
    ],
    "free_text": "párpado caído",
    "denied": ["trouble_breathing"],
    "unsure": ["trouble_swallowing"],
    "call_me": True,
    "lot": "C8123F2",
    "language": "es",
}


def test_a_full_report_is_read() -> None:
    report = from_json(FULL, KNOWN)
    assert report.day == 5
    assert report.factors == ("anticoagulant", "previous_uneventful_botox")
    assert report.symptoms[0] == ReportedSymptom(
        symptom="eyelid_droop",
        severity=Severity.MILD,
        onset_day=4,
        side="left",
        covers_pupil=False,
        extent="local",
        trend="same",
    )
    assert report.unsure == ("trouble_swallowing",)
    assert report.call_me


def test_it_goes_round() -> None:
    report = from_json(FULL, KNOWN)
    assert from_json(to_json(report), KNOWN) == report


def test_an_empty_report_is_read_and_goes_round() -> None:
    assert from_json({}, KNOWN) == Report()
    assert from_json(to_json(Report()), KNOWN) == Report()


def test_unknown_further_keys_are_ignored() -> None:
    extra = FULL | {"expected_level": "emergency", "tags": [1, None]}
    assert from_json(extra, KNOWN) == from_json(FULL, KNOWN)


def test_an_unknown_factor_is_kept() -> None:
    assert from_json({"patient_factors": ["tall"]}, KNOWN).factors == ("tall",)


def test_null_is_unknown_where_it_is_allowed() -> None:
    nulls = {"days_since_treatment": None, "product": None, "lot": None, "language": None}
    assert from_json(nulls, KNOWN) == Report()
    entry = {"symptom": "headache", "severity": None, "onset_day": None, "trend": None}
    assert from_json({"symptoms": [entry]}, KNOWN).symptoms == (ReportedSymptom("headache"),)


def test_what_began_on_the_day_of_the_report_is_fine() -> None:
    entry = {"symptom": "headache", "onset_day": 3}
    report = from_json({"days_since_treatment": 3, "symptoms": [entry]}, KNOWN)
    assert report.symptoms[0].onset_day == 3


def headache(**answers: object) -> dict[str, object]:
    return {"days_since_treatment": 3, "symptoms": [{"symptom": "headache", **answers}]}


REFUSED = [
    ([], "JSON object"),
    (None, "JSON object"),
    ("headache", "JSON object"),
    ({"id": 7}, "id must be text"),
    ({"id": None}, "id must not be null"),
    ({"days_since_treatment": -1}, "between 0"),
    ({"days_since_treatment": 10**40}, "between 0"),
    ({"days_since_treatment": 3.0}, "whole number"),
    ({"days_since_treatment": "3"}, "whole number"),
    ({"days_since_treatment": True}, "whole number"),
    ({"product": ["Botox"]}, "product must be text"),
    ({"areas": "neck"}, "areas must be a list"),
    ({"areas": None}, "areas must not be null"),
    ({"areas": ["forhead"]}, "'forehead'"),
    ({"areas": [4]}, "ids as text"),
    ({"patient_factors": {"child": True}}, "must be a list"),
    ({"patient_factors": [None]}, "ids as text"),
    ({"symptoms": {}}, "symptoms must be a list"),
    ({"symptoms": None}, "symptoms must not be null"),
    ({"symptoms": ["headache"]}, "symptoms[0] must be a JSON object"),
    ({"symptoms": [{}]}, "symptoms[0].symptom is missing"),
    ({"symptoms": [{"symptom": "hedache"}]}, "'headache'"),
    ({"symptoms": [{"symptom": None}]}, "is missing"),
    ({"symptoms": [{"symptom": "fever"}, {"symptom": "x" * 999}]}, "symptoms[1].symptom"),
    (headache(severity="sever"), "'severe'"),
    (headache(severity=3), "severity must be text"),
    (headache(onset_day=4), "after days_since_treatment"),
    (headache(onset_day=-1), "between 0"),
    (headache(side="middle"), "unknown id"),
    (headache(covers_pupil="yes"), "true or false"),
    (headache(eye_closes=0), "true or false"),
    (headache(sight_changed=[]), "true or false"),
    (headache(extent="everywhere"), "extent"),
    (headache(trend="worst"), "'worse'"),
    ({"free_text": 5}, "free_text must be text"),
    ({"free_text": None}, "free_text must not be null"),
    ({"free_text": "a\ud800b"}, "surrogate"),
    ({"patient_factors": ["\udfff"]}, "surrogate"),
    ({"denied": ["trouble_breathin"]}, "'trouble_breathing'"),
    ({"unsure": ["nothing"]}, "unsure"),
    ({"call_me": "yes"}, "true or false"),
    ({"call_me": None}, "must not be null"),
]


@pytest.mark.parametrize(("obj", "said"), REFUSED)
def test_what_is_wrong_is_refused_in_one_sentence(obj: object, said: str) -> None:
    with pytest.raises(ReportError) as refused:
        from_json(obj, KNOWN)
    sentence = str(refused.value)
    assert said in sentence
    assert "\n" not in sentence
    assert len(sentence) < 250
    assert sentence.isascii() or "…" in sentence


def test_a_refusal_survives_what_cannot_be_shown() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ReportError, match="list"):
        from_json({"id": loop}, KNOWN)
    with pytest.raises(ReportError, match="object"):
        from_json({"id": object()}, KNOWN)


def test_a_changed_report_is_a_new_one() -> None:
    report = from_json(FULL, KNOWN)
    assert replace(report, day=6) != report
