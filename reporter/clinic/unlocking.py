"""Earlier answers open with the date of birth: few tries, the same way through right or wrong."""

import hmac
from datetime import date, datetime, timedelta

from reporter.clinic import rates
from reporter.clinic.treatments import Treatment
from reporter.records.audit import PATIENT, record
from reporter.records.db import Database
from reporter.records.seal import keyed_hash

# By link: 30,000 dates of birth would take years. By address: a clinic's own network is one.
TRIES, WITHIN = 6, timedelta(hours=24)
TRIES_FROM_ONE_ADDRESS, WITHIN_ADDRESS = 30, timedelta(hours=1)


class TooManyTries(Exception):
    """Nothing opens for now, not even with the right date."""


def try_birth_date(
    db: Database, treatment: Treatment, typed: date, *, address: str, at: datetime
) -> bool:
    """Whether this is the patient's date of birth. Every try is counted and audited, also a right
    one, so that both take the same way. Raise TooManyTries when there were too many.
    """
    clinic_id, key = treatment.clinic_id, db.clinic_key(treatment.clinic_id)
    secret = key.purpose("birth date")
    born = treatment.patient.born.isoformat() if treatment.patient.born else ""
    right = hmac.compare_digest(keyed_hash(secret, typed.isoformat()), keyed_hash(secret, born))

    def work() -> bool:
        link = rates.count(db, clinic_id, f"unlock {treatment.id}", at, WITHIN)
        name = f"unlock from {key.look_up('address', address)}"
        here = rates.count(db, clinic_id, name, at, WITHIN_ADDRESS)
        too_many = link > TRIES or here > TRIES_FROM_ONE_ADDRESS
        verb = "unlock.refused" if too_many or not right else "unlock.opened"
        record(db, clinic_id, PATIENT, verb, treatment.id, at)
        return too_many

    if db.atomically(work):
        raise TooManyTries
    return right


def forms(db: Database, treatment: Treatment) -> tuple[str, ...]:
    """The keys of all forms in which something was kept for this treatment, sent or not.

    What staff wrote down is among them: no device was given its key.
    """
    rows = db.query(
        "select id as form from drafts where clinic_id = :c and treatment_id = :t "
        "union select submission_key as form from reports "
        "where clinic_id = :c and treatment_id = :t",
        c=treatment.clinic_id,
        t=treatment.id,
    )
    return tuple(row["form"] for row in rows)
