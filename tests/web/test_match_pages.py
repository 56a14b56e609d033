"""At the desk: a poster's report in the queue, matched to a treatment or marked as unknown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from reporter.clinic import casebook, intake, posters, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.posters import Told
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report
from reporter.settings import Settings
from tests.conftest import NOW, report
from tests.web.desk import Browser, desk_of, running, text_of

MARIA = Told("Maria Alvares", date(1968, 3, 2), "2405550188", "unsure", date(2026, 11, 20))


@dataclass
class Hall:
    """Where the poster hangs."""

    db: Database
    knowledge: Knowledge
    clinic: Clinic

    def report(self, told: Told, said: Report, **more: object) -> Case:
        token = posters.new_visit(self.db, self.clinic.id, NOW)
        held = posters.arrive(self.db, self.clinic, token, "en", NOW)
        posters.tell(self.db, held, told, NOW)
        at = NOW - timedelta(minutes=5)
        intake.submit(
            self.db,
            self.knowledge,
            self.clinic,
            treatments.get(self.db, self.clinic.id, held.id),
            said,
            key=f"k {held.id}",
            channel="poster",
            at=at,
            **more,  # type: ignore[arg-type]
        )
        found = casebook.of_treatment(self.db, self.clinic.id, held.id)
        assert found is not None
        return found


@pytest.fixture
def hall(db: Database, knowledge: Knowledge, clinic: Clinic) -> Hall:
    return Hall(db, knowledge, clinic)


@pytest.fixture
def desk(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with running(settings, monkeypatch) as app:
        yield desk_of(app, dana)


CALL_ME = report("headache", call_me=True, day=None)


def test_the_queue_and_the_case_say_that_it_is_not_matched(desk: Browser, hall: Hall) -> None:
    case = hall.report(Told(), CALL_ME)
    queue = text_of(desk.page("/desk"))
    assert "Somebody" in queue
    assert "From the poster · not matched yet" in queue
    page = text_of(desk.page(f"/desk/case/{case.id}"))
    assert "From the poster: not matched yet" in page
    assert "Nothing was typed of who it is" in page
    assert "Match to a treatment" in page
    assert "Lot" not in page


def test_it_is_matched_from_the_suggestions(
    db: Database, desk: Browser, hall: Hall, enrolled: Callable[..., Treatment]
) -> None:
    maria = enrolled()
    case = hall.report(MARIA, CALL_ME)
    page = text_of(desk.page(f"/desk/case/{case.id}/match"))
    assert "Maria Alvares" in page
    assert "Injected by Not sure" in page
    assert "phone number, day of treatment" in page
    answer = desk.client.post(
        f"/desk/case/{case.id}/match", data={"version": case.version, "treatment": maria.id}
    )
    assert answer.status_code == 303
    after = text_of(desk.page(f"/desk/case/{case.id}"))
    assert "Maria Alvarez" in after
    assert "From the poster, matched" in after
    assert "decided again with the treatment that Dana Reyes matched it to" in after
    assert "The number that we know is (240) 555-0188" in after or "240" in after
    assert maria.lot in after
    assert "From the poster" not in text_of(desk.page("/desk"))
    assert "A report that came by the poster" in desk.page(f"/treatments/{maria.id}")


def test_a_search_finds_others_and_stays_out_of_the_address(
    desk: Browser, hall: Hall, enrolled: Callable[..., Treatment]
) -> None:
    enrolled(name="Robert Hale", mobile="+12025550177")
    case = hall.report(MARIA, CALL_ME)
    address = f"/desk/case/{case.id}/match/find"
    assert "Robert Hale" in desk.client.post(address, data={"text": "hale"}).text
    assert "Nothing found for" in desk.client.post(address, data={"text": "<zzz>\0"}).text
    assert "<zzz>" not in desk.client.post(address, data={"text": "<zzz>"}).text


def test_it_cannot_be_closed_unmatched_and_can_once_it_is_marked_unknown(
    db: Database, clinic: Clinic, desk: Browser, hall: Hall
) -> None:
    case = hall.report(Told(), CALL_ME)
    closing = {"outcome": "resolved", "red_flags_asked": "y", "taught_back": "y"}
    refused = desk.move(case, "close", **closing)
    assert "Match this report to a treatment first" in text_of(refused.text)
    address = f"/desk/case/{case.id}/match/unknown"
    empty = desk.client.post(address, data={"version": case.version, "note": " "})
    assert "Write how you looked for this person" in text_of(empty.text)
    desk.client.post(address, data={"version": case.version, "note": "Rang, nobody"})
    marked = casebook.get(db, clinic.id, case.id)
    assert "From the poster: unknown person" in text_of(desk.page(f"/desk/case/{case.id}"))
    assert desk.move(marked, "close", **closing).status_code == 303
    assert casebook.get(db, clinic.id, case.id).state == "closed"


def test_a_second_match_from_an_old_page_is_told(
    desk: Browser, hall: Hall, enrolled: Callable[..., Treatment]
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    case = hall.report(MARIA, CALL_ME)
    address = f"/desk/case/{case.id}/match"
    desk.client.post(address, data={"version": case.version, "treatment": maria.id})
    late = desk.client.post(address, data={"version": case.version, "treatment": robert.id})
    assert late.status_code == 409
    assert "Nothing of yours was saved" in text_of(late.text)


@pytest.mark.parametrize("chosen", ["", "none", "' or 1=1", "\0"])
def test_nonsense_matches_nothing(desk: Browser, hall: Hall, chosen: str) -> None:
    case = hall.report(MARIA, CALL_ME)
    address = f"/desk/case/{case.id}/match"
    data = {"version": case.version, "treatment": chosen}
    assert desk.client.post(address, data=data).status_code == 404


def test_a_patients_own_case_has_no_such_page(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    desk: Browser,
    enrolled: Callable[..., Treatment],
) -> None:
    maria = enrolled()
    intake.submit(db, knowledge, clinic, maria, CALL_ME, key="m", channel="link", at=NOW)
    case = casebook.of_treatment(db, clinic.id, maria.id)
    assert case is not None
    assert desk.get(f"/desk/case/{case.id}/match").status_code == 404
    assert desk.get("/desk/case/none/match").status_code == 404
    assert "From the poster" not in desk.page(f"/desk/case/{case.id}")


def test_what_was_typed_is_shown_as_text(desk: Browser, hall: Hall) -> None:
    case = hall.report(Told("<script>alert(1)</script>\u202e", None, "2125550100"), CALL_ME)
    for path in ("/desk", f"/desk/case/{case.id}", f"/desk/case/{case.id}/match"):
        assert "<script>alert" not in desk.page(path)


def test_its_treatment_page_leads_to_the_case(desk: Browser, hall: Hall) -> None:
    case = hall.report(MARIA, CALL_ME)
    answer = desk.get(f"/treatments/{case.treatment_id}")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/desk/case/{case.id}")


def test_staff_see_that_an_answer_is_not_confirmed(
    db: Database, clinic: Clinic, desk: Browser, hall: Hall
) -> None:
    case = hall.report(MARIA, CALL_ME, unconfirmed=True)
    page = text_of(desk.page(f"/desk/case/{case.id}"))
    assert "Not confirmed: it came within two seconds" in page


def test_another_case_of_the_treatment_is_shown(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    desk: Browser,
    hall: Hall,
    enrolled: Callable[..., Treatment],
) -> None:
    maria = enrolled()
    intake.submit(db, knowledge, clinic, maria, CALL_ME, key="m", channel="link", at=NOW)
    case = hall.report(MARIA, CALL_ME)
    desk.client.post(
        f"/desk/case/{case.id}/match", data={"version": case.version, "treatment": maria.id}
    )
    own = casebook.of_treatment(db, clinic.id, maria.id)
    assert own is not None
    page = desk.page(f"/desk/case/{case.id}")
    assert "Another case of this treatment" in page
    assert f"/desk/case/{own.id}" in page


def test_one_of_whom_nothing_is_known_is_printed_and_handed_over(desk: Browser, hall: Hall) -> None:
    case = hall.report(Told(), CALL_ME)
    assert "Headache" in text_of(desk.page(f"/desk/case/{case.id}/print"))
    sheet = text_of(desk.page("/handover"))
    assert "Headache" in sheet and "treatment not known" in sheet
    assert "Headache" in text_of(desk.page("/huddle"))
