"""What the patient is told on the result page: advice.toml, read strictly.

A line without a source, or for a level or symptom that is not known, stops the start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reporter.rules.entries import Entry, EntryFile, KnowledgeError
from reporter.rules.knowledge import HOME, Knowledge
from reporter.rules.levels import Level
from reporter.rules.symptoms import Named

KINDS: Final = ("do", "dont", "watch_911", "watch_us", "next")
RESULTS: Final = (
    *("emergency", "urgent", "urgent_closed", "call_back", "self_care"),
    *("fine", "undecided", "self_harm", "infant"),
)
OWN_PAGES: Final = ("self_harm", "infant")
"""Emergencies whose page is not the usual one: only lines that name it in `pages` stand there."""


@dataclass(frozen=True)
class Result:
    """One result page's own words; `{emergency}` stands for the clinic's emergency number."""

    id: str
    badge_en: str
    badge_es: str
    title_en: str
    title_es: str
    lead_en: str
    lead_es: str


@dataclass(frozen=True)
class Line(Named):
    """One line of a list, and where it is shown."""

    kind: str
    levels: tuple[Level, ...]
    symptoms: tuple[str, ...]
    unless: tuple[str, ...]
    told: bool
    pages: tuple[str, ...]

    def fits(self, level: Level, reported: Collection[str], page: str = "") -> bool:
        """Whether somebody who was given this level, and reported this, is told it on this page."""
        if self.told and not reported:
            return False
        if (page or self.pages) and page not in self.pages:
            return False
        wanted = not self.symptoms or any(id in reported for id in self.symptoms)
        return level in self.levels and wanted and not any(id in reported for id in self.unless)


@dataclass(frozen=True, eq=False)
class Advice:
    """All that the result pages say, in the order of the file."""

    results: Mapping[str, Result]
    lines: tuple[Line, ...]

    def of(
        self, kind: str, level: Level, reported: Collection[str], page: str = ""
    ) -> tuple[Line, ...]:
        """The lines of one list, for this level, what was reported, and the page of its own."""
        return tuple(
            line for line in self.lines if line.kind == kind and line.fits(level, reported, page)
        )


def load(knowledge: Knowledge, folder: Path = HOME) -> Advice:
    """Read advice.toml; raise KnowledgeError that names the entry and its mend."""
    return read((folder / "advice.toml").read_text(encoding="utf-8"), knowledge)


def read(text: str, knowledge: Knowledge) -> Advice:
    file = EntryFile("advice.toml", text)
    file.expect(("result", "line"))
    results = {one.id: one for one in map(_result, file.entries("result"))}
    for id in RESULTS:
        if id not in results:
            raise KnowledgeError(f"advice.toml: has no [[result]] {id!r}; add it")
    return Advice(results, tuple(_line(entry, knowledge) for entry in file.entries("line")))


def _result(entry: Entry) -> Result:
    id = entry.choice("id", RESULTS)
    result = Result(
        id=id or "",
        badge_en=entry.text("badge_en"),
        badge_es=entry.text("badge_es"),
        title_en=entry.text("title_en"),
        title_es=entry.text("title_es"),
        lead_en=entry.text("lead_en"),
        lead_es=entry.text("lead_es"),
    )
    entry.sources()
    entry.done()
    return result


def _line(entry: Entry, knowledge: Knowledge) -> Line:
    kind = entry.choice("kind", KINDS)
    if kind is None:
        raise entry.wrong(f"has no kind; write one of {', '.join(KINDS)}")
    levels = entry.choices("levels", [level.id for level in Level])
    line = Line(
        id=entry.text("id"),
        en=entry.text("en"),
        es=entry.text("es"),
        kind=kind,
        levels=tuple(Level.from_id(id) for id in levels),
        symptoms=entry.choices("symptoms", knowledge.symptoms),
        unless=entry.choices("unless", knowledge.symptoms),
        told=entry.flag("told"),
        pages=entry.choices("pages", OWN_PAGES),
    )
    entry.sources()
    entry.done()
    if not line.levels:
        raise entry.wrong("is shown on no page; add levels")
    if kind == "dont" and not (line.en.startswith("do not ") and line.es.startswith("no ")):
        raise entry.wrong('must begin with "do not" and "no": it may be read without its heading')
    return line
