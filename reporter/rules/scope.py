"""Whether a finding is present, denied, past, someone else's or only imagined.

After ConText and NegEx: trigger phrases reach over the words that follow (or lead up to) them
until a stop. The triggers are data, in words.*.toml; here are the limits of their reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
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
_FINITE_LIST = """
is are was were has have had feels feel hurts aches stings swells burns throbs itches droops
drops twitches looks keeps goes gets comes started starts wont persists remains continues
developed reports complains hangs am cannot still now just only but i my es esta estan tengo
tiene siento duele arde sigue puedo puede hablo tuve veo cuesta respiro trago falta se cae
ahora pero mi me
"""


_SUBJECTS = frozenset(_SUBJECTS_LIST.split())
_LEADS = frozenset(_LEADS_LIST.split())
_FINITE = frozenset(_FINITE_LIST.split())
_OWN = frozenset({"i", "my", "tengo", "mi", "me", "food", "water", "everything"})
_TURNS = frozenset({",", "and", "y"})
_ASKING = frozenset({"is", "are", "do", "does", "can", "how", "what", "will", "would", "es", "son"})
_OWNERS = frozenset({"my", "this", "these", "mi", "mis"})
_CONDITIONS = frozenset({"if", "si", "case", "caso", "will", "would"})
_OWN_VERB = frozenset({"is", "are", "keeps", "gets", "wont", "esta", "estan", "feels"})
_JOINS = frozenset({"and", "y", "e"})


@dataclass(frozen=True, slots=True)
class Target:
    """Words start to end; `head` is where its scope begins; `skipped` lie between its parts.

    A statement that something is fine is denied only from close by ("not breathing fine").
    """

    start: int
    end: int
    head: int
    skipped: tuple[int, ...] = ()
    statement: bool = False

    def owns(self, at: int) -> bool:
        return self.head <= at < self.end and at not in self.skipped


@dataclass(frozen=True)
class Clause:
    """One sentence with the triggers found in it."""

    words: Sequence[str]
    triggers: Mapping[str, Sequence[Span]]
    owned: frozenset[int]
    """Words that are part of a finding: the "no" of "no energy" denies nothing else."""

    def of(self, kind: str) -> Sequence[Span]:
        return self.triggers.get(kind, ())

    def any_between(self, kind: str, start: int, end: int) -> bool:
        return any(start <= s < end for s, _ in self.of(kind))


@dataclass(frozen=True, slots=True)
class Setting:
    """What the whole text says about who is meant and when."""

    proxy: bool
    exposed: bool
    now: bool
    affirmed: bool
    """"I have that": what was asked about is so."""
    kin: str
    """Who the sentences before were about: "", "kin" or "infant"."""


def status(clause: Clause, target: Target, setting: Setting, *, strict: bool) -> str:
    """`strict` is for a patient's own text, where unsure counts as present."""
    if is_negated(clause, target, strict=strict):
        return "negated"
    someone = _someone(clause, target, setting)
    if someone:
        return someone
    if not setting.affirmed and _is_hypothetical(clause, target):
        return "hypothetical"
    return "past" if _is_past(clause, target) else "present"


def is_negated(clause: Clause, target: Target, *, strict: bool = True) -> bool:
    pseudo = clause.of("not_negation")
    for kind in ("negation", "negation_verb"):
        for start, end in clause.of(kind):
            if any(s <= start and end <= e for s, e in pseudo):
                continue
            if start in target.skipped:
                return True
            free = not any(at in clause.owned for at in range(start, end))
            if free and end <= target.head and _reaches(clause, end, target, kind, strict=strict):
                return True
    return any(
        target.end <= start <= target.end + AFTER_REACH
        and not any(s <= start and end <= e for s, e in pseudo)
        and not _stopped(clause, target.end, start)
        for start, end in clause.of("negation_after")
    )


def _stopped(clause: Clause, start: int, end: int) -> bool:
    return clause.any_between("stop", start, end) or any(
        word in _SUBJECTS and clause.words[at - 1] not in _LEADS
        for at, word in enumerate(clause.words[start:end], start)
        if at > start
    )


def _reaches(clause: Clause, end: int, target: Target, kind: str, *, strict: bool) -> bool:
    """Whether a negation that ends here still holds at the target."""
    if clause.any_between("stop", end, target.head) or _stopped(clause, end, target.head):
        return False
    between = clause.words[end : target.head]
    finite = not _OWN_VERB.isdisjoint(clause.words[end : target.end])
    if strict and kind == "negation" and finite:
        return False
    if target.statement and ("," in between or len(between) > 3):
        return False
    if (
        strict
        and kind == "negation"
        and between
        and between[-1] in _JOINS
        and ("," not in between and len(between) > 1)
    ):
        return False
    return "," not in between or not _new_clause(clause, end, target)


def _new_clause(clause: Clause, end: int, target: Target) -> bool:
    """After the last comma a verb of its own: "no fever, lid droops" denies only the fever."""
    commas = [at for at in range(end, target.head) if clause.words[at] == ","]
    segment = clause.words[commas[-1] + 1 : target.end + 1]
    return any(word in _FINITE for word in segment)


def _someone(clause: Clause, target: Target, setting: Setting) -> str:
    kin = _kin(clause, target) or (setting.kin if not _speaks_of_self(clause) else "")
    if not kin or setting.proxy:
        return ""
    if _is_past(clause, target):
        return "someone_else"
    if kin == "infant":
        return "someone_else_now"
    if setting.now and setting.exposed and not clause.of("also"):
        return ""
    return "someone_else_now" if setting.now else "someone_else"


def _speaks_of_self(clause: Clause) -> bool:
    return bool(clause.of("patient"))


def _kin(clause: Clause, target: Target) -> str:
    for kind in ("infant", "other"):
        for start, end in clause.of(kind):
            told = clause.any_between("says", start, target.head)
            own = clause.any_between("patient", end, target.end)
            turned = own or clause.any_between("other_stop", end, target.head)
            if start < target.end and not told and not turned:
                return "infant" if kind == "infant" else "kin"
            after = target.end <= start <= target.end + 4
            if after and clause.any_between("happened_to", target.end, start + 1):
                return "kin"
    return ""


def _is_past(clause: Clause, target: Target) -> bool:
    if clause.of("recurs"):
        return False
    for start, end in clause.of("past"):
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


def _is_hypothetical(clause: Clause, target: Target) -> bool:
    if clause.of("not_hypothetical"):
        return False
    if clause.of("question") and clause.words[0] in _ASKING and not clause.of("patient"):
        return True
    owned = target.head > 0 and clause.words[target.head - 1] in _OWNERS
    return any(
        end <= target.head
        and not clause.any_between("stop", end, target.head)
        and not _turns(clause, end, target)
        and (not owned or not _CONDITIONS.isdisjoint(clause.words[start:end]))
        for start, end in clause.of("hypothetical")
    )
