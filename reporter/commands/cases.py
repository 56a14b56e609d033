"""Cases: which are late, which are open, and a move by hand through the same table as the desk."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from reporter.commands import store
from reporter.commands.keys import which_clinic
from reporter.commands.mail import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reporter.clinic.casebook import Case
    from reporter.clinic.clinics import Clinic
    from reporter.records.audit import Actor
    from reporter.records.db import Database


# What a verb may be given besides its note; anything else would be kept unsealed.
CHOICES = frozenset({"result", "outcome", "regulator", "decision"})
TICKS, TIMES = frozenset({"red_flags_asked", "taught_back"}), frozenset({"next_due", "due_at"})
KNOWN = CHOICES | TICKS | TIMES | {"level"}


@click.group()
def cases() -> None:
    """What is done about reports."""


@cases.command("late")
@as_json
def late_cases(as_json: bool) -> None:
    """List open cases whose due time has come, and how many texts nobody has read in time.

    Exit status 1 when there is one, for monitoring.
    """
    from reporter import clock
    from reporter.clinic.clinics import all_clinics

    at = clock.now()
    with store.opened() as db:
        clinics = all_clinics(db)
        found = [line for clinic in clinics for line in _lines(db, clinic, at)]
        unread = [line for clinic in clinics for line in _unread(db, clinic, at)]
    late = [line for line in found if line["is_late"]]
    _say([*late, *unread], as_json, "No case is late.")
    sys.exit(1 if late or unread else 0)


@cases.command("list")
@as_json
@which_clinic
def list_cases(as_json: bool, clinic_id: str) -> None:
    """List the open cases, who to call first on top."""
    from reporter import clock
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        found = list(_lines(db, the_clinic(db, clinic_id), clock.now()))
    _say(found, as_json, "No case is open.")


def _lines(db: "Database", clinic: "Clinic", at: "datetime") -> "Iterator[dict[str, Any]]":
    """One line a case: nothing in it says who the patient is or what is wrong."""
    from reporter.clinic import casebook, treatments

    references = {one.id: one.reference for one in treatments.with_open_case(db, clinic.id)}
    owners = _owners(db, clinic.id)
    for case in casebook.all_open(db, clinic.id, limit=1_000_000):
        late = int((at - case.due_at).total_seconds() // 60) if case.due_at else 0
        yield {
            "clinic": clinic.name,
            "reference": references.get(case.treatment_id, ""),
            "level": "undecided" if case.undecided else case.level.id,
            "state": case.state,
            "due_at": case.due_at.isoformat() if case.due_at else None,
            "due": _on_their_clock(clinic, case.due_at),
            "is_late": bool(case.due_at and case.due_at <= at),
            "late_minutes": max(late, 0),
            "owner": owners.get(case.owner_id or "", ""),
        }


def _unread(db: "Database", clinic: "Clinic", at: "datetime") -> "Iterator[dict[str, Any]]":
    """At most one line a clinic, with the columns of a case as far as there are any."""
    from reporter.clinic import unread

    if late := unread.overdue(db, clinic.id, at):
        yield {
            "clinic": clinic.name,
            "reference": "",
            "level": "to read",
            "state": "unread",
            "due_at": late.since.isoformat(),
            "due": _on_their_clock(clinic, late.since),
            "is_late": True,
            "late_minutes": int((at - late.since).total_seconds() // 60),
            "owner": "",
            "texts": late.words,
        }


def _on_their_clock(clinic: "Clinic", due_at: "datetime | None") -> str:
    from reporter.clinic.hours import local

    return f"{local(clinic.hours.zone, due_at):%Y-%m-%d %H:%M %Z}" if due_at else ""


def _owners(db: "Database", clinic_id: str) -> dict[str, str]:
    """Staff are named by their log-in; a closed account says so."""
    rows = db.query("select id, email, disabled_at from staff where clinic_id = :c", c=clinic_id)
    return {
        row["id"]: f"{row['email']} (closed)" if row["disabled_at"] else row["email"]
        for row in rows
    }


def _say(found: list[dict[str, Any]], as_json: bool, none: str) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    for line in found:
        click.echo(_in_words(line))
    if not found:
        click.echo(none)


def _in_words(line: dict[str, Any]) -> str:
    if "texts" in line:
        return f"{line['clinic']}  {line['texts']}, the first was due {line['due']}"
    named = (line["clinic"], line["reference"], line["level"], line["state"])
    return "  ".join((*named, _when(line), line["owner"] or "nobody"))


def _when(line: dict[str, Any]) -> str:
    """When it is due, and how late that is."""
    due = f"due {line['due']}"
    if not line["is_late"]:
        return due
    return f"{due} ({line['late_minutes']} min late)" if line["late_minutes"] else "due now"


@cases.command("move")
@click.argument("reference")
@click.argument("verb")
@click.option("--as", "email", help="Whose move it is: the e-mail address of their account.")
@click.option("--note", default="", help="Why, or what was said. It is kept sealed.")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="Such as outcome=improving."
)
@as_json
@which_clinic
def move_case(
    reference: str,
    verb: str,
    email: str | None,
    note: str,
    given: tuple[str, ...],
    as_json: bool,
    clinic_id: str,
) -> None:
    """Move the case of the treatment REFERENCE by VERB, such as claim, call, escalate or close.

    Times are given like 2026-11-24T17:30, on the clinic's clock. A guard that says no is one
    sentence and exit status 1.
    """
    from reporter import clock
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        by = _actor(db, clinic.id, email, clock.now())
        details = {**_details(clinic, given), "note": note, "via": "command line"}
        case = _move(db, clinic, reference, verb, by, clock.now(), details)
    content = {"reference": reference, "state": case.state, "version": case.version}
    due = f", due {case.due_at:%Y-%m-%d %H:%M} UTC" if case.due_at else ""
    click.echo(json.dumps(content) if as_json else f"{reference}: {case.state}{due}")


def _move(
    db: "Database",
    clinic: "Clinic",
    reference: str,
    verb: str,
    by: "Actor",
    at: "datetime",
    details: dict[str, Any],
) -> "Case":
    from reporter.clinic import casebook, cases, treatments

    treatment = treatments.by_reference(db, clinic.id, reference)
    case = casebook.of_treatment(db, clinic.id, treatment.id)
    if case is None:
        raise casebook.NotThere(f"There is no case about {reference}.")
    return cases.move(
        db, clinic.id, case.id, verb, by=by, at=at, expected_version=case.version, **details
    )


def _actor(db: "Database", clinic_id: str, email: str | None, at: "datetime") -> "Actor":
    from reporter.clinic import people

    if email is None:
        return people.COMMAND_LINE
    return people.by_email(db, clinic_id, email, at).staff.actor


def _details(clinic: "Clinic", given: tuple[str, ...]) -> dict[str, Any]:
    return dict(_detail(clinic, one) for one in given)


def _detail(clinic: "Clinic", given: str) -> tuple[str, Any]:
    """NAME=VALUE as a form would send it. Raise click.UsageError for what cannot be read."""
    from reporter.rules.levels import Level

    name, equals, value = given.partition("=")
    try:
        if not equals or name not in KNOWN:
            raise ValueError(f"write NAME=VALUE, with a name of {', '.join(sorted(KNOWN))}")
        if name in TIMES:
            return name, _instant(clinic, value)
        if name == "level":
            return name, Level.from_id(value)
        if name in TICKS:
            return name, {"yes": True, "no": False}[value]
    except (ValueError, KeyError) as trouble:
        raise click.UsageError(f"{given!r} cannot be read: {trouble}.") from None
    return name, value


def _instant(clinic: "Clinic", value: str) -> "datetime":
    from datetime import datetime
    from zoneinfo import ZoneInfo

    given = datetime.fromisoformat(value)
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(clinic.hours.zone))


COMMANDS = (cases,)
