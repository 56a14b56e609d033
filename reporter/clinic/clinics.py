"""A clinic: what a promise to a patient needs. Its settings are checked before they are kept."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from reporter.clinic.hours import Hours
from reporter.clock import stamp
from reporter.records.audit import SYSTEM, Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPAN = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class ClinicError(Exception):
    """One sentence that says which setting is missing or wrong, and how to mend it."""


@dataclass(frozen=True)
class Clinic:
    """Phones are as people dial them. `on_call_webhook` is empty where nobody can be paged."""

    id: str
    name: str
    hours: Hours
    phone: str
    after_hours_phone: str
    emergency_number: str
    crisis_line: str
    reply_to: str
    on_call_webhook: str
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
    return _from_row(row)


def all_clinics(db: Database) -> list[Clinic]:
    rows = db.query("select clinic_id, settings from clinics order by clinic_id")
    return [_from_row(row) for row in rows]


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


def _from_row(row: Row) -> Clinic:
    kept = json.loads(row["settings"])
    week = tuple(tuple((span[:5], span[6:]) for span in kept["hours"][day]) for day in DAYS)
    return Clinic(
        id=row["clinic_id"],
        hours=Hours(kept["zone"], week, frozenset(map(date.fromisoformat, kept["holidays"]))),
        **{name: kept[name] for name in TEXTS},
        on_call_secret=kept["on_call_secret"],
    )


# What a promise to a patient needs, and why the clinic is asked for it.
NEEDED = {
    "name": "patients must know who writes to them",
    "zone": "every promised time is on the clinic's clock, like America/New_York",
    "phone": "patients are told to call it",
    "after_hours_phone": "patients who report while the clinic is closed are told to call it",
    "emergency_number": "the emergency page tells patients to call it, like 911",
    "crisis_line": "patients who think of harming themselves are told to call it, like 988",
    "reply_to": "a person must read what patients answer to an e-mail",
}
TEXTS = (
    "name",
    "phone",
    "after_hours_phone",
    "emergency_number",
    "crisis_line",
    "reply_to",
    "on_call_webhook",
    "colour",
)
ALLOWED = {*NEEDED, *TEXTS, "hours", "holidays"}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, complete and sound. Raise ClinicError with one sentence and its mend."""
    if strange := sorted(set(given) - ALLOWED):
        raise ClinicError(
            f"There is no setting {strange[0]!r}. Known: {', '.join(sorted(ALLOWED))}."
        )
    for name, why in NEEDED.items():
        if not str(given.get(name) or "").strip():
            raise ClinicError(f"{name} is missing: {why}.")
    kept = {name: _line(name, given.get(name) or "") for name in (*TEXTS, "zone")}
    kept["colour"] = kept["colour"] or "#0b4f6c"
    _check_zone(kept["zone"])
    _check_colour(kept["colour"])
    _check_contact(kept)
    return {**kept, "hours": _hours(given.get("hours")), "holidays": _holidays(given)}


def _line(name: str, value: Any) -> str:
    text = str(value).strip()
    if any(ord(sign) < 32 for sign in text) or len(text) > 300:
        raise ClinicError(f"{name} must be one line of at most 300 letters.")
    return text


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ClinicError(
            f"There is no time zone {zone!r}. Use a name like America/New_York or Europe/Madrid."
        ) from None


def _check_colour(colour: str) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ClinicError(f"colour must look like #0b4f6c, not {colour!r}.")


def _check_contact(kept: Mapping[str, str]) -> None:
    for name in ("phone", "after_hours_phone", "emergency_number", "crisis_line"):
        if not re.fullmatch(r"\+?[\d ()\-.]{3,24}", kept[name]):
            raise ClinicError(f"{name} must be a telephone number, not {kept[name]!r}.")
    if "@" not in kept["reply_to"]:
        raise ClinicError(f"reply_to must be an e-mail address, not {kept['reply_to']!r}.")
    hook = urlsplit(kept["on_call_webhook"])
    if kept["on_call_webhook"] and (hook.scheme not in {"http", "https"} or not hook.hostname):
        raise ClinicError("on_call_webhook must be an address that starts with https://.")


def _hours(given: Any) -> dict[str, list[str]]:
    if not isinstance(given, Mapping) or not any(given.values()):
        raise ClinicError(
            "hours is missing: promised calls follow from them. "
            'Give a line for each open day, like monday = ["08:30-17:30"].'
        )
    if strange := sorted(set(given) - set(DAYS)):
        raise ClinicError(f"{strange[0]!r} is no day of the week in hours. Use {', '.join(DAYS)}.")
    return {day: [_span(day, span) for span in given.get(day) or []] for day in DAYS}


def _span(day: str, span: Any) -> str:
    if not isinstance(span, str) or not SPAN.match(span) or not _forward(span):
        raise ClinicError(f'hours.{day} must be spans like "08:30-17:30", not {span!r}.')
    return span


def _forward(span: str) -> bool:
    return time.fromisoformat(span[:5]) < time.fromisoformat(span[6:])


def _holidays(given: Mapping[str, Any]) -> list[str]:
    days = given.get("holidays") or []
    try:
        return sorted(str(date.fromisoformat(str(day))) for day in days)
    except (ValueError, TypeError):
        raise ClinicError('holidays must be a list of days like "2026-12-25".') from None
