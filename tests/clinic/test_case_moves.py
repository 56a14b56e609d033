"""Escalating, changing the level, and closing by two: who may, when, and what it leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from reporter.clinic import case_verbs, casebook, cases, intake, people
from reporter.clinic.cases import Case, Conflict, Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.replaying import replayed
from reporter.clinic.staff import Staff
from reporter.clinic.team import at_work
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.conftest import NOW, report

MINUTE = timedelta(minutes=1)
DONE = {"red_flags_asked": True, "taught_back": True, "regulator": "no_report"}
CLOSE = {**DONE, "outcome": "improving"}


class Ward:
    """One case and the people around it; everybody acts on the case as it stands."""

    def __init__(self, db: Database, clinic: Clinic, case: Case) -> None:
        self.db, self.clinic, self.id = db, clinic, case.id

    @property
    def case(self) -> Case:
        return casebook.get(self.db, self.clinic.id, self.id)

    def __call__(self, who: Staff, verb: str, at: datetime = NOW, **details: Any) -> Case:
        return cases.move(
            self.db,
            self.clinic.id,
            self.id,
            verb,
            by=who.actor,
            at=at,
            expected_version=self.case.version,
            **details,
        )

    def refused(self, who: Staff, verb: str, match: str, **details: Any) -> str:
        before = self.case
        with pytest.raises(Refused, match=match) as told:
            self(who, verb, **details)
        assert self.case == before
        return told.value.field

    def mails(self, name: str = "case_step") -> int:
        return len(self.db.query("select id from outbox where name = :n", n=name))

    def replays(self) -> bool:
        moves = casebook.history(self.db, self.clinic.id, self.id)
        now = self.case
        return replayed(now.clinic_id, now.id, now.treatment_id, moves) == now


@pytest.fixture
def lin(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


@pytest.fixture
def omar(hire: Callable[..., Staff]) -> Staff:
    return hire("Omar Diaz")


@pytest.fixture
def ward_of(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Callable[..., Ward]:
    def about(symptom: str) -> Ward:
        told = report(symptom)
        intake.submit(db, knowledge, clinic, enrolled(), told, key="k", channel="link", at=NOW)
        return Ward(db, clinic, casebook.all_open(db, clinic.id)[0])

    return about


@pytest.fixture
def urgent(ward_of: Callable[..., Ward]) -> Ward:
    return ward_of("double_vision")


@pytest.fixture
def emergency(ward_of: Callable[..., Ward]) -> Ward:
    return ward_of("trouble_breathing")


def test_an_escalation_is_acknowledged_and_comes_back_with_a_decision(
    urgent: Ward, dana: Staff, lin: Staff
) -> None:
    urgent(dana, "claim")
    asked = urgent(dana, "escalate", note="S: double vision since noon. R: see today?")
    assert (asked.state, asked.owner_id, asked.escalated_by) == ("escalated", dana.id, dana.id)
    assert asked.due_at == NOW + 15 * MINUTE
    assert urgent.mails() == 1
    urgent.refused(dana, "close", "A practitioner was asked", **CLOSE)
    urgent.refused(dana, "follow_up", "comes back with a decision", due_at=NOW + 60 * MINUTE)
    urgent.refused(dana, "acknowledge", "Only a practitioner or the director")
    has_it = urgent(lin, "acknowledge", at=NOW + 4 * MINUTE)
    assert (has_it.acknowledged_by, has_it.due_at) == (lin.id, NOW + 64 * MINUTE)
    urgent.refused(lin, "acknowledge", "already")
    urgent.refused(dana, "return", "Only a practitioner", decision="advice", note="x")
    assert urgent.refused(lin, "return", "Choose what you decided") == "decision"
    assert urgent.refused(lin, "return", "Write what is to be done", decision="advice") == "note"
    assert urgent.refused(lin, "return", "day and time", decision="see_today") == "next_due"
    due = NOW + 120 * MINUTE
    back = urgent(lin, "return", decision="see_today", next_due=due)
    assert (back.state, back.owner_id, back.due_at) == ("claimed", dana.id, due)
    assert (back.escalated_by, back.acknowledged_by) == (None, None)
    assert urgent.replays()
    told = {move.verb: move for move in casebook.history(urgent.db, urgent.clinic.id, urgent.id)}
    assert told["return"].details["decision"] == "see_today"
    assert told["escalate"].note.startswith("S: double vision")


def test_a_second_practitioner_takes_over_and_gets_no_later_time(
    urgent: Ward, dana: Staff, lin: Staff, hire: Callable[..., Staff]
) -> None:
    urgent(dana, "escalate", note="Please look.")
    first = urgent(lin, "acknowledge")
    second = urgent(hire("Bo Ek", role="director"), "acknowledge", at=NOW + 30 * MINUTE)
    assert second.acknowledged_by != lin.id
    assert second.due_at == first.due_at


def test_a_call_does_not_end_an_escalation(urgent: Ward, dana: Staff, lin: Staff) -> None:
    urgent(dana, "escalate", note="Please look.")
    due = urgent.case.due_at
    for who in (dana, lin):
        urgent(who, "call", result="no_answer")
    assert (urgent.case.state, urgent.case.attempts, urgent.case.due_at) == ("escalated", 2, due)
    assert urgent.case.owner_id == dana.id


def test_nobody_is_asked_where_nobody_could_answer(urgent: Ward, dana: Staff) -> None:
    urgent.refused(dana, "escalate", "no practitioner and no director", note="Help")
    assert "escalate" not in case_verbs.may(
        urgent.case, dana.id, "nurse", at_work(urgent.db, urgent.clinic.id)
    )


def test_an_escalation_whose_last_practitioner_left_is_no_dead_end(
    urgent: Ward, dana: Staff, lin: Staff
) -> None:
    urgent(dana, "escalate", note="Please look.")
    people.disable(urgent.db, lin, by=SYSTEM, at=NOW)
    due = {"decision": "send_to_er", "next_due": NOW + 30 * MINUTE}
    urgent.refused(dana, "return", "No practitioner is left", **due)
    assert urgent(dana, "return", note="Dr. Roy by telephone", **due).state == "claimed"


def test_anybody_raises_a_level_and_nothing_gets_later(
    urgent: Ward, dana: Staff, lin: Staff, omar: Staff
) -> None:
    urgent(dana, "follow_up", due_at=NOW + timedelta(days=1))
    raised = urgent(omar, "raise_level", level=Level.EMERGENCY)
    assert (raised.level, raised.state, raised.owner_id) == (Level.EMERGENCY, "claimed", dana.id)
    assert raised.due_at == NOW + 15 * MINUTE
    assert urgent.mails() == 3, "two nurses and the practitioner are told"
    assert urgent.refused(omar, "raise_level", "higher", level=Level.URGENT) == "level"
    assert urgent.refused(omar, "raise_level", "Choose the level", level=7) == "level"


def test_lowering_needs_a_reason_and_for_an_emergency_a_practitioner(
    emergency: Ward, dana: Staff, lin: Staff
) -> None:
    emergency.refused(dana, "lower_level", "Only a practitioner", level=Level.URGENT, note="x")
    assert emergency.refused(lin, "lower_level", "Write why", level=Level.URGENT) == "note"
    due = emergency.case.due_at
    lowered = emergency(lin, "lower_level", level=Level.URGENT, note="A cold; breathes well.")
    assert (lowered.level, lowered.due_at) == (Level.URGENT, due)
    emergency.refused(dana, "lower_level", "Choose the level", level=Level.SELF_CARE, note="x")
    assert emergency(dana, "lower_level", level=1, note="Only a stuffy nose.").level == 1


def test_what_the_rules_could_not_decide_is_lowered_by_a_practitioner_only(
    urgent: Ward, dana: Staff, lin: Staff
) -> None:
    urgent.db.run("update cases set undecided = 1 where id = :id", id=urgent.id)
    urgent.refused(dana, "lower_level", "Only a practitioner", level=Level.URGENT, note="x")
    decided = urgent(lin, "lower_level", level=Level.URGENT, note="Read it myself.")
    assert (decided.undecided, decided.level) == (False, Level.URGENT)


def test_an_emergency_is_closed_by_two(
    emergency: Ward, dana: Staff, omar: Staff, knowledge: Knowledge
) -> None:
    assert (
        emergency.refused(
            dana, "close", "regulator", outcome="sent_to_er", red_flags_asked=True, taught_back=True
        )
        == "regulator"
    )
    half = emergency(dana, "close", **{**CLOSE, "outcome": "sent_to_er"})
    assert (half.state, half.closing_by, half.outcome) == ("closing", dana.id, "sent_to_er")
    assert half.is_open and half.due_at and half.due_at > NOW
    emergency.refused(dana, "confirm_close", "Somebody else must look")
    emergency.refused(omar, "call", "second person", result="reached")
    emergency.refused(omar, "keep_open", "why it must stay open")
    kept = emergency(omar, "keep_open", note="Nobody asked about breathing at night.")
    assert (kept.state, kept.owner_id, kept.outcome) == ("claimed", dana.id, None)
    assert kept.due_at == NOW + 15 * MINUTE
    emergency(dana, "close", **CLOSE)
    closed = emergency(omar, "confirm_close")
    assert (closed.state, closed.due_at, closed.closing_by) == ("closed", None, dana.id)
    assert closed.regulator == "no_report"
    assert emergency.replays()


def test_a_new_report_stops_a_close_that_nobody_has_confirmed(
    emergency: Ward,
    dana: Staff,
    omar: Staff,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
) -> None:
    emergency(dana, "close", **CLOSE)
    later = NOW + 20 * MINUTE
    told = report("bruising", "trouble_breathing")
    intake.submit(db, knowledge, clinic, enrolled(), told, key="k2", channel="link", at=later)
    again = emergency.case
    assert (again.state, again.owner_id, again.outcome) == ("new", dana.id, None)
    assert again.due_at == NOW + 30 * MINUTE, "no later than the second look was due"
    emergency.refused(omar, "confirm_close", "Nobody has closed this case")


def test_the_only_clinician_closes_an_emergency_alone_and_says_why(
    emergency: Ward, dana: Staff
) -> None:
    assert emergency.refused(dana, "close", "only one who can close", **CLOSE) == "note"
    assert emergency(dana, "close", **CLOSE, note="I am alone here.").state == "closed"


@pytest.mark.parametrize("role", ["manager", "auditor", "admin"])
def test_who_is_no_clinician_moves_no_case(
    urgent: Ward, hire: Callable[..., Staff], role: str
) -> None:
    mia = hire("Mia Brandt", role=role)
    for verb in ("claim", "note", "escalate", "close", "raise_level"):
        urgent.refused(mia, verb, "Only a nurse, ", note="x", level=3, **CLOSE)
    assert case_verbs.may(urgent.case, mia.id, role, at_work(urgent.db, urgent.clinic.id)) <= {
        "release"
    }


def test_a_closed_account_and_a_stranger_move_nothing(urgent: Ward, omar: Staff) -> None:
    people.disable(urgent.db, omar, by=SYSTEM, at=NOW)
    urgent.refused(omar, "claim", "Only a nurse")
    stranger = Staff("another", "01-nobody", "x@y.test", "Eve", "nurse")
    urgent.refused(stranger, "claim", "Only a nurse")


def test_an_administrator_gives_back_the_cases_of_a_closed_account(
    urgent: Ward, dana: Staff, hire: Callable[..., Staff]
) -> None:
    urgent(dana, "claim")
    ada = hire("Ada Quill", role="admin")
    assert people.disable(urgent.db, dana, by=ada.actor, at=NOW) == 1
    assert (urgent.case.state, urgent.case.owner_id) == ("new", None)


def test_a_line_of_the_clock_makes_nobodys_page_stale(urgent: Ward, dana: Staff) -> None:
    seen = urgent.case.version
    clock: dict[str, Any] = {"by": SYSTEM, "at": NOW}
    move = (urgent.db, urgent.clinic.id, urgent.id)
    cases.move(*move, "overdue", expected_version=seen, steps=["owner"], **clock)
    by_hand: dict[str, Any] = {
        "by": dana.actor,
        "at": NOW,
        "note": "She rang",
        "expected_version": seen,
    }
    assert cases.move(*move, "note", **by_hand).version == seen + 2
    with pytest.raises(Conflict):
        cases.move(*move, "note", **by_hand)


def test_what_stood_there_before_this_version_replays_too(
    urgent: Ward, dana: Staff, lin: Staff
) -> None:
    """Moves of an older store have not written down what they changed."""
    urgent(dana, "claim")
    urgent(dana, "call", result="voicemail", next_due=NOW + 60 * MINUTE)
    urgent(dana, "call", result="reached")
    urgent(dana, "note", note="well")
    urgent.db.run("update case_moves set changed = null")
    assert urgent.replays()
    urgent(dana, "release")
    urgent(lin, "follow_up", due_at=NOW + 90 * MINUTE)
    assert urgent.replays()
    assert audit.verify(urgent.db, urgent.clinic.id) == []
