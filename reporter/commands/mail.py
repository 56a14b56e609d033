"""E-mail: how it looks, whether it goes, what waits. Prints no names, addresses or words."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reporter.commands import store
from reporter.commands.keys import which_clinic

if TYPE_CHECKING:
    from datetime import datetime
    from typing import BinaryIO

    from reporter.records.db import Database

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
MOST_DUE = 1000
LONGEST_HEADER = 65536


@click.group()
def mail() -> None:
    """E-mail: previews, a test message, what is due, what waits."""


def say(content: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """The same thing for a machine or for a person."""
    for line in [json.dumps(content, sort_keys=True)] if as_json else lines:
        click.echo(line)


@mail.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="mail-preview")
@as_json
def preview(folder: Path, as_json: bool) -> None:
    """Write every message, in every wording and language, as files into FOLDER."""
    from reporter.mail import preview as previews

    try:
        written = previews.write(folder)
    except OSError as trouble:
        raise click.ClickException(f"Cannot write into {folder} ({trouble.strerror}).") from None
    content = {"folder": str(folder), "files": [path.name for path in written]}
    say(content, as_json, [f"{len(written)} files in {folder}: .eml, .html and .txt of each."])


@mail.command()
@click.argument("to")
@as_json
def test(to: str, as_json: bool) -> None:
    """Send one test message to the address TO, now, over the configured mail server."""
    from reporter import clock
    from reporter.mail import trial

    outcome = trial.send(store.settings(), to, clock.now())
    content = {"accepted": outcome.accepted, "message_id": outcome.message_id, "what": outcome.what}
    say(content, as_json, [outcome.what])
    sys.exit(0 if outcome.accepted else 1)


@mail.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go; write and send nothing.")
@as_json
def due(dry_run: bool, as_json: bool) -> None:
    """Do one round of the scheduler now: queue the check-ins that are due, send what waits."""
    from reporter import clock

    with store.opened() as db:
        if dry_run:
            _say_due(db, clock.now(), as_json)
            return
        from reporter import rounds
        from reporter.mail import clock_trust

        if doubt := clock_trust.doubt(db, now := clock.now(), clock.steady()):
            raise click.ClickException(doubt)
        done = rounds.tick(db, store.settings(), now)
    content = {"queued": done.queued, "sent": done.sent, "trouble": done.trouble}
    lines = [f"{done.queued} check-ins taken up, {done.sent} messages sent."]
    say(content, as_json, [*lines, *([done.trouble] if done.trouble else [])])
    sys.exit(1 if done.trouble else 0)


def _say_due(db: "Database", at: "datetime", as_json: bool) -> None:
    from reporter.clinic import checkin_mail, treatments
    from reporter.clinic.clinics import all_clinics
    from reporter.clock import stamp

    found, lines = [], []
    for clinic in all_clinics(db):
        for one in checkin_mail.due(db, clinic.id, at, MOST_DUE):
            reference = treatments.reference(db, clinic.id, one.treatment_id)
            found.append(
                {
                    "clinic": clinic.id,
                    "reference": reference,
                    "day": one.day,
                    "kind": one.kind,
                    "due_at": stamp(one.due_at),
                }
            )
            lines.append(f"{reference}  day {one.day} {one.kind}  due {one.due_at:%Y-%m-%d %H:%M}Z")
    say({"due": found}, as_json, [*lines, f"{len(found)} check-ins are due. Nothing was sent."])


@mail.command()
@click.argument("row_id", metavar="[ID]", default="")
@which_clinic
@as_json
def retry(row_id: str, clinic_id: str, as_json: bool) -> None:
    """Try the message with this ID again now; without one, all that were set aside."""
    from reporter import clock
    from reporter.clinic.clinics import the_clinic
    from reporter.mail import waiting
    from reporter.records.audit import SYSTEM

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        again = waiting.retry(db, clinic.id, by=SYSTEM, at=clock.now(), row_id=row_id)
    say({"again": again}, as_json, [f"{again} messages are tried again."])


@mail.command()
@which_clinic
@as_json
def outbox(clinic_id: str, as_json: bool) -> None:
    """What waits and what was set aside. Exit status 1 when something was set aside."""
    from reporter.clinic.clinics import the_clinic
    from reporter.clock import stamp
    from reporter.mail import waiting

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        counts, found = waiting.counts(db, clinic.id), waiting.not_gone(db, clinic.id)
    content = {
        "counts": counts,
        "messages": [
            {
                "id": one.id,
                "name": one.name,
                "state": one.state,
                "attempts": one.attempts,
                "created_at": stamp(one.created_at),
                "due_at": stamp(one.due_at),
                "trouble": one.trouble,
            }
            for one in found
        ],
    }
    lines = [
        f"{one.id}  {one.name}  {one.state}  {one.attempts} tries  "
        f"due {one.due_at:%Y-%m-%d %H:%M}Z  {one.trouble}".rstrip()
        for one in found
    ]
    summary = ", ".join(f"{number} {state}" for state, number in counts.items())
    say(content, as_json, [*lines, summary or "The outbox is empty."])
    sys.exit(1 if any(one.state != "due" for one in found) else 0)


@mail.command()
@click.argument("message", type=click.File("rb"), default="-")
@as_json
def bounced(message: "BinaryIO", as_json: bool) -> None:
    """Take in one message that came back (a file, or standard input from a mail server's pipe).

    Bounces mark, complaints stop, what a person wrote becomes a report.
    """
    from email import message_from_bytes

    from reporter import clock
    from reporter.clinic import incoming
    from reporter.rules.knowledge import shipped

    raw = message.read()
    headed = message_from_bytes(raw[:LONGEST_HEADER]).keys()
    if not headed and (not raw.strip() or b"\0" in raw):
        # Words without a header may be a patient's, and are taken in.
        raise click.ClickException("That is no e-mail: no header, no text. Nothing was taken in.")
    with store.opened() as db:
        taken = incoming.take(db, shipped(), raw, clock.now())
    say({"what": taken.what, "clinic": taken.clinic_id}, as_json, [f"Taken in: {taken.what}."])


COMMANDS = (mail,)
