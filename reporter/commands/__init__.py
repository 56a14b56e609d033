"""The `reporter` command line: each room holds the verbs of one noun, and only prints.

Exit status: 0 fine, 1 a problem, 2 wrong usage. What goes wrong is one sentence on stderr.
Every command imports what it needs when it runs, so that `reporter triage` needs no store.
"""

import sys
from types import TracebackType
from typing import Any

import click

from reporter.commands import (
    cases,
    checkins,
    clinic,
    clock,
    data,
    keys,
    mail,
    rules,
    running,
    triage,
    users,
)

# By name, so that no command imports what it does not use. A test holds the list complete.
EXPECTED = frozenset(
    {
        "reporter.clinic.case_limits.Refused",
        "reporter.clinic.casebook.NotThere",
        "reporter.clinic.cases.Conflict",
        "reporter.clinic.cells.SheetError",
        "reporter.clinic.clinics.ClinicError",
        "reporter.clinic.ruleset_book.NotThere",
        "reporter.clinic.ruleset_drafts.Refused",
        "reporter.clinic.staff.StaffError",
        "reporter.clinic.treatments.NotThere",
        "reporter.demo.DemoError",
        "reporter.mail.waiting.NotWaiting",
        "reporter.records.backup_file.BackupError",
        "reporter.records.seal.Unreadable",
        "reporter.records.trouble.StorageError",
        "reporter.rules.entries.KnowledgeError",
        "reporter.rules.lexicon.LexiconError",
        "reporter.rules.inflection.PhraseError",
        "reporter.serve.ServeError",
        "reporter.settings.SettingsError",
    }
)


class _PlainErrors:
    """Turns the product's own exceptions into one sentence and exit status 1."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind and any(f"{one.__module__}.{one.__qualname__}" in EXPECTED for one in kind.__mro__):
            click.echo(str(error), err=True)
            sys.exit(1)


class Commands(click.Group):
    """The one place where an expected error is printed."""

    def invoke(self, ctx: click.Context) -> Any:
        with _PlainErrors():
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="reporter")
def main() -> None:
    """Patients report side effects; nurses see who to call first, and by when."""


for room in (running, clinic, cases, users, checkins, mail, clock, triage, rules, data, keys):
    for command in room.COMMANDS:
        main.add_command(command)
