"""A sentence with the triggers found in it, and a finding in it whose status is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
_FINITE_LIST = """
is are was were has have had feels feel hurts aches stings swells burns throbs itches droops
drops twitches looks keeps goes gets comes started starts wont persists remains continues
remained continued became appears appeared seems seemed underwent tolerated responded
developed reports complains hangs am cannot still now just only but i my es esta estan tengo
tiene siento duele arde sigue puedo puede hablo tuve veo cuesta respiro trago falta se cae
ahora pero mi me presenta refiere permanece
"""
FINITE = frozenset(_FINITE_LIST.split())
"""Words that only a clause of its own has."""
JOINS = frozenset({"and", "y", "e"})


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
    raw: Sequence[str] = ()
    """The words as written: there a bracket is a bracket."""

    def of(self, kind: str) -> Sequence[Span]:
        return self.triggers.get(kind, ())

    def told(self, kind: str, *, strict: bool) -> Sequence[Span]:
        """The triggers of a kind, with those that only a note has when one is read."""
        own = self.triggers.get(f"note_{kind}") if not strict else None
        return (*self.of(kind), *own) if own else self.of(kind)

    def after_comma(self, start: int, end: int) -> int:
        """Where the words after the last comma or colon between begin; else `start`."""
        commas = [at for at in range(start, end) if self.words[at] in {",", ":"}]
        return commas[-1] + 1 if commas else start

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
    well: bool
    """"I am fine": the writer says how things are."""
    kin: str
    """Who the sentences before were about: "", "kin", "infant" or "people" whom nobody knows."""
