"""What a form or a file row may say, and the sentence for each thing it may not."""

import re
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clinic.enrolment import FIELDS, AreaDose, Enrolment, EnrolmentErrors, check
from reporter.clinic.entries import month_order
from reporter.rules.knowledge import Knowledge, load

TODAY = date(2026, 11, 24)
KNOWLEDGE = load()
GOOD = {
    "name": "Maria Alvarez",
    "born": "1968-03-02",
    "email": "maria@example.org",
    "mobile": "301 555 0142",
    "language": "es",
    "may_voicemail": "yes",
    "may_email": "yes",
    "given_on": "2026-11-20",
    "product": "Botox Cosmetic",
    "lot": "c8123f2",
    "expiry": "2027-05",
    "areas": "glabella:20; forehead:10",
    "injector": "Dr. A. Lin",
    "factors": "anticoagulant",
}


def checked(**changes: str) -> Enrolment:
    return check({**GOOD, **changes}, KNOWLEDGE, today=TODAY)


def faults(options: dict[str, Any] | None = None, **changes: str) -> dict[str, str]:
    with pytest.raises(EnrolmentErrors) as errors:
        check({**GOOD, **changes}, KNOWLEDGE, today=TODAY, **(options or {}))
    return dict(errors.value.faults)


def test_a_whole_enrolment() -> None:
    assert checked() == Enrolment(
        name="Maria Alvarez",
        born=date(1968, 3, 2),
        email="maria@example.org",
        mobile="+13015550142",
        language="es",
        may_voicemail=True,
        may_email=True,
        given_on=date(2026, 11, 20),
        product="Botox Cosmetic",
        lot="C8123F2",
        expiry="2027-05",
        areas=(AreaDose("glabella", 20), AreaDose("forehead", 10)),
        injector="Dr. A. Lin",
        factors=("anticoagulant",),
    )


def test_all_faults_come_at_once_in_the_order_of_the_form() -> None:
    with pytest.raises(EnrolmentErrors) as errors:
        check({"mobile": "12"}, KNOWLEDGE, today=TODAY)
    assert [field for field, _ in errors.value.faults] == [
        "name",
        "born",
        "mobile",
        "given_on",
        "product",
        "lot",
        "expiry",
        "areas",
        "injector",
    ]
    assert "The name is missing." in str(errors.value)


FAULTS = [
    ("name", "", "missing"),
    ("name", "  \t ", "missing"),
    ("name", "12345", "no letters"),
    ("name", "Maria\nBcc: all@example.org", "line break"),
    ("name", "Maria\x00Alvarez", "cannot be shown"),
    ("name", "Maria\ud800", "cannot be shown"),
    ("name", "Maria\u2028Alvarez", "line break"),
    ("name", "M" * 101, "longer than 100"),
    ("born", "", "missing"),
    ("born", "2.3.68", "is not a date"),
    ("born", "1968-02-30", "not in the calendar"),
    ("born", "2026-11-25", "cannot be right"),
    ("born", "1868-03-02", "cannot be right"),
    ("born", "2026-11-21", "after the treatment"),
    ("email", "maria@", "maria@example.org"),
    ("email", "maria", "maria@example.org"),
    ("email", "a@example.org, b@example.org", "maria@example.org"),
    ("email", "a@example.org\r\nBcc: b@example.org", "line break"),
    ("email", "maría@example.org", "maria@example.org"),
    ("mobile", "555 0142", "cannot be dialled"),
    ("mobile", "phone her sister", "cannot be dialled"),
    ("language", "fr", "en or es"),
    ("may_voicemail", "perhaps", "yes or no"),
    ("may_email", "maybe", "yes or no"),
    ("given_on", "2026-11-25", "in the future"),
    ("given_on", "2025-11-22", "over a year ago"),
    ("given_on", "46342", "is not a date"),
    ("product", "", "missing"),
    ("lot", "", "recall"),
    ("lot", "9" * 41, "longer than 40"),
    ("expiry", "", "label"),
    ("expiry", "2026-10", "before the treatment"),
    ("expiry", "2026-11-19", "before the treatment"),
    ("expiry", "2027-13", "not in the calendar"),
    ("areas", "", "glabella:20"),
    ("areas", " ; ; ", "glabella:20"),
    ("areas", "glabella", "has no units"),
    ("areas", "glabela:20", "Did you mean glabella?"),
    ("areas", "crows fet:20", "Did you mean lateral_canthal?"),
    ("areas", "elbow pit:20", "Known: glabella"),
    ("areas", "glabella:0", "units go from"),
    ("areas", "glabella:99999", "units go from"),
    ("areas", "glabella:10; glabella:10", "twice"),
    ("injector", "", "missing"),
    ("factors", "myastenia_gravis", "Did you mean myasthenia_gravis?"),
]


@pytest.mark.parametrize(("field", "text", "said"), FAULTS)
def test_a_fault_names_its_field_and_its_mend(field: str, text: str, said: str) -> None:
    found = faults(**{field: text})
    assert list(found) == [field]
    assert said in found[field]


DATES = [
    ("2026-11-20", {}, date(2026, 11, 20), "as a date field sends it"),
    ("2026-11-20 00:00:00", {}, date(2026, 11, 20), "as pandas writes it"),
    ("11/20/2026", {}, date(2026, 11, 20), "there is no month 20"),
    ("11/11/2026", {}, date(2026, 11, 11), "the same either way"),
    ("20/11/2026", {"day_first": True}, date(2026, 11, 20), "told so"),
    ("05/11/2026", {"day_first": True}, date(2026, 11, 5), "told so"),
    ("5.11.2026", {"day_first": True}, date(2026, 11, 5), "as in Zurich"),
    ("11/05/2026", {"month_first": True}, date(2026, 11, 5), "the rest of the file proves it"),
]


@pytest.mark.parametrize(("text", "options", "day", "why"), DATES)
def test_dates_that_are_clear(text: str, options: dict[str, bool], day: date, why: str) -> None:
    entry = check({**GOOD, "given_on": text}, KNOWLEDGE, today=TODAY, **options)
    assert entry.given_on == day, why


def test_a_date_with_two_readings_is_refused_with_both() -> None:
    said = faults(given_on="05/11/2026")["given_on"]
    assert "2026-05-11 or 2026-11-05" in said
    assert "day first" in said


def test_a_date_that_stands_day_first_says_how_to_say_so() -> None:
    assert "day first" in faults(given_on="20/11/2026")["given_on"]
    assert "calendar" in faults({"day_first": True}, given_on="11/20/2026")["given_on"]


@pytest.mark.parametrize(
    ("texts", "proved"),
    [
        (["11/20/2026", "05/06/1970"], True),
        (["11/05/2026", "05/06/1970"], False),
        (["11/20/2026", "25/06/1970"], False),
        (["2026-11-20", ""], False),
    ],
)
def test_a_file_proves_its_own_order_or_not(texts: list[str], proved: bool) -> None:
    assert month_order(texts) is proved


def test_the_oldest_date_may_be_given_for_a_correction() -> None:
    entry = check(
        {**GOOD, "given_on": "2025-06-01", "expiry": "2026-01"},
        KNOWLEDGE,
        today=TODAY,
        earliest=date(2025, 6, 1),
    )
    assert entry.given_on == date(2025, 6, 1)


def test_a_vial_may_be_used_until_the_end_of_its_last_month_or_day() -> None:
    assert checked(expiry="11/2026").expiry == "2026-11"
    assert checked(expiry="2026-11-20").expiry == "2026-11-20"


AREAS = [
    ("glabella:20", (("glabella", 20.0),)),
    ("Glabella: 20 U", (("glabella", 20.0),)),
    ("glabella 20, forehead 10 units", (("glabella", 20.0), ("forehead", 10.0))),
    ("glabella:20,forehead:10", (("glabella", 20.0), ("forehead", 10.0))),
    ("masseter:2,5; chin=2.5", (("masseter", 2.5), ("chin", 2.5))),
    ("Lateral canthal:24\nlower-lid:2", (("lateral_canthal", 24.0), ("lower_lid", 2.0))),
    ("la frente:10; crow's feet: 12", (("forehead", 10.0), ("lateral_canthal", 12.0))),
]


@pytest.mark.parametrize(("text", "doses"), AREAS)
def test_areas_as_people_write_them(text: str, doses: tuple[tuple[str, float], ...]) -> None:
    assert checked(areas=text).areas == tuple(AreaDose(*dose) for dose in doses)


@pytest.mark.parametrize("area", KNOWLEDGE.areas)
def test_every_area_is_read_back(area: str) -> None:
    assert checked(areas=f"{area}:4").areas == (AreaDose(area, 4),)


def test_invisible_and_turning_signs_are_taken_out_of_names() -> None:
    entry = checked(name="\ufeffMaria \u202eAl\u200bvarez\u2069 ", injector="Dr.\tLin")
    assert (entry.name, entry.injector) == ("Maria Alvarez", "Dr. Lin")


@pytest.mark.parametrize("name", ["O'Brien-Ñandú, Zoë", "李小龙", "محمد علي", "Madonna"])
def test_names_of_all_peoples_pass(name: str) -> None:
    assert checked(name=name).name == name


def test_the_same_product_never_looks_like_two() -> None:
    assert checked(product="botox  cosmetic").product == "Botox Cosmetic"
    assert checked(product="Relfydess").product == "Relfydess"


@pytest.mark.parametrize(
    ("text", "language"), [("", "en"), ("EN", "en"), ("Español", "es"), ("Spanish", "es")]
)
def test_languages_as_people_write_them(text: str, language: str) -> None:
    assert checked(language=text).language == language


@pytest.mark.parametrize(("text", "said"), [("", False), ("No", False), ("X", True), ("Sí", True)])
def test_consent_is_never_assumed(text: str, said: bool) -> None:
    entry = checked(may_voicemail=text, may_email=text)
    assert (entry.may_voicemail, entry.may_email) == (said, said)


def test_a_nurse_must_be_able_to_reach_the_patient() -> None:
    assert "must be able to call" in faults(email="", mobile="", may_email="no")["email"]
    assert checked(email="", may_email="no").email == ""
    assert checked(mobile="").mobile == ""


def test_consent_to_email_needs_an_address() -> None:
    assert "say no" in faults(email="")["email"]


def test_an_international_number_is_kept_whole() -> None:
    assert checked(mobile="+34 612 345 678").mobile == "+34612345678"


def test_an_unknown_factor_is_kept_as_it_stands() -> None:
    entry = checked(factors="Anticoagulant; latex allergy, anticoagulant")
    assert entry.factors == ("anticoagulant", "latex_allergy")


def test_a_child_is_one_by_the_date_of_birth() -> None:
    assert "child" not in checked(born="2008-11-20", factors="").factors
    assert "child" in checked(born="2008-11-21", factors="").factors


def test_no_sentence_repeats_what_identifies_the_patient() -> None:
    found = faults(name="Maria\n", born="", email="maria@", mobile="12", lot="")
    assert not re.search(r"maria@(?!example)|Maria\b", " ".join(found.values()))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, st.text(max_size=30))))
def test_whatever_is_typed_is_kept_or_refused_with_sentences(raw: dict[str, str]) -> None:
    try:
        entry = check({**GOOD, **raw}, KNOWLEDGE, today=TODAY)
    except EnrolmentErrors as errors:
        for field, sentence in errors.faults:
            assert field in FIELDS
            assert sentence.endswith((".", "?"))
            assert "\n" not in sentence
    else:
        assert all(isinstance(value, object) for value in asdict(entry).values())
        assert entry.name.isprintable() or "\u200d" in entry.name or "\u200c" in entry.name


def test_what_is_known_has_names_that_mean_one_thing(knowledge: Knowledge) -> None:
    names = [name for area in knowledge.areas.values() for name in (area.en, area.es)]
    assert len(set(names)) == len(names)
