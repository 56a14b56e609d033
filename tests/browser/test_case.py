"""The desk as a nurse and a practitioner live it: one case whole, two at once, a lost session."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks import prepared
from reporter.clinic import casebook, cases, front_desk, intake, sessions, staff, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.staff import Staff
from reporter.records.audit import SYSTEM
from reporter.rules.knowledge import shipped
from tests.browser.conftest import House, People
from tests.browser.test_loop import good, log_in
from tests.conftest import MARIA, report

pytestmark = pytest.mark.browser


def hired(house: House, name: str, role: str) -> Staff:
    email, at = f"{name.split(maxsplit=1)[0].lower()}@staff.test", datetime.now(UTC)
    more = {"password": prepared.PASSWORD, "by": SYSTEM, "at": at}
    return staff.add(house.db, house.clinic.id, email=email, name=name, role=role, **more)


def reported(house: House, *symptoms: str, **who: Any) -> Case:
    """Maria, or somebody else, has just said this."""
    at = datetime.now(UTC)
    entry = replace(MARIA, given_on=at.date() - timedelta(days=4), **who)
    visit, _ = front_desk.enrol(house.db, shipped(), house.clinic, entry, by=SYSTEM, at=at)
    told = report(*symptoms, denied=("trouble_breathing",))
    key = f"key of {visit.id}"
    intake.submit(house.db, shipped(), house.clinic, visit, told, key=key, channel="link", at=at)
    found = casebook.of_treatment(house.db, house.clinic.id, visit.id)
    assert found is not None
    return found


def now(house: House, case: Case) -> Case:
    return casebook.get(house.db, house.clinic.id, case.id)


def of_verb(page: Page, verb: str) -> str:
    return f"form[action*='/{verb}']"


def test_claimed_called_escalated_answered_and_closed(house: House, people: People) -> None:
    hired(house, "Lin Chen", "practitioner")
    case = reported(house, "hives")
    nurse, doctor = people("Dana"), people("Lin")
    log_in(nurse, "dana@staff.test")
    nurse.goto(f"/desk/case/{case.id}")
    good(nurse)
    nurse.get_by_role("button", name="Claim").click()
    nurse.get_by_label("Only a note").check()
    nurse.get_by_role("link", name="Escalate", exact=True).click()
    asked = nurse.get_by_label("For the practitioner")
    expect(asked).to_have_value(re.compile(r"S: 58 years, day 4\. Hives\. Urgent\."))
    asked.press("End")
    asked.press_sequentially(" a steroid?")
    good(nurse)
    nurse.get_by_role("button", name="Escalate now").click()
    expect(nurse.get_by_text("Nobody has acknowledged this yet.")).to_be_visible()
    good(nurse)

    log_in(doctor, "lin@staff.test")
    doctor.get_by_role("link", name="Escalated", exact=True).click()
    expect(doctor.get_by_text("a steroid?")).to_be_visible()
    good(doctor)
    doctor.get_by_role("button", name="Acknowledge").click()
    expect(doctor.get_by_text("You have it since")).to_be_visible()
    doctor.get_by_label("Advice for the nurse").fill("Antihistamine, and look again today.")
    doctor.get_by_role("button", name="Return with advice").click()
    expect(doctor.get_by_text("Nothing is escalated.")).to_be_visible()

    nurse.reload()
    expect(nurse.get_by_text("Given back: advice").first).to_be_visible()
    nurse.get_by_label("Spoke").check()
    nurse.get_by_label("Interpreter, if any").fill("Line 4")
    nurse.get_by_role("button", name="Save call").click()
    close = nurse.locator("#close")  # open by itself: she spoke with the patient
    close.get_by_label("Improving").check()
    close.get_by_label("I asked the warning signs again").check()
    close.get_by_label("They said back when to call for help").check()
    close.get_by_role("button", name="Close case").click()
    expect(nurse.locator("#close-regulator-error")).to_be_visible()
    nurse.locator("#close").get_by_label("No report needed").check()
    good(nurse)
    nurse.locator("#close").get_by_role("button", name="Close case").click()
    expect(nurse.get_by_text("Closed: improving").first).to_be_visible()
    assert now(house, case).state == "closed"
    nurse.get_by_role("link", name="Print").click()
    good(nurse)
    assert people.noise == []


def test_two_at_once_lose_nothing(house: House, people: People) -> None:
    alma = hired(house, "Alma Ruiz", "nurse")
    case = reported(house, "hives")
    nurse = people("Dana")
    log_in(nurse, "dana@staff.test")
    nurse.goto(f"/desk/case/{case.id}")
    nurse.get_by_label("Spoke").check()
    nurse.locator("#call-note").fill("She can swallow.")
    cases.move(
        house.db,
        house.clinic.id,
        case.id,
        "note",
        by=alma.actor,
        at=datetime.now(UTC),
        expected_version=now(house, case).version,
        note="Her daughter rang.",
    )
    nurse.get_by_role("button", name="Save call").click()
    both = nurse.get_by_role("alert").filter(has_text="Somebody was first")
    expect(both.get_by_text("Her daughter rang.")).to_be_visible()
    expect(both.get_by_text("She can swallow.")).to_be_visible()
    good(nurse)
    nurse.get_by_role("button", name="Save call").click()
    expect(nurse.get_by_text("Call saved.")).to_be_visible()
    assert now(house, case).state == "claimed"
    assert people.noise == [f"409 /desk/case/{case.id}/call"]


def test_a_session_that_ends_while_typing_costs_no_note(house: House, people: People) -> None:
    case = reported(house, "hives")
    nurse = people("Dana")
    log_in(nurse, "dana@staff.test")
    nurse.goto(f"/desk/case/{case.id}")
    note = nurse.locator("#call-note")
    note.press_sequentially("It began on Sunday")
    kept = nurse.locator(f"{of_verb(nurse, 'call')} .kept")
    expect(kept).to_contain_text("Draft saved")
    nurse.context.set_offline(True)
    nurse.get_by_label("Spoke").check()
    expect(kept).to_contain_text("Not kept: no connection.")
    nurse.get_by_role("button", name="Save call").click()
    expect(kept).to_contain_text("Not saved: no connection. All of it still stands here.")
    nurse.context.set_offline(False)
    expect(kept).to_contain_text("Draft saved")
    nurse.reload()  # as after a log-out: the choice is there again, not the words only
    expect(nurse.get_by_label("Spoke")).to_be_checked()
    expect(note).to_have_value("It began on Sunday")
    with house.db.transaction():
        dana = next(p for p in staff.everybody(house.db, house.clinic.id) if p.name[0] == "D")
        sessions.end_all(house.db, dana, datetime.now(UTC), by=SYSTEM)
    note.press("Control+End")
    note.press_sequentially(", she says")
    expect(kept).to_contain_text("You were logged out.")
    good(nurse)
    nurse.get_by_label("Only a note").check()
    nurse.get_by_role("button", name="Save call").click()
    expect(nurse.get_by_role("heading", name="You were logged out")).to_be_visible()
    expect(nurse.get_by_text("It began on Sunday, she says")).to_be_visible()
    good(nurse)
    with nurse.context.expect_page() as opened:
        nurse.get_by_role("link", name="Log in in a new tab").click()
    log_in(opened.value, "dana@staff.test")
    opened.value.goto(f"/desk/case/{case.id}")
    expect(opened.value.get_by_text("Not saved yet:")).to_be_visible()
    good(opened.value)
    nurse.get_by_role("button", name="Then send it again").click()
    expect(nurse.get_by_text("Call saved.")).to_be_visible()
    last = casebook.history(house.db, house.clinic.id, case.id)[-1]
    assert last.note == "It began on Sunday, she says"


def printed(page: Page, case: Case) -> set[int]:
    """How many pages the case has on paper, here and there."""
    page.goto(f"/desk/case/{case.id}/print")
    return {page.pdf(format=size).count(b"/Type /Page\n") for size in ("A4", "Letter")}


def told_on_and_on(house: House, case: Case) -> None:
    """Reports in many lines of many words, and notes as long as a note may be."""
    visit = treatments.get(house.db, house.clinic.id, case.treatment_id)
    signs = list(shipped().symptoms)[:12]
    for number in range(10):
        at, words = datetime.now(UTC), "Maria cannot see well. " * 20 + "\n" * 300 + "w" * 2000
        told = report(*signs, free_text=words, unsure=("trouble_breathing",))
        more = {"key": f"more {number}", "channel": "link", "at": at}
        intake.submit(house.db, shipped(), house.clinic, visit, told, **more)
    dana = next(p for p in staff.everybody(house.db, house.clinic.id) if p.name[0] == "D")
    for number in range(20):
        found, note = now(house, case), f"{number} she said. " * 600
        more = {"by": dana.actor, "at": datetime.now(UTC), "expected_version": found.version}
        cases.move(house.db, house.clinic.id, case.id, "note", note=note, **more)


def test_handed_over_on_one_page(house: House, people: People) -> None:
    hired(house, "Lin Chen", "practitioner")
    case = reported(house, "hives", "blurred_vision")
    nurse = people("Dana")
    log_in(nurse, "dana@staff.test")
    assert printed(nurse, case) == {1}
    told_on_and_on(house, case)
    assert printed(nurse, case) <= {1, 2}
    expect(nurse.get_by_text("earlier lines in the case")).to_be_visible()
    expect(nurse.get_by_text("Maria")).to_have_count(0)
    nurse.goto("/desk")
    nurse.get_by_role("link", name="Hand-over").click()
    expect(nurse.get_by_role("heading", name="Hand-over")).to_be_visible()
    expect(nurse.get_by_text("M.A.")).to_be_visible()
    expect(nurse.get_by_text("Maria")).to_have_count(0)
    good(nurse)
    assert nurse.pdf(format="Letter").count(b"/Type /Page\n") == 1
    nurse.clock.install()
    nurse.goto("/huddle")
    expect(nurse.get_by_text("M.A.")).to_have_count(0)
    good(nurse)
    reported(house, "headache", name="Ann Bell", born=date(1990, 1, 1))
    nurse.clock.run_for(61_000)  # the board renews itself
    expect(nurse.get_by_role("row")).to_have_count(3)
    nurse.goto("/desk/silent")
    good(nurse)
    assert people.noise == []
