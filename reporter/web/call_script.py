"""What a nurse says on the telephone: warning signs again, then what fits the symptoms.

The questions follow the triage texts of the design (reference/clinical.md, section 6); each is
clinical judgement, not verified, until the clinic's director signs it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.web import clock_words

RED_FLAGS = (
    "breathing, swallowing, swollen lips or tongue, speech, weak arms, legs or neck, fainting or "
    "chest pain, loss of sight, double vision."
)
EYE = ("Eye", "one or both? Lid over the pupil? Closes fully? Sight blurred or double?")
SKIN = ("Skin", "spreading, hot, pus or fever? Any rash away from the injection?")
HEAD = ("Head", "the worst of their life? Fever, stiff neck, confusion or fainting?")
MOUTH = ("Mouth and face", "drooling, biting the lip? Trouble with drinks?")
MOOD = ("Mood", "thoughts of harming themselves? Alone now? Stay on the line.")
QUESTIONS = (
    (EYE, {"eyelid_droop", "eyelid_swelling", "eyebrow_droop", "double_vision", "blurred_vision"}),
    (EYE, {"eye_pain", "dry_eye", "watery_eye", "incomplete_eye_closure", "light_sensitivity"}),
    (EYE, {"vision_loss", "sight_loss_or_eye_pain", "trouble_squinting"}),
    (SKIN, {"hives", "rash_itch", "infection_signs", "redness", "swelling", "lump", "bruising"}),
    (SKIN, {"facial_swelling"}),
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


def steps(clinic: Clinic, visit: Treatment, symptoms: Iterable[str]) -> tuple[Step, ...]:
    """The steps of one call, in order; `symptoms` are the ids of all that was reported."""
    told = set(symptoms)
    asked = dict.fromkeys(question for question, about in QUESTIONS if told & about)
    born = visit.patient.born
    identity = f"name and date of birth ({clock_words.day(born)})." if born else "name."
    driving = " No driving." if told & NO_DRIVING else ""
    return (
        Step("Check", identity),
        Step("Ask again:", RED_FLAGS),
        *(Step(f"{lead}:", text) for lead, text in asked),
        Step("Advise", f"as your protocol says.{driving}"),
        Step("Teach back:", "", _teach_back(clinic)),
    )


def _teach_back(clinic: Clinic) -> str:
    return f"I want to be sure I was clear. When would you call {clinic.emergency_number}?"


def voicemail(clinic: Clinic, staff: Staff, visit: Treatment) -> str:
    """Name and number only: others may listen. Empty where the patient allows none."""
    if not visit.patient.may_voicemail:
        return ""
    caller, called = staff.name.split()[0], visit.patient.first_name
    return f"This is {caller} for {called}. Please call me at {clinic.phone}."
