"""Keys and proofs: the master keys, the audit chain, erasing a person."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reporter.commands import store

if TYPE_CHECKING:
    from reporter.records.audit import Head
    from reporter.records.db import Database

needs_yes = click.option("--yes", is_flag=True, help="Needed: this cannot be undone.")
which_clinic = click.option("--clinic", "clinic_id", default="", help="Needed if there are many.")


def insist(yes: bool, what: str) -> None:
    """Refuse, as wrong usage, what cannot be undone and was not said with --yes."""
    if not yes:
        raise click.UsageError(f"{what} Say --yes if you mean it.")


@click.group()
def keys() -> None:
    """The master keys in REPORTER_KEYS."""


@keys.command("new")
def new_key() -> None:
    """Print a new master key."""
    from cryptography.fernet import Fernet

    click.echo(Fernet.generate_key().decode())


@keys.command("rotate")
def rotate_keys() -> None:
    """Put everything under the first key in REPORTER_KEYS. Works while the product runs."""
    from reporter.records.rotation import rotate
    from reporter.records.seal import Vault

    first = Vault(store.settings().keys[:1])
    with store.opened() as db:
        done = rotate(db, first)
    click.echo(
        f"{done.wrapped} keys wrapped anew, {done.before} were already. Once every machine has "
        "the new key first, and no backup that you keep needs the old one, take that out."
    )


@click.group()
def audit() -> None:
    """The trail of every change."""


@audit.command("head")
@which_clinic
def audit_head(clinic_id: str) -> None:
    """Print the end of the chain: keep it away from this machine, for `audit verify --head`."""
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import head

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        kept = head(db, clinic.id)
        click.echo(f"{clinic.id} {kept.seq} {kept.mac}")


@audit.command("verify")
@click.option(
    "--head",
    "exported",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with what `audit head` printed.",
)
def audit_verify(exported: Path | None) -> None:
    """Check that no event was altered, removed, added or moved. Exit status 1 when one was."""
    from reporter.clinic import audit_trail
    from reporter.clinic.clinics import all_clinics
    from reporter.records.audit import head, verify

    heads = _exported(exported) if exported else {}
    broken = 0
    with store.opened() as db:
        clinics = all_clinics(db)
        if strange := sorted(heads.keys() - {clinic.id for clinic in clinics}):
            raise click.UsageError(f"There is no clinic {strange[0]}, which the file names.")
        for clinic in clinics:
            found = verify(db, clinic.id, heads.get(clinic.id))
            broken += len(found)
            for one in found:
                told = audit_trail.named(db, clinic.id, clinic.hours.zone, one)
                click.echo(f"{clinic.name}: {told}", err=True)
            if not found:
                events = head(db, clinic.id).seq
                click.echo(f"{clinic.name}: {events} events, the chain holds: none was altered.")
    sys.exit(1 if broken else 0)


def _exported(path: Path) -> "dict[str, Head]":
    from reporter.records.audit import Head

    heads = {}
    for line in path.read_text("utf-8").splitlines():
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdecimal():
            raise click.UsageError(f"{path} is not what `reporter audit head` prints.")
        heads[parts[0]] = Head(int(parts[1]), parts[2])
    return heads


@click.group()
def patient() -> None:
    """One person."""


@patient.command("erase")
@click.argument("reference")
@which_clinic
@needs_yes
def erase_patient(reference: str, clinic_id: str, yes: bool) -> None:
    """Destroy the key of the person treated under REFERENCE. Coded safety data stays."""
    insist(yes, "Name, contact and words of this person are gone for ever then.")
    from reporter import clock
    from reporter.clinic import front_desk, treatments
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import SYSTEM

    at = clock.now()
    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        treatment = treatments.by_reference(db, clinic.id, reference)
        erased = front_desk.erase(db, clinic, treatment, by=SYSTEM, at=at)
        click.echo("Erased." if erased else "This person was erased before.")
        click.echo(_copies(db))


def _copies(db: "Database") -> str:
    """Until when a backup still holds what was destroyed here."""
    from reporter.records.backup import last_one

    known = last_one(db)
    if known is None:
        return (
            "No `reporter backup` is known. Other copies hold the key for as long as you keep them."
        )
    return (
        f"Backups up to {known.made_on} still hold the key, the last of them until "
        f"{known.keep_until}: delete them by then. Restoring one here erases this person again."
    )


COMMANDS = (keys, audit, patient)
