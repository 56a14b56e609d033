"""A signature: an act of its own, for what a rule says, audited, in whichever set it stands."""

from collections.abc import Callable
from datetime import date

import pytest

from reporter.clinic import rule_signatures, ruleset_drafts, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused
from reporter.clinic.staff import Staff
from reporter.records import audit
from reporter.records.db import Database
from tests.clinic.ruleset_desk import Office
from tests.conftest import NOW

TODAY = date(2026, 11, 24)


@pytest.fixture
def office(db: Database, clinic: Clinic) -> Office:
    return Office(db, clinic.id)


@pytest.fixture
def ann(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


def signed(office: Office, found: object = None) -> set[str]:
    known = rulesets.of(office.db, found or office.live())  # type: ignore[arg-type]
    return set(rule_signatures.of(office.db, office.clinic_id, known))


def test_one_rule_is_signed_once_and_audited(office: Office, ann: Staff, db: Database) -> None:
    live = office.live()
    step = office.step(live, ann)
    assert ruleset_drafts.sign(db, live, TODAY, step, {"drooling"}) == 1
    assert ruleset_drafts.sign(db, live, TODAY, step, {"drooling"}) == 0
    assert signed(office) == {"drooling"}
    assert office.now(live) == live  # nothing of the set has changed
    events = [one for one in audit.events(db, office.clinic_id) if one["verb"] == "rule.signed"]
    assert [one["subject"] for one in events] == ["drooling"]
    standing = rulesets.standing(db, office.clinic_id)
    assert standing.rules - standing.unsigned == 1


def test_a_signature_stays_with_what_was_signed(office: Office, ann: Staff, db: Database) -> None:
    live = office.live()
    ruleset_drafts.sign(db, live, TODAY, office.step(live, ann), {"drooling", "hoarse_voice"})
    draft = office.with_level("drooling", "emergency", ann)
    assert signed(office, draft) == {"hoarse_voice"}
    back = ruleset_drafts.change_rule(
        db, draft, "drooling", {"level": "urgent"}, office.step(draft, ann)
    )
    assert signed(office, back) == {"hoarse_voice", "drooling"}


def test_all_that_nobody_has_signed(office: Office, ann: Staff, db: Database) -> None:
    live = office.live()
    rules = rulesets.standing(db, office.clinic_id).rules
    assert ruleset_drafts.sign(db, live, TODAY, office.step(live, ann)) == rules
    assert rulesets.standing(db, office.clinic_id).unsigned == 0


def test_who_may_not_and_who_comes_late(office: Office, ann: Staff, dana: Staff) -> None:
    live = office.live()
    with pytest.raises(Refused, match="Only a practitioner"):
        ruleset_drafts.sign(office.db, live, TODAY, office.step(live, dana))
    draft = office.with_level("drooling", "emergency", ann)
    late = ruleset_drafts.Step(ann, NOW, draft.version - 1)
    with pytest.raises(ChangedMeanwhile):
        ruleset_drafts.sign(office.db, draft, TODAY, late, {"drooling"})
    assert signed(office) == set()
