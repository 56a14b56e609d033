"""Setting up and running: init, migrate, serve, scheduler, demo, doctor."""

import sys
from pathlib import Path

import click

from reporter.commands import store


@click.command()
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the clinic from a TOML file instead of asking.",
)
@click.option("--another", is_flag=True, help="Make a second clinic of the same name.")
def init(source: Path | None, another: bool) -> None:
    """Make a clinic and its first administrator."""
    from reporter import clock, setup_clinic

    with store.opened() as db:
        for line in setup_clinic.run(db, source, another=another, at=clock.now()):
            click.echo(line)


@click.command()
def migrate() -> None:
    """Bring the database to this version. Safe to run again, and by many at once.

    Rules that are new in this version come to each clinic as a draft: the old ones stay live.
    """
    from reporter import clock
    from reporter.clinic import rulesets
    from reporter.clinic.clinics import all_clinics

    with store.opened(migrated=False) as db:
        applied = db.migrate()
        click.echo(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")
        for clinic in all_clinics(db):
            if draft := rulesets.arrive(db, clinic.id, clock.now()):
                click.echo(
                    f"{clinic.name}: new rules came as draft {draft}. The old ones stay live "
                    f"until two clinicians have seen to it, at /desk/rules/drafts/{draft}."
                )


@click.command()
def serve() -> None:
    """Serve the pages, with REPORTER_WORKERS processes on REPORTER_HOST and REPORTER_PORT."""
    from reporter import serve as server

    server.run(store.settings())


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def scheduler(arguments: tuple[str, ...]) -> None:
    """Send what is due, for ever: the same as `python scheduler.py`."""
    import scheduler as alarm_clock

    sys.argv = ["scheduler", *arguments]
    sys.exit(alarm_clock.main())


@click.command()
@click.option("--fresh", is_flag=True, help="Throw the old demo data away first.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="REPORTER_DEMO_FOLDER",
    default=Path("demo-data"),
    show_default=True,
)
def demo(fresh: bool, folder: Path) -> None:
    """Show an invented clinic on this computer. No e-mail leaves it."""
    from reporter import demo as shown

    sys.exit(shown.run(folder, fresh=fresh, say=click.echo))


@click.command()
def doctor() -> None:
    """Say what is in order and what is not. Exit status 1 when something needs mending."""
    from reporter import clock, doctor

    findings = doctor.examine(store.settings(), clock.now())
    for finding in findings:
        click.echo(f"{finding.mark:4}  {finding.what}")
        for number, step in enumerate(finding.steps, start=1):
            click.echo(f"        {number}. {step}")
    sys.exit(0 if all(finding.fine for finding in findings) else 1)


COMMANDS = (init, migrate, serve, scheduler, demo, doctor)
