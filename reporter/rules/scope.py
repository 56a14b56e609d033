"""Whether a finding is present, denied, past, someone else's or only imagined.

After ConText and NegEx: trigger phrases reach over the words that follow (or lead up to) them
until a stop. The triggers are data, in words.*.toml; here are the limits of their reach.
"""

from reporter.rules.clause import Clause, Setting, Target
from reporter.rules.negation import is_negated
from reporter.rules.note_habits import is_condition, is_old

_OWN_LIST = """
i my food water everything tengo mi me no se hablo veo trago respiro siento tuve
"""
_OWN = frozenset(_OWN_LIST.split())
_TURNS = frozenset({",", "and", "y"})
_ASKING = frozenset({"is", "are", "do", "does", "can", "how", "what", "will", "would", "es", "son"})
_OWNERS = frozenset({"my", "this", "these", "mi", "mis"})
_CONDITIONS = frozenset({"if", "si", "case", "caso", "will", "would"})

_THIRD = frozenset({"she", "he", "they", "her", "his", "their", "ella", "el", "ellas", "ellos"})
KIN = {"infant": "infant", "other": "kin", "people": "people"}
_ONWARD = frozenset({"of", "post", "de", "previous", "prior", "former", "previo", "previa"})
"""A past that is told ahead only: "jaundice, no history of stones" is a jaundice of today."""
_UNTOLD = frozenset({"not", "never"})
_OVER = frozenset({"had", "was", "were", "died", "tuvo", "murio", "fallecio"})


def status(clause: Clause, target: Target, setting: Setting, *, strict: bool) -> str:
    """`strict` is for a patient's own text, where unsure counts as present."""
    if is_negated(clause, target, strict=strict):
        return "negated"
    someone = _someone(clause, target, setting, strict=strict)
    if someone:
        return someone if strict or not _is_told_as_over(clause, target) else "someone_else"
    if not setting.affirmed and _is_hypothetical(clause, target, setting, strict=strict):
        return "hypothetical"
    if not strict and is_condition(clause, target):
        return "hypothetical"
    return "past" if _is_past(clause, target, strict=strict) else "present"


def _someone(clause: Clause, target: Target, setting: Setting, *, strict: bool) -> str:
    kin = _kin(clause, target) or _kin_before(clause, setting)
    if not kin or setting.proxy:
        return ""
    if _is_past(clause, target, strict=strict):
        return "someone_else"
    if kin == "infant":
        return "someone_else_now"
    if kin == "people" or any(start >= target.end for start, _ in clause.of("recovered")):
        return "someone_else"
    if setting.now and setting.exposed and not clause.of("also"):
        return ""
    return "someone_else_now" if setting.now else "someone_else"


def _kin_before(clause: Clause, setting: Setting) -> str:
    """Whom the sentences before were about; strangers only where this one says "she"."""
    if _speaks_of_self(clause):
        return ""
    return "" if setting.kin == "people" and _THIRD.isdisjoint(clause.words) else setting.kin


def _is_told_as_over(clause: Clause, target: Target) -> bool:
    """ "Her roommate had influenza last week" says nothing of today."""
    return not _OVER.isdisjoint(clause.words[: target.head])


def _speaks_of_self(clause: Clause) -> bool:
    return bool(clause.of("patient"))


def _kin(clause: Clause, target: Target) -> str:
    for kind in ("infant", "other", "people"):
        for start, end in clause.of(kind):
            related = _relates(clause, start, target)
            told = not related and clause.any_between("says", start, target.head)
            own = clause.any_between("patient", related or end, target.end)
            turned = own or clause.any_between("other_stop", related or end, target.head)
            named = kind != "infant" and any(map(target.owns, range(start, end)))
            if start < target.end and not named and not told and not turned:
                return KIN[kind]
            after = target.end <= start <= target.end + 4
            if after and clause.any_between("happened_to", target.end, start + 1):
                return "kin"
    return ""


def _relates(clause: Clause, start: int, target: Target) -> int:
    """Where "told me that she" has ended: what follows is hers. 0 where nobody tells of himself.

    "He says he noticed my lid" tells of somebody else again.
    """
    spans = [span for span in clause.of("relates") if start <= span[0] < target.head]
    end = max((end for _, end in spans), default=0)
    return 0 if end and clause.any_between("says", end, target.head) else end


def _is_past(clause: Clause, target: Target, *, strict: bool) -> bool:
    if clause.of("recurs"):
        return False
    if not strict and is_old(clause, target):
        return True
    for start, end in clause.told("past", strict=strict):
        if start >= target.end and clause.words[end - 1] in _ONWARD:
            continue
        if start and clause.words[start - 1] in _UNTOLD:
            continue
        if target.skipped and set(range(start, end)) <= set(target.skipped):
            return True  # told between its parts: "she fainted years ago, turned blue"
        low, high = (end, target.head) if end <= target.head else (target.end, start)
        if low <= high and not clause.any_between("past_stop", low, high):
            return True
    return False


def _turns(clause: Clause, end: int, target: Target) -> bool:
    """After a comma or colon the writer speaks of himself: "not sure if it's that, I have …"."""
    between = clause.words[end : target.end]
    for at, word in enumerate(between[:-1]):
        if word == ":" or (word in _TURNS and between[at + 1] in _OWN):
            return True
    return False


def _is_hypothetical(clause: Clause, target: Target, setting: Setting, *, strict: bool) -> bool:
    if clause.of("not_hypothetical"):
        return False
    if clause.of("question") and clause.words[0] in _ASKING and not clause.of("patient"):
        return True
    if setting.well and clause.of("promise"):
        return True
    owned = target.head > 0 and clause.words[target.head - 1] in _OWNERS
    return any(
        (end <= target.head or start < target.head < end)
        and not clause.any_between("stop", end, target.head)
        and not _turns(clause, end, target)
        and (not owned or not _CONDITIONS.isdisjoint(clause.words[start:end]))
        for start, end in clause.told("hypothetical", strict=strict)
    )
