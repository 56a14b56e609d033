"""Random sequences of moves against a small model: no dead state, nothing lost, nothing later."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from reporter.clinic import absence, casebook, cases, escalation
from reporter.clinic.case_verbs import VERBS, may
from reporter.clinic.cases import Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.replaying import replayed
from reporter.clinic.staff import Staff
from reporter.clinic.team import MEDICS, at_work
from reporter.clinic.treatments import Treatment
from reporter.clinic.waits import USUAL
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
IN_HAND = {"new", "claimed", "waiting", "monitoring"}
WORKED_ON = IN_HAND | {"escalated"}
DONE = {"red_flags_asked": True, "taught_back": True, "regulator": "no_report"}
# Moves of a poster's report, and of one by telephone: tested with these.
ELSEWHERE = {"match", "unknown_person", "told_to_call"}
PEOPLE = 5
BY_HAND = sorted({name for name, verb in VERBS.items() if not verb.by_system} - ELSEWHERE)
# Whatever the clock of the clinic sets is taken over from the store, once it was seen to be sound.
BY_CLINIC = object()


@dataclass(frozen=True)
class Model:
    """How the case must stand. Written without a look at the table."""

    state: str
    level: Level
    undecided: bool
    due: Any
    owner: str | None = None
    closing_by: str | None = None
    acknowledged: str | None = None

    @property
    def gravity(self) -> Level:
        return Level.EMERGENCY if self.undecided else self.level

    def back(self) -> "Model":
        return replace(self, state="claimed" if self.owner else "new", acknowledged=None)

    def free(self) -> "Model":
        stays = self.state in {"escalated", "closing"}
        return replace(self, owner=None, state=self.state if stays else "new")


def expected(  # noqa: PLR0911, PLR0912 - a line for each move reads best in one place
    m: Model, verb: str, who: Staff, at: datetime, given: dict[str, Any]
) -> Model | None:
    """How it stands after this move, or None where it must be refused."""
    mine, medic = m.owner in {None, who.id}, who.role in MEDICS
    due, note, owner = given["due"], bool(given["note"]), m.owner or who.id
    fits = at < due <= at + USUAL.of(m.gravity).longest_follow_up
    if who.role == "manager" or (m.state == "closed") != (verb == "reopen"):
        return None
    if m.state == "closing" and verb not in {"confirm_close", "keep_open", "release"}:
        return None
    match verb:
        case "claim" if mine:
            state = "escalated" if m.state == "escalated" else "claimed"
            return replace(m, owner=who.id, state=state)
        case "release" if note or m.owner == who.id:
            return m.free()
        case "call" if m.state == "escalated" and (mine or medic):
            return replace(m, owner=owner)
        case "call" if mine and m.state != "escalated":
            if given["result"] == "reached":
                return replace(m, owner=owner, state="claimed")
            waits = at < due <= at + USUAL.of(m.gravity).longest_wait
            return replace(m, owner=owner, state="waiting", due=due) if waits else None
        case "follow_up" if mine and fits and m.state in IN_HAND:
            return replace(m, owner=who.id, state="monitoring", due=due)
        case "escalate" if note and m.state in IN_HAND:
            return replace(m, owner=owner, state="escalated", due=BY_CLINIC)
        case "acknowledge" if medic and m.state == "escalated" and m.acknowledged != who.id:
            return replace(m, acknowledged=who.id, due=m.due if m.acknowledged else BY_CLINIC)
        case "return" if medic and fits and m.state == "escalated":
            return replace(m.back(), due=due)
        case "raise_level" if given["level"] > m.gravity or (m.undecided and given["level"] == 3):
            state = "claimed" if m.state in {"waiting", "monitoring"} else m.state
            return replace(m, level=given["level"], undecided=False, state=state, due=BY_CLINIC)
        case "lower_level" if note and given["level"] < m.gravity and (medic or m.gravity < 3):
            return replace(m, level=given["level"], undecided=False)
        case "close" if medic if m.state == "escalated" else mine:
            if m.gravity < Level.EMERGENCY:
                return replace(m, state="closed", due=None, acknowledged=None)
            closing = replace(m, state="closing", owner=owner, due=BY_CLINIC, acknowledged=None)
            return replace(closing, closing_by=who.id)
        case "confirm_close" if m.state == "closing" and m.closing_by != who.id:
            return replace(m, state="closed", due=None)
        case "keep_open" if note and m.state == "closing":
            return replace(m.back(), due=BY_CLINIC, closing_by=None)
        case "reopen" if note:
            fresh = replace(m, state="new", owner=None, due=BY_CLINIC)
            return replace(fresh, closing_by=None, acknowledged=None)
    return None


def told_again(m: Model, level: Level, undecided: bool, due: datetime) -> Model:
    """After another report: never less grave, never later, never somebody else's."""
    if m.state == "closed":
        return Model("new", level, undecided, due)
    worse = level > m.level or (undecided and not m.undecided)
    after = replace(
        m, level=max(level, m.level), undecided=m.undecided or undecided, due=min(m.due, due)
    )
    if m.state == "closing":
        return replace(after, state="new", closing_by=None)
    if worse and m.state == "escalated":
        return replace(after, acknowledged=None)
    return replace(after, state="new") if worse else after


class Ward(RuleBasedStateMachine):
    """One case, five people, a clock that only goes on."""

    db: Database
    clinic: Clinic
    people: list[Staff]
    enrolled: Callable[..., Treatment]
    number = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).number += 1
        name = f"Pat {chr(65 + self.number % 26)}{'abcdefghij'[self.number // 26 % 10]}"
        born = date(1950, 1, 1) + timedelta(days=self.number)
        self.visit = self.enrolled(name=name, born=born)
        self.at = NOW + self.number * MINUTE
        self.acted: dict[str, datetime] = {}
        level = (Level.EMERGENCY, Level.URGENT, Level.EMERGENCY, Level.CALL_BACK)[self.number % 4]
        self.model = Model("new", level, False, self.at + 60 * MINUTE)
        with self.db.transaction():
            cases.reported(self.db, self.visit, level, False, self.model.due, self.at)

    @property
    def case(self) -> casebook.Case:
        found = casebook.of_treatment(self.db, self.clinic.id, self.visit.id)
        assert found is not None
        return found

    @rule(minutes=st.integers(1, 500))
    def time_passes(self, minutes: int) -> None:
        self.at += minutes * MINUTE

    @rule(
        verb=st.sampled_from(BY_HAND),
        person=st.integers(0, PEOPLE - 1),
        result=st.sampled_from(["reached", "no_answer"]),
        minutes=st.sampled_from([-5, 10, 25, 60, 60 * 24 * 3, 60 * 24 * 40]),
        level=st.sampled_from([Level.CALL_BACK, Level.URGENT, Level.EMERGENCY]),
        note=st.sampled_from(["because", "because", ""]),
    )
    def somebody_moves(
        self, verb: str, person: int, result: str, minutes: int, level: Level, note: str
    ) -> None:
        who, due = self.people[person], self.at + minutes * MINUTE
        given = {"due": due, "note": note, "level": level, "result": result}
        wanted = expected(self.model, verb, who, self.at, given)
        if verb == "note":
            wanted = self.model if note and who.role != "manager" else None
        before, offered = self.case, verb in self.offered(who)
        try:
            after = self.move(who, verb, due, note=note, level=level, result=result)
        except Refused:
            assert wanted is None
            assert self.case == before
            return
        assert wanted is not None, f"{verb} by {who.role} from {before.state} was let through"
        assert offered or verb == "release", f"{verb} is done but was not offered"
        self.acted[who.id] = self.at
        self.settle(wanted, before, after, verb)

    @rule(person=st.integers(0, PEOPLE - 2), choice=st.integers(0, 20), hours=st.booleans())
    def somebody_does_what_is_offered(self, person: int, choice: int, hours: bool) -> None:
        verbs = sorted(self.offered(self.people[person]) - ELSEWHERE - {"note"})
        if verbs:
            level = Level(1 + choice % 3)
            verb, minutes = verbs[choice % len(verbs)], 60 if hours else 25
            self.somebody_moves(verb, person, "no_answer", minutes, level, "because")

    @rule(person=st.integers(0, PEOPLE - 1))
    def whatever_is_not_offered_is_refused(self, person: int) -> None:
        before = self.case
        for verb in sorted(set(BY_HAND) - self.offered(self.people[person]) - {"release"}):
            self.somebody_moves(verb, person, "reached", 25, Level.CALL_BACK, "because")
        assert self.case == before

    def offered(self, who: Staff) -> frozenset[str]:
        return may(self.case, who.id, who.role, at_work(self.db, self.clinic.id))

    def move(self, who: Staff, verb: str, due: datetime, **details: Any) -> casebook.Case:
        now = self.case
        return cases.move(
            self.db,
            self.clinic.id,
            now.id,
            verb,
            by=who.actor,
            at=self.at,
            expected_version=now.version,
            **{**DONE, "outcome": "improving", "decision": "see_today"},
            **{**details, "due_at": due, "next_due": due},
        )

    def settle(self, wanted: Model, before: casebook.Case, after: casebook.Case, verb: str) -> None:
        if wanted.due is BY_CLINIC:
            assert after.due_at and (after.due_at > self.at or after.due_at == before.due_at)
            if verb == "raise_level":
                assert before.due_at and after.due_at <= before.due_at
            wanted = replace(wanted, due=after.due_at)
        self.model = wanted

    @rule(
        level=st.sampled_from([Level.CALL_BACK, Level.URGENT, Level.EMERGENCY]),
        undecided=st.sampled_from([False, False, False, True]),
        minutes=st.integers(10, 3000),
    )
    def the_patient_reports_again(self, level: Level, undecided: bool, minutes: int) -> None:
        due = self.at + minutes * MINUTE
        with self.db.transaction():
            cases.reported(self.db, self.visit, level, undecided, due, self.at)
        self.model = told_again(self.model, level, undecided, due)

    @rule()
    def the_clock_looks_twice(self) -> None:
        escalation.raise_steps(self.db, self.clinic, self.at)
        version = self.case.version
        escalation.raise_steps(self.db, self.clinic, self.at)
        assert self.case.version == version, "each step is raised once"

    @rule()
    def who_is_away_holds_nothing(self) -> None:
        m, last = self.model, self.acted.get(self.model.owner or "", NOW - timedelta(days=9))
        absence.release(self.db, self.clinic, self.at)
        if (
            m.owner
            and m.state != "closed"
            and m.due <= self.at
            and last <= self.at - timedelta(minutes=USUAL.away)
        ):
            self.model = m.free()

    @invariant()
    def it_stands_as_the_model_says(self) -> None:
        case, m = self.case, self.model
        assert (case.state, case.level, case.undecided) == (m.state, m.level, m.undecided)
        assert (case.owner_id, case.due_at) == (m.owner, m.due)
        assert case.acknowledged_by == (m.acknowledged if m.state == "escalated" else None)

    @invariant()
    def nothing_open_is_forgotten(self) -> None:
        case = self.case
        assert case.is_open == (case.due_at is not None) == (case.closed_at is None)
        assert case.owner_id or case.state not in {"claimed", "waiting", "monitoring"}
        assert case.state != "closing" or case.closing_by

    @invariant()
    def the_timeline_is_the_whole_truth(self) -> None:
        case = self.case
        moves = casebook.history(self.db, self.clinic.id, case.id)
        assert replayed(case.clinic_id, case.id, case.treatment_id, moves) == case
        assert [move.version for move in moves] == list(range(1, case.version + 1))

    def teardown(self) -> None:
        """Wherever it stands, these people can bring it to its end."""
        nurse, other, medic = self.people[0], self.people[1], self.people[2]
        due = self.at + 20 * MINUTE
        if self.case.state == "escalated":
            self.move(medic, "return", due)
        if self.case.state in IN_HAND:
            self.move(other, "release", due, note="I finish it")
            self.move(nurse, "close", due)
        if self.case.state == "closing":
            first = nurse if self.case.closing_by == nurse.id else other
            second = other if first is nurse else nurse
            if self.case.closing_by == first.id:
                with pytest.raises(Refused):
                    self.move(first, "confirm_close", due, note="It was me")
            self.move(second, "confirm_close", due)
        assert not self.case.is_open
        assert not any(
            self.offered(one) - {"note", "match", "unknown_person", "reopen"} for one in self.people
        )


def run(
    db: Database,
    clinic: Clinic,
    hire: Callable[..., Staff],
    enrolled: Callable[..., Treatment],
    examples: int,
    steps: int,
    *,
    fixed: bool,
) -> None:
    names = ("Dana Reyes", "Omar Diaz", "Ann Lin", "Bo Ek", "Mia Brandt")
    roles = ("nurse", "nurse", "practitioner", "director", "manager")
    staff = [hire(name, role=role) for name, role in zip(names, roles, strict=True)]
    facts = {"db": db, "clinic": clinic, "people": staff, "enrolled": staticmethod(enrolled)}
    machine = type("WardHere", (Ward,), facts)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=fixed,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert audit.verify(db, clinic.id) == []


def test_random_moves_keep_to_the_model(
    db: Database,
    clinic: Clinic,
    hire: Callable[..., Staff],
    enrolled: Callable[..., Treatment],
) -> None:
    run(db, clinic, hire, enrolled, examples=10, steps=30, fixed=True)


@pytest.mark.slow
def test_many_random_moves_keep_to_the_model(
    db: Database,
    clinic: Clinic,
    hire: Callable[..., Staff],
    enrolled: Callable[..., Treatment],
) -> None:
    run(db, clinic, hire, enrolled, examples=100, steps=50, fixed=False)
