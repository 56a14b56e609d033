"""One report a line in, one decision a line out; a bad line is named and never stops the others."""

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from reporter.rules import knowledge
from reporter.rules.lines import decision_to_json, triage_lines
from reporter.rules.report import Report
from reporter.rules.triage import decide

KNOWN = knowledge.load()
GOOD = '{"id": "a", "days_since_treatment": 5, "symptoms": [{"symptom": "trouble_swallowing"}]}'


def run(*lines: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    status = triage_lines(lines, KNOWN, out, err)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    return status, answers, err.getvalue().splitlines()


def test_an_answer_has_just_the_public_keys() -> None:
    status, [answer], errors = run(GOOD)
    assert (status, errors) == (0, [])
    assert list(answer) == ["id", "level", "reasons", "words", "needs_reading", "ruleset"]
    assert (answer["id"], answer["level"]) == ("a", "emergency")
    assert answer["words"] == []
    assert answer["needs_reading"] is False
    assert answer["ruleset"] == KNOWN.ruleset
    assert set(answer["reasons"][0]) == {"rule", "level", "because", "source"}
    assert answer["reasons"][0]["rule"] == "swallowing"


@dataclass(frozen=True)
class Reading:
    symptom: str
    text: str
    start: int
    end: int
    status: str


def test_readings_are_answered_with_their_place() -> None:
    reading = Reading("trouble_swallowing", "trouble swallowing", 3, 21, "negated")
    decision = decide(Report(free_text="no trouble swallowing"), KNOWN, [reading])
    assert decision_to_json("a", decision)["words"] == [asdict(reading)]


def test_answers_come_in_the_order_of_the_input() -> None:
    lines = [json.dumps({"id": str(number)}) for number in range(20)]
    _, answers, _ = run(*lines)
    assert [answer["id"] for answer in answers] == [str(number) for number in range(20)]


def test_blank_lines_are_skipped_but_counted() -> None:
    status, answers, errors = run("", "  \n", "{]", GOOD, "\n")
    assert status == 2
    assert [answer["id"] for answer in answers] == ["a"]
    assert errors[0].startswith("line 3: ")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    status, answers, _ = run("\ufeff" + GOOD + "\r\n", GOOD + "\r\n")
    assert (status, len(answers)) == (0, 2)


def test_unread_text_is_said_in_the_reasons() -> None:
    _, [answer], _ = run('{"free_text": "Mir ist seit gestern schwindlig"}')
    assert answer["level"] == "call_back"
    assert answer["needs_reading"] is True
    assert answer["reasons"][0]["rule"] == "unread_text"


def test_no_line_at_all_is_fine() -> None:
    assert run() == (0, [], [])


REFUSED = [
    ("{", "is not JSON"),
    ("null", "JSON object"),
    ("[]", "JSON object"),
    ('"text"', "JSON object"),
    ("{} {}", "is not JSON"),
    ('{"days_since_treatment": NaN}', "NaN"),
    ('{"days_since_treatment": -Infinity}', "-Infinity"),
    ('{"days_since_treatment": 1e999}', "whole number"),
    ('{"days_since_treatment": ' + "9" * 40 + "}", "between 0"),
    ('{"days_since_treatment": ' + "9" * 9000 + "}", "too long"),
    ('{"symptoms": [], "symptoms": [{"symptom": "fever"}]}', "one key twice"),
    ('{"symptoms": [{"symptom": "fevr"}]}', "'fever'"),
    ('{"free_text": "\\ud800"}', "surrogate"),
    ('{"id": "\\udc00"}', "surrogate"),
    ('{"free_text": "\udc80"}', "surrogate"),
    ("[" * 200_000, "nested too deeply"),
    ('{"a": ' * 100_000, "nested too deeply"),
    ("\x00", "is not JSON"),
    ("{'id': 1}", "is not JSON"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED)
def test_a_bad_line_is_named_and_the_others_are_answered(line: str, said: str) -> None:
    status, answers, errors = run(GOOD, line, GOOD)
    assert status == 2
    assert [answer["level"] for answer in answers] == ["emergency", "emergency"]
    [error] = errors
    assert error.startswith("line 2: ")
    assert said in error
    assert len(error) < 250


def test_odd_text_is_answered_and_can_be_printed_anywhere() -> None:
    odd = ["\x00", "\u202e", "🙂" * 50, "a\u0301" * 50, "\uffff", "x" * 100_000]
    status, answers, errors = run(*(json.dumps({"id": "x", "free_text": t}) for t in odd))
    assert (status, errors) == (0, [])
    assert len(answers) == len(odd)


def test_output_is_plain_ascii_whatever_the_id() -> None:
    out = io.StringIO()
    triage_lines(['{"id": "Ñandú 🙂"}'], KNOWN, out, io.StringIO())
    assert out.getvalue().isascii()
    assert json.loads(out.getvalue())["id"] == "Ñandú 🙂"
