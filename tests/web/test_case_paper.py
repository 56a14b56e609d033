"""What is cut so that a case fits on paper; that it fits is seen in tests/browser/test_case.py."""

import pytest

from reporter.web.case_paper import REST, clipped


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("", ""),
        ("She is well.", "She is well."),
        ("one\n\n\n two", "one two"),
        ("one two three four", f"one two{REST}"),
        ("x" * 20, f"{'x' * 12}{REST}"),
        ("x" * 12, "x" * 12),
    ],
)
def test_a_long_text_is_cut_between_words_and_says_so(text: str, paper: str) -> None:
    assert clipped(text, 12) == paper
