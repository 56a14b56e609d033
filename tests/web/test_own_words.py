"""A nurse sees the whole text, and in it what was read and how."""

from hypothesis import given
from hypothesis import strategies as st

from reporter.clinic.report_columns import ReadWord
from reporter.rules import lexicon
from reporter.rules.knowledge import Knowledge, shipped
from reporter.rules.words import read
from reporter.web.own_words import Piece, marked


def pieces(knowledge: Knowledge, text: str) -> tuple[Piece, ...]:
    mentions = [
        ReadWord(one.symptom, one.text, one.start, one.end, one.status)
        for one in read(text, lexicon.shipped())
    ]
    return marked(knowledge, text, mentions)


def test_what_is_now_and_what_is_denied_are_marked(knowledge: Knowledge) -> None:
    text = "No trouble breathing but my eyelid droops"
    found = {piece.status: piece.says for piece in pieces(knowledge, text) if piece.status}
    assert "denied" in found["negated"]
    assert "eyelid" in found["present"].lower()


@given(
    st.lists(
        st.sampled_from(["my eyelid droops", "no headache", "\n", "🙂", "I cant swollow", "ok."])
    )
)
def test_no_letter_of_the_text_is_lost(parts: list[str]) -> None:
    text = " ".join(parts)
    assert "".join(piece.text for piece in pieces(shipped(), text)) == text


def test_overlapping_readings_are_marked_once_and_named_all(knowledge: Knowledge) -> None:
    mentions = [
        ReadWord("headache", "abc", 0, 3, "negated"),
        ReadWord("fever", "bcd", 1, 4, "present"),
    ]
    first, rest = marked(knowledge, "abcdef", mentions)
    assert (first.text, first.status, rest.text) == ("abcd", "present", "ef")
    assert first.says.count(":") == 2
