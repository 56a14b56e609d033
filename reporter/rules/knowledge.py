"""Everything that is known, read strictly from the TOML files into frozen dataclasses.

A file that cannot be trusted raises KnowledgeError and stops the start: a rule engine that answers
"no match" to a misspelt name fails open.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

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
    """

    id: str
    level: Level
    because: str
    sources: tuple[str, ...]
    reviewed_by: str
    reviewed_on: str
    when: Condition
    compiled: Compiled = field(compare=False, repr=False)

    @property
    def source(self) -> str:
        """All sources in one line."""
        return "; ".join(self.sources)


@dataclass(frozen=True)
class CheckinDay:
    """One check-in of the protocol. Hours are the clinic's local time, ``HH:MM``.

    ``exact``: goes out on that very day; otherwise on the nearest open day. ``window_hours``: how
    long after its time it may still go out; after that it is missed and never sent late.
    """

    day: int
    hour: str
    exact: bool
    reminder_hour: str | None
    window_hours: int
    wording: str
    because: str
    source: str


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that is known, each by id in the order of its file.

    ``red_flags`` are the rows of the red-flag page, in order. ``ruleset`` names the content of
    everything that can change a decision or its words; a signature does not change it.
    """

    symptoms: Mapping[str, Symptom]
    areas: Mapping[str, Named]
    factors: Mapping[str, Named]
    rules: tuple[Rule, ...]
    checkins: tuple[CheckinDay, ...]
    ruleset: str

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
    opened = {name: EntryFile(name, files[name]) for name in FILES}
    opened["symptoms.toml"].expect(["symptom"])
    opened["patients.toml"].expect(["area", "factor"])
    opened["rules.toml"].expect(["rule"])
    opened["checkins.toml"].expect(["checkin"])
    nouns = Nouns(
        symptoms=read_symptoms(opened["symptoms.toml"]),
        areas=read_named(opened["patients.toml"], "area"),
        factors=read_named(opened["patients.toml"], "factor"),
    )
    rules = tuple(_rule(entry, nouns) for entry in opened["rules.toml"].entries("rule"))
    _prove(rules, nouns)
    checkins = tuple(_checkin(e) for e in opened["checkins.toml"].entries("checkin", key="day"))
    _check_protocol(checkins)
    ruleset = _ruleset(nouns.symptoms, rules)
    return Knowledge(nouns.symptoms, nouns.areas, nouns.factors, rules, checkins, ruleset)


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


def _checkin(entry: Entry) -> CheckinDay:
    reminder = entry.text("reminder_hour", "")
    checkin = CheckinDay(
        day=_needed(entry, "day"),
        hour=_hour(entry, entry.text("hour")),
        exact=entry.flag("exact"),
        reminder_hour=_hour(entry, reminder) if reminder else None,
        window_hours=_needed(entry, "window_hours"),
        wording=entry.text("wording"),
        because=entry.text("because"),
        source="; ".join(entry.sources()),
    )
    entry.done()
    return checkin


def _needed(entry: Entry, key: str) -> int:
    value = entry.whole(key, least=1)
    if value is None:
        raise entry.wrong(f"has no {key}; add one")
    return value


def _hour(entry: Entry, text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise entry.wrong(f"{text!a:.20} is not an hour; write it as 10:30")
    return text


def _check_protocol(checkins: tuple[CheckinDay, ...]) -> None:
    for first, second in pairwise(checkins):
        place = f"checkins.toml, checkin {second.day}"
        if second.day <= first.day:
            raise KnowledgeError(f"{place}: stands after day {first.day}; sort the days")
        if first.window_hours > 24 * (second.day - first.day):
            raise KnowledgeError(f"{place}: begins before the window of day {first.day} has ended")


def _ruleset(symptoms: Mapping[str, Symptom], rules: tuple[Rule, ...]) -> str:
    """A short hash of what decides: no matter in which order or layout it was written."""
    content = {
        "symptoms": sorted((asdict(symptom) for symptom in symptoms.values()), key=_id),
        "rules": sorted((_content(rule) for rule in rules), key=_id),
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _id(entry: Mapping[str, object]) -> str:
    return str(entry["id"])


def _content(rule: Rule) -> dict[str, object]:
    when = {key: sorted(v) if isinstance(v, tuple) else v for key, v in asdict(rule.when).items()}
    return {
        "id": rule.id,
        "level": rule.level.id,
        "because": rule.because,
        "sources": list(rule.sources),
        "when": when,
    }
