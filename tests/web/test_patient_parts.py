"""The pure parts of the patient's pages: the way through, times, colours, and both languages."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from reporter.rules import heard, interview, questions
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.questions import Questions
from reporter.rules.report import ReportedSymptom
from reporter.rules.triage import decide
from reporter.web import summary, times
from reporter.web.brand import brand, contrast
from reporter.web.forms import tidy

ROOT = Path(__file__).resolve().parents[2]
NEW_YORK = "America/New_York"
# Tuesday, 24 November 2026, 10:12 in New York.
NOW = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def asked(knowledge: Knowledge) -> Questions:
    return questions.load(knowledge)


def answers(noticed: list[str], **said: str | list[str]) -> dict[str, Any]:
    given = {
        step.replace("__", "."): answer if isinstance(answer, list) else [answer]
        for step, answer in said.items()
    }
    return {"no_flags": True, "noticed": noticed, "said": given}


def symptoms(asked: Questions, given: dict[str, Any], day: int = 7) -> dict[str, ReportedSymptom]:
    found = heard.report(asked, given, day).symptoms
    return {entry.symptom: entry for entry in found}


def test_only_what_was_ticked_is_followed_up(asked: Questions) -> None:
    given = answers(["headache"], headache__severity="mild")
    ids = [step.id for step in interview.steps(asked, given, 7)]
    assert ids == ["first", "noticed", "headache.severity", "started", "trend"]
    severe = answers(["headache"], headache__severity="severe")
    assert "headache.headache_signs" in [s.id for s in interview.steps(asked, severe, 7)]


def test_on_the_day_itself_nobody_is_asked_when_it_started(asked: Questions) -> None:
    given = answers(["bruise"], bruise__size="small", trend="same")
    assert "started" not in [step.id for step in interview.steps(asked, given, 0)]
    assert symptoms(asked, given, 0)["bruising"].onset_day == 0


def test_sight_is_not_asked_twice(asked: Questions) -> None:
    both = [step.id for step in interview.steps(asked, answers(["eyelid", "vision"]), 7)]
    assert "eyelid.sight" not in both and "vision.vision_kind" in both


def test_every_answer_of_every_page_makes_a_report_that_is_decided(
    asked: Questions, knowledge: Knowledge
) -> None:
    for notice in asked.notices.values():
        for id in notice.ask:
            for option in asked.questions[id].options:
                before = asked.questions[id].only_after.partition(".")
                said = {f"{notice.id}.{id}": [option]}
                if before[0]:
                    said[f"{notice.id}.{before[0]}"] = [before[2]]
                given = {"no_flags": True, "noticed": [notice.id], "said": said}
                made = heard.report(asked, given, 7)
                assert made.symptoms and decide(made, knowledge).level in Level


@pytest.mark.parametrize(
    ("noticed", "said", "level"),
    [
        (["eyelid"], {"eyelid__lid_cover": "half", "eyelid__side": "left"}, "call_back"),
        (["eyelid"], {"eyelid__lid_cover": "pupil", "eyelid__side": "left"}, "urgent"),
        (["eyelid"], {"eyelid__lid_cover": "unsure", "eyelid__side": "left"}, "urgent"),
        (["eyelid"], {"eyelid__lid_cover": "half", "eyelid__side": "both"}, "urgent"),
        (["eyelid"], {"eyelid__lid_cover": "half", "eyelid__sight": "unsure"}, "urgent"),
        (["eyelid", "voice"], {}, "emergency"),
        (["vision"], {"vision__vision_kind": "unsure"}, "urgent"),
        (["dry_eye"], {"dry_eye__closes": "unsure", "dry_eye__severity": "mild"}, "urgent"),
        (["rash"], {"rash__rash_kind": "unsure", "rash__rash_place": "unsure"}, "urgent"),
        (["rash"], {"rash__rash_kind": "flat", "rash__rash_place": "local"}, "call_back"),
        (["rash", "face_swelling"], {"rash__rash_kind": "hives"}, "emergency"),
        (["bruise"], {"bruise__size": "spreading"}, "urgent"),
        (["bruise"], {"bruise__size": "small"}, "self_care"),
        (["infection"], {}, "urgent"),
        (["urine"], {}, "urgent"),
        (["urine", "voice"], {}, "emergency"),
        (["look"], {}, "call_back"),
        (["call_me"], {}, "call_back"),
        (
            ["headache"],
            {"headache__severity": "severe", "headache__headache_signs": ["fever", "neck"]},
            "emergency",
        ),
    ],
)
def test_what_is_answered_gets_its_level(
    asked: Questions, knowledge: Knowledge, noticed: list[str], said: dict[str, Any], level: str
) -> None:
    given = answers(noticed, **said, started="days", trend="same")
    made = heard.report(asked, given, 7, areas=("glabella",))
    assert decide(made, knowledge).level.id == level


def test_two_ticks_for_one_symptom_keep_the_worse(asked: Questions) -> None:
    given = answers(
        ["flu", "headache"],
        flu__fever="yes",
        headache__severity="severe",
        headache__headache_signs=["fever"],
    )
    assert list(symptoms(asked, given)).count("fever") == 1
    merged = heard._merged(
        ReportedSymptom("lump", severity=Severity.MILD, extent="local"),
        ReportedSymptom("lump", severity=Severity.SEVERE, side="left"),
    )
    assert (merged.severity, merged.extent, merged.side) == (Severity.SEVERE, "local", "left")


def test_what_is_denied_was_asked_and_is_not_reported(asked: Questions) -> None:
    given = answers(["flu"], flu__fever="no")
    made = heard.report(asked, given, 7)
    assert "fever" in made.denied and set(asked.red_flags) <= set(made.denied)
    assert not set(made.denied) & {entry.symptom for entry in made.symptoms}


@pytest.mark.parametrize("junk", [{}, {"noticed": ["gone"], "said": {"x": "y", "trend": 3}}])
def test_answers_of_another_version_do_no_harm(asked: Questions, junk: dict[str, Any]) -> None:
    made = heard.report(asked, junk, 7)
    assert made.symptoms == () and interview.next_step(asked, junk, 7) == 1
    assert summary.rows(asked, junk, 7, "en") == ()


@pytest.mark.parametrize(
    ("ahead", "english", "spanish"),
    [
        (timedelta(hours=1), "by 11:12 am today", "hoy antes de las 11:12 a. m."),
        (timedelta(hours=3), "by 1:12 pm today", "hoy antes de la 1:12 p. m."),
        (
            timedelta(days=1),
            "by 10:12 am tomorrow, Wednesday",
            "mañana, miércoles, antes de las 10:12 a. m.",
        ),
        (timedelta(days=3), "by 10:12 am on Friday", "el viernes antes de las 10:12 a. m."),
        (
            timedelta(days=9),
            "by 10:12 am on Thursday, Dec 3",
            "el jueves 3 de diciembre antes de las 10:12 a. m.",
        ),
        (
            timedelta(days=-1),
            "by 10:12 am on Monday, Nov 23",
            "el lunes 23 de noviembre antes de las 10:12 a. m.",
        ),
        (timedelta(hours=14), "by 12:12 am tomorrow, Wednesday", None),
    ],
)
def test_times_in_the_readers_way(ahead: timedelta, english: str, spanish: str | None) -> None:
    at = NOW + ahead
    assert times.by(at, NOW, NEW_YORK, "en").replace(times.HARD, " ") == english
    if spanish:
        assert times.by(at, NOW, NEW_YORK, "es").replace(times.HARD, " ") == spanish


def test_the_day_is_the_clinics_across_the_change_of_clocks() -> None:
    before = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)  # Saturday 23:30, summer time
    after = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)  # Sunday 10:00, winter time
    assert times.by(after, before, NEW_YORK, "en").replace(times.HARD, " ") == (
        "by 10:00 am tomorrow, Sunday"
    )


def test_lists_in_both_languages() -> None:
    assert summary.joined(["a", "b", "c"], "en") == "a, b and c"
    assert summary.joined(["tos", "hinchazón"], "es") == "tos e hinchazón"
    assert summary.joined(["tos", "fiebre"], "es") == "tos y fiebre"
    assert summary.joined([], "en") == ""


@pytest.mark.parametrize(
    "colour", ["#0b4f6c", "#ffffff", "#000000", "#ffee00", "#7fbf7f", "#888888"]
)
def test_any_clinics_colour_stays_legible(colour: str) -> None:
    own, on, strong = re.findall(r"#([0-9a-f]{6})", brand(colour).css)
    pairs = [(own, on), (strong, "ffffff")]
    for one, other in pairs:
        parts = [tuple(int(text[i : i + 2], 16) for i in (0, 2, 4)) for text in (one, other)]
        assert contrast(parts[0], parts[1]) >= 4.5  # type: ignore[arg-type]


def test_only_what_no_keyboard_types_is_taken_out() -> None:
    assert tidy("a\0b\r\nc\rd 😀 \u202eabc") == "ab\nc\nd 😀 \u202eabc"
    assert tidy("\ud83d x") == "\ufffd x"
    assert tidy(None) is None


def catalogue() -> dict[str, str]:
    path = ROOT / "reporter/web/locale/es/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id and not one.fuzzy}


def test_every_text_of_the_pages_has_its_spanish() -> None:
    shown: set[str] = set()
    folders = [ROOT / "templates/patient", ROOT / "templates/errors"]
    single = [ROOT / "templates/base.html", ROOT / "templates/manager/card.html"]
    for path in [*single, *(p for f in folders for p in f.glob("*.html"))]:
        shown |= {
            str(found[1]) for found in extract_from_file("jinja2.ext:babel_extract", str(path))
        }
    for path in (ROOT / "reporter/web").glob("*.py"):
        shown |= {str(found[1]) for found in extract_from_file("python", str(path))}
    spanish = catalogue()
    assert not {text for text in shown if not spanish.get(text)}
    assert not set(spanish) - shown, "a translation that nothing shows"


def test_the_compiled_catalogue_is_that_of_its_source() -> None:
    path = ROOT / "reporter/web/locale/es/LC_MESSAGES/messages.mo"
    with path.open("rb") as file:
        compiled = {str(one.id): str(one.string) for one in read_mo(file) if one.id}
    assert compiled == catalogue()


def test_translations_keep_what_is_filled_in() -> None:
    for english, spanish in catalogue().items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(
            re.findall(r"%\(\w+\)s", spanish)
        )


def test_no_text_of_the_pages_stands_outside_the_catalogue() -> None:
    """A word between tags that is not asked for by _() would stay English for ever."""
    staff = {"again.html", "not_saved.html"}
    for path in [*(ROOT / "templates/patient").glob("*"), *(ROOT / "templates/errors").glob("*")]:
        if path.name in staff:
            continue
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.S)
        left = re.sub(r"<[^>]+>", " ", text, flags=re.S)
        assert not re.findall(
            r"[A-Za-z]{3,}", left.replace("English", "").replace("Español", "")
        ), path
