"""The patient's own words, cut at each reading, so that a nurse sees what was read and how."""

from collections.abc import Sequence
from dataclasses import dataclass

from reporter.rules.knowledge import Knowledge
from reporter.rules.mention import Mention
from reporter.web import staff_words

STATUSES = {
    "present": "read as now",
    "negated": "read as denied",
    "past": "read as past",
    "someone_else": "read as somebody else's",
    "someone_else_now": "read as somebody else's, now",
    "hypothetical": "read as a question or a worry",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of the text. `status` and `says` are empty where nothing was read."""

    text: str
    status: str = ""
    says: str = ""


def marked(knowledge: Knowledge, words: str, mentions: Sequence[Mention]) -> tuple[Piece, ...]:
    """The whole text in order. Readings that overlap make one mark, which names them all."""
    pieces, at = [], 0
    for start, end, group in _groups(mentions):
        if start > at:
            pieces.append(Piece(words[at:start]))
        says = "; ".join(_says(knowledge, one) for one in group)
        pieces.append(Piece(words[start:end], _loudest(group), says))
        at = end
    if words[at:]:
        pieces.append(Piece(words[at:]))
    return tuple(pieces)


def _groups(mentions: Sequence[Mention]) -> list[tuple[int, int, list[Mention]]]:
    groups: list[tuple[int, int, list[Mention]]] = []
    for one in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if groups and one.start < groups[-1][1]:
            start, end, group = groups[-1]
            groups[-1] = (start, max(end, one.end), [*group, one])
        else:
            groups.append((one.start, one.end, [one]))
    return groups


def _loudest(group: Sequence[Mention]) -> str:
    """What is happening now must not hide behind a denial in the same words."""
    return min((one.status for one in group), key=list(STATUSES).index)


def _says(knowledge: Knowledge, one: Mention) -> str:
    known = one.symptom in knowledge.symptoms
    name = staff_words.symptom if known else staff_words.factor
    return f"{name(knowledge, one.symptom)}: {STATUSES[one.status]}"
