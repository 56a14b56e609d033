"""The director changes a promise in a real browser; the auditor looks at it. Both pass axe."""

from datetime import UTC, datetime

from benchmarks import prepared
from reporter.clinic import clinics, settings_changes, staff
from reporter.records.audit import SYSTEM
from tests.browser import axe
from tests.browser.conftest import House, People


def test_a_director_changes_a_promise_and_an_auditor_sees_who_did(
    house: House, people: People
) -> None:
    for name, role in (("Mia Ortiz", "director"), ("Ada Quill", "auditor")):
        staff.add(
            house.db,
            house.clinic.id,
            email=f"{name.split()[0].lower()}@staff.test",
            name=name,
            role=role,
            password=prepared.PASSWORD,
            by=SYSTEM,
            at=datetime.now(UTC),
        )
    mia = people("Mia")
    mia.goto("/log-in?next=/settings")
    mia.get_by_label("E-mail address").fill("mia@staff.test")
    mia.get_by_label("Password").fill(prepared.PASSWORD)
    mia.get_by_role("button", name="Log in", exact=True).click()
    mia.get_by_label("Urgent, minutes", exact=True).fill("30")
    mia.get_by_role("button", name="Show me first").click()
    mia.get_by_text("until now:").first.wait_for()
    assert axe.troubles(mia) == []
    mia.get_by_label("Telephone", exact=True).fill("")
    mia.get_by_role("button", name="Save the settings").click()
    mia.get_by_text("Nothing was saved").wait_for()
    assert axe.troubles(mia) == []

    now = settings_changes.stored(house.db, house.clinic.id)
    settings_changes.change(
        house.db,
        house.clinic.id,
        {**now.settings, "crisis_line": "112"},
        version=now.version,
        by=SYSTEM,
        at=datetime.now(UTC),
    )
    mia.get_by_label("Telephone", exact=True).fill("301-555-0199")
    mia.get_by_role("button", name="Save the settings").click()
    mia.get_by_text("Somebody else saved in the meantime").wait_for()
    assert axe.troubles(mia) == []
    mia.get_by_role("button", name="Save the settings").click()
    mia.get_by_text("Promises follow it from now on").wait_for()
    clinic = clinics.get(house.db, house.clinic.id)
    assert (clinic.phone, clinic.crisis_line) == ("301-555-0199", "112")
    assert clinic.hours.targets.urgent == 30

    ada = people("Ada")
    ada.goto("/log-in?next=/audit")
    ada.get_by_label("E-mail address").fill("ada@staff.test")
    ada.get_by_label("Password").fill(prepared.PASSWORD)
    ada.get_by_role("button", name="Log in", exact=True).click()
    ada.get_by_label("Kind").select_option(label="Settings and backups")
    ada.get_by_role("button", name="Show", exact=True).click()
    ada.get_by_text("minutes to the call, urgent: from “60” to “30”").wait_for()
    ada.get_by_role("button", name="Check that nothing was altered").click()
    ada.get_by_text("are there as they were written").wait_for()
    assert axe.troubles(ada) == []
    assert people.noise == ["409 /settings"]
