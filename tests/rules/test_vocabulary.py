"""The public ids: none may ever be renamed or dropped, and each has a plain name to show."""

import pytest

from reporter.rules import knowledge
from reporter.rules.levels import DOMAINS, Level, Severity, nearest

KNOWN = knowledge.load()

SYMPTOMS = """
bruising headache eyelid_droop hives lip_tongue_swelling facial_swelling wheeze
injection_site_pain redness swelling local_weakness flu_like fatigue eyebrow_droop
smile_asymmetry infection_signs lack_of_expression trouble_squinting rash_itch
trouble_swallowing choking trouble_speaking hoarse_voice trouble_breathing noisy_breathing
generalised_weakness limb_weakness neck_weakness double_vision blurred_vision vision_loss
urinary_incontinence urinary_retention urinary_burning eye_pain dry_eye watery_eye
incomplete_eye_closure light_sensitivity eyelid_swelling uneven_brows lip_weakness
chewing_weakness dry_mouth drooling neck_pain neck_stiffness lump numbness tingling
fever nausea vomiting diarrhoea cough dizziness fainting confusion seizure chest_pain
palpitations sweating back_pain joint_pain muscle_pain anxiety low_mood suicidal_thoughts
no_effect result_unhappy other
arm_leg_neck_weakness collapse_or_chest_pain sight_loss_or_eye_pain
"""
AREAS = """
glabella forehead lateral_canthal lower_lid bunny_lines lips chin dao masseter platysma neck
migraine_protocol scalp shoulders axilla hands bladder limb other
"""
FACTORS = """
myasthenia_gravis lambert_eaton als neuromuscular_other swallowing_problem_before
breathing_problem_before aminoglycoside muscle_relaxant anticholinergic anticoagulant pregnant
breastfeeding unlicensed_injector treated_abroad dose_above_label child
"""
RED_FLAG_PAGE = (
    "trouble_breathing",
    "trouble_swallowing",
    "lip_tongue_swelling",
    "trouble_speaking",
    "arm_leg_neck_weakness",
    "collapse_or_chest_pain",
    "sight_loss_or_eye_pain",
)
DOMAIN_OF = {
    "eye": {
        "eyelid_droop",
        "double_vision",
        "blurred_vision",
        "unequal_pupils",
        "vision_loss",
        "sight_loss_or_eye_pain",
    },
    "face": {
        "smile_asymmetry",
        "lip_weakness",
        "lack_of_expression",
        "eyebrow_droop",
        "uneven_brows",
    },
    "bulbar": {"trouble_swallowing", "choking", "trouble_speaking", "hoarse_voice", "drooling"},
    "breathing": {"trouble_breathing", "noisy_breathing", "wheeze"},
    "weakness": {
        "limb_weakness",
        "neck_weakness",
        "generalised_weakness",
        "arm_leg_neck_weakness",
    },
    "bladder": {"urinary_incontinence", "urinary_retention"},
    "dry_mouth": {"dry_mouth"},
}


def test_every_public_symptom_is_known() -> None:
    assert set(SYMPTOMS.split()) <= set(KNOWN.symptoms)


def test_every_public_area_is_known() -> None:
    assert set(AREAS.split()) <= set(KNOWN.areas)


def test_every_public_factor_is_known() -> None:
    assert set(FACTORS.split()) <= set(KNOWN.factors)


def test_the_red_flag_page_has_its_seven_rows_in_order() -> None:
    assert KNOWN.red_flags == RED_FLAG_PAGE


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_holds_just_its_symptoms(domain: str) -> None:
    held = {symptom.id for symptom in KNOWN.symptoms.values() if symptom.domain == domain}
    assert held == DOMAIN_OF[domain]


def test_plain_names_fit_into_a_sentence() -> None:
    names = [n for s in KNOWN.symptoms.values() for n in (s.en, s.es)]
    for name in names:
        assert name == name.strip()
        assert name[0].islower(), "it stands after 'You told us you have'"
        assert not name.endswith(".")
        assert len(name) <= 60


def test_swallowing_reads_as_the_page_prints_it() -> None:
    swallowing = KNOWN.symptoms["trouble_swallowing"]
    assert (swallowing.en, swallowing.es) == ("trouble swallowing", "dificultad para tragar")


def test_levels_rise_from_self_care_to_emergency() -> None:
    assert [level.id for level in Level] == ["self_care", "call_back", "urgent", "emergency"]
    assert [int(level) for level in Level] == [0, 1, 2, 3]


@pytest.mark.parametrize("level", Level)
def test_a_level_is_found_by_its_id(level: Level) -> None:
    assert Level.from_id(level.id) is level


@pytest.mark.parametrize("severity", Severity)
def test_a_severity_is_found_by_its_id(severity: Severity) -> None:
    assert Severity.from_id(severity.id) is severity


def test_a_misspelt_level_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="'urgent'"):
        Level.from_id("urgnt")
    with pytest.raises(ValueError, match="'moderate'"):
        Severity.from_id("moderat")


def test_nearest_says_so_when_nothing_is_near() -> None:
    assert nearest("zzz", ["mild"]) == "no known one is near"
    assert "'mild'" in nearest("MILD", ["mild", "severe"])
