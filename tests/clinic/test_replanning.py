"""Changed hours, holidays, zone or protocols: shown first, and followed before the next is sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from reporter import rounds
from reporter.clinic import checkins, clinics, replanning, rulesets, settings_changes
from reporter.clinic.clinics import Clinic
from reporter.clinic.replanning import forecast
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge, KnowledgeError
from tests.conftest import CLINIC, NOW

# Treated on Tuesday, November 24: day 7 is Tuesday, December 1.
SHUT = {"holidays": ["2026-12-01"]}
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def visits(enrolled: Callable[..., Treatment]) -> list[Treatment]:
    one = {"given_on": date(2026, 11, 24)}
    return [enrolled(**one), enrolled(**one, name="Rob Hale", email="rob@patients.test")]


def save(db: Database, clinic: Clinic, **given: Any) -> Clinic:
    """The director saves settings."""
    settings_changes.change(
        db, clinic.id, {**CLINIC, "second_factor": "nobody", **given},
        version=settings_changes.stored(db, clinic.id).version, by=SYSTEM, at=NOW,
    )  # fmt: skip
    return clinics.get(db, clinic.id)


def days(db: Database, visit: Treatment) -> dict[int, str]:
    every = checkins.of_treatment(db, visit.clinic_id, visit.id)
    return {one.day: one.on_day for one in every if one.kind == "checkin"}


def planned_anew(db: Database) -> int:
    rows = db.query("select count(*) as n from audit_events where verb = 'checkins.replanned'")
    return int(rows[0]["n"])


def test_a_saved_holiday_moves_what_is_planned_before_anything_is_sent(
    db: Database, clinic: Clinic, knowledge: Knowledge, visits: list[Treatment]
) -> None:
    rounds.queue_checkins(db, NOW, "w")
    assert planned_anew(db) == 0, "what was just planned is as it should be"
    then = save(db, clinic, **SHUT)
    shown = forecast(db, then, knowledge, NOW)
    assert (shown.moved, shown.added, shown.removed, shown.whole) == (4, 0, 0, True)
    first, number = shown.first[0]
    assert number == 2
    assert first.was and first.will and first.day == 7
    assert abs(first.will - first.was) == timedelta(days=1)
    rounds.queue_checkins(db, NOW, "w")
    assert {days(db, one)[7] for one in visits} == {first.will.date().isoformat()}
    assert planned_anew(db) == 2
    assert not forecast(db, then, knowledge, NOW)
    rounds.queue_checkins(db, NOW, "w")
    assert planned_anew(db) == 2, "once"


@only_sqlite
def test_a_round_that_was_stopped_is_made_again(
    db: Database, clinic: Clinic, visits: list[Treatment]
) -> None:
    then, looks = save(db, clinic, **SHUT), iter([False, True])
    assert replanning.follow(db, then, NOW, lambda: next(looks)) > 0
    assert planned_anew(db) == 1
    replanning.follow(db, then, NOW)
    assert planned_anew(db) == 2


@only_sqlite
def test_a_store_of_before_is_compared_once(
    db: Database, clinic: Clinic, visits: list[Treatment]
) -> None:
    then = save(db, clinic, **SHUT)
    db.run("update clinics set planned_by = null")
    assert replanning.follow(db, then, NOW) == 4
    assert replanning.follow(db, then, NOW) == 0


@only_sqlite
def test_changed_protocols_come_and_go(
    db: Database, clinic: Clinic, knowledge: Knowledge, visits: list[Treatment]
) -> None:
    standard = knowledge.protocols[0]
    fewer = replace(standard, days=tuple(one for one in standard.days if one.day != 14))
    changed = replace(knowledge, protocols=(fewer, *knowledge.protocols[1:]))
    assert (
        forecast(db, clinic, changed, NOW).removed,
        forecast(db, clinic, changed, NOW).added,
    ) == (2, 0)


@only_sqlite
def test_rules_that_cannot_be_read_change_nothing(
    db: Database, clinic: Clinic, visits: list[Treatment], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> Knowledge:
        raise KnowledgeError("of another version")

    monkeypatch.setattr(rulesets, "live", unreadable)
    assert replanning.follow(db, save(db, clinic, **SHUT), NOW) == 0
    assert {days(db, one)[7] for one in visits} == {"2026-12-01"}


@only_sqlite
def test_of_very_many_the_first_are_looked_at(
    db: Database, clinic: Clinic, knowledge: Knowledge, visits: list[Treatment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(replanning, "MOST_LOOKED_AT", 1)
    shown = forecast(db, save(db, clinic, **SHUT), knowledge, NOW)
    assert (shown.moved, shown.whole) == (2, False)
