"""The word lists are read strictly: what is wrong stops the start with file, entry and mend."""

from typing import Any

import pytest

from reporter.rules.lexicon import LexiconError, build, load

COMMON = {"english": "the fine", "spanish": "el", "foreign": "nicht", "never_mended_to": ""}


def table(**entry: Any) -> dict[str, Any]:
    whole = {"symptom": "fever", "source": "clinical.md", "phrases": "fever\nhigh temp", **entry}
    return {
        "language": "en",
        "same": {"cannot": "can't cant"},
        "classes": {"hot": "hot, very warm"},
        "activities": "eating",
        "joins": "and",
        "entry": [{k: v for k, v in whole.items() if v is not None}],
    }


def test_a_good_table() -> None:
    found = build([table(phrases="{hot} .. fever\ncan't cool")], COMMON, frozenset({"fever"}))
    assert [e.phrase.source for e in found.entries] == ["{hot} .. fever", "cannot cool"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"source": None}, "source"),
        ({"phrases": None}, "phrases"),
        ({"symptom": "fevr"}, "unknown symptom or factor 'fevr'"),
        ({"covers": ["feverr"]}, "unknown symptom or factor 'feverr'"),
        ({"kind": "nonsense"}, "unknown kind 'nonsense'"),
        ({"kind": "idiom"}, "do not go together"),
        ({"symptom": None}, "do not go together"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"phrases": "{cold} fever"}, "unknown class {cold}"),
        ({"phrases": "fever .."}, "must not end in a gap"),
    ],
)
def test_a_bad_entry_is_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(LexiconError, match=r"words\.en\.toml, entry 1") as error:
        build([table(**entry)], COMMON, frozenset({"fever"}))
    assert says in str(error.value)


def test_unknown_tables_and_double_classes_are_refused() -> None:
    with pytest.raises(LexiconError, match="unknown 'extra'"):
        build([table() | {"extra": 1}], COMMON, frozenset())
    with pytest.raises(LexiconError, match="class hot is there twice"):
        build([table(), table()], COMMON, frozenset())


def test_the_shipped_lists_are_read_once() -> None:
    assert load() is load()
    assert len(load().entries) > 1500


def test_every_entry_has_its_source() -> None:
    assert all(
        "clinical.md" in e.source or "own wording" in e.source or "not verified" in e.source
        for e in load().entries
        if e.kind in {"symptom", "fine"}
    )


def test_a_phrase_is_filed_under_its_rarest_word() -> None:
    filed = build([table(phrases="my (head|hands) burn\nmy head")], COMMON, frozenset({"fever"}))
    places = {word: [number for number, _ in found] for word, found in filed.by_word.items()}
    assert places == {"burn": [0], "head": [1]}
