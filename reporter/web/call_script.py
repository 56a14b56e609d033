"""What a nurse says on the telephone: warning signs again, then what fits the symptoms.

The questions follow the triage texts of the design (reference/clinical.md, section 6); each is
clinical judgement, not verified, until the clinic's director signs it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reporter.clinic.clinics import Clinic
from reporter.clinic.reports import StoredReport
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.rules.triage import COUNTS_AS_REPORTED
from reporter.web import clock_words

RED_FLAGS = (
    "breathing, swallowing, swollen lips or tongue, speech, weak arms, legs or neck, fainting or "
    "chest pain, loss of sight, double vision."
)
EYE = ("Eye", "one or both? Lid over the pupil? Closes fully? Sight blurred or double?")
SKIN = ("Skin", "spreading, hot, pus or fever? Any rash away from the injection?")
HEAD = ("Head", "the worst of their life? Fever, stiff neck, confusion or fainting?")
MOUTH = ("Mouth and face", "drooling, biting the lip? Trouble with drinks?")
SWALLOW = (
    "Swallowing and voice",
    "do drinks go down? Choking or coughing on them? Voice hoarse, weak or wet? Drooling?",
)
BREATH = ("Breathing", "full sentences? Short of breath lying flat? Noisy? Getting worse?")
STRENGTH = ("Strength", "arms, legs, neck? Can they lift the head, stand up, walk?")
HEART = ("Heart", "pain now? Spreading? Fainted? Alone now?")
MOOD = ("Mood", "thoughts of harming themselves? Alone now? Stay on the line.")
QUESTIONS = (
    (SWALLOW, {"trouble_swallowing", "choking", "hoarse_voice", "trouble_speaking"}),
    (BREATH, {"trouble_breathing", "wheeze", "noisy_breathing", "cough"}),
    (STRENGTH, {"generalised_weakness", "limb_weakness", "arm_leg_neck_weakness"}),
    (STRENGTH, {"neck_weakness"}),
    (HEART, {"chest_pain", "fainting", "collapse_or_chest_pain", "palpitations"}),
    (EYE, {"eyelid_droop", "eyelid_swelling", "eyebrow_droop", "double_vision", "blurred_vision"}),
    (EYE, {"eye_pain", "dry_eye", "watery_eye", "incomplete_eye_closure", "light_sensitivity"}),
    (EYE, {"vision_loss", "sight_loss_or_eye_pain", "trouble_squinting"}),
    (SKIN, {"hives", "rash_itch", "infection_signs", "redness", "swelling", "lump", "bruising"}),
    (SKIN, {"facial_swelling", "lip_tongue_swelling"}),
    (HEAD, {"headache", "worst_headache", "confusion", "neck_stiffness"}),
    (MOUTH, {"smile_asymmetry", "lip_weakness", "drooling", "chewing_weakness"}),
    (MOOD, {"low_mood", "anxiety", "suicidal_thoughts"}),
)
NO_DRIVING = frozenset(
    {"double_vision", "blurred_vision", "vision_loss", "eyelid_droop", "sight_loss_or_eye_pain"}
    | {"generalised_weakness", "limb_weakness", "arm_leg_neck_weakness", "dizziness"}
)


@dataclass(frozen=True)
class Step:
    lead: str
    text: str
    quote: str = ""


def steps(clinic: Clinic, visit: Treatment, told: Sequence[StoredReport]) -> tuple[Step, ...]:
    """The steps of one call, in order; `told` is all that was reported, newest first."""
    named = [_named(one) for one in told]
    driving = " No driving." if NO_DRIVING & set().union(*named) else ""
    born = visit.patient.born
    identity = f"name and date of birth ({clock_words.day(born)})." if born else "name."
    return (
        Step("Check", identity),
        Step("Ask again:", RED_FLAGS),
        *_asked(named),
        Step("Advise", f"as your protocol says.{driving}"),
        Step("Teach back:", "", _teach_back(clinic)),
    )


def _named(one: StoredReport) -> set[str]:
    """What was ticked, and what the own words say is there now."""
    ticked = {entry.symptom for entry in one.report.symptoms}
    return ticked | {m.symptom for m in one.mentions if m.status == COUNTS_AS_REPORTED[0]}


def _asked(named: Sequence[set[str]]) -> Iterator[Step]:
    """Each question once: first what the newest report is about, then what only older ones said."""
    done: set[str] = set()
    for number, symptoms in enumerate(named):
        for (lead, text), about in QUESTIONS:
            if lead not in done and symptoms & about:
                done.add(lead)
                yield Step(f"{lead}{' (said before)' if number else ''}:", text)


def _teach_back(clinic: Clinic) -> str:
    return f"I want to be sure I was clear. When would you call {clinic.emergency_number}?"


def voicemail(clinic: Clinic, staff: Staff, visit: Treatment) -> str:
    """Name and number only: others may listen. Empty where the patient allows none."""
    if not visit.patient.may_voicemail:
        return ""
    caller, called = staff.name.split()[0], visit.patient.first_name
    return f"This is {caller} for {called}. Please call me at {clinic.phone}."
