"""The desk's list of what was left unfinished, and what the case shows of how to call and where."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from reporter.clinic import casebook, drafts, intake, reports, unfinished
from reporter.clinic.clinics import Clinic
from reporter.clinic.contact import Contact
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import ReportedSymptom
from reporter.settings import Settings
from reporter.web import face
from tests.conftest import NOW, report
from tests.web.desk import Browser, desk_of, running, text_of

BRUISE = {"no_flags": True, "noticed": ["bruise"], "said": {"bruise.size": ["small"]}}
VOICE = {"no_flags": True, "noticed": ["voice"], "words": "since lunch"}


@pytest.fixture
def browser(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with running(settings, monkeypatch) as app:
        yield desk_of(app, dana)


@pytest.fixture
def left(db: Database, clinic: Clinic, enrolled: Callable[..., Treatment]) -> Callable[..., None]:
    """Somebody has left these answers ten minutes ago, and they were taken up now."""

    def leave(answers: dict[str, object], name: str = "Maria Alvarez") -> None:
        visit, key = enrolled(name=name), name.ljust(64, "x")
        drafts.save(db, visit, key, answers, NOW - timedelta(minutes=10))
        unfinished.in_all_clinics(db, NOW)

    return leave


def test_what_was_left_stands_there_the_most_urgent_first(
    browser: Browser, left: Callable[..., None]
) -> None:
    assert "Nothing was left unfinished." in browser.page("/desk/unfinished")
    left(BRUISE)
    left(VOICE, "Robert Hale")
    page = text_of(browser.page("/desk/unfinished"))
    assert "Unfinished 2" in page and "To do 1" in page
    assert page.rindex("Robert Hale") < page.rindex("Maria Alvarez")
    assert "since lunch" in page and "Open the case" in page
    assert "Seen, nothing to do" in page and "Said no to: Trouble breathing" in page


def test_seen_takes_it_off_the_list_and_leaves_the_case(
    db: Database, clinic: Clinic, browser: Browser, left: Callable[..., None]
) -> None:
    left(VOICE)
    page = browser.page("/desk/unfinished")
    (path,) = re.findall(r'action="(/desk/unfinished/[\w-]+/seen)"', page)
    assert browser.client.post(path).status_code == 303
    assert "Nothing was left unfinished." in browser.page("/desk/unfinished")
    assert len(casebook.all_open(db, clinic.id)) == 1
    assert browser.client.post(path).status_code == 404


def test_a_nurse_may_make_a_case_of_it(
    db: Database, clinic: Clinic, browser: Browser, left: Callable[..., None]
) -> None:
    left(BRUISE)
    page = browser.page("/desk/unfinished")
    (path,) = re.findall(r'action="(/desk/unfinished/[\w-]+/case)"', page)
    assert browser.client.post(path).status_code == 303
    assert len(casebook.all_open(db, clinic.id)) == 1


def test_the_case_says_that_nothing_was_told_yet(
    db: Database, clinic: Clinic, browser: Browser, left: Callable[..., None]
) -> None:
    left(VOICE)
    (case,) = casebook.all_open(db, clinic.id)
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Left unfinished" in page and "left without sending" in page
    assert "nothing yet; the pages were left before they were sent" in page


def test_the_case_shows_who_wrote_how_to_call_and_where_on_the_face(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    browser: Browser,
    enrolled: Callable[..., Treatment],
) -> None:
    visit = enrolled()
    lump = ReportedSymptom("infection_signs", zones=("cheek_right", "chin", "elsewhere"))
    wish = Contact(number="+13015550142", voicemail=False, interpreter=True, for_other=True)
    intake.submit(
        db,
        knowledge,
        clinic,
        visit,
        report(lump),
        key="k" * 64,
        channel="link",
        at=NOW,
        contact=wish,
    )
    (case,) = casebook.all_open(db, clinic.id)
    html = browser.page(f"/desk/case/{case.id}")
    page = text_of(html)
    assert "sent by somebody who writes for the patient" in page
    assert "How to call: Call (301) 555-0142; no voicemail; wants an interpreter." in page
    assert 'href="tel:+13015550142"' in html and "get an interpreter" in page
    assert "cheek (R), chin, not on the face" in page
    assert html.count('class="spot"') == 2
    assert reports.of_treatment(db, clinic.id, visit.id)[0].contact == wish


def test_staff_see_the_patients_right_on_their_own_left() -> None:
    (spot,) = face.facing(["cheek_right"])
    assert spot.x == 0
    assert face._cell("cheek_right") == (4, 3)  # and in the mirror on the right
