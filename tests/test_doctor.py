"""The doctor explains what stands still, and says when the on-call line was tried."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reporter import doctor
from reporter.clinic import clinics, on_call_test, watch
from reporter.clinic.clinics import Clinic
from reporter.mail import heartbeat
from reporter.mail.smtp import NotNow
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.settings import Settings
from tests.conftest import CLINIC, NOW

PAGED = {**CLINIC, "name": "Harbour Clinic", "on_call_webhook": "https://paging.test/hook"}


def found(db: Database, settings: Settings, minutes: int) -> list[doctor.Finding]:
    findings = doctor.examine(settings, NOW + timedelta(minutes=minutes))
    return [one for one in findings if "scheduler" in one.what or "e-mail" in one.what]


@pytest.mark.parametrize(("minutes", "fine"), [(5, True), (6, False)])
def test_after_five_minutes_of_silence_it_says_what_to_do(
    db: Database, settings: Settings, clinic: Clinic, minutes: int, fine: bool
) -> None:
    with db.transaction():
        heartbeat.beat(db, clinic.id, NOW)
    [told] = [one for one in found(db, settings, minutes) if "worked" in one.what]
    assert told.fine is fine
    assert bool(told.steps) is not fine
    if not fine:
        assert "the queue is right" in told.steps[0] and "`reporter scheduler`" in told.steps[2]


def test_mail_that_does_not_go_is_explained(
    db: Database, settings: Settings, clinic: Clinic
) -> None:
    with db.transaction():
        heartbeat.beat(db, clinic.id, NOW, trouble="The mail server refused the password.")
    told = next(one for one in found(db, settings, 1) if "refused the password" in one.what)
    assert not told.fine and "`reporter mail test TO`" in told.steps[1]


def test_every_kind_of_trouble_has_its_steps() -> None:
    source = Path(watch.__file__).read_text("utf-8")
    kinds = {part.split('"')[1] for part in source.split("Trouble(")[1:] if '"' in part}
    kinds = {one for one in kinds if one.isalpha() and one.islower()}
    assert kinds == set(doctor.STEPS)


def test_an_on_call_line_that_was_never_tried_or_failed_needs_mending(
    db: Database, settings: Settings
) -> None:
    paged = clinics.create(db, PAGED, at=NOW)
    assert doctor._on_call(db, paged).what.endswith("presses the button on Settings")

    def refuses(_: object) -> None:
        raise NotNow("The pager answered 500.")

    on_call_test.run(db, paged, by=SYSTEM, at=NOW, send=refuses)
    failed = doctor._on_call(db, paged)
    assert not failed.fine and "The pager answered 500." in failed.what
    on_call_test.run(db, paged, by=SYSTEM, at=NOW, send=lambda _: None)
    assert doctor._on_call(db, paged).fine
    none = replace(paged, on_call_webhook="")
    unpaged = doctor._on_call(db, none)
    assert (unpaged.fine, unpaged.mark) == (True, "warn") and "nobody is paged" in unpaged.what
