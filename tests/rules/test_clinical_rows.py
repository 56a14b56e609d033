"""The clinical file read row by row, apart from the rules: each row's levels as it states them.

The headings are the sections of the clinical dossier. A symptom is written `name`, `name!` when it
is severe, `name~` when it is moderate; anything else about it as `name:key=value`.
"""

import json
from typing import Any

import pytest

from reporter.rules.knowledge import shipped
from reporter.rules.report import from_json
from reporter.rules.triage import decide

KNOWN = shipped()
S, C, U, E = "self_care", "call_back", "urgent", "emergency"
Row = tuple[str, str, dict[str, Any]]


def row(level: str, symptoms: str, **told: Any) -> Row:
    return level, symptoms, told


def symptom(text: str, day: int | None) -> dict[str, Any]:
    name, *answers = text.split(":")
    severity = {"!": "severe", "~": "moderate"}.get(name[-1], "mild")
    onset = None if day is None else min(day, 4)
    entry = {"symptom": name.rstrip("!~"), "severity": severity, "onset_day": onset}
    for answer in answers:
        key, _, value = answer.partition("=")
        entry[key] = json.loads(value) if value in ("true", "false") or value.isdigit() else value
    return entry


def level(symptoms: str, *, day: int | None = 5, area: str = "glabella", **told: Any) -> str:
    entries = [symptom(one, day) for one in symptoms.split()]
    factors = [told.pop("factor")] if "factor" in told else []
    last = [symptom(one, 3) for one in told.pop("last", "").split()]
    obj = {"days_since_treatment": day, "areas": [area], "patient_factors": factors, **told}
    return decide(
        from_json({**obj, "symptoms": entries, "last_report": last}, KNOWN), KNOWN
    ).level.id


EXPECTED_OR_MINOR = [  # 1a
    row(S, "injection_site_pain", day=1),
    row(U, "injection_site_pain:trend=worse", day=3),
    row(S, "bruising~", day=10),
    row(C, "bruising", factor="anticoagulant"),
    row(U, "bruising:extent=spreading"),
    row(E, "bruising eye_pain"),
    row(E, "bruising vision_loss"),
    row(S, "redness swelling", day=1),
    row(U, "redness:extent=spreading", day=4),
    row(S, "headache~", day=3),
    row(C, "headache", day=4),
    row(U, "headache!", day=1),
    row(E, "worst_headache", day=1),
    row(E, "headache fever neck_stiffness", day=1),
    row(E, "headache limb_weakness", day=1),
    row(S, "flu_like fatigue", day=2),
    row(C, "flu_like", day=4),
    row(C, "flu_like fever", day=2),
    row(E, "flu_like trouble_breathing", day=1),
    row(U, "flu_like generalised_weakness", day=1),
    row(S, "lack_of_expression", day=10),
    row(C, "lack_of_expression low_mood", day=10),
    row(E, "lack_of_expression suicidal_thoughts", day=10),
    row(S, "trouble_squinting", day=10),
    row(U, "trouble_squinting:eye_closes=false", day=10),
    row(S, "chewing_weakness", area="masseter", day=20),
    row(C, "chewing_weakness~", area="masseter", day=20),
    row(E, "chewing_weakness trouble_swallowing", area="masseter"),
    *(row(S, "no_effect", day=day) for day in (1, 13)),
    *(row(C, "no_effect", day=day) for day in (14, 15, 100)),
    row(S, "sweating", area="axilla", day=14),
]
UNCOMMON = [  # 1b, with ux 1.2 for the plain droop
    row(C, "eyelid_droop"),
    row(C, "eyelid_droop~"),
    row(U, "eyelid_droop:covers_pupil=true"),
    row(U, "eyelid_droop:side=both"),
    row(U, "eyelid_droop:sight_changed=true"),
    row(U, "eyelid_droop:onset_day=0"),
    row(U, "eyelid_droop:onset_day=25", day=26),
    row(U, "eyelid_droop unequal_pupils"),
    row(U, "eyelid_droop double_vision"),
    row(U, "eyelid_droop", unsure=["trouble_swallowing"]),
    row(C, "eyebrow_droop"),
    row(U, "eyebrow_droop:covers_pupil=true"),
    row(C, "uneven_brows"),
    row(C, "smile_asymmetry", area="masseter"),
    row(U, "smile_asymmetry drooling", area="lips"),
    row(E, "smile_asymmetry drooling"),
    row(E, "smile_asymmetry trouble_speaking", area="lips"),
    row(E, "smile_asymmetry limb_weakness", area="lips"),
    row(E, "smile_asymmetry confusion", area="lips"),
    row(C, "dry_eye"),
    row(C, "watery_eye"),
    *(row(U, f"dry_eye {sign}") for sign in ("eye_pain", "light_sensitivity", "blurred_vision")),
    row(U, "dry_eye:eye_closes=false"),
    row(S, "eyelid_swelling"),
    row(U, "eyelid_swelling rash_itch"),
    row(E, "eyelid_swelling lip_tongue_swelling"),
    row(C, "neck_pain neck_stiffness", area="migraine_protocol"),
    row(U, "neck_weakness!", area="neck"),
    row(E, "neck_weakness trouble_swallowing", area="neck"),
    *(row(U, sign) for sign in ("double_vision", "blurred_vision")),
    *(row(E, f"double_vision {sign}") for sign in ("hoarse_voice", "dry_mouth", "limb_weakness")),
    row(E, "vision_loss"),
    row(C, "rash_itch:extent=local"),
    row(U, "hives:extent=elsewhere"),
    row(U, "infection_signs"),
    row(C, "lump", day=20),
    row(U, "lump fever", day=20),
    row(E, "infection_signs confusion"),
    row(E, "infection_signs eyelid_swelling eye_pain"),
    row(U, "fainting", day=2),
    row(E, "fainting hives", day=0),
    row(E, "fainting chest_pain", day=0),
    row(C, "urinary_burning", area="bladder"),
    row(U, "urinary_burning fever", area="bladder"),
    row(U, "urinary_burning back_pain", area="bladder"),
    row(E, "urinary_retention!", area="bladder"),
]
SERIOUS = [  # 1c, at any time from hours to many weeks
    *(
        row(E, sign, day=day, area="neck")
        for day in (0, 1, 28, 90, 400)
        for sign in ("trouble_swallowing", "trouble_speaking", "trouble_breathing", "choking")
    ),
    *(
        row(U, sign, day=day, area="neck")
        for day in (0, 1, 28, 90, 400)
        for sign in ("hoarse_voice", "neck_weakness", "limb_weakness", "urinary_incontinence")
    ),
    row(U, "trouble_swallowing:fluids_pass=true", area="neck"),
    row(E, "trouble_swallowing:fluids_pass=true", area="platysma"),
    row(E, "trouble_swallowing:fluids_pass=true drooling", area="neck"),
    row(E, "limb_weakness:trend=worse"),
    row(E, "limb_weakness urinary_incontinence"),
    row(E, "hoarse_voice dry_mouth"),
    row(E, "hoarse_voice fatigue!"),
    row(E, "lip_tongue_swelling", day=0),
    row(E, "wheeze", day=0),
    row(E, "chest_pain"),
    row(U, "palpitations"),
    row(E, "seizure", day=60),
    row(U, "cough fever"),
    row(E, "cough fever choking", area="neck"),
]
NEUROMUSCULAR = ("myasthenia_gravis", "lambert_eaton", "als", "neuromuscular_other")
FACTORS = [  # 2
    *(row(U, "eyelid_droop", factor=factor) for factor in NEUROMUSCULAR),
    *(row(E, "incomplete_eye_closure", factor=factor) for factor in NEUROMUSCULAR),
    row(E, "cough", factor="swallowing_problem_before"),
    row(E, "neck_weakness", factor="aminoglycoside", area="neck"),
    row(C, "dry_mouth", factor="anticholinergic"),
    row(C, "", factor="pregnant"),
    row(C, "", factor="breastfeeding"),
    row(C, "", factor="unlicensed_injector"),
    row(U, "eyelid_droop", factor="unlicensed_injector"),
    *(
        row(E, sign, factor="treated_abroad", area="masseter")
        for sign in ("double_vision", "smile_asymmetry", "local_weakness", "chewing_weakness")
    ),
    *(row(U, sign, factor="treated_abroad") for sign in ("numbness", "tingling", "dizziness")),
    row(U, "neck_pain", factor="dose_above_label", area="neck"),
    row(E, "hoarse_voice", factor="dose_above_label", area="neck"),
    row(C, "", lot="C3709C3"),
    row(E, "double_vision", lot="c3709-c3"),
]
COURSE = [  # ux 2, and the course against the last report
    row(C, "other"),
    row(C, "result_unhappy"),
    row(C, "", call_me=True),
    row(C, "bruising:trend=same", day=14),
    row(S, "bruising:trend=better", day=14),
    row(C, "bruising", day=15),
    *(row(C, sign, day=14) for sign in ("headache", "redness", "swelling", "fatigue", "nausea")),
    row(C, "headache~", day=3, last="headache"),
    row(S, "headache", day=3, last="headache~"),
    row(E, "neck_weakness~", area="neck", last="neck_weakness"),
    row(E, "hoarse_voice", day=7, last="eyelid_droop"),
    row(E, "eyelid_droop", day=7, last="hoarse_voice"),
    row(U, "hoarse_voice", day=7, last="bruising"),
]
ROWS = [*EXPECTED_OR_MINOR, *UNCOMMON, *SERIOUS, *FACTORS, *COURSE]


@pytest.mark.parametrize(("expected", "symptoms", "told"), ROWS)
def test_a_row_of_the_clinical_file(expected: str, symptoms: str, told: dict[str, Any]) -> None:
    assert level(symptoms, **told) == expected
