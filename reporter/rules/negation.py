"""Whether a finding is denied, and how far a word of denial reaches. After NegEx.

`strict` is for a patient's own text, where doubt counts as present. Notes of clinicians list
findings in a habit of their own: there "no fever and chills" denies both.
"""

from reporter.rules.clause import FINITE, JOINS, Clause, Span, Target
from reporter.rules.note_habits import ends_before, is_asked, is_resumed

AFTER_REACH = 8
_SUBJECTS_LIST = """
i we he she it they my there theres yo el ella mi mis tengo me
"""
_LEADS_LIST = """
in on of around with to from at near under over above behind for that or nor and into by
notice noticed notices see seen seeing feel felt feeling think thought had have has having
found says say believe if like during when en de con por que ni o a del al sobre bajo creo
noto notado siento
"""

_SUBJECTS = frozenset(_SUBJECTS_LIST.split())
_LEADS = frozenset(_LEADS_LIST.split())
_OWN_VERB = frozenset({"is", "are", "keeps", "gets", "wont", "esta", "estan", "feels"})
_THIRD = frozenset({"he", "she", "patient"})
_TURNED = frozenset({"negative", "out", "free", "negativo", "negativa", "libre"})
_AND_SO = ((",", "and"), (",", "y"))
_FOR = frozenset({"for", "of", "against", "para", "de"})
_OPENS, _CLOSES = frozenset("(["), frozenset(")]")


def is_negated(clause: Clause, target: Target, *, strict: bool = True) -> bool:
    for kind in ("negation", "negation_verb"):
        for span in clause.of(kind):
            if _denies(clause, span, target, kind, strict):
                return True
    return any(
        target.end <= span[0] <= target.end + AFTER_REACH
        and not _is_pseudo(clause, span, target, strict)
        and not _is_onward(clause, span[1])
        and (
            not _stopped(clause, target.end, span[0])
            or (not strict and is_resumed(clause, target, span))
        )
        for span in clause.of("negation_after")
    )


def _is_onward(clause: Clause, end: int) -> bool:
    """ "The scan was negative for a clot" denies the clot, not the scan."""
    return clause.words[end - 1] in _TURNED and clause.words[end] in _FOR


def _denies(clause: Clause, span: Span, target: Target, kind: str, strict: bool) -> bool:
    start, end = span
    if _is_pseudo(clause, span, target, strict):
        return False
    if start in target.skipped:
        return True
    if end > target.head or any(at in clause.owned for at in range(start, end)):
        return False
    if not strict and start and clause.words[start - 1] in {"if", "si"}:
        return False
    return _reaches(clause, end, target, kind, strict=strict)


def _is_pseudo(clause: Clause, trigger: Span, target: Target, strict: bool) -> bool:
    """ "No change in …", "does not only …": a denial of something else than what follows."""
    pseudo = clause.of("not_negation")
    if not pseudo:
        return False
    first, last = trigger[0], trigger[1] - 1
    if clause.words[last] == "not":
        first = last
    return any(
        start <= first and last < end and (strict or not is_asked(clause, end, target))
        for start, end in pseudo
    )


def _stopped(clause: Clause, start: int, end: int) -> bool:
    if end <= start:
        return False
    if any(start <= at < end and not _is_reported(clause, at) for at, _ in clause.of("stop")):
        return True
    return _leaves_brackets(clause, start, end) or any(
        word in _SUBJECTS and clause.words[at - 1] not in _LEADS
        for at, word in enumerate(clause.words[start + 1 : end], start + 1)
    )


def _is_reported(clause: Clause, at: int) -> bool:
    """ "No evidence that the patient has …": the new subject does not end what is denied."""
    return clause.words[at] in _THIRD and "that" in clause.words[max(0, at - 2) : at]


def _leaves_brackets(clause: Clause, start: int, end: int) -> bool:
    """What is said in brackets, or in an item "2)" of a list, holds there alone."""
    pieces = clause.raw[start:end]
    if ")" not in pieces and "]" not in pieces:
        return False
    depth = 0
    for piece in pieces:
        depth += (piece in _OPENS) - (piece in _CLOSES)
        if depth < 0:
            return True
    return False


def _reaches(clause: Clause, end: int, target: Target, kind: str, *, strict: bool) -> bool:
    """Whether a negation that ends here still holds at the target."""
    if _stopped(clause, end, target.head):
        return False
    between = clause.words[end : target.head]
    if clause.words[end - 1] == "non" and between:
        return False
    if target.statement and ("," in between or len(between) > 3 or _is_answer(clause, target)):
        return False
    if not strict:
        return not ends_before(clause, end, target)
    if kind == "negation" and (_is_cut_off(clause, end) or _is_doubtful(clause, end, target)):
        return False
    cut = "," in between or ":" in between
    return not cut or not _is_new_clause(clause, end, target)


def _is_answer(clause: Clause, target: Target) -> bool:
    """In "no slurred speech, no aches" the first "no" does not deny "speech: no"."""
    return not {",", ":"}.isdisjoint(clause.words[target.start : target.end])


def _is_cut_off(clause: Clause, end: int) -> bool:
    """ "One half moves, the other does not, and the brow is low": what was denied went before."""
    return (end > 1 and clause.words[end] in JOINS) or clause.words[end : end + 2] in _AND_SO


def _is_doubtful(clause: Clause, end: int, target: Target) -> bool:
    """A patient's "no redness and swelling", "no fever lid is droopy"."""
    if not _OWN_VERB.isdisjoint(clause.words[end : target.end]):
        return True
    between = clause.words[end : target.head]
    return len(between) > 1 and between[-1] in JOINS and "," not in between


def _is_new_clause(clause: Clause, end: int, target: Target) -> bool:
    """After the last comma a verb of its own: "no fever, lid droops" denies only the fever."""
    start = clause.after_comma(end, target.head)
    return not FINITE.isdisjoint(clause.words[start : target.end + 1])
