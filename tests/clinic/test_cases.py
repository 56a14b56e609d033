"""A case moves only by its table: guards, versions, and never without owner or due time."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reporter.clinic import casebook, cases, intake, queue, reports
from reporter.clinic.case_verbs import VERBS
from reporter.clinic.cases import Case, Conflict, Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.audit import PATIENT, SYSTEM, Actor
from reporter.records.db import Database, StorageError, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.conftest import KEY, NOW, report

Enrol = Callable[..., Treatment]
SOON = NOW + timedelta(hours=2)
DONE = {"red_flags_asked": True, "taught_back": True, "regulator": "no_report"}


@pytest.fixture
def case(db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol) -> Case:
    """An urgent case that nobody has taken."""
    maria = enrolled()
    intake.submit(
        db, knowledge, clinic, maria, report("double_vision"), key="k", channel="link", at=NOW
    )
    return casebook.all_open(db, clinic.id)[0]


class Desk:
    """One person at the desk, who always acts on the case as it stands."""

    def __init__(self, db: Database, case: Case, who: Actor) -> None:
        self.db, self.case, self.who = db, case, who

    def __call__(self, verb: str, at: datetime = NOW, **details: Any) -> Case:
        now = cases.get(self.db, self.case.clinic_id, self.case.id)
        return cases.move(
            self.db,
            now.clinic_id,
            now.id,
            verb,
            by=self.who,
            at=at,
            expected_version=now.version,
            **details,
        )


@pytest.fixture
def does(db: Database, case: Case, dana: Staff) -> Desk:
    return Desk(db, case, dana.actor)


def test_claim_call_and_close(
    db: Database, clinic: Clinic, case: Case, dana: Staff, does: Desk
) -> None:
    assert does("claim").owner_id == dana.id
    assert does("call", result="reached", note="Lid lower since Monday").state == "claimed"
    closed = does("close", **DONE, outcome="improving")
    assert (closed.state, closed.due_at, closed.outcome) == ("closed", None, "improving")
    assert not closed.is_open
    told = [(move.verb, move.by_name) for move in cases.history(db, clinic.id, case.id)]
    assert told == [
        ("open", "Reporter"),
        *[(verb, dana.name) for verb in ("claim", "call", "close")],
    ]


def test_the_note_comes_back_and_lies_sealed(
    db: Database, clinic: Clinic, case: Case, does: Desk
) -> None:
    does("note", note="Her sister will drive")
    assert cases.history(db, clinic.id, case.id)[-1].note == "Her sister will drive"
    assert "sister" not in str(db.query("select * from case_moves"))


@pytest.mark.parametrize(
    ("verb", "details"),
    [
        ("claim", {}),
        ("close", {**DONE, "outcome": "resolved"}),
    ],
)
def test_whoever_takes_or_closes_a_case_has_read_its_words(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Enrol,
    case: Case,
    dana: Staff,
    does: Desk,
    verb: str,
    details: dict[str, Any],
) -> None:
    more = report("bruising", free_text="And a bruise")
    intake.submit(db, knowledge, clinic, enrolled(), more, key="w", channel="link", at=NOW)
    does(verb, **details)
    said = reports.of_treatment(db, clinic.id, case.treatment_id)
    assert {one.reader_name for one in said if one.words} == {dana.name}
    assert reports.to_read(db, clinic.id) == ()


@pytest.mark.parametrize("result", ["voicemail", "no_answer", "wrong_number"])
def test_a_call_that_reached_nobody_waits_for_the_next_one(does: Desk, result: str) -> None:
    waiting = does("call", result=result, next_due=SOON)
    assert (waiting.state, waiting.attempts, waiting.due_at) == ("waiting", 1, SOON)


def test_the_second_call_that_reached_nobody_is_followed_by_a_mail(
    db: Database, does: Desk
) -> None:
    sent = []
    for hour in range(1, 4):
        does("call", result="no_answer", next_due=NOW + timedelta(hours=hour))
        sent.append(len(db.query("select id from outbox where name = 'missed_call'")))
    assert sent == [0, 1, 1]


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("call", {}, "Choose", "result"),
    ("call", {"result": "shouted"}, "Choose", "result"),
    ("call", {"result": "no_answer"}, "day and time", "next_due"),
    ("call", {"result": "no_answer", "next_due": NOW}, "past", "next_due"),
    ("call", {"result": "no_answer", "next_due": NOW + timedelta(days=9)}, "too late", "next_due"),
    ("call", {"result": "note"}, "Write", "note"),
    ("follow_up", {}, "day and time", "due_at"),
    ("follow_up", {"due_at": NOW - timedelta(hours=1)}, "past", "due_at"),
    ("follow_up", {"due_at": NOW + timedelta(days=8)}, "7 days", "due_at"),
    ("close", {}, "what came of it", "outcome"),
    ("close", {"outcome": "fine"}, "what came of it", "outcome"),
    ("close", {"outcome": "resolved"}, "warning signs", "red_flags_asked"),
    ("close", {"outcome": "resolved", "red_flags_asked": True}, "say back", "taught_back"),
    ("close", {"outcome": "unreached"}, "3 more times", "outcome"),
    ("note", {"note": "  "}, "Write", "note"),
    ("note", {"note": "x" * 100_000}, "too long", "note"),
    ("reopen", {"note": "why"}, "open", ""),
    ("report_again", {}, "by hand", ""),
    ("delete", {}, "by hand", ""),
]


@pytest.mark.parametrize(("verb", "details", "sentence", "field"), REFUSED)
def test_a_guard_says_why_and_changes_nothing(
    db: Database,
    case: Case,
    does: Desk,
    verb: str,
    details: dict[str, Any],
    sentence: str,
    field: str,
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        does(verb, **details)
    assert refused.value.field == field
    assert cases.get(db, case.clinic_id, case.id) == case


def test_an_unreached_patient_needs_three_tries_at_different_times_and_a_practitioner(
    db: Database, case: Case, does: Desk, hire: Callable[..., Staff]
) -> None:
    lin = Desk(db, case, hire("Ann Lin", role="practitioner").actor)
    unreached = {"outcome": "unreached", "regulator": "no_report"}
    for minutes in (0, 3, 40, 45):
        at = NOW + timedelta(minutes=minutes)
        does("call", at=at, result="no_answer", next_due=at + timedelta(hours=1))
    with pytest.raises(Refused, match="Try 1 more time, at least 30 minutes apart"):
        does("close", at=at, **unreached)
    at = NOW + timedelta(minutes=80)
    does("call", at=at, result="voicemail", next_due=at + timedelta(hours=1))
    with pytest.raises(Refused, match="Only a practitioner or the director closes"):
        does("close", at=at, **unreached)
    does("escalate", at=at, note="Five calls, nobody answers.")
    assert lin("close", at=at, **unreached).outcome == "unreached"


def test_somebody_elses_case_is_theirs_until_released_with_a_reason(
    db: Database, case: Case, dana: Staff, does: Desk, hire: Callable[..., Staff]
) -> None:
    does("claim")
    omar = Desk(db, case, hire("Omar Diaz").actor)
    for verb, details in [
        ("claim", {}),
        ("call", {"result": "reached"}),
        ("follow_up", {"due_at": SOON}),
        ("close", {"outcome": "resolved", "red_flags_asked": True, "taught_back": True}),
        ("release", {}),
    ]:
        with pytest.raises(Refused, match=r"[Ss]omebody else"):
            omar(verb, **details)
    assert omar("note", note="She rang back").owner_id == dana.id
    assert omar("release", note="Dana went home").owner_id is None
    assert omar("claim").owner_id == omar.who.id


def test_a_closed_case_moves_only_by_being_opened_again(does: Desk) -> None:
    does("close", **DONE, outcome="resolved")
    for verb in ("claim", "release", "call", "follow_up", "close"):
        with pytest.raises(Refused, match="closed"):
            does(verb, result="reached", due_at=SOON, outcome="resolved", note="x")
    with pytest.raises(Refused, match="why"):
        does("reopen")
    again = does("reopen", note="She rang: worse")
    assert (again.state, again.owner_id, again.attempts) == ("new", None, 0)
    assert again.due_at and again.due_at > NOW


def test_of_two_nurses_exactly_one_wins_and_the_other_is_told_who(
    db: Database, case: Case, does: Desk, hire: Callable[..., Staff]
) -> None:
    does("claim")
    with pytest.raises(Conflict, match=r"Dana Reyes took this case at 10:12 am") as told:
        cases.move(
            db,
            case.clinic_id,
            case.id,
            "claim",
            by=hire("Omar Diaz").actor,
            at=NOW,
            expected_version=case.version,
        )
    assert told.value.case.version == 2


def test_many_claims_at_once_have_one_winner(
    db: Database, database_url: str, case: Case, hire: Callable[..., Staff]
) -> None:
    nurses = [hire(f"Nurse{number} Test") for number in range(4)]
    outcomes: list[str] = []

    def claim(nurse: Staff) -> None:
        store = open_database(database_url, Vault([KEY]))
        try:
            cases.move(
                store, case.clinic_id, case.id, "claim", by=nurse.actor, at=NOW, expected_version=1
            )
            outcomes.append(nurse.id)
        except (Conflict, Refused):
            outcomes.append("")
        store.close()

    threads = [threading.Thread(target=claim, args=(nurse,)) for nurse in nurses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [one for one in outcomes if one]
    now = cases.get(db, case.clinic_id, case.id)
    assert (now.owner_id, now.version) == (winner, 2)


@pytest.mark.parametrize("actor", [SYSTEM, PATIENT])
def test_only_people_on_the_staff_move_a_case_by_hand(
    db: Database, case: Case, actor: Actor
) -> None:
    with pytest.raises(Refused):
        Desk(db, case, actor)("claim")


def test_the_queue_puts_level_before_time(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol, case: Case
) -> None:
    for name, symptom, minutes in [
        ("Ann Early", "eyebrow_droop", 0),
        ("Bob Late", "trouble_breathing", 9),
        ("Cid Soon", "trouble_swallowing", 8),
    ]:
        patient = enrolled(name=name, born=date(1980, 1, 1))
        intake.submit(
            db,
            knowledge,
            clinic,
            patient,
            report(symptom),
            key=name,
            channel="link",
            at=NOW + timedelta(minutes=minutes),
        )
    rows = queue.whole(db, clinic.id)
    names = [row.treatment.patient.first_name for row in rows]
    assert names == ["Cid", "Bob", "Maria", "Ann"]
    assert [row.case.level for row in rows] == sorted(
        (row.case.level for row in rows), reverse=True
    )
    assert rows[0].said[0].report.symptoms[0].symptom == "trouble_swallowing"


def test_the_store_itself_refuses_an_open_case_without_a_due_time(db: Database, case: Case) -> None:
    with pytest.raises(StorageError):
        db.run("update cases set due_at = null where id = :id", id=case.id)
    with pytest.raises(StorageError):
        db.run("update cases set state = 'claimed' where id = :id", id=case.id)


def test_another_clinics_case_is_not_there(db: Database, case: Case) -> None:
    with pytest.raises(cases.NotThere):
        cases.get(db, "another", case.id)


def test_every_verb_says_from_which_states() -> None:
    states = {"new", "claimed", "waiting", "monitoring", "escalated", "closing", "closed"}
    assert all(verb.from_states and verb.from_states <= states for verb in VERBS.values())
    assert case_levels() == [0, 1, 2, 3]


def case_levels() -> list[int]:
    return [int(level) for level in Level]
