"""How well the texts beside this file are read; used by the tests and by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reporter.rules.knowledge import shipped
from reporter.rules.lexicon import Lexicon
from reporter.rules.report import Report
from reporter.rules.triage import decide_with_words
from reporter.rules.words import phrase_status, read_all

DATA = Path(__file__).parent / "data"
LEVELS = ("self_care", "call_back", "urgent", "emergency")
EMERGENCY_LIST = """
trouble_swallowing choking trouble_breathing noisy_breathing wheeze trouble_speaking
lip_tongue_swelling chest_pain seizure vision_loss suicidal_thoughts neck_weakness
"""
URGENT_LIST = """
double_vision blurred_vision hoarse_voice limb_weakness generalised_weakness palpitations
urinary_incontinence urinary_retention infection_signs hives incomplete_eye_closure fainting
facial_swelling eye_pain light_sensitivity confusion fever drooling unequal_pupils
"""
ROUTINE_LIST = """
bruising headache swelling injection_site_pain redness fatigue flu_like lack_of_expression
trouble_squinting no_effect chewing_weakness rash_itch numbness tingling nausea dizziness
local_weakness cough muscle_pain sweating vomiting diarrhoea joint_pain back_pain
"""
EMERGENCY = frozenset(EMERGENCY_LIST.split())
URGENT = frozenset(URGENT_LIST.split())
ROUTINE = frozenset(ROUTINE_LIST.split())
WEAKNESS = {"limb_weakness", "generalised_weakness", "urinary_incontinence"}
EYE_AND_FACE = {"eyelid_droop", "double_vision", "blurred_vision", "smile_asymmetry"}
KINDS = {
    "trouble_swallowing": {"trouble_swallowing", "choking"},
    "vision": {"double_vision", "blurred_vision", "vision_loss"},
    "weakness": {"generalised_weakness", "limb_weakness", "neck_weakness", "local_weakness"},
    "swelling": {"swelling", "facial_swelling", "lip_tongue_swelling", "eyelid_swelling"},
    "face": {"smile_asymmetry", "lip_weakness", "local_weakness"},
    "facial_weakness": {"smile_asymmetry", "lip_weakness", "local_weakness"},
}
PATIENT_SCORES = (
    "readings",
    "emergencies",
    "not below call-back",
    "no emergency of a call-back",
    "harmless",
)
STRANGER_SCORES = ("emergencies", "urgent at least called back", "called back", "harmless")
RAISING = {"present", "someone_else_now"}


@dataclass
class Score:
    right: int = 0
    asked: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, right: bool, miss: str) -> None:
        self.asked += 1
        self.right += right
        if not right:
            self.misses.append(miss)

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 1.0


def rows(name: str) -> Iterator[list[str]]:
    for line in (DATA / name).read_text("utf-8").splitlines():
        yield line.split("\t")


def level(symptoms: set[str]) -> str:
    """What the words alone ask for, roughly; the rules decide."""
    if symptoms & EMERGENCY or (symptoms & WEAKNESS and symptoms & EYE_AND_FACE):
        return "emergency"
    if symptoms & URGENT:
        return "urgent"
    return "call_back" if symptoms - ROUTINE else "self_care"


def patients(part: str, lexicon: Lexicon) -> dict[str, Score]:
    scores = {k: Score() for k in PATIENT_SCORES}
    for wanted, readings, text in rows(f"patients.{part}.tsv"):
        reading = read_all(text, lexicon)
        found = {(m.symptom, m.status) for m in reading.mentions}
        for reading_wanted in filter(None, readings.split(",")):
            symptom, status = reading_wanted.split(":")
            scores["readings"].add(
                (symptom, status) in found, f"{reading_wanted} | {text} | {found}"
            )
        got = level({s for s, status in found if status in RAISING})
        if ("generalised_weakness", "someone_else_now") in found:
            got = "emergency"  # a floppy infant
        if not reading.understanding.read:
            got = max(got, "call_back", key=LEVELS.index)
        miss = f"{wanted}>{got} | {text} | {found} | {reading.understanding.why}"
        if wanted == "emergency":
            scores["emergencies"].add(got == "emergency", miss)
        if wanted == "call_back":
            scores["no emergency of a call-back"].add(got != "emergency", miss)
        if wanted != "self_care":
            scores["not below call-back"].add(got != "self_care", miss)
        else:
            scores["harmless"].add(got == "self_care", miss)
    return scores


def strangers(part: str) -> dict[str, Score]:
    """What the rules decide on a text alone, on day 3 after a treatment of the frown lines."""
    scores = {k: Score() for k in STRANGER_SCORES}
    for wanted, _, text in rows(f"strangers.{part}.tsv"):
        report = Report(day=3, areas=("glabella",), free_text=text)
        decision = decide_with_words(report, shipped())
        got = decision.level.id
        miss = f"{wanted}>{got} | {text} | {[(m.symptom, m.status) for m in decision.words]}"
        if wanted == "emergency":
            scores["emergencies"].add(got == "emergency", miss)
        if wanted in {"emergency", "urgent"}:
            scores["urgent at least called back"].add(got != "self_care", miss)
        if wanted == "call_back":
            scores["called back"].add(got != "self_care", miss)
        if wanted == "self_care":
            scores["harmless"].add(got == "self_care", miss)
    return scores


def names(part: str, lexicon: Lexicon) -> dict[str, Score]:
    scores: dict[str, Score] = {}
    for kind, name in rows(f"names.{part}.tsv"):
        found = {m.symptom for m in read_all(name, lexicon).mentions if m.status == "present"}
        wanted = KINDS.get(kind, {kind})
        scores.setdefault(kind, Score()).add(bool(found & wanted), f"{kind} | {name} | {found}")
    return scores


@dataclass
class Statuses:
    exact: Score
    f1: float
    """Of negated against not negated."""


def clinical(part: str, lexicon: Lexicon) -> Statuses:
    exact, hits, extra, missed = Score(), 0, 0, 0
    for wanted, phrase, text in rows(f"clinical.{part}.tsv"):
        got = phrase_status(phrase, text, lexicon)
        exact.add(got == wanted, f"{wanted}>{got} | {phrase} | {text}")
        hits += wanted == got == "negated"
        extra += got == "negated" != wanted
        missed += wanted == "negated" != got
    return Statuses(exact, 2 * hits / (2 * hits + extra + missed))


def languages(part: str, lexicon: Lexicon) -> Score:
    """Texts that are neither English nor Spanish: read as not understood, or raised anyway."""
    score = Score()
    for language, text in rows(f"languages.{part}.tsv"):
        reading = read_all(text, lexicon)
        raised = level({m.symptom for m in reading.mentions if m.status in RAISING})
        handled = not reading.understanding.read or raised != "self_care"
        score.add(handled, f"{language} | {text} | {reading.understanding.why}")
    return score
