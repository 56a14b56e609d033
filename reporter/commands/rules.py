"""The rules: what is live, what a draft would change, and making it live."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from reporter.commands import rule_counts, rule_json, store
from reporter.commands.keys import which_clinic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reporter.clinic.backtest_pool import Files
    from reporter.clinic.rule_signatures import Signature
    from reporter.clinic.ruleset_book import RuleSet
    from reporter.clinic.staff import Staff
    from reporter.records.db import Database
    from reporter.rules.knowledge import Knowledge, Rule

which_set = click.option("--set", "number", type=int, help="A stored set; else the live one.")
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
own_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def rules() -> None:
    """The rules that decide how soon somebody must call."""


@rules.command("list")
@as_json
@which_clinic
def list_sets(as_json: bool, clinic_id: str) -> None:
    """List the rule sets of a clinic, the newest first."""
    from reporter import clock
    from reporter.clinic import ruleset_book, rulesets
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        clinic = the_clinic(db, clinic_id)
        rulesets.arrive(db, clinic.id, clock.now())
        found = ruleset_book.listed(db, clinic.id)
    if as_json:
        click.echo(json.dumps([rule_json.of_set(one) for one in found]))
        return
    for one in found:
        since = f", live since {one.live_from:%Y-%m-%d}" if one.live_from else ""
        click.echo(f"{one.number}  {one.state}  {one.ruleset}  from {one.origin}{since}")


@rules.command()
@click.argument("rule_id", metavar="[ID]", default="")
@which_set
@as_json
@which_clinic
def show(rule_id: str, number: int | None, as_json: bool, clinic_id: str) -> None:
    """Print one rule, or all of them, in plain sentences with their sources."""
    from reporter.clinic import rule_signatures
    from reporter.clinic.clinics import the_clinic

    with store.opened() as db:
        _, known = _set(db, clinic_id, number)
        signed = rule_signatures.of(db, the_clinic(db, clinic_id).id, known)
    found = [rule for rule in (*known.rules, *known.off) if rule_id in {"", rule.id}]
    if not found:
        raise click.ClickException(
            f"There is no rule {rule_id!r}. `reporter rules show` lists all."
        )
    found.sort(key=lambda rule: -rule.level)
    if as_json:
        click.echo(json.dumps([rule_json.of_rule(one, known, signed.get(one.id)) for one in found]))
        return
    for rule in found:
        for line in _told(rule, known, signed.get(rule.id)):
            click.echo(line)
    unsigned = sum(rule.id not in signed for rule in found)
    click.echo(f"No clinician has signed {unsigned} of {len(found)} rules.")


def _told(rule: "Rule", known: "Knowledge", signed: "Signature | None") -> "Iterator[str]":
    from reporter.rules.wording import LEVELS, condition

    yield f"{LEVELS[rule.level].upper()}  {rule.id}: {rule.because}"
    if rule.switched_off:
        yield f"    Switched off: {rule.switched_off}"
    yield f"    Fires on: {condition(rule.when, known)}"
    yield f"    Sources: {rule.source}"
    yield f"    Signed by: {f'{signed.name}, {signed.on}' if signed else 'nobody yet'}"
    yield ""


@rules.command("try")
@click.argument(
    "lines", metavar="[FILE|-]", type=click.File("r", "utf-8", "surrogateescape"), default="-"
)
@which_set
@click.option("--rules", "draft", type=own_file, help="A rules.toml to try instead.")
@click.option("--json", is_flag=True, expose_value=False, help="As it always answers.")
@which_clinic
def try_set(lines: TextIO, number: int | None, draft: Path | None, clinic_id: str) -> None:
    """Decide made-up reports (JSON), one a line in and out, and say what would change each."""
    from reporter.clinic import rulesets
    from reporter.rules.lines import triage_lines

    with store.opened() as db:
        texts, known = _set(db, clinic_id, number)
    if draft:
        known = rulesets.checked(_with_drafted(texts, draft))
    sys.exit(triage_lines(lines, known, sys.stdout, sys.stderr, explain=True))


@rules.command()
@click.argument("file", required=False, type=own_file)
@which_set
@click.option("--moved", "moved_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "email", help="Keep the result with the set, as this clinician.")
@as_json
@which_clinic
def backtest(
    file: Path | None,
    number: int | None,
    moved_file: Path | None,
    email: str | None,
    as_json: bool,
    clinic_id: str,
) -> None:
    """Decide every stored report again by the rules.toml in FILE, or by a stored --set.

    --moved FILE lists every report that moves. Nothing is changed, and Ctrl-C leaves nothing.
    """
    from reporter import clock
    from reporter.clinic import ruleset_book, ruleset_drafts
    from reporter.clinic.clinics import the_clinic

    if (file is None) == (number is None) or (email and not number):
        raise click.UsageError("Give a rules.toml, or --set with the number of a stored set.")
    with store.opened() as db:
        clinic, at = the_clinic(db, clinic_id), clock.now()
        by = _logged_in(db, clinic.id, email, at) if email else None
        live, _ = _set(db, clinic.id, None)
        draft = _with_drafted(live, file) if file else _set(db, clinic.id, number)[0]
        tally = rule_counts.counted(db, clinic.id, draft, live, moved_file)
        if by and number:
            found = ruleset_book.get(db, clinic.id, number)
            step = ruleset_drafts.Step(by, at, found.version)
            ruleset_drafts.keep_test(db, found, tally, step)
    if as_json:
        click.echo(json.dumps(rule_json.of_tally(tally)))
        return
    for line in rule_counts.summary(tally):
        click.echo(line)


@rules.command()
@click.argument("number", type=int)
@click.option("--as", "email", prompt="Your e-mail address", help="The clinician who approves it.")
@click.option("--reason", default="", help="Needed from the only clinician of a clinic.")
@as_json
@which_clinic
def publish(number: int, email: str, reason: str, as_json: bool, clinic_id: str) -> None:
    """Make the proposed set NUMBER live, after a back-test over every stored report."""
    from reporter import clock
    from reporter.clinic import ruleset_approval, ruleset_book
    from reporter.clinic.clinics import the_clinic
    from reporter.clinic.ruleset_drafts import Step

    with store.opened() as db:
        clinic, at = the_clinic(db, clinic_id), clock.now()
        by = _logged_in(db, clinic.id, email, at)
        found = ruleset_book.get(db, clinic.id, number)
        step = Step(by, at, found.version, reason)
        ruleset_approval.check_approver(db, found, step)
        tally = rule_counts.counted(
            db, clinic.id, _set(db, clinic.id, number)[0], _set(db, clinic.id, None)[0]
        )
        now_live = ruleset_approval.approve(db, found, tally, step)
    if as_json:
        click.echo(json.dumps(rule_json.of_set(now_live)))
        return
    click.echo(f"Set {now_live.number} ({now_live.ruleset}) decides from now on.")


def _logged_in(db: "Database", clinic_id: str, email: str, at: "datetime") -> "Staff":
    """The person who proves with the password, and a code where one is set, to be who they say."""
    from reporter.clinic import log_ins, sessions
    from reporter.clinic.second_factor import WrongCode

    password = click.prompt("Password", hide_input=True)
    try:
        token = log_ins.log_in(db, email, password, at=at, address="command line")
        if sessions.half(db, token, at):
            token = log_ins.give_code(db, token, click.prompt("Code"), at=at)
    except (log_ins.LogInRefused, WrongCode) as refused:
        raise click.ClickException(str(refused)) from None
    found = sessions.who(db, token, at)
    sessions.log_out(db, token, at)
    if found is None or found.clinic_id != clinic_id:
        raise click.ClickException("That account is of another clinic.")
    return found


def _set(db: "Database", clinic_id: str, number: int | None) -> "tuple[Files, Knowledge]":
    """The files of a stored set, or of the live one, and what they say."""
    from reporter import clock
    from reporter.clinic import ruleset_book, rulesets
    from reporter.clinic.clinics import the_clinic

    clinic = the_clinic(db, clinic_id)
    found: RuleSet = rulesets.live_set(db, clinic.id, clock.now())
    if number is not None:
        found = ruleset_book.get(db, clinic.id, number)
    return ruleset_book.files(db, clinic.id, found.number), rulesets.of(db, found)


def _with_drafted(texts: "Files", rules_toml: Path) -> "dict[str, str]":
    """The live set's files with this rules.toml; cases beside it (rules.cases.toml) come along."""
    from reporter.clinic import rulesets
    from reporter.rules.entries import KnowledgeError

    changed = {
        "rules.toml": rules_toml,
        "rules.cases.toml": rules_toml.with_name("rules.cases.toml"),
    }
    try:
        found = {name: path.read_text("utf-8") for name, path in changed.items() if path.exists()}
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{rules_toml.name}: is not UTF-8 text ({error})") from error
    drafted = {**texts, **found}
    rulesets.checked(drafted)  # said before anything is counted
    return drafted


COMMANDS = (rules,)
