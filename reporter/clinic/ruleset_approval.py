"""How a draft goes live: one clinician proposes it, a second one approves it.

A set that would lower a report whose case was confirmed as serious cannot go live. A clinic with
one clinician waits a day and types why. The way back to an earlier set is one step.
"""

from datetime import timedelta

from reporter.clinic import backtest, ruleset_book, rulesets
from reporter.clinic.backtest_tally import Tally
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import (
    ChangedMeanwhile,
    Refused,
    Step,
    kept_test,
    may_change,
    moved,
    only_clinicians,
    problems,
)
from reporter.clinic.staff import everybody
from reporter.clock import stamp
from reporter.records.db import Database
from reporter.rules.difference import changes

WAIT_ALONE = timedelta(days=1)
WRITES = frozenset({"draft", "edit", "choose", "merge", "propose"})


def propose(db: Database, found: RuleSet, step: Step) -> RuleSet:
    """Ask a second clinician. From now on the text never changes."""
    only_clinicians(step.by)
    if broken := problems(db, found):
        number = "1 case does" if len(broken) == 1 else f"{len(broken)} cases do"
        raise Refused(f"{number} not hold. {broken[0]}")
    if not found.tested or found.tested["digest"] != found.digest:
        raise Refused("Back-test this draft first: nobody has seen what it would change.")
    live = rulesets.live_set(db, found.clinic_id, step.at)
    _check_up_to_date(found, live)
    _check_lowering(found.tested["serious"], found.tested["lowered"], step.reason)
    differ = changes(rulesets.of(db, live), rulesets.of(db, found))
    lower = sum(one.lowers for one in differ)
    if lower and not step.reason.strip():
        rules = "1 rule asks" if lower == 1 else f"{lower} rules ask"
        raise Refused(f"{rules} less than before. Write why that is right.", "reason")
    return moved(
        db,
        found,
        "propose",
        "proposed",
        {"draft"},
        step,
        proposed_at=stamp(step.at),
        proposed_by=step.by.id,
        reason=step.reason.strip(),
    )


def _check_up_to_date(found: RuleSet, live: RuleSet) -> None:
    if found.conflicts:
        left = "1 rule is" if len(found.conflicts) == 1 else f"{len(found.conflicts)} rules are"
        raise Refused(f"{left} changed on both sides. Choose for each first.")
    if found.based_on != live.number:
        raise Refused(
            f"Set {live.number} went live after this was begun, and would be undone by it. "
            "Bring this draft up to date first."
        )


def _check_lowering(serious: int, lowered: int, reason: str) -> None:
    if serious:
        cases = "1 report" if serious == 1 else f"{serious} reports"
        raise Refused(
            f"This would lower {cases} whose case was confirmed as serious. It cannot go live."
        )
    if lowered and not reason.strip():
        raise Refused(f"This lowers {lowered} stored reports. Write why that is right.", "reason")


def approve(db: Database, found: RuleSet, tally: Tally, step: Step) -> RuleSet:
    """Make a proposal live, on a back-test that was run just now over every report.

    Reports that came in since are tested within the transaction, so that none is missed.
    """
    check_approver(db, found, step)

    def work() -> RuleSet:
        live = rulesets.live_set(db, found.clinic_id, step.at)
        _check_up_to_date(found, live)
        late = backtest.whole(db, found.clinic_id, tally.last_id)
        knows = rulesets.of(db, found), rulesets.of(db, live)
        tally.add(backtest.run(db, found.clinic_id, *knows, late))
        if tally.total != backtest.count(db, found.clinic_id):
            raise ChangedMeanwhile("Reports came in while this was tested. Approve it again.")
        _check_lowering(tally.serious, tally.lowered, found.reason)
        _retire(db, live, step)
        return moved(
            db,
            found,
            "approve",
            "live",
            {"proposed"},
            step,
            approved_at=stamp(step.at),
            approved_by=step.by.id,
            live_from=stamp(step.at),
            tested=kept_test(found, tally, step.at),
        )

    return db.atomically(work)


def check_approver(db: Database, found: RuleSet, step: Step) -> None:
    """Raise Refused unless this clinician may make this set live now."""
    only_clinicians(step.by)
    if found.state != "proposed" or found.proposed_at is None:
        raise Refused("Only a set that was proposed can go live.")
    steps = ruleset_book.history(db, found.clinic_id, found.number)
    authors = {one.by_id for one in steps if one.verb in WRITES}
    clinicians = [one for one in everybody(db, found.clinic_id) if may_change(one)]
    others = [one for one in clinicians if one.id not in authors]
    # Where all have written in it, whoever proposed it is still not the one who approves it.
    others = others or [one for one in clinicians if one.id != found.proposed_by]
    if step.by.id in {one.id for one in others}:
        return
    if others:
        names = " or ".join(one.name for one in others)
        raise Refused(f"You wrote this. Another clinician must approve it: {names}.")
    if step.at < found.proposed_at + WAIT_ALONE:
        raise Refused(
            "You are the only clinician here: a day must pass between proposing and going live."
        )
    if not step.reason.strip():
        raise Refused("You are the only clinician here: write why this goes live.", "reason")


def go_back(db: Database, found: RuleSet, step: Step) -> RuleSet:
    """Return to an earlier set, in one step: what was live becomes a past set."""
    only_clinicians(step.by)
    if not step.reason.strip():
        raise Refused("Write why you return to this set.", "reason")
    rulesets.of(db, found)  # one that this version cannot read must not go live

    def work() -> RuleSet:
        _retire(db, rulesets.live_set(db, found.clinic_id, step.at), step)
        return moved(db, found, "go_back", "live", {"past"}, step, live_from=stamp(step.at))

    return db.atomically(work)


def _retire(db: Database, live: RuleSet, step: Step) -> None:
    if not ruleset_book.move(db, live, "retire", "past", by=step.by.actor, at=step.at):
        raise ChangedMeanwhile("Another set went live just now. Look again.")
