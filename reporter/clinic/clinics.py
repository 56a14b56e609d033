"""A clinic: what a promise to a patient needs. Its settings are checked before they are kept."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from reporter.clinic import waits
from reporter.clinic.clinic_checks import faults
from reporter.clinic.clinic_settings import TEXTS, hours_of, kept, steps_of
from reporter.clinic.hours import Hours
from reporter.clinic.steps import StepTable
from reporter.clinic.waits import WaitTable
from reporter.clock import stamp
from reporter.records.audit import SYSTEM, Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id


class ClinicError(Exception):
    """One sentence that says which setting is missing or wrong, and how to mend it."""


@dataclass(frozen=True)
class Clinic:
    """Phones are as people dial them. `on_call_webhook` is empty where nobody can be paged;
    `on_call_email` is the second way, for when the first is not accepted. `duty_nurse` is the
    first name that patients are told, empty where they are told of "a nurse"."""

    id: str
    name: str
    hours: Hours
    phone: str
    after_hours_phone: str
    emergency_number: str
    crisis_line: str
    reply_to: str
    duty_nurse: str
    steps: StepTable
    waits: WaitTable
    on_call_webhook: str
    on_call_email: str
    on_call_secret: str
    colour: str

    @property
    def has_on_call(self) -> bool:
        return bool(self.on_call_webhook)


def create(db: Database, given: Mapping[str, Any], *, at: datetime, by: Actor = SYSTEM) -> Clinic:
    """Make a clinic from its settings (see `checked`). Raise ClinicError, keeping nothing."""
    settings = checked(given)
    clinic_id = new_id(at)
    with db.transaction():
        db.run(
            "insert into clinics (clinic_id, name, settings, wrapped_key, created_at) "
            "values (:c, :name, :settings, :key, :at)",
            c=clinic_id,
            name=settings["name"],
            settings=json.dumps({**settings, "on_call_secret": secrets.token_hex(32)}),
            key=db.vault.new_key(),
            at=stamp(at),
        )
        record(db, clinic_id, by, "clinic.created", clinic_id, at)
    return get(db, clinic_id)


def get(db: Database, clinic_id: str) -> Clinic:
    """Raise ClinicError when there is none."""
    row = db.one("select clinic_id, settings from clinics where clinic_id = :c", c=clinic_id)
    if row is None:
        raise ClinicError(f"There is no clinic {clinic_id}. `reporter clinics` lists them.")
    return from_row(row)


def all_clinics(db: Database) -> list[Clinic]:
    rows = db.query("select clinic_id, settings from clinics order by clinic_id")
    return [from_row(row) for row in rows]


def the_clinic(db: Database, clinic_id: str = "") -> Clinic:
    """The one named, or the only one there is. Raise ClinicError with what to do."""
    if clinic_id:
        return get(db, clinic_id)
    found = all_clinics(db)
    if not found:
        raise ClinicError("There is no clinic yet. Make one with `reporter init`.")
    if len(found) > 1:
        names = ", ".join(f"{clinic.id} ({clinic.name})" for clinic in found)
        raise ClinicError(f"Say which clinic with --clinic: {names}.")
    return found[0]


def from_row(row: Row) -> Clinic:
    """Of a row with clinic_id and settings."""
    return _parsed(row["clinic_id"], row["settings"])


@lru_cache(maxsize=64)
def _parsed(clinic_id: str, settings: str) -> Clinic:
    """Kept by the very text that is stored: a setting that was changed is read anew."""
    stored = json.loads(settings)
    return Clinic(
        id=clinic_id,
        hours=hours_of(stored),
        steps=steps_of(stored),
        waits=waits.of_stored(stored),
        **{name: stored.get(name, "") for name in TEXTS},
        on_call_secret=stored["on_call_secret"],
    )


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, complete and sound. Raise ClinicError with one sentence and its mend."""
    for sentence in faults(given).values():
        raise ClinicError(sentence)
    return kept(given)
