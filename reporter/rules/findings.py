"""What a sentence names: the phrases of the lists found in it, one reading for each place."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from reporter.rules.clause import Clause, Span, Target
from reporter.rules.frames import Frame
from reporter.rules.lexicon import Entry, Lexicon
from reporter.rules.negation import is_negated
from reporter.rules.patterns import Found
from reporter.rules.tokens import Sentence

END = "."
_HELPERS = frozenset({"do", "does", "did", "has", "have", "had"})
_NOES = frozenset({"no", "sin"})
_GIVEN_BY_LIST = """
by off from por puso pusieron inyecto hizo aplico pincho atendio poner inyectar
"""
_GIVEN_BY = frozenset(_GIVEN_BY_LIST.split())
_KINDS = frozenset({"symptom", "fine", "complaint"})


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    target: Target
    denied: bool = False
    """A frame that a "no" denies: another reading of the same place goes first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence with what was found in it."""

    sentence: Sentence
    clause: Clause
    hits: tuple[Hit, ...]


def scene_of(sentence: Sentence, lexicon: Lexicon) -> Scene:
    words = (*sentence.words, END)
    triggers: dict[str, list[Span]] = {}
    hits: list[Hit] = []
    for entry, (start, end, head, skipped) in _find(words, lexicon):
        if entry.kind in _KINDS:
            gaps = _gaps(words, start, skipped)
            hits.append(Hit(entry, Target(start, end, head, gaps, entry.kind == "fine")))
        elif not _is_then(sentence, entry.kind, start) and not _is_giver(entry.kind, words, start):
            triggers.setdefault(entry.kind, []).extend(_runs(entry, start, end, skipped))
    bare = Clause(words, triggers, frozenset(), sentence.raw)
    kept = _settled(_weighed(hits, bare), triggers.get("idiom", ()))
    return Scene(sentence, replace(bare, owned=owned(kept)) if kept else bare, kept)


def owned(hits: Iterable[Hit], besides: Target | None = None) -> frozenset[int]:
    """Words that make up a finding, so that their "no" denies nothing else."""
    return frozenset(
        at
        for hit in hits
        if besides is None or not _overlap(hit.target, (besides.start, besides.end))
        for at in range(hit.target.head, hit.target.end)
        if at not in hit.target.skipped
    )


def _is_then(sentence: Sentence, kind: str, at: int) -> bool:
    """ "Couldn't" is read as "cannot", but does not say that it is so now."""
    told = kind == "now" and at < len(sentence.raw)
    return told and sentence.raw[at].startswith(("cou", "cud"))


def _is_giver(kind: str, words: Sequence[str], at: int) -> bool:
    """ "By a woman in her kitchen", "me lo puso una señora": who injects is not who is ill."""
    return kind in {"other", "people"} and at > 0 and words[at - 1] in _GIVEN_BY


def _find(words: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[Entry, Found]]:
    where: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        where.setdefault(word, []).append(at)
    for number in sorted(set(_candidates(lexicon, frozenset(where)))):
        entry = lexicon.entries[number]
        for span in entry.phrase.spans(words, where):
            yield entry, span


def _candidates(lexicon: Lexicon, present: Set[str]) -> Iterator[int]:
    """The entries of which every needed place has a word in the sentence."""
    for word in present:
        for number, needs in lexicon.by_word.get(word, ()):
            for need in needs:
                if need.isdisjoint(present):
                    break
            else:
                yield number


def _gaps(words: Sequence[str], start: int, skipped: tuple[int, ...]) -> tuple[int, ...]:
    """What stands between, but no "does" or "ni" that belongs to a "not" of the finding."""
    return tuple(
        at
        for at in skipped
        if (words[at] not in _HELPERS or at + 1 in skipped)
        and not (words[at] == "ni" and not _NOES.isdisjoint(words[start:at]))
    )


def _runs(entry: Entry, start: int, end: int, skipped: Sequence[int]) -> Iterator[Span]:
    """The words of a trigger, without what stands between the parts of a frame."""
    if not isinstance(entry.phrase, Frame):
        yield start, end
        return
    begun = start
    for at in (*skipped, end):
        if at > begun:
            yield begun, at
        begun = at + 1


def _weighed(hits: list[Hit], clause: Clause) -> list[Hit]:
    """The hits, with whether a negation reaches a frame or belongs to another finding."""
    noes = {at for kind in ("negation", "negation_verb") for at, _ in clause.of(kind)}
    if not noes:
        return hits
    return [
        replace(hit, denied=True)
        if (isinstance(hit.entry.phrase, Frame) and is_negated(clause, hit.target))
        or _is_anothers(hit, hits, noes)
        else hit
        for hit in hits
    ]


def _is_anothers(hit: Hit, hits: Sequence[Hit], noes: set[int]) -> bool:
    """ "Afraid, cannot breathe": the no between is part of the other words for the same."""
    between = noes.intersection(hit.target.skipped)
    return bool(between) and any(
        other.entry.symptom == hit.entry.symptom and any(map(other.target.owns, between))
        for other in hits
        if other is not hit
    )


def _overlap(target: Target, span: Span) -> bool:
    return target.start < span[1] and span[0] < target.end


def _is_idiom(target: Target, idiom: Span) -> bool:
    """An idiom within a longer symptom does not undo it: "pills won't go down"."""
    within = target.start <= idiom[0] and idiom[1] <= target.end
    longer = target.end - target.start > idiom[1] - idiom[0]
    return _overlap(target, idiom) and not (within and longer)


def _settled(hits: list[Hit], idioms: Iterable[Span]) -> tuple[Hit, ...]:
    """Without idioms, without the vague or general beside the particular, one for each place."""
    idioms = tuple(idioms)
    real = [h for h in hits if not any(_is_idiom(h.target, span) for span in idioms)]
    real = [h for h in real if h.entry.kind != "complaint"] or real
    real.sort(key=_rank)
    kept: list[Hit] = []
    for hit in real:
        near = [k for k in kept if _overlap(k.target, (hit.target.start, hit.target.end))]
        if not any(_outdone(hit, k) for k in near):
            kept = [k for k in kept if k not in near or not _covers(hit, k)]
            kept.append(hit)
    return tuple(sorted(kept, key=lambda h: (h.target.start, h.target.end)))


def _rank(hit: Hit) -> tuple[bool, bool, bool, int, bool, int]:
    """What is grave first, phrases before frames; the longest phrase, the tightest frame; a
    complaint before a denial, words side by side before words apart."""
    frame = isinstance(hit.entry.phrase, Frame)
    size = hit.target.end - hit.target.head
    gaps = len(hit.target.skipped)
    fine, grave = hit.entry.kind == "fine", hit.entry.grave
    return not grave, frame, hit.denied, size if frame else -size, fine, gaps


def _outdone(hit: Hit, kept: Hit) -> bool:
    return hit.entry.symptom == kept.entry.symptom or _covers(kept, hit) or _within(hit, kept)


def _within(hit: Hit, kept: Hit) -> bool:
    """A frame that says nothing more than the words of a phrase: "throat closes"."""
    frames = isinstance(hit.entry.phrase, Frame), isinstance(kept.entry.phrase, Frame)
    inside = kept.target.head <= hit.target.head and hit.target.end <= kept.target.end
    return inside and frames == (True, False)


def _covers(hit: Hit, other: Hit) -> bool:
    """The more particular stands for the more general, but a frame never for a phrase."""
    if isinstance(hit.entry.phrase, Frame) and not isinstance(other.entry.phrase, Frame):
        return False
    return other.entry.symptom in hit.entry.covers
