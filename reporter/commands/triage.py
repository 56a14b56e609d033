"""Triage and words: decide and read what comes in, without store, keys or network."""

import sys
from typing import TextIO

import click

# Bytes that are no UTF-8 stay visible as such, so that their line is refused and not the file.
lines_argument = click.argument(
    "lines", metavar="[FILE|-]", type=click.File("r", "utf-8", "surrogateescape"), default="-"
)


@click.command()
@lines_argument
@click.option("--explain", is_flag=True, help="Also say why, and what would change it.")
def triage(lines: TextIO, explain: bool) -> None:
    """Decide one report (JSON) a line. Exit status 2 when a line was refused."""
    from reporter.rules.knowledge import load
    from reporter.rules.lines import triage_lines

    sys.exit(triage_lines(lines, load(), sys.stdout, sys.stderr, explain=explain))


@click.command()
@lines_argument
@click.option("--phrase", is_flag=True, help="Each line is PHRASE<TAB>TEXT.")
def words(lines: TextIO, phrase: bool) -> None:
    """Read one text a line: which symptoms it speaks of, and how."""
    from reporter.rules import word_lines

    body = word_lines.phrase_lines if phrase else word_lines.word_lines
    sys.exit(body(lines, sys.stdout, sys.stderr))


COMMANDS = (triage, words)
