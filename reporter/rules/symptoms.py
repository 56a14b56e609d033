"""The nouns of a report: symptoms, injected areas and patient factors, with their plain names."""

from __future__ import annotations

from dataclasses import dataclass

from reporter.rules.entries import Entry, EntryFile
from reporter.rules.levels import DOMAINS


@dataclass(frozen=True)
class Named:
    """An area or a patient factor, with its plain English and Spanish name."""

    id: str
    en: str
    es: str


@dataclass(frozen=True)
class Symptom(Named):
    """A symptom. Its plain names fit "You told us you have …" / "Usted nos dijo que tiene …".

    ``clinical`` is the clinician's term. ``domain`` is what distant spread is counted by, or None.
    ``usual_until_day`` is the last day after treatment on which it is still usual, or None where
    no time is usual. ``red_flag`` marks the rows of the red-flag page. ``routine`` says why no
    rule names it, where none does on purpose.
    """

    clinical: str
    domain: str | None
    usual_until_day: int | None
    red_flag: bool
    routine: str
    source: str


@dataclass(frozen=True)
class Nouns:
    """What a rule may speak of, each by id in the order of its file."""

    symptoms: dict[str, Symptom]
    areas: dict[str, Named]
    factors: dict[str, Named]


def read_symptoms(file: EntryFile) -> dict[str, Symptom]:
    """All symptoms by id, in the order of the file; KnowledgeError for what cannot be trusted."""
    return {symptom.id: symptom for symptom in map(_symptom, file.entries("symptom"))}


def read_named(file: EntryFile, kind: str) -> dict[str, Named]:
    """All areas or factors by id, in the order of the file."""
    return {named.id: named for named in map(_named, file.entries(kind))}


def _symptom(entry: Entry) -> Symptom:
    symptom = Symptom(
        id=entry.text("id"),
        en=entry.text("en"),
        es=entry.text("es"),
        clinical=entry.text("clinical"),
        domain=entry.choice("domain", DOMAINS),
        usual_until_day=entry.whole("usual_until_day"),
        red_flag=entry.flag("red_flag"),
        routine=entry.text("routine", ""),
        source="; ".join(entry.sources()),
    )
    entry.done()
    return symptom


def _named(entry: Entry) -> Named:
    named = Named(id=entry.text("id"), en=entry.text("en"), es=entry.text("es"))
    entry.done()
    return named
