"""Check-ins: planned anew after a changed protocol, and their ledger. Prints no names."""

import sys
from typing import TYPE_CHECKING

import click

from reporter.commands import store
from reporter.commands.keys import which_clinic
from reporter.commands.mail import as_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reporter.clinic.checkin_changes import Change
    from reporter.clinic.checkin_plan import Replanned
    from reporter.clinic.ledger import Line


# What the ledger tells of each check-in, in the order in which it usually happens.
HAPPENED = (
    "planned",
    "sent",
    "accepted",
    "bounced",
    "reminded",
    "answered",
    "phoned",
    "missed",
    "paused",
    "stopped",
    "cancelled",
)


@click.group()
def checkins() -> None:
    """Check-ins: plan anew by changed protocols, and the follow-up ledger."""


@checkins.command()
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--yes", is_flag=True, help="Change it.")
@which_clinic
@as_json
def replan(dry_run: bool, yes: bool, clinic_id: str, as_json: bool) -> None:
    """Plan what has not been sent by the check-in protocols as they are now."""
    from reporter import clock
    from reporter.clinic import checkin_plan, rulesets
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import SYSTEM
    from reporter.rules.knowledge import shipped

    if dry_run and yes:
        raise click.UsageError("Choose --dry-run or --yes, not both.")
    at = clock.now()
    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        known = rulesets.live(db, clinic.id, shipped(), at)
        found = list(checkin_plan.changed_by(db, clinic, known, at))
        for one in found if yes else ():
            work = (db, clinic, one.treatment, known)
            db.atomically(lambda work=work: checkin_plan.follow_protocol(*work, by=SYSTEM, at=at))  # type: ignore[misc]
    changes = sum(len(one.changes) for one in found)
    content = {"treatments": len(found), "changes": changes, "done": yes, "lines": _lines(found)}
    done = "They are made." if yes else "Nothing was changed; `--yes` makes them."
    end = f"{changes} changes in {len(found)} treatments. {done if changes else ''}".rstrip()
    say(content, as_json, [*_lines(found), end])
    sys.exit(1 if changes and not (yes or dry_run) else 0)


def _lines(found: "list[Replanned]") -> list[str]:
    return [
        f"{one.treatment.reference}  {line}" for one in found for line in map(_line, one.changes)
    ]


def _line(change: "Change") -> str:
    name = f"day {change.day} {change.kind}"
    old = f"{change.was.due_at:%Y-%m-%d %H:%M}Z" if change.was else ""
    new = f"{change.slot.due_at:%Y-%m-%d %H:%M}Z" if change.slot else ""
    if not change.slot:
        return f"- {name} of {old} is taken out"
    if not change.was:
        return f"+ {name} on {new} is added"
    return f"~ {name} moves from {old} to {new}" if old != new else f"~ {name} on {new} is reworded"


@checkins.command("ledger")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, with all times in UTC.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on; a year ago.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Before this day; in a year.")
@which_clinic
@as_json
def show_ledger(as_csv: bool, since: object, until: object, clinic_id: str, as_json: bool) -> None:
    """For each check-in what happened and when: planned, sent, accepted, bounced, answered, …"""
    from datetime import UTC, datetime, timedelta

    from reporter import clock
    from reporter.clinic import ledger
    from reporter.clinic.clinics import the_clinic
    from reporter.records.audit import SYSTEM, record

    at = clock.now()
    start = since.replace(tzinfo=UTC) if isinstance(since, datetime) else at - timedelta(days=365)
    end = until.replace(tzinfo=UTC) if isinstance(until, datetime) else at + timedelta(days=365)
    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        with db.transaction():
            record(db, clinic.id, SYSTEM, "ledger.exported", clinic.id, at)
        lines = ledger.of_clinic(db, clinic.id, start, end)
        if as_json:
            rows = [dict(zip(ledger.HEADER, ledger.cells(one), strict=True)) for one in lines]
            say({"checkins": rows}, True, [])
            return
        for text in ledger.as_csv(lines) if as_csv else _plain(lines):
            click.echo(text, nl=not as_csv)


def _plain(lines: "Iterator[Line]") -> "Iterator[str]":
    number = 0
    for one in lines:
        number += 1
        times = {name: getattr(one, name) for name in HAPPENED}
        told = "  ".join(f"{name} {at:%m-%d %H:%M}Z" for name, at in times.items() if at)
        yield f"{one.reference}  day {one.day}  due {one.due:%Y-%m-%d %H:%M}Z  {one.state}  {told}"
    yield f"{number} check-ins."


COMMANDS = (checkins,)
