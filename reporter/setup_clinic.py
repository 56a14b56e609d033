"""`reporter init`: a real clinic and its first administrator, from questions or a TOML file."""

import os
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from reporter.clinic import clinics, staff
from reporter.clinic.clinic_settings import DAYS, NEEDED
from reporter.clinic.clinics import Clinic, ClinicError
from reporter.clinic.staff import Staff
from reporter.records.audit import SYSTEM
from reporter.records.db import Database

PASSWORD = "REPORTER_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
ADMINISTRATOR = {"email", "name"}


def run(db: Database, source: Path | None, *, another: bool, at: datetime) -> list[str]:
    """Make both in one transaction: the lines to print. Raise ClinicError or StaffError."""
    given, person = _from_file(source) if source else _asked()
    _refuse_twin(db, str(given.get("name") or ""), another)
    password = os.environ.get(PASSWORD) or click.prompt(
        "Password of the administrator", hide_input=True, confirmation_prompt=True
    )
    with db.transaction():
        clinic = clinics.create(db, given, at=at)
        admin = staff.add(
            db, clinic.id, **person, role="admin", password=password, by=SYSTEM, at=at
        )
    return _what_now(clinic, admin)


def _from_file(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The clinic's settings and the administrator, of whom only e-mail and name are in the file."""
    try:
        given = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ClinicError(f"{path} cannot be read as TOML: {error}.") from None
    person = given.pop("administrator", None)
    if not isinstance(person, Mapping) or set(person) != ADMINISTRATOR:
        raise ClinicError(
            f"{path} needs an [administrator] with email and name and nothing else; "
            f"the password is asked for, or taken from {PASSWORD}."
        )
    clinics.checked(given)
    return given, {key: str(value) for key, value in person.items()}


def _asked() -> tuple[dict[str, Any], dict[str, str]]:
    """Ask until it is complete; what was right is offered again."""
    click.echo("A few questions about the clinic. What is in [ ] is taken when you press Enter.")
    given: dict[str, Any] = {}
    while True:
        given = _questions(given)
        try:
            clinics.checked(given)
        except ClinicError as error:
            click.echo(f"\n{error}\n", err=True)
            continue
        person = {
            "email": click.prompt("E-mail of the first administrator"),
            "name": click.prompt("Their name"),
        }
        return given, person


def _questions(before: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        name: click.prompt(f"{name} ({why})", default=before.get(name)).strip()
        for name, why in NEEDED.items()
    }
    given["on_call_webhook"] = click.prompt(
        "on_call_webhook (pages somebody while the clinic is closed; empty if nobody can be)",
        default=before.get("on_call_webhook", ""),
    ).strip()
    given["hours"] = _hours(before.get("hours") or {})
    days = click.prompt(
        "holidays (days on which it is closed, like 2026-12-25 2027-01-01)",
        default=" ".join(before.get("holidays") or []),
    )
    return {**given, "holidays": days.replace(",", " ").split()}


def _hours(before: Mapping[str, list[str]]) -> dict[str, list[str]]:
    hours, last = {}, "08:30-17:30"
    for day in DAYS:
        usual = "closed" if day in {"saturday", "sunday"} else last
        default = " ".join(before.get(day, [])) or ("closed" if before else usual)
        text = click.prompt(f"{day} (like 08:30-12:00 13:00-17:30, or closed)", default=default)
        spans = text.replace(",", " ").split()
        hours[day] = [] if spans == ["closed"] else spans
        last = " ".join(hours[day]) or last
    return hours


def _refuse_twin(db: Database, name: str, another: bool) -> None:
    twin = next((one for one in clinics.all_clinics(db) if one.name == name.strip()), None)
    if twin and not another:
        raise ClinicError(
            f"There is a clinic {twin.name} already ({twin.id}), so nothing was made. "
            "Say --another if you want a second one of that name."
        )


def _what_now(clinic: Clinic, admin: Staff) -> list[str]:
    paging = "a page to on-call" if clinic.has_on_call else "no page: on_call_webhook is empty"
    return [
        f"Made {clinic.name} ({clinic.id}), {clinic.hours.zone}.",
        f"While it is closed: {clinic.after_hours_phone}, {clinic.emergency_number}, {paging}.",
        f"{admin.name} logs in as {admin.email}.",
        "Next: `reporter user add` for each nurse, `reporter doctor`, then keep `reporter serve` "
        "and `python scheduler.py` running.",
    ]
