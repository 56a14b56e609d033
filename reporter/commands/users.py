"""Accounts of the staff, for whoever runs the machine; administrators have the page People."""

import json
from typing import TYPE_CHECKING, Any

import click

from reporter.commands import store
from reporter.commands.keys import which_clinic

if TYPE_CHECKING:
    from datetime import datetime

    from reporter.clinic.people import Account
    from reporter.clinic.staff import Staff
    from reporter.records.db import Database

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def user() -> None:
    """Accounts of the staff."""


@user.command("add")
@click.argument("email")
@click.option("--name", prompt="Name")
@click.option("--role", prompt="Role (nurse, practitioner, director, manager, auditor, admin)")
@click.option("--invite", is_flag=True, help="Mail a link by which they choose a password.")
@click.option(
    "--password",
    envvar="REPORTER_NEW_PASSWORD",
    help="Better asked for, or in REPORTER_NEW_PASSWORD: others may see a command's options.",
)
@as_json
@which_clinic
def add_user(
    email: str,
    name: str,
    role: str,
    invite: bool,
    password: str | None,
    as_json: bool,
    clinic_id: str,
) -> None:
    """Make an account; EMAIL is the name to log in with."""
    from reporter import clock
    from reporter.clinic import invitations, staff
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import SYSTEM

    given: dict[str, Any] = {"email": email, "name": name, "role": role}
    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        given |= {"by": SYSTEM, "at": clock.now()}
        if invite:
            new = invitations.invite(db, clinic.id, **given)
            said = f"{new.name} gets an e-mail with a link, good for three days ({new.role})."
        else:
            staff.check_new(db, email, name, role)  # before somebody types a password for nothing
            new = staff.add(db, clinic.id, **given, password=password or _asked())
            said = f"{new.name} can log in at {clinic.name} as {new.email} ({new.role})."
    click.echo(json.dumps({**_plain(new), "invited": invite}) if as_json else said)


def _asked() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _plain(person: "Staff") -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "clinic": person.clinic_id,
    }


@user.command("list")
@click.option("--all", "everyone", is_flag=True, help="Also accounts that were closed.")
@as_json
@which_clinic
def list_users(everyone: bool, as_json: bool, clinic_id: str) -> None:
    """List who can log in: clinic, state, second factor and when last seen."""
    from reporter import clock
    from reporter.clinic import people
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        found = people.listed(db, clinic.id, clock.now())
    shown = [one for one in found if everyone or one.state != "disabled"]
    if as_json:
        click.echo(json.dumps([_account(one) for one in shown], indent=1))
        return
    for one in shown:
        click.echo("  ".join((clinic.name, *_line(one))))


def _line(one: "Account") -> tuple[str, ...]:
    person = one.staff
    factor = "second factor" if one.has_factor else "no second factor"
    last = f"last seen {one.last_seen:%Y-%m-%d %H:%M} UTC" if one.last_seen else "never logged in"
    return person.email, person.name, person.role, one.state, factor, last


def _account(one: "Account") -> dict[str, Any]:
    return {
        **_plain(one.staff),
        "state": one.state,
        "second_factor": one.has_factor,
        "last_seen": one.last_seen.isoformat() if one.last_seen else None,
    }


@user.command("disable")
@click.argument("email")
@as_json
@which_clinic
def disable_user(email: str, as_json: bool, clinic_id: str) -> None:
    """Close the account of EMAIL: out at once, everywhere, and their cases are free again."""
    from reporter import clock
    from reporter.clinic import people
    from reporter.records.audit import SYSTEM

    at = clock.now()
    with store.opened() as db:
        person = _person(db, clinic_id, email, at)
        freed = people.disable(db, person, by=SYSTEM, at=at)
    cases = "1 case is" if freed == 1 else f"{freed} cases are"
    said = f"{person.name} cannot log in any more. {cases} free again."
    click.echo(json.dumps({**_plain(person), "released": freed}) if as_json else said)


@user.command("enable")
@click.argument("email")
@as_json
@which_clinic
def enable_user(email: str, as_json: bool, clinic_id: str) -> None:
    """Open the closed account of EMAIL again, with the password and second factor that it had."""
    from reporter import clock
    from reporter.clinic import people
    from reporter.clinic.staff import StaffError
    from reporter.records.audit import SYSTEM

    at = clock.now()
    with store.opened() as db:
        person = _person(db, clinic_id, email, at)
        if people.one(db, person.clinic_id, person.id, at).state != "disabled":
            raise StaffError(f"The account of {person.email} is open already.")
        people.enable(db, person, by=SYSTEM, at=at)
        state = people.one(db, person.clinic_id, person.id, at).state
    said = f"The account of {person.name} is open again: they log in as before."
    if state != "active":
        said = (
            f"The account of {person.name} is open again, but has no password yet: "
            f"`reporter user reset {person.email}` sends a link."
        )
    click.echo(json.dumps({**_plain(person), "state": state}) if as_json else said)


@user.command("reset")
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="Also forget the phone and recovery codes.")
@click.option("--show-link", is_flag=True, help="Print the link here, where no e-mail arrives.")
@as_json
@which_clinic
def reset_user(
    email: str, second_factor: bool, show_link: bool, as_json: bool, clinic_id: str
) -> None:
    """Let EMAIL choose a new password: log them out and mail a link, good once."""
    from reporter import clock
    from reporter.clinic import invitations, people, sessions
    from reporter.clinic.staff import StaffError
    from reporter.records.audit import SYSTEM

    at, link = clock.now(), ""
    with store.opened() as db, db.transaction():
        person = _person(db, clinic_id, email, at)
        if people.one(db, person.clinic_id, person.id, at).state == "disabled":
            raise StaffError(
                f"The account of {person.email} is closed. Open it again first, on People or with "
                f"`reporter user enable {person.email}`."
            )
        sessions.end_all(db, person, at, by=SYSTEM)
        if second_factor:
            people.reset_factor(db, person, by=SYSTEM, at=at)
        if show_link:
            token = invitations.make(db, person, by=SYSTEM, at=at)
            link = db.letterhead.url(f"/welcome/{token}")
        else:
            invitations.send(db, person, by=SYSTEM, at=at)
    if as_json:
        click.echo(json.dumps({**_plain(person), "link": link or None}))
        return
    click.echo(link or f"{person.name} is logged out and gets an e-mail with a link.")


def _person(db: "Database", clinic_id: str, email: str, at: "datetime") -> "Staff":
    from reporter.clinic import people
    from reporter.clinic.clinics import the_clinic

    return people.by_email(db, the_clinic(db, clinic_id).id, email, at).staff


COMMANDS = (user,)
