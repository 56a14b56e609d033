"""Protocols of their own, a changed protocol, a patient who moved: only what is to come moves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from reporter.clinic import checkin_plan, checkins, front_desk, treatments
from reporter.clinic.checkin_plan import changed_by
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.rounds import Run, at, one_round, states
from tests.conftest import NOW

Enrol = Callable[..., Treatment]
TODAY = date(2026, 11, 24)


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    return partial(one_round, db, clinic)


@pytest.fixture
def fresh(enrolled: Enrol) -> Treatment:
    return enrolled(given_on=TODAY)


@pytest.fixture
def changed(knowledge: Knowledge) -> Knowledge:
    """Day 7 at noon, day 14 gone, a new day 21, and a new day 2 that is soon past."""
    standard = knowledge.protocols[0]
    one, three, seven, _, last = standard.days
    days = (
        one,
        replace(one, day=2, wording="any_day"),
        replace(three, window_hours=20),
        replace(seven, hour="12:00", reminder_hour=None),
        replace(seven, day=21, reminder_hour=None, wording="any_day"),
        last,
    )
    protocols = (replace(standard, days=days), *knowledge.protocols[1:])
    return Knowledge(
        **{**{name: getattr(knowledge, name) for name in knowledge.__dataclass_fields__},
           "protocols": protocols}
    )  # fmt: skip


def follow(db: Database, clinic: Clinic, known: Knowledge, when: datetime) -> int:
    found = list(changed_by(db, clinic, known, when))
    return sum(
        db.atomically(
            lambda one=one: checkin_plan.follow_protocol(
                db, clinic, one.treatment, known, by=SYSTEM, at=when
            )
        )
        for one in found
    )


def test_who_has_an_illness_in_which_spread_is_gravest_waits_for_no_open_day(
    db: Database, enrolled: Enrol
) -> None:
    # Thursday: day 7 is Thanksgiving, day 2 in the standard protocol does not exist.
    usual = enrolled(given_on=date(2026, 11, 19))
    at_risk = enrolled(
        given_on=date(2026, 11, 19), name="Robert Hale", factors=("myasthenia_gravis",)
    )
    days = [
        {one.day: one.on_day for one in checkins.of_treatment(db, visit.clinic_id, visit.id)
         if one.kind == "checkin"}[7]
        for visit in (usual, at_risk)
    ]  # fmt: skip
    assert days == ["2026-11-27", "2026-11-26"]
    found = checkins.of_treatment(db, at_risk.clinic_id, at_risk.id)
    assert {one.protocol for one in found} == {"spread_risk"}


def test_what_a_changed_protocol_does_is_shown_first(
    db: Database, clinic: Clinic, fresh: Treatment, knowledge: Knowledge, changed: Knowledge
) -> None:
    assert list(changed_by(db, clinic, knowledge, NOW)) == []
    before = db.query("select * from checkins where clinic_id = :c order by id", c=clinic.id)
    (found,) = changed_by(db, clinic, changed, NOW)
    kinds = {
        (change.day, change.kind): ("+" if not change.was else "~" if change.slot else "-")
        for change in found.changes
    }
    assert kinds == {
        (2, "checkin"): "+",
        (3, "checkin"): "~",
        (7, "checkin"): "~",
        (7, "reminder"): "-",
        (14, "checkin"): "-",
        (21, "checkin"): "+",
    }
    after = db.query("select * from checkins where clinic_id = :c order by id", c=clinic.id)
    assert after == before, "showing changes nothing"


def test_a_changed_protocol_moves_only_what_is_to_come(
    db: Database, clinic: Clinic, fresh: Treatment, changed: Knowledge, run: Run
) -> None:
    for when in (at("11-25", "10:30"), at("11-27", "10:30")):
        assert len(run(when)) == 1
    when = at("11-28", "09:00")  # day 4
    assert follow(db, clinic, changed, when) == 4
    assert states(db, fresh) == {
        "1": "sent", "3": "sent", "3r": "planned", "7": "planned", "7r": "cancelled",
        "14": "cancelled", "21": "planned", "28": "planned",
    }  # fmt: skip
    assert "2" not in states(db, fresh), "a day that was never planned was missed by nobody"
    assert follow(db, clinic, changed, when) == 0, "again changes nothing"
    assert run(at("12-01", "10:30")) == []
    assert len(run(at("12-01", "12:00"))) == 1
    verbs = [event["verb"] for event in audit.events(db, clinic.id)]
    assert verbs.count("checkins.replanned") == 1


def test_what_waits_in_the_outbox_stays_with_its_old_window(
    db: Database, clinic: Clinic, fresh: Treatment, changed: Knowledge, run: Run
) -> None:
    run(at("11-25", "10:30"))
    run(at("11-27", "10:30"), accept=False)
    follow(db, clinic, changed, at("11-27", "10:31"))
    assert states(db, fresh)["3"] == "queued"
    assert len(run(at("11-27", "10:32"))) == 1


def test_an_ended_or_stopped_follow_up_is_left_alone(
    db: Database, clinic: Clinic, enrolled: Enrol, changed: Knowledge
) -> None:
    ended = enrolled(given_on=TODAY)
    front_desk.stop(db, clinic, ended, reason="died", by=SYSTEM, at=NOW)
    enrolled(given_on=TODAY, name="Robert Hale", may_email=False)
    assert list(changed_by(db, clinic, changed, NOW)) == []


# Another zone -------------------------------------------------------------------------------


def move(db: Database, knowledge: Knowledge, clinic: Clinic, visit: Treatment, zone: str,
         when: datetime) -> bool:  # fmt: skip
    return front_desk.move_zone(db, knowledge, clinic, visit, zone, by=SYSTEM, at=when)


def test_who_moves_is_asked_in_the_morning_there(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"))
    assert move(db, knowledge, clinic, fresh, "Pacific/Honolulu", at("11-25", "12:00"))
    assert not move(db, knowledge, clinic, fresh, "Pacific/Honolulu", at("11-25", "12:00"))
    third = checkins.of_treatment(db, clinic.id, fresh.id)[1]
    there = third.due_at.astimezone(ZoneInfo("Pacific/Honolulu"))
    assert (third.day, f"{there:%m-%d %H:%M}") == (3, "11-27 10:30")
    assert treatments.get(db, clinic.id, fresh.id).patient.zone == "Pacific/Honolulu"


def test_a_zone_that_does_not_exist_is_refused(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment
) -> None:
    for zone in ("Mars/Base", "", "../../etc/passwd", "x\0y"):
        with pytest.raises(ValueError, match="time zone like"):
            move(db, knowledge, clinic, fresh, zone, NOW)


@pytest.mark.parametrize(
    ("first", "then"),
    [("Pacific/Pago_Pago", "Pacific/Kiritimati"), ("Pacific/Kiritimati", "Pacific/Pago_Pago")],
)
def test_across_the_date_line_never_two_for_one_day(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run, first: str,
    then: str,
) -> None:  # fmt: skip
    """Whoever crosses it between day 3 and its reminder gets no two on a date, there or here."""
    move(db, knowledge, clinic, fresh, first, NOW)
    sent, when, moved = [], NOW, False
    while when < NOW + timedelta(days=40):
        got = run(when)
        assert len(got) <= 1
        sent += [when] * len(got)
        if len(sent) == 2 and not moved:
            moved = move(db, knowledge, clinic, fresh, then, when + timedelta(minutes=20))
        when += timedelta(hours=2)
    assert moved and len(sent) >= 5
    for zone in (first, then):
        side = sent[:2] if zone == first else sent[1:]
        dates = [moment.astimezone(ZoneInfo(zone)).date() for moment in side]
        assert len(set(dates)) == len(dates)
