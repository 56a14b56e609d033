"""The clock of the cases: each step once, to the right people, and nothing about the patient."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reporter import rounds
from reporter.clinic import (
    absence,
    alerts,
    casebook,
    cases,
    clinics,
    escalation,
    intake,
    people,
    sessions,
    settings_changes,
    unclaimed,
)
from reporter.clinic.case_verbs import Refused
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.open_minutes import later
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, outcomes
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Unreadable, Vault
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.settings import Settings
from tests.conftest import CLINIC, KEY, NOW, report

MINUTE = timedelta(minutes=1)
# Tuesday evening in New York: the clinic is closed.
EVENING = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


@pytest.fixture
def clinic(db: Database) -> Clinic:
    """One with a pager; where nobody answers at that address."""
    return clinics.create(db, {**CLINIC, "on_call_webhook": "http://127.0.0.1:9/page"}, at=NOW)


def again(db: Database, clinic: Clinic, **given: Any) -> None:
    """The director sets something else."""
    settings_changes.change(
        db,
        clinic.id,
        {**CLINIC, "second_factor": "nobody", **given},
        version=settings_changes.stored(db, clinic.id).version,
        by=SYSTEM,
        at=NOW,
    )


@dataclass
class Watch:
    """One case under the clock."""

    db: Database
    clinic: Clinic
    id: str

    @property
    def case(self) -> Case:
        return casebook.get(self.db, self.clinic.id, self.id)

    def look(self, at: datetime) -> None:
        escalation.in_all_clinics(self.db, at)

    def mails(self, name: str = "case_step") -> list[dict[str, Any]]:
        rows = self.db.query(
            "select id, sealed_message from outbox where name = :n order by id", n=name
        )
        key = self.db.clinic_key(self.clinic.id)
        found = [(row["id"][:13], key.open_data("outbox", row["sealed_message"])) for row in rows]
        return [mail for _, mail in sorted(found, key=lambda one: (one[0], one[1].get("to", "")))]

    def told(self) -> list[str]:
        """To whom, by first name, in order of time, then of name."""
        return [mail["to"].partition("@")[0] for mail in self.mails()]

    def steps(self) -> list[list[str]]:
        moves = casebook.history(self.db, self.clinic.id, self.id)
        return [move.details["steps"] for move in moves if move.verb == "overdue"]

    def move(self, who: Staff, verb: str, at: datetime, **details: Any) -> Case:
        seen = self.case.version
        moved = {"by": who.actor, "at": at, "expected_version": seen, **details}
        return cases.move(self.db, self.clinic.id, self.id, verb, **moved)


@pytest.fixture
def watch(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
) -> Callable[..., Watch]:
    def about(symptom: str = "double_vision", at: datetime = NOW) -> Watch:
        told = report(symptom)
        intake.submit(db, knowledge, clinic, enrolled(), told, key="k", channel="link", at=at)
        return Watch(db, clinic, casebook.all_open(db, clinic.id)[0].id)

    return about


@pytest.fixture
def lin(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


@pytest.fixture
def bo(hire: Callable[..., Staff]) -> Staff:
    return hire("Bo Ek", role="director")


def test_a_late_case_goes_from_owner_to_practitioner_to_director_each_once(
    watch: Callable[..., Watch], dana: Staff, lin: Staff, bo: Staff
) -> None:
    case = watch()
    case.move(dana, "claim", NOW)
    due = case.case.due_at
    assert due is not None
    for minutes, told in ((-1, []), (0, ["dana"]), (14, []), (15, ["lin"]), (60, ["bo"]), (90, [])):
        before = len(case.mails())
        for _ in range(2):  # a second look, or a second scheduler, finds nothing to do
            escalation.raise_steps(case.db, case.clinic, due + minutes * MINUTE)
        expected = [name.replace("lin", "ann") for name in told]
        assert case.told()[before:] == expected, minutes
    assert case.steps() == [["owner"], ["practitioner"], ["director"]]
    assert case.case.due_at == due
    assert case.case.owner_id == dana.id
    assert audit.verify(case.db, case.clinic.id) == []
    words = str(case.mails()).lower()
    assert not [word for word in ("maria", "alvarez", "vision", "botox") if word in words]


def test_a_new_due_time_begins_the_steps_anew(watch: Callable[..., Watch], dana: Staff) -> None:
    case = watch()
    due = case.case.due_at
    assert due is not None
    case.look(due)
    case.move(dana, "call", due, result="no_answer", next_due=due + 60 * MINUTE)
    case.look(due + 59 * MINUTE)
    assert case.steps() == [["unclaimed", "owner"]]
    case.look(due + 60 * MINUTE)
    assert case.steps() == [["unclaimed", "owner"], ["owner"]]


def test_a_scheduler_that_slept_raises_all_at_once_in_one_mail_each(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    case = watch()
    case.look(NOW + 300 * MINUTE)
    assert case.steps() == [["unclaimed", "owner", "practitioner", "director"]]
    assert sorted(case.told()) == ["ann", "dana"], "nobody is a director: the practitioner is told"


def test_many_schedulers_at_once_raise_a_step_once(
    watch: Callable[..., Watch], database_url: str, dana: Staff
) -> None:
    case = watch()
    case.move(dana, "claim", NOW)
    at = NOW + 70 * MINUTE

    def look() -> None:
        store = open_database(database_url, Vault([KEY]))
        escalation.raise_steps(store, case.clinic, at)
        store.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert case.steps() == [["owner"]]
    assert case.told() == ["dana"]


def test_a_call_back_bothers_nobody_while_the_clinic_is_closed(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    """Due on Wednesday at closing; Thursday is a holiday: the next hour of work is on Friday."""
    case = watch("eyebrow_droop")
    due = case.case.due_at
    assert due == datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
    case.look(due)
    case.look(due + timedelta(hours=30))
    assert case.steps() == [["owner"]]
    case.look(datetime(2026, 11, 27, 14, 29, tzinfo=UTC))
    assert case.steps() == [["owner"]]
    case.look(datetime(2026, 11, 27, 14, 30, tzinfo=UTC))
    assert case.steps()[-1] == ["practitioner"]
    assert not case.mails("on_call")


def test_the_clinics_own_waits_are_those_that_count(
    watch: Callable[..., Watch], db: Database, clinic: Clinic, dana: Staff, lin: Staff
) -> None:
    given = {"acknowledge": 7, "decide": 11, "apart": 20, "next_call": 50, "follow_up": 3}
    quick = {"acknowledge": 5, "decide": 10, "next_call": 20, "follow_up": 2}
    again(db, clinic, waits={"urgent": given, "emergency": quick, "tries": 4})
    case = watch()
    assert case.move(dana, "escalate", NOW, note="S: double").due_at == NOW + 7 * MINUTE
    assert case.move(lin, "acknowledge", NOW + MINUTE).due_at == NOW + 12 * MINUTE
    back = {"decision": "see_today", "next_due": NOW + 30 * MINUTE, "note": ""}
    case.move(lin, "return", NOW + 2 * MINUTE, **back)
    with pytest.raises(Refused, match="at most 50 minutes"):
        case.move(dana, "call", NOW, result="no_answer", note="", next_due=NOW + 51 * MINUTE)
    with pytest.raises(Refused, match="at most 3 days"):
        case.move(dana, "follow_up", NOW, note="", due_at=NOW + timedelta(days=4))
    for minutes in (10, 29, 31):  # the second lies closer to the first than 20 minutes
        at = NOW + minutes * MINUTE
        case.move(dana, "call", at, result="no_answer", note="", next_due=at + 20 * MINUTE)
    with pytest.raises(Refused, match="Try 2 more times, at least 20 minutes apart"):
        case.move(dana, "close", NOW + 40 * MINUTE, outcome="unreached", note="")


def test_an_escalation_that_nobody_acknowledges_goes_a_step_further(
    watch: Callable[..., Watch], dana: Staff, lin: Staff, bo: Staff
) -> None:
    case = watch()
    case.move(dana, "escalate", NOW, note="Please look.")
    assert case.told() == ["ann"]
    asked = NOW + 15 * MINUTE
    case.look(asked)
    assert case.told()[1:] == ["ann", "dana"], "who must answer is told, not only who waits"
    case.look(asked + 15 * MINUTE)
    case.look(asked + 60 * MINUTE)
    assert case.told()[3:] == ["ann", "bo"]
    assert "nobody has answered" in case.mails()[-1]["bytes"]
    case.move(lin, "acknowledge", asked + 61 * MINUTE)
    case.look(asked + 62 * MINUTE)
    assert len(case.told()) == 5


@pytest.mark.parametrize(
    ("pager", "colleague_here", "due"),
    [
        (True, False, "2026-11-28T12:41"),
        (False, True, "2026-11-28T12:41"),
        (False, False, "2026-11-29T12:11"),  # the clinic opens on Monday: a day is the longest
    ],
)
def test_one_persons_close_of_an_emergency_is_looked_at_soon(
    watch: Callable[..., Watch],
    clinic: Clinic,
    dana: Staff,
    lin: Staff,
    hire: Callable[..., Staff],
    pager: bool,
    colleague_here: bool,
    due: str,
) -> None:
    """On Saturday at seven, while the clinic is closed."""
    omar, saturday = hire("Omar Diaz"), datetime(2026, 11, 28, 12, 11, tzinfo=UTC)
    case = watch("trouble_breathing", at=saturday)
    if not pager:
        again(case.db, clinic, on_call_webhook="")
    with case.db.transaction():
        sessions.begin(case.db, dana, saturday, "the desk")
        if colleague_here:
            sessions.begin(case.db, omar, saturday, "a phone")
    done = {"red_flags_asked": True, "taught_back": True, "regulator": "reported"}
    case.move(dana, "close", saturday, outcome="sent_to_er", **done)
    wanted = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert case.case.due_at == wanted
    assert case.told() == ["ann", "omar"], "told at once, but not who closed it"
    assert "confirm its close by" in case.mails()[0]["bytes"].replace("=\r\n", "")
    case.look(wanted)
    case.look(wanted + 15 * MINUTE)
    assert case.steps() == [["owner"], ["practitioner"]]
    late = [one["to"] for one in case.mails() if "nobody else has looked" in one["bytes"]]
    assert late == ["ann@staff.test", "omar@staff.test", "ann@staff.test"]
    assert bool(case.mails("on_call")[1:]) is pager
    assert case.move(omar, "confirm_close", wanted + 16 * MINUTE).state == "closed"


def test_an_emergency_that_nobody_takes_is_told_again_after_five_minutes_once(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    case = watch("trouble_breathing")
    case.look(NOW + 5 * MINUTE - timedelta(seconds=1))
    assert case.told() == []
    for minutes in (5, 6):
        case.look(NOW + minutes * MINUTE)
    assert (case.told(), case.steps()) == (["ann", "dana"], [["unclaimed"]])
    assert "nobody has taken it yet" in case.mails()[0]["bytes"].replace("=\r\n", "")
    case.move(dana, "claim", NOW + 7 * MINUTE)
    case.look(NOW + 14 * MINUTE)
    assert len(case.told()) == 2
    case.look(NOW + 15 * MINUTE)
    assert case.steps() == [["unclaimed"], ["owner", "practitioner"]]


def test_an_urgent_case_taken_in_time_is_not_told_again_until_late(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    """The clinic's own number, and an owner who gives it back, begin no new time."""
    case = watch()
    case.move(dana, "claim", NOW)
    case.look(NOW + 45 * MINUTE)
    assert case.told() == []
    case.move(dana, "release", NOW + 46 * MINUTE)
    case.look(NOW + 46 * MINUTE)
    assert (case.told(), case.steps()) == (["ann", "dana"], [["unclaimed"]])


def test_a_clinic_may_want_no_step_before_the_due_time(
    watch: Callable[..., Watch], clinic: Clinic, dana: Staff
) -> None:
    case = watch("trouble_breathing")
    again(case.db, clinic, steps={"emergency": {"unclaimed": 0}})
    case.look(NOW + 14 * MINUTE)
    assert case.steps() == []


def test_an_urgent_report_of_the_night_counts_from_the_opening(
    watch: Callable[..., Watch], clinic: Clinic
) -> None:
    opens = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
    case = replace(watch("trouble_breathing", at=EVENING).case, level=Level.URGENT)
    alone = replace(clinic, on_call_webhook="")
    assert unclaimed.told_again(alone, case, EVENING) == opens + 45 * MINUTE
    assert unclaimed.told_again(clinic, case, EVENING) == EVENING + 45 * MINUTE
    grave = replace(case, undecided=True)
    assert unclaimed.told_again(alone, grave, EVENING) == EVENING + 5 * MINUTE


def test_on_call_is_paged_while_the_clinic_is_closed_and_mail_follows_what_nobody_took(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    case = watch("trouble_breathing", at=EVENING)
    (page,) = case.mails("on_call")
    assert page["signature"].startswith("sha256=") and "breath" not in page["body"]
    case.look(EVENING + 4 * MINUTE)
    assert case.told() == []
    for _ in range(2):
        case.look(EVENING + 5 * MINUTE)
    assert case.told() == ["ann", "ann", "dana"], "nobody took it, and the page did not go through"
    assert "page was not accepted" in str(case.mails()).replace("=\\r\\n", "")
    verbs = [move.verb for move in casebook.history(case.db, case.clinic.id, case.id)]
    assert verbs == ["open", "overdue", "page_failed"]
    case.look(EVENING + 15 * MINUTE)
    assert len(case.mails("on_call")) == 3, "not taken, then late: on-call is paged again"


def test_a_page_that_was_accepted_needs_no_second_way(
    watch: Callable[..., Watch], dana: Staff
) -> None:
    case = watch("trouble_breathing", at=EVENING)
    for claimed in outbox.claim(case.db, case.clinic.id, "w", EVENING, 50):
        if claimed.channel == "webhook":
            outcomes.sent(case.db, claimed, EVENING)
    case.move(dana, "claim", EVENING)
    case.look(EVENING + 6 * MINUTE)
    assert case.told() == []


def test_the_second_way_is_the_address_that_the_clinic_set(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    case = watch("trouble_breathing", at=EVENING)
    there = replace(case.clinic, on_call_email="oncall@epec.test")
    escalation.follow_pages(case.db, there, EVENING + 5 * MINUTE)
    assert case.told() == ["oncall"]


def test_what_is_done_or_claimed_in_time_tells_nobody(
    watch: Callable[..., Watch], dana: Staff
) -> None:
    case = watch()
    done = {"red_flags_asked": True, "taught_back": True, "regulator": "no_report"}
    case.move(dana, "close", NOW, outcome="resolved", **done)
    case.look(NOW + timedelta(days=1))
    assert case.told() == []


def test_one_case_that_cannot_be_raised_stops_no_other(
    watch: Callable[..., Watch],
    enrolled: Callable[..., Treatment],
    knowledge: Knowledge,
    dana: Staff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = watch()
    robert = enrolled(name="Robert Hale")
    told = report("double_vision")
    intake.submit(
        bad.db, knowledge, bad.clinic, robert, told, key="r", channel="link", at=NOW + MINUTE
    )
    tell = alerts.tell

    def breaks(*given: Any) -> int:
        if given[2].id == bad.id:
            raise Unreadable("damaged")
        return tell(*given)

    monkeypatch.setattr(alerts, "tell", breaks)
    assert escalation.raise_steps(bad.db, bad.clinic, NOW + 70 * MINUTE) == 1
    assert (bad.told(), bad.steps()) == (["dana"], [])
    monkeypatch.undo()
    bad.look(NOW + 70 * MINUTE)
    assert bad.steps() == [["unclaimed", "owner"]], "tried again the next time"


def test_somebody_who_acts_at_this_very_moment_is_not_in_its_way(
    watch: Callable[..., Watch], dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = watch()
    at = NOW + 70 * MINUTE
    seen = case.case
    case.move(dana, "claim", at)
    monkeypatch.setattr(casebook, "get", lambda *_: monkeypatch.undo() or seen)
    assert escalation.raise_steps(case.db, case.clinic, at) == 0
    assert (case.told(), case.steps()) == ([], [])
    assert escalation.raise_steps(case.db, case.clinic, at) == 1
    assert case.case.owner_id == dana.id


def test_a_round_of_the_scheduler_raises_what_is_late(
    watch: Callable[..., Watch], settings: Settings, dana: Staff
) -> None:
    case = watch()
    rounds.tick(case.db, settings, NOW + 64 * MINUTE)
    assert case.steps() == [["unclaimed", "owner"]]


# --- owners who are away


@pytest.mark.parametrize(("minutes", "kept"), [(29, True), (31, False)])
def test_a_due_case_of_somebody_not_seen_for_half_an_hour_is_free_again(
    watch: Callable[..., Watch], dana: Staff, minutes: int, kept: bool
) -> None:
    case = watch()
    due = case.case.due_at
    assert due is not None
    with case.db.transaction():
        sessions.begin(case.db, dana, due - 10 * MINUTE, "a phone")
    case.move(dana, "claim", due - 10 * MINUTE)
    absence.release(case.db, case.clinic, due + (minutes - 10) * MINUTE)
    assert (case.case.owner_id == dana.id) is kept
    assert case.case.due_at == due
    if not kept:
        last = casebook.history(case.db, case.clinic.id, case.id)[-1]
        assert (last.verb, last.details) == ("absent", {"why": "idle", "owner": dana.id})


def test_what_is_not_due_stays_with_whoever_will_come_back(
    watch: Callable[..., Watch], dana: Staff
) -> None:
    case = watch()
    case.move(dana, "follow_up", NOW, due_at=NOW + timedelta(days=2))
    absence.release(case.db, case.clinic, NOW + timedelta(days=1))
    assert case.case.owner_id == dana.id


def test_what_was_in_hand_at_sign_off_is_free_again_and_a_set_follow_up_stays(
    watch: Callable[..., Watch], dana: Staff, hire: Callable[..., Staff]
) -> None:
    case = watch()
    with case.db.transaction():
        token = sessions.begin(case.db, dana, NOW, "a phone")
    case.move(dana, "claim", NOW + MINUTE)
    sessions.log_out(case.db, token, NOW + 2 * MINUTE)
    absence.release(case.db, case.clinic, NOW + 3 * MINUTE)
    assert case.case.owner_id == dana.id, "who logs in again at once has not gone home"
    absence.release(case.db, case.clinic, NOW + 5 * MINUTE)
    assert case.case.owner_id is None
    case.move(dana, "follow_up", NOW + 6 * MINUTE, due_at=NOW + timedelta(days=2))
    absence.release(case.db, case.clinic, NOW + 60 * MINUTE)
    assert case.case.owner_id == dana.id


def test_cases_of_a_closed_account_are_free_at_once(
    watch: Callable[..., Watch], dana: Staff, lin: Staff
) -> None:
    case = watch()
    case.move(dana, "claim", NOW)
    case.db.run("update staff set disabled_at = '2026' where id = :id", id=dana.id)
    absence.release(case.db, case.clinic, NOW + MINUTE)
    assert case.case.owner_id is None
    people.disable(case.db, lin, by=SYSTEM, at=NOW)
    case.look(NOW + 70 * MINUTE)  # nobody is left to be told, and nothing breaks
    assert case.steps() == [["unclaimed", "owner"]]


# --- times


@pytest.mark.parametrize(
    ("at", "minutes", "wanted", "why"),
    [
        ("2026-11-24T15:00", 60, "2026-11-24T16:00", "in one span"),
        ("2026-11-24T22:00", 60, "2026-11-25T14:00", "half before closing, half the next morning"),
        ("2026-11-24T22:30", 0, "2026-11-24T22:30", "closing time itself still counts"),
        ("2026-11-25T03:00", 0, "2026-11-25T13:30", "at night: when it opens"),
        ("2026-11-25T22:30", 60, "2026-11-27T14:30", "over the holiday"),
        ("2026-10-30T21:00", 60, "2026-11-02T14:00", "over the week-end in which clocks go back"),
    ],
)
def test_minutes_of_opening_hours(
    clinic: Clinic, at: str, minutes: int, wanted: str, why: str
) -> None:
    found = later(clinic.hours, datetime.fromisoformat(at).replace(tzinfo=UTC), minutes)
    assert found == datetime.fromisoformat(wanted).replace(tzinfo=UTC), why
