"""The word lists, read strictly: what cannot be read stops the start with file, entry and mend."""

import gc
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from reporter.rules.filing import Needs, filed
from reporter.rules.folding import fold
from reporter.rules.frames import Frame, parse, words_of
from reporter.rules.inflection import PhraseError
from reporter.rules.patterns import Choice, ListPlace, Phrase, choice
from reporter.rules.spelling import Speller

FILES = (
    *("words.en.toml", "words.frames.en.toml", "words.turns.en.toml"),
    *("words.es.toml", "words.frames.es.toml", "words.turns.es.toml"),
)
COMMON = "common_words.toml"
_SCOPES = """
negation negation_verb negation_after not_negation stop past past_stop other now other_stop also
happened_to exposed proxy infant says patient hypothetical not_hypothetical question affirms recurs
note_past note_hypothetical relates recovered well promise
people
"""
KINDS = frozenset({"symptom", "fine", "complaint", "idiom", "mild", "over", *_SCOPES.split()})
_MENDED = frozenset({"symptom", "fine", "negation", "negation_verb"})
_WORD = re.compile(r"(?<!\{)\b[\w']+\b(?!\})")
_FLAGS = ("whoever", "minor", "grave", "worse")
_KEYS = {"kind", "symptom", "source", "covers", "phrases", *_FLAGS}
_TABLES = {"language", "same", "classes", "activities", "joins", "entry"}


class LexiconError(ValueError):
    """A word list that cannot be used, with the file and the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase and what it is for."""

    kind: str
    symptom: str
    phrase: Phrase | Frame
    covers: frozenset[str]
    source: str
    whoever: bool = False
    """A fact of the patient's treatment, whoever is named in it ("a friend injected me")."""
    minor: bool = False
    """Expected after any injection: it counts as mild, or as over, when the words say so."""
    grave: bool = False
    """Told as severe, in whatever words."""
    worse: bool = False
    """Told as getting worse by the hour."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    entries: tuple[Entry, ...] = field(repr=False)
    by_word: Mapping[str, tuple[tuple[int, Needs], ...]] = field(repr=False)
    """Which entries can only match a text that holds this word, and what else each needs."""
    same: Mapping[str, tuple[str, ...]] = field(repr=False)
    english: frozenset[str] = field(repr=False)
    spanish: frozenset[str] = field(repr=False)
    foreign: frozenset[str] = field(repr=False)
    vocabulary: frozenset[str] = field(repr=False)
    speller: Speller = field(repr=False)
    symptoms: frozenset[str] = field(repr=False)


def _fold_word(word: str) -> str:
    return fold(word).text


def _read_toml(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files("reporter.rules").joinpath(name).read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{name}: {error}") from error


def _same(tables: Iterable[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {
        _fold_word(variant): tuple(listed.split("_"))
        for table in tables
        for listed, variants in table.get("same", {}).items()
        for variant in variants.split()
    }


def _listed(phrase: str, same: Mapping[str, tuple[str, ...]]) -> str:
    """Phrases with each word in its listed form; class names stay."""

    def listed(found: re.Match[str]) -> str:
        word = found.group()
        return " ".join(same[word]) if word in same else word

    plain = fold(phrase).text
    return plain if same.keys().isdisjoint(_WORD.findall(plain)) else _WORD.sub(listed, plain)


def _classes(
    tables: Iterable[dict[str, Any]], same: Mapping[str, tuple[str, ...]]
) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for table in tables:
        for name, members in table.get("classes", {}).items():
            if name in found:
                raise LexiconError(f"words.{table['language']}.toml: class {name} is there twice")
            found[name] = choice(_listed(members, same).split(","))
    return found


def _lists(tables: Iterable[dict[str, Any]]) -> tuple[ListPlace, ListPlace]:
    members = choice([_fold_word(w) for t in tables for w in t.get("activities", "").split()]).words
    joins = frozenset(_fold_word(w) for t in tables for w in t.get("joins", "").split())
    return ListPlace(members, joins, before=True), ListPlace(members, joins, before=False)


def _check(raw: dict[str, Any], where: str, symptoms: frozenset[str]) -> None:
    kind = raw.get("kind", "symptom")
    if kind not in KINDS:
        raise LexiconError(f"{where}: unknown kind {kind!r}; one of {', '.join(sorted(KINDS))}")
    unknown = raw.keys() - _KEYS
    if unknown:
        raise LexiconError(f"{where}: unknown key {sorted(unknown)[0]!r}")
    if not raw.get("source") or not raw.get("phrases"):
        raise LexiconError(f"{where}: an entry needs a source and phrases")
    needs_symptom = kind in {"symptom", "fine"}
    if kind != "complaint" and needs_symptom != ("symptom" in raw):
        raise LexiconError(f"{where}: kind {kind} and symptom do not go together")
    wrong = {*raw.get("covers", ()), *([raw["symptom"]] if needs_symptom else [])} - symptoms
    if symptoms and wrong:
        raise LexiconError(f"{where}: unknown symptom or factor {sorted(wrong)[0]!r}")


def _entries(
    table: dict[str, Any],
    classes: Mapping[str, Choice],
    lists: tuple[ListPlace, ListPlace],
    same: Mapping[str, tuple[str, ...]],
    symptoms: frozenset[str],
) -> Iterator[Entry]:
    for number, raw in enumerate(table["entry"], 1):
        kind = raw.get("kind", "symptom")
        where = f"words.{table['language']}.toml, entry {number} ({raw.get('symptom', kind)})"
        _check(raw, where, symptoms)
        covers, flags = frozenset(raw.get("covers", ())), {f: bool(raw.get(f)) for f in _FLAGS}
        symptom = raw.get("symptom", "other" if kind == "complaint" else "")
        for source in _listed(raw["phrases"].replace("\\\n", ""), same).strip().splitlines():
            try:
                phrase = parse(source, classes, lists)
            except PhraseError as error:
                raise LexiconError(f"{where}: {error}") from error
            yield Entry(kind, symptom, phrase, covers, raw["source"], **flags)


def build(tables: list[dict[str, Any]], common: dict[str, Any], known: frozenset[str]) -> Lexicon:
    """A lexicon from tables as TOML gives them. `known` holds the allowed symptoms and factors."""
    for table in tables:
        unknown = table.keys() - _TABLES
        if unknown:
            raise LexiconError(f"words.{table['language']}.toml: unknown {sorted(unknown)[0]!r}")
    same = _same(tables)
    classes = _classes(tables, same)
    lists = _lists(tables)
    entries = tuple(e for t in tables for e in _entries(t, classes, lists, same, known))
    words = _words(entries)
    spellable = _words(e for e in entries if e.kind in _MENDED)
    english = frozenset(common["english"].split())
    spanish = frozenset(map(_fold_word, common["spanish"].split()))
    return Lexicon(
        entries=entries,
        by_word=filed([entry.phrase for entry in entries]),
        same=same,
        english=english,
        spanish=spanish,
        foreign=frozenset(map(_fold_word, common["foreign"].split())),
        vocabulary=words,
        speller=Speller(spellable.difference(common["never_mended_to"].split()), words, spanish),
        symptoms=known,
    )


def _words(entries: Iterable[Entry]) -> frozenset[str]:
    places = (place for e in entries for place in e.phrase.places)
    once = {id(p.members if isinstance(p, ListPlace) else p.rows): p for p in places}.values()
    return frozenset[str]().union(*map(words_of, once))


@cache
def shipped() -> Lexicon:
    """The product's own lists, read once a process."""
    return load()


@cache
def load(known: frozenset[str] = frozenset()) -> Lexicon:
    """The lists that ship with the product, read once."""
    with _nothing_to_collect():
        return build([_read_toml(name) for name in FILES], _read_toml(COMMON), known)


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Building makes many small things and throws none away: looking for garbage finds none."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()
