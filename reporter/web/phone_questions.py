"""What staff ask on the telephone, in which order, and the answers to choose from."""

from reporter.rules.levels import SIDES

YES_NO = [("", "Not asked"), ("yes", "Yes"), ("no", "No")]
FLAG_ANSWERS = [("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")]
HOW_BAD = [
    ("", "Not said"),
    ("mild", "Yes, mild"),
    ("moderate", "Yes, moderate"),
    ("severe", "Yes, severe"),
    ("yes", "Yes, not said how bad"),
    ("no", "Asked: no"),
]
TRENDS = [("", "Not said"), ("better", "Better"), ("same", "The same"), ("worse", "Worse")]
SPEAKERS = [("patient", "The patient"), ("other", "Somebody else for the patient")]
TOLD_TO_CALL = [
    ("told", "Yes, I told them"),
    ("yes", "They have called already"),
    ("no", "No, not yet"),
]
# Said in the first line of the words, since only a person can weigh who was speaking.
FOR_THE_PATIENT = "(Somebody else spoke for the patient.)"
DETAILS = {
    "side": ("Which side?", [("", "Not asked"), *((side, side.capitalize()) for side in SIDES)]),
    "covers_pupil": ("Does it cover the pupil?", YES_NO),
    "sight_changed": ("Is sight blurred or double?", YES_NO),
    "eye_closes": ("Does the eye close fully?", YES_NO),
    "extent": (
        "How far?",
        [
            ("", "Not asked"),
            ("local", "Only where injected"),
            ("elsewhere", "Elsewhere too"),
            ("spreading", "Spreading"),
        ],
    ),
}
LID = ("side", "covers_pupil", "sight_changed")
ASKED = {
    "eyelid_droop": LID,
    "eyelid_swelling": LID,
    "eyebrow_droop": LID,
    "incomplete_eye_closure": ("side", "eye_closes"),
    "dry_eye": ("side", "eye_closes"),
    "eye_pain": ("side", "sight_changed"),
    **dict.fromkeys(
        (
            "bruising",
            "facial_swelling",
            "hives",
            "injection_site_pain",
            "limb_weakness",
            "local_weakness",
            "lump",
            "numbness",
            "rash_itch",
            "redness",
            "swelling",
            "tingling",
        ),
        ("extent",),
    ),
}
GROUPS = (
    (
        "Eyes and face",
        "eyelid_droop eyebrow_droop uneven_brows double_vision blurred_vision vision_loss "
        "unequal_pupils eye_pain dry_eye watery_eye incomplete_eye_closure light_sensitivity "
        "eyelid_swelling trouble_squinting smile_asymmetry lip_weakness lack_of_expression "
        "facial_swelling",
    ),
    (
        "Where injected, and skin",
        "bruising injection_site_pain redness swelling lump local_weakness numbness tingling "
        "infection_signs hives rash_itch",
    ),
    (
        "Mouth, voice and breathing",
        "choking hoarse_voice drooling dry_mouth chewing_weakness wheeze noisy_breathing cough",
    ),
    (
        "Strength, neck and bladder",
        "generalised_weakness limb_weakness neck_weakness neck_pain neck_stiffness "
        "urinary_incontinence urinary_retention urinary_burning",
    ),
    (
        "Whole body",
        "headache worst_headache fever flu_like fatigue nausea vomiting diarrhoea dizziness "
        "fainting confusion seizure chest_pain palpitations sweating back_pain joint_pain "
        "muscle_pain",
    ),
    ("Mood, and the result", "anxiety low_mood suicidal_thoughts no_effect result_unhappy other"),
)
