"""Backups."""

import sys
from pathlib import Path

import click

from reporter.commands import store
from reporter.commands.keys import insist, needs_yes

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@file_argument
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--keep-days",
    type=click.IntRange(1, 3650),
    default=35,
    show_default=True,
    help="For how long you keep it: `patient erase` says until when it holds the key.",
)
def backup(file: Path, force: bool, keep_days: int) -> None:
    """Copy everything into FILE while the product runs, and check it by restoring it."""
    from reporter import clock
    from reporter.records.backup import make, note

    at = clock.now()
    with store.opened() as db:
        made = make(db, file, at=at, force=force)
        kept = note(db, at, keep_days)
    click.echo(f"{made.path}: {made.rows} rows, {made.size} bytes, restored once and found whole.")
    click.echo(f"Keep it until {kept.keep_until}, away from this machine; the keys elsewhere.")
    _print_breaks(made.breaks)


@click.command()
@file_argument
@needs_yes
def restore(file: Path, yes: bool) -> None:
    """Replace everything stored by what FILE holds. All of it, or nothing."""
    insist(yes, "All that came in since the backup was made is gone then.")
    from reporter import clock
    from reporter.records.audit import SYSTEM
    from reporter.records.restore import restore as put_back

    with store.opened() as db:
        done = put_back(db, file, by=SYSTEM, at=clock.now())
    click.echo(f"Restored {sum(done.header.counts.values())} rows as of {done.header.made_at}.")
    click.echo(
        f"{done.held} messages that had waited are held back, {done.missed} check-ins whose time "
        f"is past will not be sent, {done.erased_again} people are erased again."
    )
    click.echo("Everybody must log in again.")
    _print_breaks(done.breaks)


def _print_breaks(breaks: list[str]) -> None:
    for broken in breaks:
        click.echo(f"The audit trail in it does not hold: {broken}", err=True)
    if breaks:
        sys.exit(1)


COMMANDS = (backup, restore)
