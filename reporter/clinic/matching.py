"""Whose report came by the poster: staff say so, after looking. Nobody before the poster learns it.

Suggestions come from the keyed hashes of name, date of birth and telephone. A match moves nothing
of the report: the place that held it names the treatment from then on, and what was said is
decided once more with what the clinic knows of that treatment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reporter.clinic import (
    casebook,
    cases,
    checkins,
    intake,
    patients,
    places,
    reports,
    treatments,
)
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.patients import Patient
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.seal import folded
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report

CHANNEL = "match"
SUGGESTED = 8
SHORTEST_PART, SHORTEST_PHONE = 3, 7
WEIGHTS = {"name": 4, "part": 2, "born": 4, "phone": 3, "day": 1}


@dataclass(frozen=True)
class Suggestion:
    """A treatment that may be meant; `agree` names what fits: name (or part), born, phone, day."""

    treatment: Treatment
    agree: tuple[str, ...]


def suggestions(db: Database, clinic_id: str, held: Treatment) -> tuple[Suggestion, ...]:
    """Treatments of people who fit what was typed: who fits in more first, then the latest."""
    found: dict[str, Treatment] = {}
    for text in _looked_for(held.patient):
        found |= {one.id: one for one in treatments.find(db, clinic_id, text)}
    fitting = [Suggestion(one, _agree(held, one)) for one in found.values() if not one.matching]
    fitting.sort(key=lambda one: (_weight(one), one.treatment.given_on), reverse=True)
    return tuple(one for one in fitting if one.agree)[:SUGGESTED]


def _looked_for(typed: Patient) -> Iterator[str]:
    """The whole name, each part of it (one letter may be wrong in another), and the telephone."""
    if typed.name != places.NOBODY:
        yield typed.name
        yield from (part for part in typed.name.split()[:4] if len(folded(part)) >= SHORTEST_PART)
    if len(_digits(typed.mobile)) >= SHORTEST_PHONE:
        yield _digits(typed.mobile)[-10:]


def _weight(one: Suggestion) -> int:
    return sum(WEIGHTS[what] for what in one.agree)


def _agree(held: Treatment, real: Treatment) -> tuple[str, ...]:
    typed, known = held.patient, real.patient
    phone, parts = _digits(typed.mobile)[-10:], _parts_that_fit(typed.name, known.name)
    fits = {
        "name": bool(parts) and all(parts),
        "part": any(parts) and not all(parts),
        "born": typed.born is not None and typed.born == known.born,
        "phone": len(phone) >= SHORTEST_PHONE and _digits(known.mobile).endswith(phone),
        "day": not held.day_unknown and held.given_on == real.given_on,
    }
    return tuple(what for what, fitting in fits.items() if fitting)


def _parts_that_fit(typed: str, known: str) -> list[bool]:
    """For each part that was typed, whether it begins a part of the known name: Maria Alv."""
    wanted = [folded(part) for part in typed.split()] if typed != places.NOBODY else []
    parts = [folded(part) for part in known.split()]
    return [any(part.startswith(want) for part in parts) for want in wanted if want]


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def match(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    case: Case,
    real: Treatment,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
) -> Case:
    """This case is of that treatment. Raise cases.Conflict or cases.Refused, changing nothing."""
    if real.is_placeholder or real.patient.wrapped_key is None:
        raise cases.Refused("Choose a treatment that was enrolled here.")

    def work() -> None:
        held = _settle(db, case, "match", by, at, expected_version, treatment=real.id)
        places.match(db, held, places.MATCHED, real.id)
        held = treatments.get(db, clinic.id, held.id)
        record(db, clinic.id, by, "poster.matched", held.id, at, treatment=real.id)
        for one in _said_by_patient(db, held):
            if not one.unconfirmed:
                checkins.answered(db, clinic.id, real.id, at)
            if case.is_open:
                _decide_again(db, knowledge, clinic, held, real, one, by, at)

    db.atomically(work)
    return casebook.get(db, clinic.id, case.id)


def _settle(
    db: Database, case: Case, verb: str, by: Actor, at: datetime, version: int, **details: Any
) -> Treatment:
    """Move the case, so that of two people who match it at once one is told of the other."""
    cases.move(db, case.clinic_id, case.id, verb, by=by, at=at, expected_version=version, **details)
    held = treatments.get(db, case.clinic_id, case.treatment_id)
    patients.hold(db, case.clinic_id, held.patient.id)
    return held


def _said_by_patient(db: Database, held: Treatment) -> list[StoredReport]:
    """The last word under each form, oldest first."""
    last: dict[str, StoredReport] = {}
    for one in reversed(reports.of_treatment(db, held.clinic_id, held.id)):
        if one.channel != CHANNEL:
            last[one.key] = one
    return list(last.values())


def _decide_again(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    held: Treatment,
    real: Treatment,
    said: StoredReport,
    by: Actor,
    at: datetime,
) -> None:
    """With the facts of the treatment it may be graver: the case is raised then, never lowered.

    It has a key of its own: what the person at the poster sees must not change with it.
    """
    again = intake.submit(
        db,
        knowledge,
        clinic,
        held,
        with_facts(said, real, clinic.hours.zone),
        key=f"match {said.id} {real.id}",
        channel=CHANNEL,
        by=by,
        at=at,
        language=said.report.language or "en",
    )
    if said.read_at:
        reports.mark_read(db, clinic.id, again.report_id, by=by, at=at)


def with_facts(said: StoredReport, real: Treatment, zone: str) -> Report:
    """What was said, with the day, product, areas and factors of the treatment it was about."""
    return replace(
        said.report,
        day=real.day(said.received_at, zone),
        product=real.product,
        lot=real.lot,
        areas=tuple(dose.area for dose in real.areas),
        factors=tuple(dict.fromkeys((*said.report.factors, *real.factors))),
    )


def mark_unknown(
    db: Database, clinic: Clinic, case: Case, *, note: str, by: Actor, at: datetime, version: int
) -> Case:
    """Nobody here is meant, as far as could be found. A later match is still possible."""

    def work() -> None:
        held = _settle(db, case, "unknown_person", by, at, version, note=note)
        places.match(db, held, places.UNKNOWN, None)
        record(db, clinic.id, by, "poster.unknown_person", held.id, at)

    db.atomically(work)
    return casebook.get(db, clinic.id, case.id)
