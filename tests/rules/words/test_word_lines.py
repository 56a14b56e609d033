"""`reporter words`, without a command line."""

import io
import json

import pytest

from reporter.rules.lexicon import Lexicon
from reporter.rules.word_lines import phrase_lines, word_lines, words_lines


def run(lines: list[str], lexicon: Lexicon, *, phrase: bool) -> tuple[int, list[str], str]:
    out, err = io.StringIO(), io.StringIO()
    status = words_lines(lines, lexicon, out, err, phrase=phrase)
    return status, out.getvalue().splitlines(), err.getvalue()


def test_one_array_a_line(lexicon: Lexicon) -> None:
    status, out, err = run(["I can't swallow\n", "\n", "todo bien\r\n"], lexicon, phrase=False)
    assert (status, err) == (0, "")
    assert [json.loads(line) for line in out] == [
        [
            {
                "symptom": "trouble_swallowing",
                "text": "can't swallow",
                "start": 2,
                "end": 15,
                "status": "present",
            }
        ],
        [],
        [],
    ]


def test_a_bad_line_is_named_and_the_others_answered(lexicon: Lexicon) -> None:
    status, out, err = run(["no fever\n", "\udce9 fever\n", "fever\n"], lexicon, phrase=False)
    assert status == 2
    assert len(out) == 2
    assert err.startswith("line 2: ")


@pytest.mark.parametrize("line", ["no tab here\n", "\tno phrase\n", "a\t\udc80\n"])
def test_a_phrase_line_that_is_wrong(lexicon: Lexicon, line: str) -> None:
    status, out, err = run([line, "fever\tno fever\n"], lexicon, phrase=True)
    assert (status, out) == (2, ["negated"])
    assert err.startswith("line 1: ")


def test_the_shipped_lists_need_no_arguments() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert word_lines(["fever\n"], out, err) == 0
    assert phrase_lines(["fever\tno fever\n"], out, err) == 0
    assert out.getvalue().splitlines()[1] == "negated"
