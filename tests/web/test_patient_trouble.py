"""Two tabs, back, a form that was left open, a phone from before an upgrade, names of all scripts:
each leads on, and nothing that was answered is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, drafts, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW
from tests.web.desk import desk_of
from tests.web.phone import Phone, Watch
from tests.web.test_patient import Link, count, stored


def test_a_page_that_another_tab_has_left_behind_leads_on(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.none_of_the_flags()
    noticing = phone.path
    phone.press(noticed=["headache"])
    stale = Phone(phone.client, phone.answer)
    phone.open(noticing).press(noticed=["bruise"])
    stale.press("severe")
    assert "There is a problem" not in stale.text and "bruise" in stale.text
    for answer in ("small", "today", "better"):
        stale.press(answer)
    stale.press()
    assert [one.symptom for one in stored(db, clinic)[-1].report.symptoms] == ["bruising"]


def test_back_after_sending_shows_the_answers_and_sends_nothing_twice(
    db: Database, phone: Phone
) -> None:
    phone.report(["headache"], "mild", "today", "same")
    check = phone.path
    phone.press()
    told = phone.path
    assert "Check your answers" in phone.open(check).text
    phone.press()
    assert phone.path == told and count(db, "reports") == 1


@pytest.mark.parametrize("flag", ["trouble_breathing", "none"])
def test_a_form_left_open_for_a_day_is_taken_as_it_is(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch, flag: str
) -> None:
    watch.at = NOW + timedelta(days=1, hours=1)
    phone.press(flags=flag)
    if flag == "none":
        assert "What have you noticed?" in phone.text
    else:
        assert stored(db, clinic)[0].report.day == 5 and "Call 911 now" in phone.text


def test_a_check_page_left_open_for_a_day_counts_from_the_day_it_is_sent(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    phone.report(["headache"], "mild", "today", "same")
    watch.at = NOW + timedelta(days=1)
    phone.press()
    assert "/done/" in phone.path and stored(db, clinic)[0].level is not None


def test_answers_from_before_an_upgrade_are_gone_on_with(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    """A tick, a question and an answer that this version does not know any more."""
    phone.report(["headache"], "mild", "today", "same")
    check, key = phone.path, phone.path.split("/")[3]
    (row,) = db.query("select treatment_id from drafts where id = :id", id=key)
    visit = treatments.get(db, clinic.id, row["treatment_id"])
    found = drafts.load(db, visit, key)
    assert found is not None
    old = {
        **found.answers,
        "noticed": [*found.answers["noticed"], "wobbly_knee"],
        "said": {**found.answers["said"], "headache.severity": ["dreadful"], "mood.x": ["y"]},
    }
    drafts.save(db, visit, key, old, NOW)
    phone.open(check)
    assert "does your headache bother you" in phone.text  # asked again, the rest is kept
    phone.press("moderate").press()
    assert [one.symptom for one in stored(db, clinic)[0].report.symptoms] == ["headache"]


def test_a_phone_with_the_cookie_of_an_older_version_is_still_known(
    phone: Phone, clinic: Clinic
) -> None:
    slug = phone.path.split("/")[2]
    kept = phone.client.get_cookie(f"link-{slug}")
    assert kept is not None
    phone.client.set_cookie(f"link-{slug}", ".".join(kept.value.split(".")[:2]))
    phone.open(f"/c/{slug}/").press(flags="trouble_breathing")
    assert "Call 911 now" in phone.text


NAMES = ["😀 Zoë O’Brien-Łęcka", "محمد عبد الله", "\u202egnorw\u202c Right", "李小龍"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_scripts(
    app: Flask,
    db: Database,
    clinic: Clinic,
    dana: Staff,
    enrolled: Callable[..., Treatment],
    link: Link,
    name: str,
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled(name=name)))
    assert name not in phone.html
    phone.press(flags="trouble_breathing")
    assert "Call 911 now" in phone.text and stored(db, clinic)[0].level is Level.EMERGENCY
    app.config["WTF_CSRF_ENABLED"] = False
    (case,) = casebook.all_open(db, clinic.id)
    page = desk_of(app, dana).page(f"/desk/case/{case.id}")
    assert name.split(maxsplit=1)[0].strip("\u202e\u202c") in page
