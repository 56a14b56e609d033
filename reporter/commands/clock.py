"""`reporter clock believe`: a person's word that this machine's clock is right again."""

import click

from reporter.commands import store


@click.group("clock")
def clock_group() -> None:
    """The clock that decides when a check-in is due."""


@clock_group.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def believe(yes: bool) -> None:
    """Send again after the clock jumped, or the scheduler paused for more than a week."""
    from reporter import clock
    from reporter.clinic import clinics
    from reporter.mail import clock_trust
    from reporter.records.audit import SYSTEM

    now, steady = clock.now(), clock.steady()
    with store.opened() as db:
        if not (doubt := clock_trust.doubt(db, now, steady)):
            click.echo("The clock is believed already.")
            return
        click.echo(doubt)
        if not yes:
            click.confirm(f"Is it now really {now:%Y-%m-%d %H:%M} UTC?", abort=True)
        for clinic in clinics.all_clinics(db):
            clock_trust.believe(db, clinic.id, by=SYSTEM, at=now, steady=steady)
    click.echo("Believed. Check-ins whose window has passed will be marked as missed.")


COMMANDS = (clock_group,)
