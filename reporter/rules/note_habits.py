"""How clinicians list findings in notes: where a denial goes on, and where it has ended.

"No fever, chills or rash was noted" denies all three; "no clubbing, trace edema" and "no
distress, alert" deny the first alone.
"""

import itertools
from collections.abc import Sequence

from reporter.rules.clause import FINITE, JOINS, Clause, Span, Target

_STATES_LIST = """
alert awake oriented afebrile normal normally clear soft supple intact regular stable unremarkable
well good positive atraumatic normocephalic anicteric equal round symmetric symmetrical reactive
moist moving ambulating voiding tolerating lucid calm cooperative pleasant comfortable unchanged
consciente orientado orientada afebril normal normales estable blando blanda depresible conservado
conservada conservados simetrico simetrica eupneico eupneica normocoloreado normohidratado buen
buena
"""
_NOTED_LIST = """
noted seen heard found present identified appreciated observed reported detected evident palpated
palpable elicited demonstrated visualized visible felt apparent mentioned endorsed any
"""
_GRADES_LIST = """
mild mildly moderate moderately severe marked minimal trace slight slightly some occasional
scattered diffuse persistent intermittent chronic increased decreased elevated bilateral small
large leve leves moderado moderada discreto discreta severo severa
"""
_SIGNS_LIST = """
evidence concern concerns suspicion sign signs support findings finding suggestion suspicious
symptoms complaints history basis criteria positive negative concerning features looked searched
evidencia signos criterios datos clinica compatible compatibles relacion relacionado contacto
"""
_BEFALLS_LIST = """
occurs occur develops develop arises arise appears appear persists persist worsens worsen recurs
recur returns return happens happen continues continue begins starts increases aparece aparecen
persiste persisten empeora empeoran reaparece ocurre aumenta
"""

_STATES = frozenset(_STATES_LIST.split())
"""A finding that begins so is a good one: "no distress, alert" does not deny that she is alert."""
_NOTED = frozenset(_NOTED_LIST.split())
_GRADES = frozenset(_GRADES_LIST.split())
_SIGNS = frozenset(_SIGNS_LIST.split())
_COPULAS = frozenset({"is", "are", "was", "were", "es", "esta", "son", "estan"})
_CHOICES = frozenset({"or", "nor", "o", "ni", "u"})
_CHANGES = frozenset({"change", "changes", "cambio", "cambios"})
_FOR_WHAT = frozenset({"for", "para", "por", "con"})
_SPANISH_LIST = "el la los las del con una ni que refiere presenta sin se y en por al su"
_SPANISH = frozenset(_SPANISH_LIST.split())
_THERE = frozenset({"present", "presente", "presentes"})
_BEFALLS = frozenset(_BEFALLS_LIST.split())
_WHENEVER = frozenset({"if", "when", "should", "unless", "si", "cuando"})
_MAYBE = frozenset({"could", "might", "may", "can", "would", "puede", "podria"})
_UNLESS = frozenset({("if", "no"), ("if", "not"), ("si", "no"), ("if", "without")})
_YES = frozenset({"pero", "aunque", "y", ","})
_PREVENTS = frozenset({"prophylaxis", "precautions", "prevention", "screening", "profilaxis"})
_NEEDED = frozenset({("if", "needed"), ("as", "needed"), ("if", "required"), ("si", "precisa")})
_AGED = frozenset({"year", "years", "month", "months", "week", "weeks", "day", "days"})
_RESUMING_LIST = "but although though which that it this these they , and has have"
_RESUMING = frozenset(_RESUMING_LIST.split())


def ends_before(clause: Clause, end: int, target: Target) -> bool:
    """Whether a denial that ends here is over before the finding."""
    between = clause.words[end : target.head]
    asked = clause.words[target.head : target.end]
    if not between or asked[0] == "positive":
        return asked[0] == "positive"
    if not _COPULAS.isdisjoint(asked) or _is_purpose(between):
        return True
    if between[-1] in JOINS and (
        _has_verb_of_its_own(clause, target) or (clause.words[end - 1], *between[1:]) == ("no", "y")
    ):
        return True
    return "," in between and (
        _stands_alone(clause, end, target) or _is_new_clause(clause, end, target)
    )


def _is_purpose(between: Sequence[str]) -> bool:
    """ "Not treated for pain": the pain is there; "no evidence for pain": it is not."""
    return any(
        word in _FOR_WHAT and not _SIGNS.intersection(between[max(0, at - 2) : at])
        for at, word in enumerate(between)
        if at
    )


def _has_verb_of_its_own(clause: Clause, target: Target) -> bool:
    """ "… and the lungs are clear"; but "… and rhonchi are heard" goes on with the list."""
    verb, then = clause.words[target.end], clause.words[target.end + 1 : target.end + 4]
    return verb in FINITE and _NOTED.isdisjoint(then)


def _stands_alone(clause: Clause, end: int, target: Target) -> bool:
    """A good finding or a graded one after a comma, unless the list goes on to an "or"."""
    start = clause.after_comma(end, target.head)
    asked = clause.words[target.head : target.end + 1]
    if asked[0] in _STATES or asked[-1] in _STATES or asked[-2] in _THERE:
        return True
    if not _CHOICES.isdisjoint(clause.words[start : target.end + 6]):
        return False
    first, last = clause.words[start], clause.words[target.head - 1]
    return _is_bare(clause, end) or first in _GRADES or first.isdigit() or last.isdigit()


def _is_bare(clause: Clause, end: int) -> bool:
    """A word of denial that no list follows without "or": "not", and "no" or "sin" in Spanish."""
    word = clause.words[end - 1]
    return word in {"not", "never"} or (
        word in {"no", "sin"} and not _SPANISH.isdisjoint(clause.words)
    )


def _is_new_clause(clause: Clause, end: int, target: Target) -> bool:
    start = clause.after_comma(end, target.head)
    if clause.words[start] in _CHOICES:
        return False
    new = not FINITE.isdisjoint(clause.words[start : target.end])
    return new or _has_verb_of_its_own(clause, target)


def is_asked(clause: Clause, end: int, target: Target) -> bool:
    """What is asked for is itself denied: the change of "no change in hearing", or what is listed
    after it: "no change in vision, diplopia or rash"."""
    if target.head < end <= target.end:
        return True
    listed = clause.words[end : target.head]
    choice = not _CHOICES.isdisjoint(clause.words[end : target.end + 2])
    return clause.words[end - 1] in _CHANGES and choice and "," in listed


def is_resumed(clause: Clause, target: Target, span: Span) -> bool:
    """ "Weakness, although that seemed to have resolved"."""
    return _RESUMING.issuperset(clause.words[target.end : span[0]])


def is_condition(clause: Clause, target: Target) -> bool:
    """ "If fever develops", "si fiebre, acudir", "for clot prophylaxis", "for pain if needed"."""
    before = clause.words[max(0, target.head - 5) : target.head]
    after = tuple(clause.words[target.end : target.end + 2])
    if not _PREVENTS.isdisjoint(after[:1]) or after in _NEEDED:
        return True
    if any(pair in _UNLESS for pair in itertools.pairwise(before)):
        return True
    if before and before[-1] in {"if", "si"}:
        return len(before) < 2 or before[-2] not in _YES
    if _BEFALLS.isdisjoint(after):
        return False
    return not _WHENEVER.isdisjoint(before) or not _MAYBE.isdisjoint(after)


def is_old(clause: Clause, target: Target) -> bool:
    """ "Old stroke"; but a "year old stroke patient" has one now."""
    before = clause.words[max(0, target.head - 2) : target.head]
    return before[-1:] == ("old",) and _AGED.isdisjoint(before)
