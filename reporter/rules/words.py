"""Symptoms in a patient's own words, each with its place in the text and its status."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reporter.rules.clause import Clause, Setting, Target
from reporter.rules.findings import Hit, Scene, owned, scene_of
from reporter.rules.lexicon import Lexicon
from reporter.rules.notes import Place, places, spelled_out
from reporter.rules.scope import KIN, status
from reporter.rules.tokens import Sentence, sentences
from reporter.rules.understanding import Understanding, weigh
from reporter.rules.vocabulary import meant

_BY = {"mild": 6, "over": 10}
"""A word for mild or over stands at most so many words from what it is about."""
_NOT_OWN = ("hypothetical", "question")
"""Where one of these stands, a vague complaint is not the patient's of today."""
_RAISING = frozenset({"present", "someone_else_now"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A symptom or a patient factor that was named. `end` is exclusive; both count code points."""

    symptom: str
    text: str
    start: int
    end: int
    status: str


@dataclass(frozen=True, slots=True)
class Mild(Mention):
    """Told as slight or over, of what is expected after any injection."""

    @property
    def severity(self) -> str:
        return "mild"


@dataclass(frozen=True, slots=True)
class Grave(Mention):
    """Told in words that mean it is severe."""

    @property
    def severity(self) -> str:
        return "severe"


@dataclass(frozen=True, slots=True)
class Growing(Grave):
    """Told in words that mean it is severe and gets worse."""

    @property
    def trend(self) -> str:
        return "worse"


@dataclass(frozen=True, slots=True)
class Reading:
    mentions: tuple[Mention, ...]
    understanding: Understanding


def read(text: str, lexicon: Lexicon) -> tuple[Mention, ...]:
    return read_all(text, lexicon).mentions


def understood(text: str, lexicon: Lexicon) -> Understanding:
    return weigh(text, _cut(text, lexicon), lexicon)


def read_all(text: str, lexicon: Lexicon) -> Reading:
    """Mentions and whether the text was understood, for the price of one reading."""
    cut = _cut(text, lexicon)
    mentions = tuple(_mentions(text, [scene_of(s, lexicon) for s in cut]))
    return Reading(mentions, weigh(text, cut, lexicon))


def phrase_status(phrase: str, text: str, lexicon: Lexicon) -> str:
    """The status of any phrase in a note; present when in doubt or when it is not there."""
    note = spelled_out(text)
    wanted = [w for s in _cut(spelled_out(phrase), lexicon) for w in s.words]
    told = list(_told([scene_of(s, lexicon) for s in _cut(note, lexicon)]))
    found = []
    sentences_read = [scene.sentence for scene, _ in told]
    for at, (start, end) in places(sentences_read, wanted, note, _likewise(phrase, told, lexicon)):
        scene, setting = told[at]
        target = Target(start, end, start)
        own = owned(scene.hits, target)
        clause = scene.clause if own == scene.clause.owned else replace(scene.clause, owned=own)
        found.append(status(clause, target, setting, strict=False))
    return "present" if not found or "present" in found else found[0]


def _likewise(
    phrase: str, told: Sequence[tuple[Scene, Setting]], lexicon: Lexicon
) -> Iterator[Place]:
    """Where the symptom that the phrase names stands in other words: dyspnoea, short of breath."""
    asked = {mention.symptom for mention in read(phrase, lexicon)}
    for at, (scene, _) in enumerate(told):
        for hit in scene.hits:
            if hit.entry.kind == "symptom" and hit.entry.symptom in asked:
                yield at, (hit.target.head, hit.target.end)


def _cut(text: str, lexicon: Lexicon) -> list[Sentence]:
    return list(sentences(text, partial(meant, lexicon)))


def _told(scenes: Sequence[Scene]) -> Iterator[tuple[Scene, Setting]]:
    """Each sentence with what the whole text and the sentences before it say."""
    proxy = any(scene.clause.of("proxy") for scene in scenes)
    exposed = any(scene.clause.of("exposed") for scene in scenes)
    affirmed = any(scene.clause.of("affirms") for scene in scenes)
    well = any(scene.clause.of("well") for scene in scenes)
    now = any(scene.clause.of("now") and not _is_own_news(scene) for scene in scenes)
    kin = ""
    for scene in scenes:
        yield scene, Setting(proxy, exposed, now, affirmed, well, kin)
        if scene.clause.of("patient"):
            kin = ""
        if scene.clause.of("infant"):
            kin = "infant"
        elif not scene.clause.of("says"):
            others = (KIN[kind] for kind in ("other", "people") if scene.clause.of(kind))
            kin = next(others, kin)


def _is_own_news(scene: Scene) -> bool:
    """ "I am fine today" does not say when somebody else was ill."""
    return bool(scene.clause.of("well")) and not scene.clause.of("other")


def _mentions(text: str, scenes: Sequence[Scene]) -> Iterator[Mention]:
    """What was named; a vague complaint counts only where nothing that raises was named."""
    found = list(_read(text, scenes))
    named = any(mention.status in _RAISING for vague, mention in found if not vague)
    for vague, mention in found:
        if not vague or (mention.status in _RAISING and not named):
            yield mention


def _read(text: str, scenes: Sequence[Scene]) -> Iterator[tuple[bool, Mention]]:
    """Each mention, and whether it is a vague complaint."""
    for at, (scene, setting) in enumerate(_told(scenes)):
        gone = any(map(_is_of_an_end, scenes[at + 1 : at + 2]))
        for hit in scene.hits:
            if hit.entry.kind == "complaint" and any(map(scene.clause.of, _NOT_OWN)):
                continue
            found = status(scene.clause, hit.target, setting, strict=True)
            told = scene.clause.of("hypothetical")
            if hit.entry.whoever and found.startswith("someone_else") and not told:
                found = "present"
            if found == "present" and _is_over(scene.clause, hit, gone):
                found = "past"
            if hit.entry.kind == "fine":
                found = {"negated": "present", "present": "negated"}.get(found, "")
            if found:
                vague = hit.entry.kind == "complaint"
                yield vague, _mention(text, scene, hit, found)


def _mention(text: str, scene: Scene, hit: Hit, found: str) -> Mention:
    sentence, clause = scene.sentence, scene.clause
    slight = _near(clause, "mild", hit.target) or _near(clause, "over", hit.target)
    made = Mild if hit.entry.minor and slight else Mention
    if hit.entry.grave:
        made = Growing if hit.entry.worse else Grave
    start = sentence.starts[hit.target.start]
    end = sentence.ends[min(hit.target.end, len(sentence.ends)) - 1]
    return made(hit.entry.symptom, text[start:end], start, end, found)


def _is_of_an_end(scene: Scene) -> bool:
    """A sentence that only says "it's gone", of what the one before it named."""
    return not scene.hits and any(start == 0 for start, _ in scene.clause.of("over"))


def _is_over(clause: Clause, hit: Hit, gone_after: bool) -> bool:
    """A bruise or a headache that was there and has gone, as is expected after any injection."""
    gone = hit.entry.minor and not hit.entry.grave
    gone = gone and (gone_after or _near(clause, "over", hit.target))
    again = any(clause.words[max(0, at - 1)] != "never" for at, _ in clause.of("recurs"))
    return gone and not (again or clause.of("now"))


def _near(clause: Clause, kind: str, target: Target) -> bool:
    """Whether such a word stands by a finding, with no "but" in between."""
    for start, end in clause.of(kind):
        low, high = (end, target.start) if end <= target.start else (target.end, start)
        if low <= high and not clause.owned.isdisjoint(range(start, end)):
            continue  # "slightly sore when I press": said of that finding alone
        if high - low <= _BY[kind] and not {"but", "pero"} & set(clause.words[low:high]):
            return True
    return False
