"""How common a mild effect is and when it usually fades: expected_rates.toml, read strictly.

What rests on nothing but clinical judgement is kept for staff and never told to a patient.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from reporter.rules.entries import Entry, EntryFile, KnowledgeError
from reporter.rules.knowledge import HOME, Knowledge
from reporter.rules.levels import JUDGEMENT
from reporter.rules.symptoms import Named


@dataclass(frozen=True)
class Effect(Named):
    """One symptom as "… people get" says it. `gone_by_day` is None where no source says a day."""

    gone_by_day: int | None
    sourced: bool


@dataclass(frozen=True)
class Rate:
    """How many of a thousand people get it: of any product and area, or of these alone."""

    id: str
    symptom: str
    per_1000: int
    products: tuple[str, ...]
    areas: tuple[str, ...]
    sourced: bool

    def fits(self, product: str, areas: Collection[str]) -> bool:
        named = any(one in product.casefold() for one in self.products)
        treated = any(one in areas for one in self.areas)
        return (named or not self.products) and (treated or not self.areas)


@dataclass(frozen=True, eq=False)
class Expected:
    """What may be expected, by symptom."""

    effects: Mapping[str, Effect]
    rates: tuple[Rate, ...]

    def effect(self, symptom: str) -> Effect | None:
        """What a patient may be told of this symptom; None where nothing is sourced."""
        found = self.effects.get(symptom)
        return found if found and found.sourced else None

    def rate(self, symptom: str, product: str, areas: Collection[str]) -> Rate | None:
        """The rate that a patient may be told: the one that names most of this treatment."""
        fitting = [
            one
            for one in self.rates
            if one.symptom == symptom and one.sourced and one.fits(product, areas)
        ]
        return max(fitting, key=_narrowness, default=None)


def _narrowness(rate: Rate) -> tuple[bool, bool, int]:
    """Product before area; of two alike the more frequent, which promises less."""
    return bool(rate.products), bool(rate.areas), rate.per_1000


def load(knowledge: Knowledge, folder: Path = HOME) -> Expected:
    """Read expected_rates.toml; raise KnowledgeError that names the entry and its mend."""
    return read((folder / "expected_rates.toml").read_text(encoding="utf-8"), knowledge)


def read(text: str, knowledge: Knowledge) -> Expected:
    file = EntryFile("expected_rates.toml", text)
    file.expect(("effect", "rate"))
    effects = {one.id: one for one in (_effect(e, knowledge) for e in file.entries("effect"))}
    rates = tuple(_rate(entry, effects, knowledge) for entry in file.entries("rate"))
    plain: dict[tuple[object, ...], str] = {}
    for one in rates:
        told = (one.symptom, one.products, one.areas)
        if told in plain:
            raise KnowledgeError(
                f"expected_rates.toml, rate {one.id!r}: says again what {plain[told]!r} says; "
                "keep one"
            )
        plain[told] = one.id
    return Expected(effects, rates)


def _effect(entry: Entry, knowledge: Knowledge) -> Effect:
    symptom = knowledge.symptoms[_needed(entry, "id", knowledge.symptoms)]
    if symptom.red_flag:
        raise entry.wrong("is a warning sign: nobody may be told that it is common; take it out")
    by_day = entry.whole("gone_by_day")
    usual = symptom.usual_until_day
    if by_day is not None and (usual is None or by_day > usual):
        raise entry.wrong(
            f"gone_by_day is later than usual_until_day in symptoms.toml ({usual}), after which "
            "a nurse calls; make it that day or earlier"
        )
    effect = Effect(
        id=symptom.id,
        en=entry.text("en"),
        es=entry.text("es"),
        gone_by_day=by_day,
        sourced=_is_sourced(entry),
    )
    entry.done()
    return effect


def _rate(entry: Entry, effects: Mapping[str, Effect], knowledge: Knowledge) -> Rate:
    per_1000 = entry.whole("per_1000", least=1)
    if per_1000 is None or per_1000 > 1000:
        raise entry.wrong("needs per_1000, a whole number from 1 to 1000; add it")
    products = entry.texts("products")
    if any(one != one.casefold() for one in products):
        raise entry.wrong("products must be written in small letters; a part of the name is enough")
    rate = Rate(
        id=entry.text("id"),
        symptom=_needed(entry, "symptom", effects),
        per_1000=per_1000,
        products=products,
        areas=entry.choices("areas", knowledge.areas),
        sourced=_is_sourced(entry),
    )
    entry.done()
    return rate


def _needed(entry: Entry, key: str, known: Collection[str]) -> str:
    id = entry.choice(key, known)
    if id is None:
        raise entry.wrong(f"has no {key}; add one")
    return id


def _is_sourced(entry: Entry) -> bool:
    return any(one != JUDGEMENT for one in entry.sources())
