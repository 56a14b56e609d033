"""Strict reading of a knowledge file: what is not understood is refused, with the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping

from reporter.rules.levels import JUDGEMENT, nearest


class KnowledgeError(ValueError):
    """The knowledge cannot be trusted; the text names file, entry and how to mend it."""


class Entry:
    """One table of a knowledge file. Each key is taken once; what is left over is refused."""

    def __init__(self, table: Mapping[str, object], name: str) -> None:
        self._table = table
        self._taken: set[str] = set()
        self.name = name

    def wrong(self, what: str) -> KnowledgeError:
        """The error to raise about this entry."""
        return KnowledgeError(f"{self.name}: {what}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; without a default the key must be there."""
        value = self._needed(key) if default is None else self._given(key, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            raise self.wrong(f"{key} must be a text that is not blank; write one")
        return value

    def flag(self, key: str) -> bool:
        """True or false; a missing key is false."""
        return self.answer(key) or False

    def answer(self, key: str) -> bool | None:
        """True, false, or None where the key is missing."""
        value = self._given(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(f"{key} must be true or false")

    def whole(self, key: str, least: int = 0) -> int | None:
        """A whole number of at least ``least``, or None where the key is missing."""
        value = self._given(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(f"{key} must be a whole number of at least {least}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts, not empty when it is there; a missing key gives ()."""
        value = self._given(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(i, str) and i.strip() for i in value):
            raise self.wrong(f"{key} must be a list of texts in quotation marks")
        if not value:
            raise self.wrong(f"{key} is an empty list; fill it or take the key out")
        if len(set(value)) != len(value):
            raise self.wrong(f"{key} names one thing twice; keep one of them")
        return tuple(value)

    def choices(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """A list of ids, each of them known."""
        return tuple(self._known(key, value, known) for value in self.texts(key))

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """One known id, or None where the key is missing."""
        return None if self._given(key) is None else self._known(key, self.text(key), known)

    def sources(self) -> tuple[str, ...]:
        """Where the entry comes from. Every clinical entry needs one, or says that it has none."""
        found = self.texts("sources")
        if not found:
            raise self.wrong(f'has no sources; add sources = ["…"] or sources = ["{JUDGEMENT}"]')
        return found

    def table(self, key: str) -> Entry:
        """A table inside this one, which must be there."""
        value = self._needed(key)
        if not isinstance(value, dict):
            raise self.wrong(f"{key} must be a table of keys; write it as {key}.any_of = […]")
        return Entry(value, f"{self.name}, {key}")

    def tables(self, kind: str, key: str) -> Iterator[Entry]:
        """The tables of a list inside this one, each named by its ``key``; maybe none."""
        return _named(self._given(kind, []), self.name, kind, key)

    def done(self) -> None:
        """Refuse every key that nothing asked for: a misspelt one would be lost in silence."""
        for key in self._table:
            if key not in self._taken:
                mend = nearest(key, self._taken)
                raise self.wrong(f"has an unknown key {key!a:.60}; {mend}")

    def _given(self, key: str, default: object = None) -> object:
        # TOML knows no null: None means that the key is missing.
        self._taken.add(key)
        return self._table.get(key, default)

    def _needed(self, key: str) -> object:
        value = self._given(key)
        if value is None:
            raise self.wrong(f"has no {key}; add one")
        return value

    def _known(self, key: str, value: str, known: Collection[str]) -> str:
        if value not in known:
            raise self.wrong(f"{key} has an unknown id {value!a:.60}; {nearest(value, known)}")
        return value


class EntryFile:
    """One knowledge file: named lists of entries, and nothing else."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self._tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise KnowledgeError(f"{name}: is not TOML: {error}; mend that line") from error

    def has(self, kind: str) -> bool:
        return kind in self._tables

    def expect(self, kinds: Iterable[str], maybe: Iterable[str] = ()) -> None:
        """Refuse a kind of entry that this file does not hold, and one that is missing."""
        wanted = set(kinds)
        for kind in self._tables:
            if kind not in (known := {*wanted, *maybe}):
                mend = nearest(kind, known)
                raise KnowledgeError(f"{self.name}: has an unknown part {kind!a:.60}; {mend}")
        for kind in sorted(wanted - set(self._tables)):
            raise KnowledgeError(f"{self.name}: has no [[{kind}]]; add at least one")

    def entries(self, kind: str, key: str = "id") -> Iterator[Entry]:
        """The entries of one kind, each named by its ``key``; a name given twice is refused."""
        return _named(self._tables[kind], self.name, kind, key)


def _named(tables: object, place: str, kind: str, key: str) -> Iterator[Entry]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise KnowledgeError(f"{place}: {kind} must be written as [[{kind}]] entries")
    seen: set[object] = set()
    for table in tables:
        name = table.get(key, "without " + key)
        entry = Entry(table, f"{place}, {kind} {str(name)!a:.60}")
        if str(name) in seen:
            raise entry.wrong("stands here twice; keep one")
        seen.add(str(name))
        yield entry
