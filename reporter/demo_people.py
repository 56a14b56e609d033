"""Who lives in the demo, and what they say: plainly invented people at an invented clinic.

Telephone numbers are of the 555-01xx range and addresses end in .test: neither can reach anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.rules.levels import Level

PASSWORD = "demo-demo-demo"  # noqa: S105 - shown to everybody who starts the demo
CLINIC = {
    "name": "Epec Clinic",
    "zone": "America/New_York",
    "phone": "301-555-0142",
    "after_hours_phone": "301-555-0190",
    "emergency_number": "911",
    "crisis_line": "988",
    "reply_to": "nurses@epec.test",
    "hours": {
        day: ["08:30-17:30"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    },
    "holidays": ["2026-11-26", "2026-12-25", "2027-01-01", "2027-07-05", "2027-11-25"],
}
STAFF = (
    ("Dana Reyes", "nurse@demo.test", "nurse"),
    ("Sam Ortiz", "sam@demo.test", "nurse"),
    ("Dr. Ann Lin", "lin@demo.test", "practitioner"),
    ("Dr. Eva Stone", "stone@demo.test", "director"),
    ("Mia Brandt", "mia@demo.test", "manager"),
    ("Ada Quill", "ada@demo.test", "admin"),
    ("Owen Ward", "owen@demo.test", "auditor"),
)
NAMES = {
    "en": (
        ("Robert", "Tess", "Linda", "James", "Olivia", "Grace", "Henry", "Ruth", "Walter", "Joan"),
        ("Hale", "Whitman", "Porter", "Marsh", "Okafor", "Bell", "Doyle", "Harper", "Stone"),
    ),
    "es": (
        ("Maria", "Carmen", "Luis", "Rosa", "Elena", "Jorge", "Pilar", "Mateo", "Lucia", "Ines"),
        ("Alvarez", "Herrera", "Campos", "Ibarra", "Morales", "Rivas", "Soto", "Vega"),
    ),
}
AREA_CODES = (240, 301, 410, 443, 202, 571, 703)
# One lot of many shows more droopy lids than the others: something for the manager to find.
LOTS = ("C8123F2", "C8131F1", "C8140F3", "C8152F2")
STRANGE_LOT = "C8199X9"
VISITS = (
    (("glabella", 20.0), ("forehead", 10.0)),
    (("glabella", 20.0),),
    (("glabella", 20.0), ("forehead", 10.0), ("lateral_canthal", 24.0)),
    (("lateral_canthal", 24.0),),
    (("masseter", 50.0),),
)
FACTORS = ((), (), (), ("previous_uneventful_botox",))


@dataclass(frozen=True)
class Story:
    """What one patient answers on the pages. `level` is what the rules make of it, by a test."""

    level: Level
    answers: Mapping[str, Any] = field(default_factory=dict)
    days: range = range(1, 29)

    @property
    def is_fine(self) -> bool:
        return not self.answers


def _said(*noticed: str, words: str = "", **said: str) -> dict[str, Any]:
    """No red flag, these things noticed, these answers to the follow-ups."""
    steps = {step.replace("__", "."): [answer] for step, answer in said.items()}
    return {"no_flags": True, "noticed": list(noticed), "said": steps, "words": words}


FINE = Story(Level.SELF_CARE)
MILD = (
    Story(
        Level.SELF_CARE,
        _said("headache", headache__severity="mild", started="today", trend="same"),
        range(1, 3),
    ),
    Story(
        Level.SELF_CARE,
        _said("bruise", bruise__size="small", started="yesterday", trend="better"),
        range(1, 8),
    ),
    Story(
        Level.SELF_CARE,
        _said("soreness", soreness__severity="mild", started="today", trend="better"),
        range(1, 3),
    ),
)
DROOP = Story(
    Level.CALL_BACK,
    _said(
        "eyelid",
        eyelid__side="right",
        eyelid__lid_cover="little",
        eyelid__sight="no",
        since="none",
        started="yesterday",
        trend="same",
    ),
    range(3, 15),
)
SMILE = Story(
    Level.CALL_BACK,
    _said(
        "smile",
        smile__smile_kind="uneven",
        smile__severity="mild",
        smile__where="mouth_left",
        since="none",
        started="days",
        trend="same",
    ),
    range(3, 29),
)
LOOK = Story(Level.CALL_BACK, _said("look"), range(7, 29))
CALL_ME = Story(Level.CALL_BACK, _said("call_me"))
QUESTION = {
    "en": Story(
        Level.CALL_BACK,
        _said(
            "something_else",
            words="May I go to the swimming pool again?",
            started="today",
            trend="same",
        ),
    ),
    "es": Story(
        Level.CALL_BACK,
        _said(
            "something_else",
            words="¿Ya puedo volver a la piscina?",
            started="today",
            trend="same",
        ),
    ),
}
BLURRED = Story(
    Level.URGENT,
    _said(
        "eyelid",
        eyelid__side="right",
        eyelid__lid_cover="half",
        eyelid__sight="blurred",
        since="none",
        started="yesterday",
        trend="worse",
    ),
    range(3, 15),
)
RASH = Story(
    Level.URGENT,
    _said(
        "rash",
        rash__rash_kind="hives",
        rash__rash_place="elsewhere",
        rash__where="cheek_right",
        started="today",
        trend="worse",
    ),
    range(1, 8),
)
BIG_BRUISE = Story(
    Level.CALL_BACK,
    _said("bruise", bruise__size="bigger", started="yesterday", trend="worse"),
    range(1, 9),
)


def _fading(words: str) -> Story:
    """Nothing that anybody need call about, and words that a person reads."""
    bruise = {"bruise__size": "small", "started": "yesterday", "trend": "better"}
    return Story(Level.SELF_CARE, _said("bruise", words=words, **bruise), range(1, 8))


THANKS = _fading("Thank you, the nurse was so kind. The bruise is nearly gone.")
JOGGING = _fading("Only a small bruise. When may I go jogging again?")
MAKE_UP = _fading("¿Puedo ponerme maquillaje? El moretón es pequeño.")
SWALLOWING = Story(Level.EMERGENCY, {"flags": ["trouble_swallowing"]}, range(2, 29))
TO_READ = (THANKS, JOGGING, MAKE_UP)
EVERY = (
    *(FINE, *MILD, *TO_READ, DROOP, SMILE, LOOK, CALL_ME, *QUESTION.values()),
    *(BIG_BRUISE, BLURRED, RASH, SWALLOWING),
)


def person(number: int, day: date, rng: Random) -> Enrolment:
    """Somebody who was treated on that day."""
    language = "es" if rng.random() < 0.3 else "en"
    first, last = map(rng.choice, NAMES[language])
    code, line = AREA_CODES[number % len(AREA_CODES)], 100 + number % 100
    return Enrolment(
        name=f"{first} {last}",
        born=date(rng.randint(1950, 2001), rng.randint(1, 12), rng.randint(1, 28)),
        email=f"{first}.{last}.{number}@patients.test".lower(),
        mobile=f"+1{code}555{line:04d}",
        language=language,
        may_voicemail=rng.random() < 0.7,
        may_email=rng.random() < 0.95,
        given_on=day,
        product="Botox Cosmetic",
        lot=STRANGE_LOT if rng.random() < 0.12 else rng.choice(LOTS),
        expiry="2027-08",
        areas=tuple(AreaDose(area, units) for area, units in rng.choice(VISITS)),
        injector=rng.choice(("Dr. Ann Lin", "K. Moss, PA")),
        factors=rng.choice(FACTORS),
    )


def story(day: int, lot: str, language: str, rng: Random) -> Story:
    """What a patient answers on that day after treatment: mostly that all is well."""
    chance = rng.random()
    if lot == STRANGE_LOT and day in DROOP.days and chance < 0.25:
        return DROOP
    if chance < 0.74:
        return FINE
    if chance < 0.90:
        return rng.choice([one for one in MILD if day in one.days] or [FINE])
    rarely = (DROOP, SMILE, LOOK, CALL_ME, QUESTION[language], QUESTION[language], BLURRED, RASH)
    return rng.choice([one for one in rarely if day in one.days])
