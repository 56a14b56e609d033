"""The queue in a real browser: what comes in, what stops, and the keys."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from benchmarks import prepared
from reporter.clinic import casebook, cases, front_desk, intake, reports, sessions, staff
from reporter.clinic.casebook import Case
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.records.audit import SYSTEM
from reporter.rules.knowledge import shipped
from reporter.rules.report import Report, ReportedSymptom
from tests.browser import axe
from tests.browser.conftest import House, People

pytestmark = pytest.mark.browser
LONG = "Wilhelmina-Alexandrina Featherstonehaugh-Cholmondeley de la Santísima Trinidad"
Tell = Callable[..., Case]


@pytest.fixture
def tell(house: House) -> Tell:
    """Somebody with this name reports this sign, now."""

    def reported(name: str, sign: str) -> Case:
        at, db = datetime.now(UTC), house.db
        entry = Enrolment(
            name=name, born=date(1968, 3, 2), email="", mobile="+12405550188", language="en",
            may_voicemail=True, may_email=False, given_on=at.date() - timedelta(days=4),
            product="Botox Cosmetic", lot="C8123F2", expiry="2029-08",
            areas=(AreaDose("glabella", 20),), injector="Dr. A. Lin", factors=(),
        )  # fmt: skip
        visit, _ = front_desk.enrol(db, shipped(), house.clinic, entry, by=SYSTEM, at=at)
        said = Report(day=4, areas=("glabella",), symptoms=(ReportedSymptom(sign),))
        intake.submit(
            db, shipped(), house.clinic, visit, said, key=f"key {name}", channel="link", at=at
        )
        case = casebook.of_treatment(db, house.clinic.id, visit.id)
        assert case
        return case

    return reported


@pytest.fixture
def dana(people: People) -> Page:
    page = people("Dana")
    page.clock.install(time=datetime.now(UTC))
    page.goto("/log-in")
    page.fill("[name=email]", "dana@staff.test")
    page.fill("[name=password]", prepared.PASSWORD)
    page.click("main button")
    page.wait_for_selector("#queue-live")
    return page


def poll(page: Page) -> None:
    """Let the quarter of a minute pass after which a page asks again."""
    with page.expect_response("**/desk/poll**"):
        page.clock.run_for(15_500)


def shown(page: Page) -> list[str]:
    return page.locator("#queue-live .line-who a").all_inner_texts()


def test_new_lines_wait_an_emergency_does_not_and_a_claim_appears(
    dana: Page, house: House, tell: Tell, people: People
) -> None:
    first = tell("Tess Whitman", "hives")
    tell(LONG, "smile_asymmetry")
    dana.reload()
    assert axe.troubles(dana) == []
    dana.locator("#queue-live .line-who a").last.focus()
    tell("Karen Boyle", "headache")
    tell("June Okafor", "hives")
    poll(dana)
    came = dana.locator(".came-in p")
    expect(came).to_contain_text("2 new: 1 urgent, 1 call-back")
    assert shown(dana) == ["Tess Whitman", LONG]
    expect(dana.locator("[data-tab=todo]")).to_have_text("To do 4")
    assert axe.troubles(dana) == []
    dana.keyboard.press("n")
    assert len(shown(dana)) == 4
    expect(dana.locator(".line.new a").first).to_be_focused()
    expect(dana.locator(".came-in")).to_be_hidden()

    tell("Robert Hale", "trouble_swallowing")
    before = dana.title()
    poll(dana)
    expect(dana.locator("#queue-live .line-who a").first).to_have_text("Robert Hale")
    assert dana.title().startswith("▲ New emergency")
    spoken = dana.locator("[aria-live=assertive]").inner_text()
    assert "Emergency, Robert Hale, Trouble swallowing" in spoken
    dana.keyboard.press("Shift")
    assert dana.title() == before

    ann = staff.everybody(house.db, house.clinic.id)[0]
    cases.move(
        house.db, house.clinic.id, first.id, "claim", by=ann.actor, at=datetime.now(UTC),
        expected_version=first.version,
    )  # fmt: skip
    poll(dana)
    expect(dana.locator(f"[data-case='{first.id}'] .line-owner").first).not_to_have_text("No owner")
    assert people.noise == []


def test_an_emergency_is_announced_on_every_page(dana: Page, tell: Tell) -> None:
    bar = dana.locator(".alarm-bar")
    for page, name in {
        "/desk?tab=mine": "Robert Hale",
        "/desk/escalated": "Karen Boyle",
        "/handover": "case ",  # on paper and on the wall stands no name
        "/huddle": "case ",
    }.items():
        dana.goto(page)
        before = dana.title()
        tell(name if name != "case " else f"Nameless {page[1:]}", "trouble_swallowing")
        poll(dana)
        expect(bar).to_contain_text(f"Emergency, {name}")
        expect(bar).not_to_contain_text("Nameless")
        assert dana.title().startswith("▲ New emergency")
        assert "New: Emergency," in dana.locator("[aria-live=assertive]").inner_text()
        if page in ("/desk?tab=mine", "/huddle"):
            assert axe.troubles(dana) == []
        dana.keyboard.press("Shift")
        assert dana.title() == before
    case = tell("June Okafor", "trouble_breathing")  # while the next page is on its way
    with dana.expect_response("**/desk/poll**"):
        dana.goto("/account")
    expect(bar).to_contain_text("June Okafor")
    expect(bar).not_to_contain_text("Robert Hale")
    dana.goto(f"/desk/case/{case.id}?tab=mine")
    expect(bar).to_be_hidden()


def test_a_lost_connection_and_a_session_that_ended_are_said(
    dana: Page, house: House, tell: Tell
) -> None:
    tell("Tess Whitman", "hives")
    poll(dana)
    expect(dana.locator(".live-state")).to_contain_text("Updated")
    dana.context.set_offline(True)
    dana.clock.run_for(76_000)
    bar = dana.locator(".stale-bar")
    expect(bar).to_contain_text("Not updating since")
    expect(bar.get_by_role("link", name="Reload.")).to_be_visible()
    assert axe.troubles(dana) == []
    dana.context.set_offline(False)
    poll(dana)
    expect(bar).to_be_empty()

    person = next(
        one for one in staff.everybody(house.db, house.clinic.id) if one.email == "dana@staff.test"
    )
    sessions.end_all(house.db, person, datetime.now(UTC), by=SYSTEM)
    poll(dana)
    expect(bar).to_contain_text("You are logged out")
    expect(dana.locator("#queue-live .line").first).to_be_hidden()


def test_keys_move_and_open_and_never_while_typing(dana: Page, tell: Tell) -> None:
    tell("Tess Whitman", "hives")
    tell("June Okafor", "headache")
    dana.reload()
    dana.keyboard.press("j")
    dana.keyboard.press("j")
    expect(dana.get_by_role("link", name="June Okafor")).to_be_focused()
    dana.keyboard.press("k")
    expect(dana.get_by_role("link", name="Tess Whitman").first).to_be_focused()
    dana.keyboard.press("?")
    expect(dana.locator("#keys")).to_be_visible()
    assert axe.troubles(dana) == []
    dana.keyboard.press("Escape")
    dana.keyboard.press("/")
    dana.keyboard.type("jox? gq n")
    expect(dana.locator(".bar-search [type=search]")).to_have_value("jox? gq n")
    dana.locator("#queue-live a").last.focus()
    dana.keyboard.press("k")
    dana.keyboard.press("c")
    dana.wait_for_url("**/desk/case/**")
    expect(dana.locator("button", has_text="Claim")).to_be_focused()
    expect(dana.locator("main")).to_contain_text("Nobody has this case yet")  # and not pressed
    dana.keyboard.press("l")
    expect(dana.locator("#call-result-0")).to_be_focused()
    dana.locator("#main").focus()
    dana.keyboard.press("g")
    dana.keyboard.press("q")
    dana.wait_for_url("**/desk")
    dana.goto("/account")
    dana.click("text=Switch single keys off")
    dana.goto("/desk")
    dana.keyboard.press("?")
    dana.keyboard.press("j")
    assert dana.locator("#keys").count() == 0
    assert dana.evaluate("document.activeElement === document.body")


def test_cards_to_read_follow_the_poll(dana: Page, house: House) -> None:
    """A text that comes in waits, one that a colleague read says so, and neither moves the list."""
    alma = staff.add(
        house.db, house.clinic.id, email="alma@staff.test", name="Alma Ruiz", role="nurse",
        password=prepared.PASSWORD, by=SYSTEM, at=datetime.now(UTC),
    )  # fmt: skip
    first = wrote(house, "Tess Whitman", "see you in spring")
    dana.goto("/desk/to-read")
    expect(dana.locator("[data-card]")).to_have_count(1)
    reports.mark_read(house.db, house.clinic.id, first, by=alma.actor, at=datetime.now(UTC))
    wrote(house, "June Okafor", "thank you all")
    poll(dana)
    expect(dana.locator(".card.gone")).to_contain_text("somebody has dealt with it")
    expect(dana.locator(".card.gone button").first).to_be_disabled()
    expect(dana.locator("#desk-cards .came-in")).to_contain_text("1 new text came in")
    assert axe.troubles(dana) == []
    dana.keyboard.press("n")
    expect(dana.locator("[data-card]")).to_have_count(1)
    expect(dana.locator("[data-card]")).to_contain_text("thank you all")
    assert dana.evaluate("document.activeElement.textContent") == "June Okafor"


def wrote(house: House, name: str, words: str) -> str:
    at = datetime.now(UTC)
    entry = Enrolment(
        name=name, born=date(1968, 3, 2), email="", mobile="", language="en", may_voicemail=True,
        may_email=False, given_on=at.date() - timedelta(days=4), product="Botox Cosmetic",
        lot="C8123F2", expiry="2029-08", areas=(AreaDose("glabella", 20),), injector="Dr. A. Lin",
        factors=(),
    )  # fmt: skip
    visit, _ = front_desk.enrol(house.db, shipped(), house.clinic, entry, by=SYSTEM, at=at)
    said = Report(day=4, symptoms=(ReportedSymptom("bruising"),), free_text=words)
    intake.submit(
        house.db, shipped(), house.clinic, visit, said, key=f"key {name}", channel="link", at=at
    )
    return reports.to_read(house.db, house.clinic.id)[-1].id
