"""A person and a treatment kept in the place of ones that nobody knows yet, from a poster.

They have a key of their own, are in no list and in no search by name, and get no check-ins.
"""

from datetime import date, datetime

from reporter.clinic import treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.patients import Patient
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.records.db import Database
from reporter.records.seal import keyed_hash

UNMATCHED, MATCHED, UNKNOWN = "unmatched", "matched", "unknown"
NOBODY = "Somebody"
"""What stands where a name would, until one is given."""


def empty(db: Database, clinic: Clinic, token: str, language: str, at: datetime) -> Treatment:
    """What a visit by the poster works with before it has said anything. Nothing is stored."""
    patient = Patient(
        id=_id(db, clinic, "person", token),
        name=NOBODY,
        born=None,
        email="",
        mobile="",
        language=language,
        zone=clinic.hours.zone,
        may_voicemail=False,
        may_email=False,
        email_refused_at=None,
        wrapped_key=None,
    )
    return Treatment(
        clinic_id=clinic.id,
        id=_id(db, clinic, "treatment", token),
        reference="",
        patient=patient,
        given_on=local(clinic.hours.zone, at).date(),
        product="",
        lot="",
        expiry="",
        areas=(),
        factors=(),
        injector="",
        created_at=at,
        stopped_at=None,
        version=1,
        matching=UNMATCHED,
        day_unknown=True,
    )


def _id(db: Database, clinic: Clinic, kind: str, token: str) -> str:
    """The same for the same token: two requests at once make one person, not two."""
    digits = keyed_hash(db.clinic_key(clinic.id).purpose(f"poster {kind}"), token)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def hold(db: Database, place: Treatment, at: datetime) -> bool:
    """Keep these rows in the open transaction; False when they were there."""
    patient = place.patient
    wrapped = db.vault.new_key()
    db.run(
        "insert into patients (clinic_id, id, wrapped_key, sealed_person, language, zone, "
        "may_voicemail, may_email, created_at) values (:c, :id, :wrapped, :sealed, :language, "
        ":zone, 0, 0, :at) on conflict do nothing",
        c=place.clinic_id,
        id=patient.id,
        wrapped=wrapped,
        sealed=db.vault.key(wrapped).seal_data("person", _person(NOBODY, None, "")),
        language=patient.language,
        zone=patient.zone,
        at=stamp(at),
    )
    return bool(
        db.run(
            "insert into treatments (clinic_id, id, patient_id, reference, given_on, product, lot, "
            "expiry, areas, factors, injector, created_at, matching, day_unknown) values (:c, :id, "
            ":p, :reference, :day, '', '', '', '[]', '[]', '', :at, 'unmatched', 1) "
            "on conflict do nothing",
            c=place.clinic_id,
            id=place.id,
            p=patient.id,
            reference=treatments.free_reference(db, place.clinic_id),
            day=place.given_on.isoformat(),
            at=stamp(at),
        )
    )


def name_person(
    db: Database, place: Treatment, *, name: str, born: date | None, mobile: str
) -> None:
    """Who somebody says they are, sealed; compared with nobody here, in the open transaction."""
    db.run(
        "update patients set sealed_person = :sealed, version = version + 1 "
        "where clinic_id = :c and id = :id",
        c=place.clinic_id,
        id=place.patient.id,
        sealed=db.vault.key(place.patient.wrapped_key).seal_data(
            "person", _person(name.strip() or NOBODY, born, mobile)
        ),
    )


def _person(name: str, born: date | None, mobile: str) -> dict[str, str]:
    day = born.isoformat() if born else ""
    return {"name": name, "born": day, "email": "", "mobile": mobile}


def name_treatment(
    db: Database, place: Treatment, *, given_on: date | None, injector: str, factors: str
) -> None:
    """What they say of the treatment, in the open transaction. `factors` is a list as JSON."""
    db.run(
        "update treatments set given_on = coalesce(:day, given_on), day_unknown = :unknown, "
        "injector = :injector, factors = :factors, version = version + 1 "
        "where clinic_id = :c and id = :id and matching <> ''",
        c=place.clinic_id,
        id=place.id,
        day=given_on.isoformat() if given_on else None,
        unknown=int(given_on is None),
        injector=injector,
        factors=factors,
    )


def match(db: Database, place: Treatment, state: str, real_id: str | None) -> None:
    """Matched to that treatment, or of an unknown person, in the open transaction."""
    db.run(
        "update treatments set matching = :state, matched_id = :real, version = version + 1 "
        "where clinic_id = :c and id = :id and matching <> ''",
        c=place.clinic_id,
        id=place.id,
        state=state,
        real=real_id,
    )
