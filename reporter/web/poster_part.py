"""What a case from the poster shows more than others: who it says it is, and whose it is."""

from dataclasses import dataclass

from reporter.clinic import casebook, places, posters, treatments
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.web import clock_words, staff_words
from reporter.web.staff_words import Badge

INJECTORS = {
    "here": "This clinic",
    "elsewhere": "Another clinic or doctor",
    "unlicensed": "Somebody without a medical license",
    "unsure": "Not sure",
}


@dataclass(frozen=True)
class OtherCase:
    """Another case of the same treatment."""

    id: str
    badge: Badge
    is_open: bool


@dataclass(frozen=True)
class PosterPart:
    """`state` is unmatched, matched or unknown. Empty texts were not given."""

    state: str
    name: str
    born: str
    phone: str
    injector: str
    treated: str
    matched_name: str
    matched_phone: str
    others: tuple[OtherCase, ...]

    @property
    def said_something(self) -> bool:
        return any((self.name, self.born, self.phone, self.injector, self.treated))


def part(db: Database, held: Treatment) -> PosterPart | None:
    """None for a case that came by a personal link or by telephone."""
    if not held.is_placeholder:
        return None
    told = posters.told(held)
    real = treatments.shown(db, held) if held.matched_id else None
    return PosterPart(
        state=held.matching,
        name=told.name,
        born=clock_words.day(told.born) if told.born else "",
        phone=staff_words.phone(told.mobile) if told.mobile else "",
        injector=INJECTORS.get(told.injector, ""),
        treated=clock_words.day(told.given_on) if told.given_on else "",
        matched_name=real.patient.name if real else "",
        matched_phone=staff_words.phone(real.patient.mobile) if real else "",
        others=_others(db, held, real) if real else (),
    )


def _others(db: Database, held: Treatment, real: Treatment) -> tuple[OtherCase, ...]:
    """The treatment's own case, and other posters' reports that were matched to it."""
    same = [real, *(one for one in treatments.matched_to(db, real) if one.id != held.id)]
    cases = [casebook.of_treatment(db, one.clinic_id, one.id) for one in same]
    return tuple(
        OtherCase(case.id, staff_words.badge(case), case.is_open) for case in cases if case
    )


def in_queue(held: Treatment) -> str:
    """In the place of day and areas, where nobody knows them; empty for an enrolled treatment."""
    if not held.is_placeholder:
        return ""
    unknown = held.matching == places.UNKNOWN
    return "From the poster · unknown person" if unknown else "From the poster · not matched yet"
