"""Any phrase in a note: where it stands, and how clinicians list what is not there."""

import pytest

from reporter.rules.lexicon import Lexicon
from reporter.rules.notes import spelled_out
from reporter.rules.words import phrase_status, read

WHEREVER = """
negated | Chest Pain | denies  CHEST   pain
negated | fevers | no fever
negated | abdominal pain | No pain in the abdomen.
negated | chest pain | no chest or abdominal pain
negated | dyspnea | She is not short of breath.
present | dyspnea | She gets short of breath on the stairs.
negated | tolerated some p.o. fluids | He has not tolerated some p.o.
present | Neck: supple. No lymphadenopathy | Neck: supple.
present | stroke | The phrase is nowhere in this text.
negated | a fever, chills, or rigors | Denies a fever chills or rigors
"""
SEVERAL = """
negated | allergies | ALLERGIES: he has no known allergies.
negated | virus | Virus plasma testing: the VIRUS is negative.
present | edema | No edema. Later there was edema.
negated | cough | No cough at rest, no cough at night.
"""
LISTS = """
negated | rubs | No murmurs, gallops or rubs were heard.
negated | rash | No change in vision, hearing or rash.
negated | change in hearing | No change in hearing.
present | hearing | No change in hearing.
present | polyp | COMPLICATIONS: None FINDINGS: 1) Polyp in the colon 2) No ulcers
negated | ulcers | FINDINGS: 1) Polyp in the colon 2) No ulcers
present | alert | No distress, alert and oriented.
present | trace edema | No clubbing or cyanosis, trace edema.
present | lungs are clear | No rash and the lungs are clear.
present | positive bowel sounds | Abdomen soft, nontender with positive bowel sounds.
present | rash | Fever (no cough) and rash.
present | hypertension | Not treated for hypertension.
negated | infection | No evidence for infection.
negated | pneumonia | No evidence that the patient has pneumonia.
present | CT | CT was negative for bleeding.
negated | bleeding | CT was negative for bleeding.
negated | weakness | He had weakness, although that seemed to have resolved.
present | dolor | No disnea, dolor en el costado.
negated | disnea | No refiere fiebre, tos ni disnea.
present | tos | No fiebre, si tos en la noche.
"""
PAST_OR_NOT_YET = """
past | stroke | Old stroke.
present | stroke | 62 year old stroke patient.
past | hepatitis | Recovered from hepatitis in college.
hypothetical | fever | Return if fever develops.
hypothetical | fiebre | Si fiebre, acudir a urgencias.
hypothetical | clot | Heparin for clot prophylaxis.
someone_else | influenza | Her roommate had influenza last week.
present | jaundice | Jaundice, no history of gallstones.
"""
CASES = [
    tuple(part.strip() for part in line.split("|"))
    for block in (WHEREVER, SEVERAL, LISTS, PAST_OR_NOT_YET)
    for line in block.strip().splitlines()
]


@pytest.mark.parametrize(("status", "phrase", "note"), CASES)
def test_a_phrase_in_a_note(lexicon: Lexicon, status: str, phrase: str, note: str) -> None:
    assert phrase_status(phrase, note, lexicon) == status


@pytest.mark.parametrize(
    ("note", "meant"),
    [
        ("s/p fall w/o LOC", "status post fall without LOC"),
        ("(-) fever, (+) cough", "no fever, positive cough"),
        ("fever (-)", "fever negative"),
        ("rash (denies), cough", "rash negative, cough"),
        ("HIV neg, -ve for TB", "HIV negative, negative for TB"),
        ("Any fever? No. Cough", "Any fever: no. Cough"),
        ("no rash Neuro: headache", "no rash\nNeuro: headache"),
        ("DENIES THE FOLLOWING: FEVER", "DENIES THE FOLLOWING: FEVER"),
        ("negation, posture", "negation, posture"),
    ],
)
def test_shorthand_in_words(note: str, meant: str) -> None:
    assert spelled_out(note) == meant


def test_what_a_patient_writes_stays_in_doubt(lexicon: Lexicon) -> None:
    """The habits of notes do not reach a patient's own text."""
    (_, swelling) = read("no redness and swelling", lexicon)
    assert swelling.status == "present"
    assert phrase_status("swelling", "no redness and swelling", lexicon) == "negated"
