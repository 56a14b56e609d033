"""Rule sets: numbered, kept for ever, and live only by the hands of two clinicians."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reporter.clinic import intake, ruleset_approval, ruleset_book, ruleset_drafts, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge, KnowledgeError
from reporter.rules.levels import Level
from reporter.rules.triage import decide
from tests.clinic.ruleset_desk import Office
from tests.conftest import NOW, report

DAY = timedelta(days=1)


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
def later_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The product's own files say otherwise, as after an upgrade."""
    shipped = dict(rulesets.shipped_files())

    def upgrade(sentence: str) -> None:
        old = "A bruise that did not get smaller needs a look."
        rules = shipped["rules.toml"].replace('because = "', f'because = "{sentence} ', 1)
        assert old != rules
        monkeypatch.setattr(rulesets, "shipped_files", lambda: {**shipped, "rules.toml": rules})
        rulesets._arrived.clear()  # what a new process has not seen yet

    return upgrade


def test_what_ships_is_set_1_and_live(
    db: Database, clinic: Clinic, knowledge: Knowledge, office: Office
) -> None:
    assert rulesets.live(db, clinic.id, knowledge, NOW) is knowledge
    (first,) = ruleset_book.listed(db, clinic.id)
    assert (first.number, first.state, first.origin) == (1, "live", "shipped")
    assert first.ruleset == knowledge.ruleset
    assert rulesets.live(db, clinic.id, knowledge, NOW) is knowledge
    assert len(ruleset_book.listed(db, clinic.id)) == 1
    assert "ruleset.live" in [event["verb"] for event in audit.events(db, clinic.id)]


def test_each_clinic_has_its_own(db: Database, clinic: Clinic, office: Office, ann: Staff) -> None:
    from reporter.clinic import clinics
    from tests.conftest import CLINIC

    other = clinics.create(db, CLINIC, at=NOW)
    office.draft(ann)
    rulesets.arrive(db, other.id, NOW)
    assert [one.number for one in ruleset_book.listed(db, other.id)] == [1]
    with pytest.raises(ruleset_book.NotThere):
        ruleset_book.get(db, other.id, 2)


def test_a_published_set_decides_without_a_restart(
    db: Database, clinic: Clinic, knowledge: Knowledge, office: Office, ann: Staff, bob: Staff
) -> None:
    bruise = report("bruising", day=2)
    before = rulesets.live(db, clinic.id, knowledge, NOW)
    assert decide(bruise, before).level is Level.SELF_CARE
    draft = office.with_level("hoarse_voice", "emergency", ann)
    assert rulesets.live(db, clinic.id, knowledge, NOW) is before
    office.approve(office.proposed(draft, ann), bob)
    now = rulesets.live(db, clinic.id, knowledge, NOW)
    assert decide(report("hoarse_voice"), now).level is Level.EMERGENCY
    assert now.ruleset != knowledge.ruleset
    assert rulesets.live(db, clinic.id, knowledge, NOW) is now
    assert [one.state for one in ruleset_book.listed(db, clinic.id)] == ["live", "past"]


def test_reports_keep_the_set_they_were_decided_under(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    enrolled: Callable[..., Treatment],
    office: Office,
    ann: Staff,
    bob: Staff,
) -> None:
    visit = enrolled()
    more: Any = {"channel": "link", "at": NOW}
    intake.submit(db, knowledge, clinic, visit, report("hoarse_voice"), key="k1", **more)
    office.approve(office.proposed(office.with_level("drooling", "emergency", ann), ann), bob)
    live = rulesets.live(db, clinic.id, knowledge, NOW)
    intake.submit(db, live, clinic, visit, report("drooling"), key="k2", **more)
    rows = db.query(
        "select ruleset from reports where clinic_id = :c order by received_at, submission_key",
        c=clinic.id,
    )
    assert [row["ruleset"] for row in rows] == [knowledge.ruleset, live.ruleset]


def test_only_clinicians_change_rules(office: Office, dana: Staff, ann: Staff) -> None:
    with pytest.raises(Refused, match="Only a practitioner or the director"):
        office.draft(dana)
    draft = office.with_level("hoarse_voice", "emergency", ann)
    with pytest.raises(Refused, match="Only a practitioner"):
        ruleset_drafts.withdraw(office.db, draft, office.step(draft, dana))
    proposed = office.proposed(draft, ann)
    with pytest.raises(Refused, match="Only a practitioner"):
        office.approve(proposed, dana)


def test_the_author_cannot_approve(office: Office, ann: Staff, bob: Staff) -> None:
    proposed = office.proposed(office.with_level("hoarse_voice", "emergency", ann), ann)
    with pytest.raises(Refused, match="Another clinician must approve it: Bob Kern"):
        office.approve(proposed, ann, reason="I am sure", at=NOW + 9 * DAY)
    assert office.approve(proposed, bob).state == "live"


def test_who_edited_cannot_approve_while_somebody_else_can(
    office: Office, ann: Staff, bob: Staff, hire: Callable[..., Staff]
) -> None:
    cleo = hire("Cleo Park", role="practitioner")
    draft = office.with_level("hoarse_voice", "emergency", ann)
    step = office.step(draft, bob)
    draft = ruleset_drafts.change_rule(office.db, draft, "drooling", {"level": "emergency"}, step)
    proposed = office.proposed(draft, ann)
    with pytest.raises(Refused, match="Cleo Park"):
        office.approve(proposed, bob)
    assert office.approve(proposed, cleo).state == "live"


def test_where_both_have_written_the_proposer_still_does_not_approve(
    office: Office, ann: Staff, bob: Staff
) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    step = office.step(draft, bob)
    draft = ruleset_drafts.change_rule(office.db, draft, "drooling", {"level": "emergency"}, step)
    proposed = office.proposed(draft, ann)
    with pytest.raises(Refused, match="Bob Kern"):
        office.approve(proposed, ann)
    assert office.approve(proposed, bob).state == "live"


def test_the_only_clinician_waits_a_day_and_types_why(office: Office, ann: Staff) -> None:
    proposed = office.proposed(office.with_level("hoarse_voice", "emergency", ann), ann)
    with pytest.raises(Refused, match="a day must pass"):
        office.approve(proposed, ann, reason="It is right", at=NOW + DAY - timedelta(seconds=1))
    with pytest.raises(Refused, match="write why") as refused:
        office.approve(proposed, ann, reason=" ", at=NOW + DAY)
    assert refused.value.field == "reason"
    assert office.approve(proposed, ann, reason="It is right", at=NOW + DAY).state == "live"
    last = ruleset_book.history(office.db, office.clinic_id, proposed.number)[-1]
    assert (last.verb, last.reason, last.by_id) == ("approve", "It is right", ann.id)


def test_nothing_is_proposed_untested_or_with_a_broken_case(office: Office, ann: Staff) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    with pytest.raises(Refused, match="Back-test this draft first"):
        ruleset_approval.propose(office.db, draft, office.step(draft, ann))
    tested = office.tested(draft, ann)
    files = ruleset_book.files(office.db, office.clinic_id, draft.number)
    cases = files["rules.cases.toml"].replace('level = "emergency"', 'level = "urgent"', 1)
    edited = ruleset_drafts.edit(
        office.db, tested, {"rules.cases.toml": cases}, office.step(tested, ann)
    )
    assert edited.tested is None
    with pytest.raises(Refused, match="1 case does not hold"):
        ruleset_approval.propose(office.db, edited, office.step(edited, ann))


def test_the_levels_of_cases_follow_a_rule_that_the_form_changed(
    office: Office, ann: Staff
) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    assert ruleset_drafts.problems(office.db, draft) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[rule]]\nid = 1", "rules.toml"),
        ("nonsense", "is not TOML"),
        ('[[rule]]\nid = "x"\nlevel = "urgnt"\n', "urgnt"),
    ],
)
def test_a_text_that_cannot_be_trusted_is_refused_and_nothing_kept(
    office: Office, ann: Staff, text: str, sentence: str
) -> None:
    draft = office.draft(ann)
    with pytest.raises(KnowledgeError, match=sentence):
        ruleset_drafts.edit(office.db, draft, {"rules.toml": text}, office.step(draft, ann))
    assert office.now(draft) == draft


def test_a_proposal_never_changes_its_text(office: Office, ann: Staff, db: Database) -> None:
    proposed = office.proposed(office.with_level("hoarse_voice", "emergency", ann), ann)
    with pytest.raises(Refused, match="This set is proposed"):
        ruleset_drafts.change_rule(
            db, proposed, "drooling", {"level": "emergency"}, office.step(proposed, ann)
        )
    forced: Any = {"columns": {"files": "{}"}, "by": ann.actor, "at": NOW}
    assert not ruleset_book.move(db, proposed, "edit", "proposed", **forced)


def test_of_two_who_edit_one_draft_the_second_is_told(
    office: Office, ann: Staff, bob: Staff
) -> None:
    draft = office.draft(ann)
    keys = {"level": "emergency"}
    ruleset_drafts.change_rule(office.db, draft, "drooling", keys, office.step(draft, ann))
    with pytest.raises(ChangedMeanwhile):
        ruleset_drafts.change_rule(office.db, draft, "drooling", keys, office.step(draft, bob))


def test_the_way_back_is_one_step_with_a_reason(
    office: Office, ann: Staff, bob: Staff, db: Database, clinic: Clinic, knowledge: Knowledge
) -> None:
    office.approve(office.proposed(office.with_level("drooling", "emergency", ann), ann), bob)
    first = ruleset_book.get(db, clinic.id, 1)
    with pytest.raises(Refused, match="Write why"):
        ruleset_approval.go_back(db, first, office.step(first, ann))
    back = ruleset_approval.go_back(db, first, office.step(first, ann, "Too many calls"))
    assert back.state == "live"
    assert rulesets.live(db, clinic.id, knowledge, NOW).ruleset == knowledge.ruleset
    assert [one.state for one in ruleset_book.listed(db, clinic.id)] == ["past", "live"]
    verbs = [event["verb"] for event in audit.events(db, clinic.id)]
    assert verbs[-2:] == ["ruleset.retire", "ruleset.go_back"]
    assert not audit.verify(db, clinic.id)


def test_a_withdrawn_draft_is_kept_but_goes_nowhere(office: Office, ann: Staff) -> None:
    draft = office.draft(ann)
    gone = ruleset_drafts.withdraw(office.db, draft, office.step(draft, ann, "Not needed"))
    with pytest.raises(Refused, match="This set is withdrawn"):
        office.tested(gone, ann)
    with pytest.raises(Refused, match="This set is withdrawn"):
        ruleset_approval.go_back(office.db, gone, office.step(gone, ann, "Now it is"))


def test_an_upgrade_comes_as_a_draft_and_the_old_set_stays_live(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    later_version: Callable[[str], None],
    office: Office,
) -> None:
    old = rulesets.live(db, clinic.id, knowledge, NOW)
    later_version("Upgraded.")
    after = rulesets.checked(rulesets.shipped_files())
    assert after.ruleset != old.ruleset
    assert rulesets.live(db, clinic.id, after, NOW).ruleset == old.ruleset
    draft, first = ruleset_book.listed(db, clinic.id)
    assert (draft.state, draft.origin, first.state) == ("draft", "upgrade", "live")
    rulesets._arrived.clear()
    rulesets.live(db, clinic.id, after, NOW)
    assert len(ruleset_book.listed(db, clinic.id)) == 2
    later_version("Upgraded again.")
    rulesets.live(db, clinic.id, after, NOW)
    states = [one.state for one in ruleset_book.listed(db, clinic.id)]
    assert states == ["draft", "withdrawn", "live"]


def test_a_set_that_was_altered_in_the_store_does_not_decide(
    db: Database, clinic: Clinic, knowledge: Knowledge, office: Office, ann: Staff, bob: Staff
) -> None:
    office.approve(office.proposed(office.with_level("speech", "urgent", ann), ann, "Here"), bob)
    rulesets._ready.clear()
    db.run("update rulesets set files = replace(files, 'urgent', 'call_back') where number = 2")
    with pytest.raises(KnowledgeError, match="altered in the store"):
        rulesets.live(db, clinic.id, knowledge, NOW)
