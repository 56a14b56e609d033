"""What was left without sending: taken up after ten minutes, decided as ever, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reporter.clinic import case_verbs, casebook, cases, drafts, intake, reports, unfinished
from reporter.clinic.clinics import Clinic
from reporter.clinic.contact import Contact
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.clinic.unfinished import Asked
from reporter.records.db import Database
from reporter.rules import heard, questions
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=10)
LID = {
    "no_flags": True,
    "noticed": ["eyelid"],
    "said": {"eyelid.side": ["right"], "eyelid.lid_cover": ["pupil"]},
}
BRUISE = {"no_flags": True, "noticed": ["bruise"], "said": {"bruise.size": ["small"]}}
KEY = "a" * 64


@pytest.fixture
def asked(knowledge: Knowledge) -> Asked:
    return Asked(knowledge, questions.load(knowledge))


@pytest.fixture
def visit(enrolled: Callable[..., Treatment]) -> Treatment:
    return enrolled()


Leave = Callable[..., None]


@pytest.fixture
def leave(db: Database, visit: Treatment) -> Leave:
    def keep(answers: dict[str, Any], key: str = KEY, at: datetime = NOW) -> None:
        drafts.save(db, visit, key, answers, at)

    return keep


def told(asked: Asked, answers: dict[str, Any], visit: Treatment) -> Report:
    areas = tuple(dose.area for dose in visit.areas)
    facts = {"product": visit.product, "lot": visit.lot, "areas": areas, "language": "en"}
    return heard.report(asked.questions, answers, 4, **facts)


def alerts(db: Database) -> int:
    rows = db.query("select count(*) as n from outbox where name = 'staff_alert'")
    return int(rows[0]["n"])


def receipts(db: Database) -> int:
    return int(db.query("select count(*) as n from outbox where name = 'receipt'")[0]["n"])


def test_only_after_ten_minutes_without_an_answer(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(LID)
    assert unfinished.take_up(db, asked, clinic, LATER - timedelta(seconds=1)) == 0
    assert unfinished.take_up(db, asked, clinic, LATER) == 1
    assert unfinished.take_up(db, asked, clinic, LATER + timedelta(minutes=1)) == 0
    (one,) = reports.of_treatment(db, clinic.id, visit.id)
    assert (one.channel, one.writer, one.level) == ("unfinished", "patient", Level.URGENT)
    assert one.report.day == 4 and one.promise is not None


def test_it_opens_the_case_and_tells_staff_but_not_the_patient(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment, dana: Staff
) -> None:
    leave(LID)
    unfinished.take_up(db, asked, clinic, LATER)
    (case,) = casebook.all_open(db, clinic.id)
    assert (case.level, case.due_at) == (Level.URGENT, LATER + timedelta(hours=1, minutes=8))
    assert (alerts(db), receipts(db)) == (1, 0)
    assert db.query("select answered_at from checkins where answered_at is not null") == []


@pytest.mark.parametrize(
    "answers",
    [
        {"no_flags": True},
        {"no_flags": True, "noticed": ["gone_since"]},
        {"no_flags": True, "words": "  "},
        {
            "no_flags": True,
            "last": {
                "symptoms": [{"symptom": "bruising", "severity": None, "onset_day": 1}],
                "factors": [],
            },
            "said": {"last_bruising": ["gone"]},
        },
    ],
)
def test_what_holds_nothing_is_left_alone(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, answers: dict[str, Any]
) -> None:
    leave(answers)
    assert unfinished.take_up(db, asked, clinic, LATER) == 0
    assert unfinished.rows(db, clinic.id) == ()
    leave(BRUISE, at=LATER)
    assert unfinished.take_up(db, asked, clinic, LATER + timedelta(minutes=10)) == 1


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        (BRUISE, Level.SELF_CARE),
        ({"no_flags": True, "noticed": ["call_me"]}, Level.CALL_BACK),
        ({"no_flags": True, "noticed": ["headache"], "said": {}}, Level.SELF_CARE),
        ({"no_flags": True, "words": "I want to die"}, Level.EMERGENCY),
        ({"unsure": True}, Level.URGENT),
        (
            {
                "no_flags": True,
                "last": {
                    "symptoms": [{"symptom": "headache", "severity": "mild", "onset_day": 1}],
                    "factors": [],
                },
                "said": {"last_headache": ["worse"]},
            },
            Level.CALL_BACK,
        ),
    ],
)
def test_it_is_decided_by_the_rules(
    db: Database,
    clinic: Clinic,
    asked: Asked,
    leave: Leave,
    visit: Treatment,
    answers: dict[str, Any],
    level: Level,
) -> None:
    leave(answers, at=NOW - timedelta(days=3))
    unfinished.take_up(db, asked, clinic, NOW)
    (one,) = reports.of_treatment(db, clinic.id, visit.id)
    assert one.level is level and one.report.day == 1
    assert bool(casebook.all_open(db, clinic.id)) is (level > Level.SELF_CARE)
    (row,) = unfinished.rows(db, clinic.id)
    assert row.said.id == one.id and bool(row.case_id) is (level > Level.SELF_CARE)


def test_the_patient_finishes_later_and_nothing_doubles(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment, dana: Staff
) -> None:
    leave(LID)
    unfinished.take_up(db, asked, clinic, LATER)
    whole = {**LID, "said": {**LID["said"], "eyelid.sight": ["no"], "trend": ["same"]}}  # type: ignore[dict-item]
    sent = NOW + timedelta(minutes=30)
    drafts.save(db, visit, KEY, whole, sent)
    report = told(asked, whole, visit)
    given = {"key": KEY, "channel": "link", "language": "en"}
    intake.submit(db, asked.knowledge, clinic, visit, report, at=sent, **given)
    last, first = reports.of_treatment(db, clinic.id, visit.id)
    assert (first.channel, last.channel, last.amends_id) == ("unfinished", "link", first.id)
    assert len(casebook.all_open(db, clinic.id)) == 1
    assert (alerts(db), receipts(db)) == (1, 1)
    assert unfinished.rows(db, clinic.id) == ()
    assert unfinished.take_up(db, asked, clinic, sent + timedelta(minutes=20)) == 0


def test_the_very_same_answers_sent_are_news_and_sent_again_are_not(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(LID)
    unfinished.take_up(db, asked, clinic, LATER)
    for minutes in (20, 21):
        intake.submit(
            db,
            asked.knowledge,
            clinic,
            visit,
            told(asked, LID, visit),
            key=KEY,
            channel="link",
            at=NOW + timedelta(minutes=minutes),
        )
    assert [one.channel for one in reports.of_treatment(db, clinic.id, visit.id)] == [
        "link",
        "unfinished",
    ]


def test_more_answers_that_are_left_again_are_an_addendum_and_one_line(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(BRUISE)
    unfinished.take_up(db, asked, clinic, LATER)
    leave({**BRUISE, "noticed": ["bruise", "voice"]}, at=LATER + timedelta(minutes=5))
    assert unfinished.take_up(db, asked, clinic, LATER + timedelta(minutes=14)) == 0
    assert unfinished.take_up(db, asked, clinic, LATER + timedelta(minutes=15)) == 1
    second, first = reports.of_treatment(db, clinic.id, visit.id)
    assert second.amends_id == first.id and second.level is Level.URGENT
    (row,) = unfinished.rows(db, clinic.id)
    assert row.said.id == second.id and row.case_id


def test_what_was_said_again_on_another_form_and_sent_is_not_taken_up(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(BRUISE)
    at = NOW + timedelta(minutes=5)
    given = {"key": "b" * 64, "channel": "link", "at": at}
    intake.submit(
        db,
        asked.knowledge,
        clinic,
        visit,
        told(asked, BRUISE, visit),
        **given,  # type: ignore[arg-type]
    )
    assert unfinished.take_up(db, asked, clinic, LATER) == 0


def test_i_feel_fine_on_another_form_takes_nothing_back(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(LID)
    fine = heard.fine(asked.questions, day=4)
    at = NOW + timedelta(minutes=5)
    intake.submit(db, asked.knowledge, clinic, visit, fine, key="b" * 64, channel="link", at=at)
    assert unfinished.take_up(db, asked, clinic, LATER) == 1


def test_somebody_has_seen_it_or_closed_the_case(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment, dana: Staff
) -> None:
    leave(BRUISE)
    unfinished.take_up(db, asked, clinic, LATER)
    (row,) = unfinished.rows(db, clinic.id)
    reports.mark_read(db, clinic.id, row.said.id, by=dana.actor, at=LATER)
    assert unfinished.rows(db, clinic.id) == ()
    leave(LID, key="c" * 64, at=LATER)
    unfinished.take_up(db, asked, clinic, LATER + timedelta(minutes=10))
    (row,) = unfinished.rows(db, clinic.id)
    case = casebook.get(db, clinic.id, row.case_id or "")
    cases.move(
        db,
        clinic.id,
        case.id,
        "close",
        by=dana.actor,
        at=LATER + timedelta(hours=1),
        expected_version=case.version,
        outcome="improving",
        red_flags_asked=True,
        taught_back=True,
        regulator="no_report",
    )
    assert unfinished.rows(db, clinic.id) == ()


def test_two_schedulers_take_it_up_once(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(LID)
    draft = drafts.load(db, visit, KEY)
    assert draft is not None
    assert unfinished.take_up(db, asked, clinic, LATER) == 1
    with db.transaction():
        assert not drafts.mark_unfinished(db, draft, LATER + timedelta(minutes=1))


def test_one_that_cannot_be_read_does_not_hold_up_the_others(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(BRUISE, key="0" * 64)
    db.run("update drafts set sealed_answers = 'damaged'")
    leave(LID)
    assert unfinished.take_up(db, asked, clinic, LATER) == 1
    assert [one.key for one in reports.of_treatment(db, clinic.id, visit.id)] == [KEY]


def test_the_drafts_of_an_erased_person_are_left_alone(
    db: Database, clinic: Clinic, asked: Asked, leave: Leave, visit: Treatment
) -> None:
    leave(LID)
    db.run("update patients set wrapped_key = null")
    assert unfinished.take_up(db, asked, clinic, LATER) == 0


def test_who_writes_and_how_to_call_is_sealed_and_a_change_of_it_is_an_addendum(
    db: Database, clinic: Clinic, asked: Asked, visit: Treatment
) -> None:
    report = told(asked, BRUISE, visit)
    wishes = [
        Contact(),
        Contact(number="+13015550199", voicemail=False, for_other=True),
        Contact(number="+13015550199", voicemail=False, for_other=True),
    ]
    for wish in wishes:
        intake.submit(
            db,
            asked.knowledge,
            clinic,
            visit,
            report,
            key=KEY,
            channel="link",
            at=NOW,
            contact=wish,
        )
    second, first = reports.of_treatment(db, clinic.id, visit.id)
    assert {first.contact, second.contact} == set(wishes)
    assert "5550199" not in str(db.query("select * from reports"))


def test_a_patients_remark_moves_nothing() -> None:
    assert case_verbs.VERBS["remark"].by_system
