"""The clinic: its people, its treatments, its cases."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reporter.commands import store
from reporter.commands.keys import which_clinic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reporter.clinic.clinics import Clinic
    from reporter.clinic.treatments import Treatment
    from reporter.records.db import Database


@click.command()
def clinics() -> None:
    """List the clinics."""
    from reporter.clinic.clinics import all_clinics

    with store.opened() as db:
        for clinic in all_clinics(db):
            click.echo(f"{clinic.id}  {clinic.name}  ({clinic.hours.zone})")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--day-first", is_flag=True, help="Dates are written dd/mm/yyyy.")
@which_clinic
def enrol(file: Path, dry_run: bool, day_first: bool, clinic_id: str) -> None:
    """Enrol the treatments in a CSV file. Safe to run again: the same one is kept once."""
    from reporter import clock
    from reporter.clinic.clinics import the_clinic
    from reporter.clinic.sheet import enrol_file
    from reporter.records.audit import SYSTEM
    from reporter.rules.knowledge import load

    with store.opened() as db:
        code = enrol_file(
            db,
            the_clinic(db, clinic_id),
            load(),
            file,
            by=SYSTEM,
            at=clock.now(),
            say=click.echo,
            dry_run=dry_run,
            day_first=day_first,
        )
    sys.exit(code)


@click.group()
def treatment() -> None:
    """One treatment."""


@treatment.command("show")
@click.argument("reference")
@click.option("--show-phi", is_flag=True, help="Also who it is and what they reported.")
@which_clinic
def show_treatment(reference: str, show_phi: bool, clinic_id: str) -> None:
    """Show the treatment with this REFERENCE, like K7-42Q."""
    from reporter import clock
    from reporter.clinic import treatments
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        found = treatments.by_reference(db, clinic.id, reference)
        for line in _coded(db, clinic, found, clock.now()):
            click.echo(line)
        for line in _personal(db, found) if show_phi else ():
            click.echo(line)


@treatment.command("revoke")
@click.argument("reference")
@which_clinic
def revoke_links(reference: str, clinic_id: str) -> None:
    """End every link of the treatment with this REFERENCE: mailed ones and printed cards."""
    from reporter import clock
    from reporter.clinic import links, treatments
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import SYSTEM

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        found = treatments.by_reference(db, clinic.id, reference)
        ended = links.revoke(db, clinic.id, found.id, by=SYSTEM, at=clock.now())
    click.echo(f"{ended} link{'' if ended == 1 else 's'} of {found.reference} ended.")


def _coded(db: "Database", clinic: "Clinic", found: "Treatment", at: "datetime") -> "Iterator[str]":
    from reporter.clinic import casebook

    day = found.day(at, clinic.hours.zone)
    yield f"{found.reference}  given {found.given_on}, day {day}"
    yield f"{found.product}, lot {found.lot}, expiry {found.expiry}, by {found.injector}"
    yield ", ".join(f"{dose.area} {dose.units:g} units" for dose in found.areas)
    yield f"follow-up {f'ended {found.stopped_at:%Y-%m-%d}' if found.stopped_at else 'goes on'}"
    case = casebook.of_treatment(db, clinic.id, found.id)
    yield f"case {case.state}, {case.level.id}" if case else "no case"


def _personal(db: "Database", found: "Treatment") -> "Iterator[str]":
    from reporter.clinic import reports

    person = found.patient
    yield f"{person.name}, born {person.born or 'unknown'}, {person.mobile}, {person.email}"
    for said in reports.of_treatment(db, found.clinic_id, found.id):
        noticed = ", ".join(one.symptom for one in said.report.symptoms) or "nothing"
        yield f"{said.received_at:%Y-%m-%d %H:%M} UTC  {noticed}"


COMMANDS = (clinics, enrol, treatment)
