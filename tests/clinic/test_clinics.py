"""A clinic is not made until it can keep what its pages promise."""

from typing import Any

import pytest

from reporter.clinic import clinic_settings, clinics
from reporter.clinic.clinics import Clinic, ClinicError
from reporter.records.db import Database
from tests.conftest import CLINIC, NOW


def test_a_clinic_comes_back_as_it_was_made(db: Database, clinic: Clinic) -> None:
    again = clinics.get(db, clinic.id)
    assert again == clinic
    assert again.hours.week[0] == (("08:30", "17:30"),)
    assert again.hours.week[6] == ()
    assert len(again.on_call_secret) == 64


def test_the_only_clinic_needs_no_name(db: Database, clinic: Clinic) -> None:
    assert clinics.the_clinic(db) == clinic


def test_without_a_clinic_or_with_two_it_says_what_to_do(db: Database) -> None:
    with pytest.raises(ClinicError, match="reporter init"):
        clinics.the_clinic(db)
    clinics.create(db, CLINIC, at=NOW)
    clinics.create(db, {**CLINIC, "name": "Second"}, at=NOW)
    with pytest.raises(ClinicError, match="--clinic"):
        clinics.the_clinic(db)


@pytest.mark.parametrize("name", sorted(clinic_settings.NEEDED))
def test_what_a_promise_needs_cannot_be_left_out(db: Database, name: str) -> None:
    with pytest.raises(ClinicError, match=name):
        clinics.create(db, {**CLINIC, name: " "}, at=NOW)
    assert clinics.all_clinics(db) == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"zone": "New York"}, "America/New_York"),
    ({"phone": "ring us"}, "telephone"),
    ({"reply_to": "nobody"}, "e-mail"),
    ({"on_call_webhook": "pager"}, "https://"),
    ({"colour": "blue"}, "#0b4f6c"),
    ({"hours": {}}, "monday"),
    ({"hours": {"monday": []}}, "monday"),
    ({"hours": {"montag": ["08:30-17:30"]}}, "montag"),
    ({"hours": {"monday": ["17:30-08:30"]}}, "monday"),
    ({"hours": {"monday": ["8-5"]}}, "monday"),
    ({"holidays": ["Christmas"]}, "2026-12-25"),
    ({"name": "Two\nlines"}, "one line"),
    ({"fone": "1"}, "fone"),
]


@pytest.mark.parametrize(("change", "mend"), BAD)
def test_nonsense_is_refused_with_its_mend(change: dict[str, Any], mend: str) -> None:
    with pytest.raises(ClinicError, match=mend):
        clinics.checked({**CLINIC, **change})


def test_no_one_can_be_paged_without_a_webhook(clinic: Clinic) -> None:
    assert not clinic.has_on_call
