"""New rules that come with an upgrade: a draft, merged with what the clinic had changed."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from click.testing import CliRunner

from reporter import clock
from reporter.clinic import clinics, ruleset_approval, ruleset_book, ruleset_merging, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused, change_rule, take_back
from reporter.clinic.staff import Staff
from reporter.commands import main
from reporter.records.db import Database
from reporter.rules.knowledge import Rule
from reporter.rules.levels import Level
from reporter.rules.rule_change import changed
from reporter.rules.rule_text import Value
from tests.clinic.ruleset_desk import Office
from tests.conftest import CLINIC, KEY, NOW

Upgrade = Callable[..., None]


@pytest.fixture
def office(db: Database, clinic: Clinic) -> Office:
    return Office(db, clinic.id)


@pytest.fixture
def ann(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


@pytest.fixture
def bob(hire: Callable[..., Staff]) -> Staff:
    return hire("Bob Kern", role="director")


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgrade]:
    """The next version of the product ships one rule otherwise."""
    shipped: Mapping[str, str] = rulesets.shipped_files()

    def ship(rule: str, **keys: Value) -> None:
        nonlocal shipped
        shipped = changed(shipped, rule, {key.replace("__", "."): keys[key] for key in keys})
        now = shipped
        monkeypatch.setattr(rulesets, "shipped_files", lambda: now)
        rulesets._arrived.clear()

    yield ship
    rulesets._arrived.clear()


def rule(office: Office, found: RuleSet, id: str) -> Rule:
    return {one.id: one for one in rulesets.of(office.db, found).rules}[id]


def arrived(office: Office) -> RuleSet:
    number = rulesets.arrive(office.db, office.clinic_id, NOW)
    assert number is not None
    return ruleset_book.get(office.db, office.clinic_id, number)


def test_what_the_clinic_changed_is_in_the_draft(
    office: Office, ann: Staff, bob: Staff, upgrade: Upgrade
) -> None:
    own = office.with_level("hoarse_voice", "emergency", ann)
    office.approve(office.proposed(own, ann), bob)
    upgrade("drooling", level="emergency")
    draft = arrived(office)
    assert (draft.state, draft.origin, draft.based_on) == ("draft", "upgrade", own.number)
    assert rule(office, draft, "hoarse_voice").level is Level.EMERGENCY
    assert rule(office, draft, "drooling").level is Level.EMERGENCY
    assert not draft.conflicts
    assert office.live().number == own.number
    assert rulesets.arrive(office.db, office.clinic_id, NOW) is None
    live = office.approve(office.proposed(draft, ann), bob)
    # The version after that is merged over what shipped before, and not over what was live.
    upgrade("no_effect", when__day_from=21)
    third = arrived(office)
    assert third.based_on == live.number and not third.conflicts
    assert rule(office, third, "hoarse_voice").level is Level.EMERGENCY
    assert rule(office, third, "no_effect").when.day_from == 21


@pytest.mark.parametrize("ours", [True, False])
def test_a_rule_that_both_changed_must_be_chosen(
    office: Office, ann: Staff, bob: Staff, upgrade: Upgrade, ours: bool
) -> None:
    own = office.with_level("hoarse_voice", "emergency", ann)
    office.approve(office.proposed(own, ann), bob)
    upgrade("hoarse_voice", when__day_from=1)
    draft = arrived(office)
    assert [one.name for one in draft.conflicts] == ["rule hoarse_voice"]
    assert rule(office, draft, "hoarse_voice").level is Level.EMERGENCY
    tested = office.tested(draft, ann)
    with pytest.raises(Refused, match="1 rule is changed on both sides"):
        ruleset_approval.propose(office.db, tested, office.step(tested, ann, "Good"))
    step = office.step(tested, ann)
    chosen = ruleset_merging.choose(office.db, tested, "rule hoarse_voice", ours, step)
    assert not chosen.conflicts and chosen.tested is None
    found = rule(office, chosen, "hoarse_voice")
    expected = (Level.EMERGENCY, None) if ours else (Level.URGENT, 1)
    assert (found.level, found.when.day_from) == expected
    with pytest.raises(ChangedMeanwhile, match="chosen here already"):
        ruleset_merging.choose(office.db, chosen, "rule hoarse_voice", ours, step)
    assert office.approve(office.proposed(chosen, ann, "Right"), bob).state == "live"
    last = ruleset_book.history(office.db, office.clinic_id, draft.number)
    assert "rule hoarse_voice: " in next(one for one in last if one.verb == "choose").reason


def test_an_upgrade_that_says_the_same_waits_for_nobody(
    office: Office, ann: Staff, bob: Staff, upgrade: Upgrade
) -> None:
    own = office.with_level("hoarse_voice", "emergency", ann)
    office.approve(office.proposed(own, ann), bob)
    upgrade("hoarse_voice", level="emergency")
    assert rulesets.arrive(office.db, office.clinic_id, NOW) is None
    newest = ruleset_book.listed(office.db, office.clinic_id)[0]
    assert (newest.state, newest.origin) == ("withdrawn", "upgrade")
    assert rulesets.standing(office.db, office.clinic_id).upgrade is None


def test_what_went_live_meanwhile_is_not_undone(
    office: Office, ann: Staff, bob: Staff, upgrade: Upgrade
) -> None:
    """Two drafts at once, one of them an upgrade: the second takes in the first."""
    office.live()
    slow = office.with_level("hoarse_voice", "emergency", ann)
    waiting = office.proposed(slow, ann)
    upgrade("drooling", level="emergency")
    quick = arrived(office)
    office.approve(office.proposed(quick, ann), bob)
    with pytest.raises(Refused, match=f"Set {quick.number} went live after this was begun"):
        office.approve(waiting, bob)
    draft = take_back(office.db, waiting, office.step(waiting, ann))
    with pytest.raises(Refused, match="Bring this draft up to date first"):
        tested = office.tested(draft, ann)
        ruleset_approval.propose(office.db, tested, office.step(tested, ann, "Good"))
    draft = office.now(draft)
    draft = ruleset_merging.catch_up(office.db, draft, office.step(draft, ann))
    assert draft.based_on == quick.number and draft.tested is None
    assert rule(office, draft, "drooling").level is Level.EMERGENCY
    assert rule(office, draft, "hoarse_voice").level is Level.EMERGENCY
    assert office.approve(office.proposed(draft, ann), bob).state == "live"


def test_a_draft_and_the_live_set_that_changed_one_rule_are_a_conflict(
    office: Office, ann: Staff, bob: Staff
) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    other = office.draft(ann)
    keys = {"when.day_from": 1}
    other = change_rule(office.db, other, "hoarse_voice", keys, office.step(other, ann))
    office.approve(office.proposed(other, ann, "Local evidence"), bob)
    draft = ruleset_merging.catch_up(office.db, draft, office.step(draft, ann))
    (conflict,) = draft.conflicts
    assert conflict.against == f"set {other.number}"


def test_any_lowering_is_explained_even_where_no_report_moves(office: Office, ann: Staff) -> None:
    draft = office.with_level("speech", "urgent", ann)
    tested = office.tested(draft, ann)
    with pytest.raises(Refused, match="1 rule asks less than before") as refused:
        ruleset_approval.propose(office.db, tested, office.step(tested, ann, " "))
    assert refused.value.field == "reason"


def test_a_rule_is_switched_off_with_its_reason_and_on_again(
    office: Office, ann: Staff, bob: Staff
) -> None:
    draft = office.draft(ann)
    keys = {"switched_off": 'Here "no effect" is seen at the visit'}
    draft = change_rule(office.db, draft, "no_effect", keys, office.step(draft, ann))
    known = rulesets.of(office.db, draft)
    assert "no_effect" not in {one.id for one in known.rules}
    assert [(one.id, one.switched_off) for one in known.off] == [
        ("no_effect", 'Here "no effect" is seen at the visit')
    ]
    tested = office.tested(draft, ann)
    with pytest.raises(Refused, match="asks less than before"):
        ruleset_approval.propose(office.db, tested, office.step(tested, ann))
    office.approve(office.proposed(office.now(draft), ann, "Seen at the visit"), bob)
    back = office.draft(ann)
    back = change_rule(office.db, back, "no_effect", {"switched_off": None}, office.step(back, ann))
    assert rulesets.of(office.db, back).ruleset == rulesets.shipped_knowledge().ruleset


def test_migrate_brings_the_new_rules_to_every_clinic(
    db: Database,
    database_url: str,
    clinic: Clinic,
    office: Office,
    upgrade: Upgrade,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = clinics.create(db, {**CLINIC, "name": "Second"}, at=NOW)
    office.live()
    rulesets.live_set(db, other.id, NOW)
    upgrade("drooling", level="emergency")
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    first = CliRunner().invoke(main, ["migrate"])
    assert first.exit_code == 0, first.output
    for name in (clinic.name, "Second"):
        assert f"{name}: new rules came as draft 2. The old ones stay live" in first.output
    again = CliRunner().invoke(main, ["migrate"])
    assert again.output == "The database is up to date.\n"
    assert rulesets.standing(db, clinic.id).upgrade == 2
