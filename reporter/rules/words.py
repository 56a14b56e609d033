"""Symptoms in a patient's own words, each with its place in the text and its status."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial

from reporter.rules.lexicon import Entry, Lexicon
from reporter.rules.scope import Clause, Setting, Span, Target, status
from reporter.rules.tokens import Sentence, sentences
from reporter.rules.understanding import Understanding, weigh
from reporter.rules.vocabulary import meant

_END = "."
_FOUND = frozenset({"symptom", "fine"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A symptom or a patient factor that was named. `end` is exclusive; both count code points."""

    symptom: str
    text: str
    start: int
    end: int
    status: str


@dataclass(frozen=True, slots=True)
class Reading:
    mentions: tuple[Mention, ...]
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class _Hit:
    entry: Entry
    target: Target


@dataclass(frozen=True, slots=True)
class _Scene:
    """A sentence with what was found in it."""

    sentence: Sentence
    clause: Clause
    hits: tuple[_Hit, ...]


def read(text: str, lexicon: Lexicon) -> tuple[Mention, ...]:
    return read_all(text, lexicon).mentions


def understood(text: str, lexicon: Lexicon) -> Understanding:
    return weigh(text, _cut(text, lexicon), lexicon)


def read_all(text: str, lexicon: Lexicon) -> Reading:
    """Mentions and whether the text was understood, for the price of one reading."""
    cut = _cut(text, lexicon)
    mentions = tuple(_mentions(text, [_scene(s, lexicon) for s in cut]))
    return Reading(mentions, weigh(text, cut, lexicon))


def phrase_status(phrase: str, text: str, lexicon: Lexicon) -> str:
    """The status of any phrase in a text; present when in doubt or when it is not there."""
    wanted = tuple(w for s in _cut(phrase, lexicon) for w in s.words if w != _END)
    found = []
    for scene, setting in _told([_scene(s, lexicon) for s in _cut(text, lexicon)]):
        for start, end in _places(scene.clause.words, wanted):
            target = Target(start, end, start)
            clause = Clause(scene.clause.words, scene.clause.triggers, _owned(scene.hits, target))
            found.append(status(clause, target, setting, strict=False))
    return "present" if not found or "present" in found else found[0]


def _cut(text: str, lexicon: Lexicon) -> list[Sentence]:
    return list(sentences(text, partial(meant, lexicon)))


def _places(words: Sequence[str], wanted: tuple[str, ...]) -> Iterator[Span]:
    size = len(wanted)
    for start in range(len(words) - size + 1 if size else 0):
        if tuple(words[start : start + size]) == wanted:
            yield start, start + size


def _scene(sentence: Sentence, lexicon: Lexicon) -> _Scene:
    words = (*sentence.words, _END)
    triggers: dict[str, list[Span]] = {}
    hits: list[_Hit] = []
    for entry, (start, end, head, skipped) in _find(words, lexicon):
        if entry.kind in _FOUND:
            target = Target(start, end, head, skipped, statement=entry.kind == "fine")
            hits.append(_Hit(entry, target))
        elif entry.kind != "now" or not _is_then(sentence, start):
            triggers.setdefault(entry.kind, []).append((start, end))
    kept = _settled(hits, triggers.get("idiom", ()))
    return _Scene(sentence, Clause(words, triggers, _owned(kept)), kept)


def _is_then(sentence: Sentence, at: int) -> bool:
    """ "Couldn't" is read as "cannot", but does not say that it is so now."""
    return at < len(sentence.raw) and sentence.raw[at].startswith(("cou", "cud", "cou"))


def _find(
    words: Sequence[str], lexicon: Lexicon
) -> Iterator[tuple[Entry, tuple[int, int, int, tuple[int, ...]]]]:
    where: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        where.setdefault(word, []).append(at)
    for number in sorted(set(_candidates(lexicon, where.keys()))):
        entry = lexicon.entries[number]
        for span in entry.phrase.spans(words, where):
            yield entry, span


def _candidates(lexicon: Lexicon, present: Set[str]) -> Iterator[int]:
    """The entries of which every needed place has a word in the sentence."""
    for word in present:
        for number in lexicon.by_word.get(word, ()):
            for need in lexicon.entries[number].phrase.needs:
                if need.isdisjoint(present):
                    break
            else:
                yield number


def _owned(hits: Iterable[_Hit], besides: Target | None = None) -> frozenset[int]:
    """Words that make up a finding, so that their "no" denies nothing else."""
    return frozenset(
        at
        for hit in hits
        if besides is None or not _overlap(hit.target, (besides.start, besides.end))
        for at in range(hit.target.head, hit.target.end)
        if at not in hit.target.skipped
    )


def _overlap(target: Target, span: Span) -> bool:
    return target.start < span[1] and span[0] < target.end


def _is_idiom(target: Target, idiom: Span) -> bool:
    """An idiom within a longer symptom does not undo it: "pills won't go down"."""
    within = target.start <= idiom[0] and idiom[1] <= target.end
    longer = target.end - target.start > idiom[1] - idiom[0]
    return _overlap(target, idiom) and not (within and longer)


def _settled(hits: list[_Hit], idioms: Iterable[Span]) -> tuple[_Hit, ...]:
    """Without idioms, without the general beside the particular, one reading for each place."""
    idioms = tuple(idioms)
    real = [h for h in hits if not any(_is_idiom(h.target, span) for span in idioms)]
    real.sort(key=_rank)
    kept: list[_Hit] = []
    for hit in real:
        near = [k for k in kept if _overlap(k.target, (hit.target.start, hit.target.end))]
        if not any(_outdone(hit, k) for k in near):
            kept = [k for k in kept if k not in near or not _covers(hit, k)]
            kept.append(hit)
    return tuple(sorted(kept, key=lambda h: (h.target.start, h.target.end)))


def _rank(hit: _Hit) -> tuple[int, bool, int]:
    """The longest first, a complaint before a denial, words side by side before words apart."""
    return hit.target.head - hit.target.end, hit.entry.kind == "fine", len(hit.target.skipped)


def _outdone(hit: _Hit, kept: _Hit) -> bool:
    return hit.entry.symptom == kept.entry.symptom or _covers(kept, hit)


def _covers(hit: _Hit, other: _Hit) -> bool:
    return other.entry.symptom in hit.entry.covers


def _told(scenes: Sequence[_Scene]) -> Iterator[tuple[_Scene, Setting]]:
    """Each sentence with what the whole text and the sentences before it say."""
    proxy = any(scene.clause.of("proxy") for scene in scenes)
    exposed = any(scene.clause.of("exposed") for scene in scenes)
    affirmed = any(scene.clause.of("affirms") for scene in scenes)
    now = any(scene.clause.of("now") for scene in scenes)
    kin = ""
    for scene in scenes:
        yield scene, Setting(proxy, exposed, now, affirmed, kin)
        if scene.clause.of("patient"):
            kin = ""
        if scene.clause.of("infant"):
            kin = "infant"
        elif scene.clause.of("other") and not scene.clause.of("says"):
            kin = "kin"


def _mentions(text: str, scenes: Sequence[_Scene]) -> Iterator[Mention]:
    for scene, setting in _told(scenes):
        for hit in scene.hits:
            found = status(scene.clause, hit.target, setting, strict=True)
            if hit.entry.whoever and found.startswith("someone_else"):
                found = "present"
            if hit.entry.kind == "fine":
                found = {"negated": "present", "present": "negated"}.get(found, "")
            if found:
                yield _mention(text, scene.sentence, hit, found)


def _mention(text: str, sentence: Sentence, hit: _Hit, found: str) -> Mention:
    start = sentence.starts[hit.target.start]
    end = sentence.ends[min(hit.target.end, len(sentence.ends)) - 1]
    return Mention(hit.entry.symptom, text[start:end], start, end, found)
