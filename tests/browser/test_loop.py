"""The whole loop as people live it: enrol, mail, report, emergency page, queue, call, close."""

import re
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from benchmarks import prepared
from reporter import create_app
from reporter.clinic import cases, checkins, reports, treatments
from reporter.records import audit
from reporter.rules.levels import Level
from tests.browser.axe import troubles
from tests.browser.conftest import House, People

pytestmark = pytest.mark.browser

MARIA = "maria@patients.test"
# In a browser without scripts the tool can still evaluate, but no task of the page ever ends.
RUNS_SCRIPTS = "!matchMedia('(scripting: none)').matches"


def good(page: Page) -> None:
    """Usable by all at both widths: every page that is met is checked. Axe itself is a script."""
    if page.evaluate(RUNS_SCRIPTS):
        assert troubles(page) == [], page.url


def log_in(page: Page, email: str, check: bool = False) -> None:
    page.goto("/log-in")
    if check:
        good(page)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(prepared.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Staff log-in")).to_have_count(0)


def enrol(page: Page, given_on: date) -> None:
    page.goto("/treatments/enrol")
    for label, text in {
        "Full name": "Maria Alvarez",
        "Date of birth": "1968-03-02",
        "Mobile phone": "301 555 0142",
        "E-mail": MARIA,
        "Date of treatment": given_on.isoformat(),
        "Product": "Botox Cosmetic",
        "Lot": "C8123F2",
        "Expiry": "2099-05",
        "Injector": "Dr. A. Lin",
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.locator("[name=units_glabella]").fill("20")
    page.get_by_label("The patient agrees to check-in e-mails").check()
    page.get_by_role("button", name="Show what they will get").click()
    expect(page.locator("aside li").first).to_be_visible()
    good(page)
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.locator("p.done")).to_contain_text("Enrolled")


def link_in(text: str, ending: str = "") -> str:
    """The patient's link, out of the mail's text."""
    found = re.search(rf"^(http://127\.0\.0\.1:\d+/r/[\w-]+{ending})\r?$", text, re.M)
    assert found, text
    return found[1]


def somebody_else_reports(house: House) -> None:
    """An earlier, less urgent case, so that being first in the queue means something."""
    app = create_app(house.settings)
    other = prepared.submissions(app, house.clinic, ["call_back"], datetime.now(UTC))[0]
    line = HTTPConnection("127.0.0.1", urlsplit(house.address).port or 0, timeout=15)
    head = {"Cookie": other.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", other.path, other.body, head)
    assert line.getresponse().status == 303
    line.close()
    app.extensions["reporter"].db.close()


def the_mail(house: House) -> str:
    """Run the scheduler at the due instant, and not before; the text of the mail that came."""
    treatment = treatments.find(house.db, house.clinic.id, "Maria")[0]
    due = checkins.of_treatment(house.db, house.clinic.id, treatment.id)[0].due_at
    house.tick(due - timedelta(minutes=1))
    assert house.mail_to(MARIA) == [], "a check-in went out before its time"
    assert house.tick(due).trouble == ""
    house.tick(due + timedelta(minutes=1))
    mails = house.mail_to(MARIA)
    assert len(mails) == 1, "not exactly one check-in"
    assert not re.search("botox|swallow|symptom|side effect", mails[0].subject, re.I)
    return mails[0].text


def report_trouble_swallowing(page: Page, link: str) -> None:
    page.goto(link)
    assert link.rsplit("/", 1)[1] not in page.url, "the token stays in the address"
    expect(page.get_by_role("heading", level=1)).to_contain_text("Do you have any of these")
    good(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_contain_text("Tick what you have")
    good(page)
    page.get_by_label("swallowing").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call 911 now")
    expect(page.get_by_role("link", name="Call 911").first).to_have_attribute("href", "tel:911")
    good(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call 911 now")


def call_and_close(page: Page) -> None:
    page.goto("/desk")
    lines = page.locator("ol.lines > li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Maria Alvarez")
    expect(lines.first).to_contain_text(re.compile("swallowing", re.I))
    good(page)
    lines.first.get_by_role("link", name="Maria Alvarez").click()
    expect(page.get_by_role("heading", level=1, name="Maria Alvarez")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("C8123F2")
    good(page)
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("p.done")).to_contain_text("This case is yours")
    good(page)
    page.get_by_label("Spoke").check()
    page.locator("#call-note").fill("In the ambulance. Her husband is with her.")
    page.get_by_role("button", name="Save call").click()
    expect(page.locator("p.done")).to_contain_text("Call saved")
    good(page)
    page.get_by_label("Sent to the ER").check()
    page.get_by_label("I asked the warning signs again").check()
    page.get_by_label("They said back when to call for help").check()
    page.get_by_label("Will be reported").check()
    page.locator("#close-note").fill("Taken to the emergency room.")
    page.get_by_role("button", name="Close case").click()
    expect(page.locator("p.done")).to_contain_text("Closed")
    good(page)
    page.goto("/desk")
    expect(page.locator("ol.lines > li")).to_have_count(1)
    expect(page.locator("ol.lines")).not_to_contain_text("Maria Alvarez")


def as_stored(house: House) -> None:
    """What the pages showed is what the store holds."""
    clinic = house.clinic.id
    treatment = treatments.find(house.db, clinic, "Maria")[0]
    said = reports.of_treatment(house.db, clinic, treatment.id)
    assert [one.level for one in said] == [Level.EMERGENCY]
    row = house.db.one(
        "select id from cases where clinic_id = :c and treatment_id = :t",
        c=clinic,
        t=treatment.id,
    )
    assert row
    case = cases.get(house.db, clinic, row["id"])
    assert (case.state, case.outcome) == ("closed", "sent_to_er")
    moves = cases.history(house.db, clinic, case.id)
    # With scripts the tick itself, and the page that was seen after it, are remarks on the case.
    verbs = [move.verb for move in moves if move.verb != "remark"]
    assert verbs == ["open", "claim", "call", "close"]
    assert audit.verify(house.db, clinic) == []
    house.tick(datetime.now(UTC))
    alerts = [mail for mail in house.mail_to("dana@staff.test") if case.id in mail.text]
    assert len(alerts) == 1, "the nurse was told once"
    assert "swallow" not in alerts[0].text.lower() and "Maria" not in alerts[0].text


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_from_enrolment_to_the_closed_case(house: House, people: People, scripts: bool) -> None:
    somebody_else_reports(house)
    manager = people("manager", scripts=scripts)
    log_in(manager, "mona@staff.test", check=True)
    enrol(manager, datetime.now(UTC).date())
    good(manager)
    patient = people("patient", scripts=scripts, phone=True)
    report_trouble_swallowing(patient, link_in(the_mail(house)))
    nurse = people("nurse", scripts=scripts)
    log_in(nurse, "dana@staff.test")
    call_and_close(nurse)
    as_stored(house)
    assert people.noise == []


@pytest.mark.slow  # in the ordinary run test_patient_walks_browser walks this way without a network
def test_a_harmless_report_in_spanish(house: House, people: People) -> None:
    """Every page of the long way, and back by the link to "I feel fine"."""
    manager = people("manager")
    log_in(manager, "mona@staff.test")
    enrol(manager, datetime.now(UTC).date())
    text = the_mail(house)
    page = people("patient", phone=True)
    page.goto(link_in(text))
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    good(page)
    page.locator("[name=flags][value=none]").check()
    page.locator("main form button").last.click()
    good(page)
    page.locator("[name=noticed][value=bruise]").check()
    page.locator("[name=noticed][value=something_else]").check()
    page.locator("main form button").last.click()
    met = 0
    while "/check" not in page.url and met < 10:
        met += 1
        good(page)
        if page.locator("textarea").count():
            page.locator("textarea").fill("Me cansa un poco la luz de la tarde.")
            page.locator("main form button").last.click()
        else:
            page.locator("main form button").first.click()
    expect(page).to_have_url(re.compile("/check$"))
    good(page)
    page.locator("main form button").last.click()
    expect(page).to_have_url(re.compile("/done/"))
    good(page)
    page.goto(link_in(text, "/fine"))
    good(page)
    page.goto("/r/this-link-never-was")
    good(page)
    assert people.noise == ["410 /r/this-link-never-was"]
