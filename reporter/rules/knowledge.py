"""Everything that is known, read strictly from the TOML files into frozen dataclasses.

A file that cannot be trusted raises KnowledgeError and stops the start: a rule engine that answers
"no match" to a misspelt name fails open.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

from reporter.rules.checkin_protocol import CheckinDay, Protocol, most_specific, read_protocols
from reporter.rules.conditions import Condition, read_condition
from reporter.rules.entries import Entry, EntryFile, KnowledgeError
from reporter.rules.levels import Level
from reporter.rules.matching import Compiled, compile_condition
from reporter.rules.proofs import escapes, fires_somewhere, switched_off_by
from reporter.rules.symptoms import Named, Nouns, Symptom, read_named, read_symptoms

__all__ = ["CheckinDay", "Knowledge", "KnowledgeError", "Rule", "load", "read"]

FILES: Final = ("symptoms.toml", "patients.toml", "rules.toml", "checkins.toml")
HOME: Final = Path(__file__).parent


@dataclass(frozen=True)
class Rule:
    """One rule: what it asks, how soon somebody must call, and one plain sentence for the nurse.

    ``reviewed_by`` and ``reviewed_on`` (an ISO date) are empty until a clinician has signed it.
    ``switched_off`` says why a clinic does not want it; such a rule decides nothing.
    """

    id: str
    level: Level
    because: str
    sources: tuple[str, ...]
    reviewed_by: str
    reviewed_on: str
    when: Condition
    compiled: Compiled = field(compare=False, repr=False)
    switched_off: str = ""

    @property
    def source(self) -> str:
        """All sources in one line."""
        return "; ".join(self.sources)

    @cached_property
    def content(self) -> str:
        """A short hash of all that a clinician signs when signing this rule."""
        return _hash(_content(self))


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that is known, each by id in the order of its file.

    ``off`` are the rules that were switched off, which decide nothing.
    ``red_flags`` are the rows of the red-flag page, in order. ``ruleset`` names the content of
    everything that can change a decision or its words; a signature does not change it.
    """

    symptoms: Mapping[str, Symptom]
    areas: Mapping[str, Named]
    factors: Mapping[str, Named]
    rules: tuple[Rule, ...]
    protocols: tuple[Protocol, ...]
    ruleset: str
    off: tuple[Rule, ...] = ()

    @property
    def checkins(self) -> tuple[CheckinDay, ...]:
        """The standard protocol's, for whom no other one is more specific."""
        return self.protocols[0].days

    def protocol(self, product: str, areas: Iterable[str], factors: Iterable[str]) -> Protocol:
        """The check-ins of one treatment."""
        return most_specific(self.protocols, product, tuple(areas), tuple(factors))

    @property
    def red_flags(self) -> tuple[str, ...]:
        """The symptoms that the red-flag page asks for, in its order."""
        return tuple(symptom.id for symptom in self.symptoms.values() if symptom.red_flag)


def load(folder: Path | None = None) -> Knowledge:
    """Read the four files of a folder, by default the product's own.

    Raises KnowledgeError with one sentence that names file, entry and mend.
    """
    home = HOME if folder is None else folder
    return read({name: _text(home / name) for name in FILES})


@cache
def shipped() -> Knowledge:
    """The product's own files, read once a process: nothing in them changes while it runs."""
    return load()


def read(files: Mapping[str, str]) -> Knowledge:
    """The same from texts by file name, as a draft of a rule set is tried."""
    return _read(*(files[name] for name in FILES))


# A draft is read again on each page that shows it; what was read is never changed.
@lru_cache(maxsize=8)
def _read(*texts: str) -> Knowledge:
    opened = {name: EntryFile(name, text) for name, text in zip(FILES, texts, strict=True)}
    opened["symptoms.toml"].expect(["symptom"])
    opened["patients.toml"].expect(["area", "factor"])
    opened["rules.toml"].expect(["rule"])
    opened["checkins.toml"].expect(["checkin"], maybe=["protocol"])
    nouns = Nouns(
        symptoms=read_symptoms(opened["symptoms.toml"]),
        areas=read_named(opened["patients.toml"], "area"),
        factors=read_named(opened["patients.toml"], "factor"),
    )
    written = [_rule(entry, nouns) for entry in opened["rules.toml"].entries("rule")]
    rules = tuple(rule for rule in written if not rule.switched_off)
    off = tuple(rule for rule in written if rule.switched_off)
    _prove(rules, nouns)
    protocols = read_protocols(opened["checkins.toml"], nouns.areas, nouns.factors)
    ruleset = _ruleset(nouns.symptoms, rules)
    return Knowledge(nouns.symptoms, nouns.areas, nouns.factors, rules, protocols, ruleset, off)


def read_rule(text: str, known: Knowledge) -> Rule:
    """One `[[rule]]` by itself, with the symptoms, areas and factors that are known."""
    opened = EntryFile("rules.toml", text)
    (entry,) = opened.entries("rule")
    return _rule(entry, Nouns(dict(known.symptoms), dict(known.areas), dict(known.factors)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path.name}: cannot be read ({error}); put it back") from error


def _rule(entry: Entry, nouns: Nouns) -> Rule:
    level = entry.choice("level", [level.id for level in Level])
    if level is None or level == Level.SELF_CARE.id:
        raise entry.wrong("needs level = call_back, urgent or emergency; self_care needs no rule")
    when = read_condition(entry.table("when"), nouns)
    rule = Rule(
        id=entry.text("id"),
        level=Level.from_id(level),
        because=entry.text("because"),
        sources=entry.sources(),
        reviewed_by=entry.text("reviewed_by", ""),
        reviewed_on=entry.text("reviewed_on", ""),
        when=when,
        compiled=compile_condition(when, nouns.symptoms),
        switched_off=entry.text("switched_off", ""),
    )
    entry.done()
    if not re.fullmatch(r"(\d{4}-\d\d-\d\d)?", rule.reviewed_on):
        raise entry.wrong("reviewed_on must be a date such as 2026-11-20, or empty")
    if bool(rule.reviewed_by) != bool(rule.reviewed_on):
        raise entry.wrong("reviewed_by and reviewed_on need each other; fill or empty both")
    return rule


def _prove(rules: tuple[Rule, ...], nouns: Nouns) -> None:
    seen: dict[Condition, str] = {}
    for rule in rules:
        place = f"rules.toml, rule {rule.id!r}"
        if rule.when in seen:
            raise KnowledgeError(f"{place}: asks the same as {seen[rule.when]!r}; keep one")
        seen[rule.when] = rule.id
        _prove_one(rule, rules, nouns, place)


def _prove_one(rule: Rule, rules: tuple[Rule, ...], nouns: Nouns, place: str) -> None:
    if not fires_somewhere(rule.when, rule.compiled, nouns):
        raise KnowledgeError(f"{place}: can never fire; its keys contradict each other, mend them")
    above = [other.compiled for other in rules if other.level > rule.level]
    if above and not escapes(rule.when, rule.compiled, above, nouns):
        raise KnowledgeError(
            f"{place}: is shadowed, a more urgent rule fires on every report that it fires on; "
            "narrow that rule or take this one out"
        )
    as_urgent = [other.compiled for other in rules if other.level >= rule.level]
    lowering = switched_off_by(rule.when, rule.compiled, as_urgent, nouns)
    if lowering is not None:
        raise KnowledgeError(
            f"{place}: none_of {lowering!r} would lower the level when that symptom is added; "
            "add a rule of this level for it or take it out"
        )


def _ruleset(symptoms: Mapping[str, Symptom], rules: tuple[Rule, ...]) -> str:
    """A short hash of what decides: no matter in which order or layout it was written."""
    content = {
        "symptoms": sorted((vars(symptom) for symptom in symptoms.values()), key=_id),
        "rules": sorted((_content(rule) for rule in rules), key=_id),
    }
    return _hash(content)


def _hash(content: Mapping[str, object]) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _id(entry: Mapping[str, object]) -> str:
    return str(entry["id"])


def _content(rule: Rule) -> dict[str, object]:
    nothing = vars(Condition())
    # A key that asks nothing is left out: one that a later version adds changes no id.
    asked = {key: v for key, v in vars(rule.when).items() if v != nothing[key]}
    when = {key: sorted(v) if isinstance(v, tuple) else v for key, v in asked.items()}
    return {
        "id": rule.id,
        "level": rule.level.id,
        "because": rule.because,
        "sources": list(rule.sources),
        "when": when,
    }
