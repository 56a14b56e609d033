"""What a rule may ask of a report: a small, declarative list of keys, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reporter.rules.entries import Entry
from reporter.rules.levels import DOMAINS, EXTENTS, SEVERITIES, SIDES, TRENDS, Severity
from reporter.rules.symptoms import Nouns, Symptom

NOT_ASKED: Final = "not_asked"
"""Stands in a condition's ``extent`` where the rule shall also hold if nobody asked."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """All that is stated must hold. Days count from the treatment; windows include both ends.

    The first block is about ONE reported symptom, the sign; the second about the whole report.
    """

    any_of: tuple[str, ...] = ()
    any_symptom: bool = False
    severity_at_least: Severity | None = None
    onset_from: int | None = None
    onset_to: int | None = None
    past_usual: bool = False
    trend: tuple[str, ...] = ()
    side: tuple[str, ...] = ()
    extent: tuple[str, ...] = ()
    covers_pupil: bool | None = None
    eye_closes: bool | None = None
    sight_changed: bool | None = None
    unless_fluids_pass: bool = False
    words_deny: bool = False
    answered_no: bool = False

    all_of: tuple[str, ...] = ()
    with_any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    last_any_of: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    domains_at_least: int = 0
    day_from: int | None = None
    day_to: int | None = None
    areas: tuple[str, ...] = ()
    none_of_areas: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    words_of_another: tuple[str, ...] = ()
    unsure_red_flag: bool = False
    call_me: bool = False
    free_text: bool = False


ABOUT_THE_SIGN: Final = (
    *("severity_at_least", "onset_from", "onset_to", "past_usual", "trend", "side", "extent"),
    *("covers_pupil", "eye_closes", "sight_changed", "unless_fluids_pass"),
    *("words_deny", "answered_no"),
)
"""The keys that need a sign to be about: ``any_of``, ``any_domain`` or ``any_symptom``."""


def read_condition(entry: Entry, nouns: Nouns) -> Condition:
    """Read a rule's ``when``. Domains are written out as their symptoms.

    Raises KnowledgeError for an unknown key or id, and for what contradicts itself.
    """
    condition = Condition(
        **_about_the_sign(entry, nouns),
        **_about_the_report(entry, nouns),
        **_about_the_treatment(entry, nouns),
    )
    entry.done()
    _check(entry, condition)
    return condition


def _about_the_sign(entry: Entry, nouns: Nouns) -> dict[str, Any]:
    severity = entry.choice("severity_at_least", SEVERITIES)
    return {
        "any_of": _with_domain(entry, "any_of", "any_domain", nouns.symptoms),
        "any_symptom": entry.flag("any_symptom"),
        "severity_at_least": None if severity is None else Severity.from_id(severity),
        "onset_from": entry.whole("onset_from"),
        "onset_to": entry.whole("onset_to"),
        "past_usual": entry.flag("past_usual"),
        "trend": entry.choices("trend", TRENDS),
        "side": entry.choices("side", SIDES),
        "extent": entry.choices("extent", (*EXTENTS, NOT_ASKED)),
        "covers_pupil": entry.answer("covers_pupil"),
        "eye_closes": entry.answer("eye_closes"),
        "sight_changed": entry.answer("sight_changed"),
        "unless_fluids_pass": entry.flag("unless_fluids_pass"),
        "words_deny": entry.flag("words_deny"),
        "answered_no": entry.flag("answered_no"),
    }


def _about_the_report(entry: Entry, nouns: Nouns) -> dict[str, Any]:
    symptoms = nouns.symptoms
    return {
        "all_of": entry.choices("all_of", symptoms),
        "with_any_of": _with_domain(entry, "with_any_of", "with_any_domain", symptoms),
        "none_of": entry.choices("none_of", symptoms),
        "last_any_of": _with_domain(entry, "last_any_of", "last_any_domain", symptoms),
        "domains": entry.choices("domains", DOMAINS),
        "domains_at_least": entry.whole("domains_at_least", least=1) or 0,
        "words": entry.choices("words", (*symptoms, *nouns.factors)),
        "words_of_another": entry.choices("words_of_another", symptoms),
        "unsure_red_flag": entry.flag("unsure_red_flag"),
        "call_me": entry.flag("call_me"),
        "free_text": entry.flag("free_text"),
    }


def _about_the_treatment(entry: Entry, nouns: Nouns) -> dict[str, Any]:
    return {
        "day_from": entry.whole("day_from"),
        "day_to": entry.whole("day_to"),
        "areas": entry.choices("areas", nouns.areas),
        "none_of_areas": entry.choices("none_of_areas", nouns.areas),
        "factors": entry.choices("factors", nouns.factors),
        "products": entry.texts("products"),
        "lots": entry.texts("lots"),
    }


def _with_domain(
    entry: Entry, ids_key: str, domains_key: str, symptoms: Mapping[str, Symptom]
) -> tuple[str, ...]:
    named = entry.choices(ids_key, symptoms)
    domains = entry.choices(domains_key, DOMAINS)
    in_domain = (known.id for known in symptoms.values() if known.domain in domains)
    return tuple(dict.fromkeys((*named, *in_domain)))


def _check(entry: Entry, asked: Condition) -> None:
    """Refuse what can never hold or says nothing, with the mend."""
    if asked == Condition():
        raise entry.wrong("asks nothing, so it would fire on every report; add a key")
    if asked.any_of and asked.any_symptom:
        raise entry.wrong("any_symptom makes any_of useless; take one of them out")
    if not asked.any_of and not asked.any_symptom:
        _check_no_sign(entry, asked)
    if bool(asked.domains) != bool(asked.domains_at_least):
        raise entry.wrong("domains and domains_at_least need each other; add the missing one")
    if asked.domains_at_least > len(asked.domains):
        raise entry.wrong("can never fire: domains_at_least is more than the domains listed")
    _check_window(entry, "onset", asked.onset_from, asked.onset_to)
    _check_window(entry, "day", asked.day_from, asked.day_to)


def _check_no_sign(entry: Entry, asked: Condition) -> None:
    for key in ABOUT_THE_SIGN:
        if getattr(asked, key) != getattr(Condition(), key):
            raise entry.wrong(f"{key} needs a symptom to be about; add any_of or any_symptom")


def _check_window(entry: Entry, what: str, first: int | None, last: int | None) -> None:
    if first is not None and last is not None and first > last:
        raise entry.wrong(f"can never fire: {what}_from {first} is after {what}_to {last}")
