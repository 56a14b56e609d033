"""Paper that brings patients here: the poster, its code, and the aftercare card with its link."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from reporter.clinic import links, posters, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database
from reporter.settings import Settings
from reporter.web import manager_cards
from tests.conftest import NOW
from tests.web.desk import Browser, desk_of, running, text_of


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the QR codes hold."""
    seen: list[str] = []
    true = manager_cards.drawn
    monkeypatch.setattr(manager_cards, "drawn", lambda text: (seen.append(text), true(text))[1])
    return seen


@pytest.fixture
def desk(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> object:
    with running(settings, monkeypatch) as app:
        yield desk_of(app, dana)


@pytest.fixture
def stranger(settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> object:
    with running(settings, monkeypatch) as app:
        yield app


def verbs(db: Database, clinic: Clinic) -> list[str]:
    return [event["verb"] for event in audit.events(db, clinic.id)]


def test_the_poster_is_made_printed_and_replaced(
    db: Database, clinic: Clinic, desk: Browser, drawn: list[str]
) -> None:
    assert "Make the poster" in desk.page("/posters")
    assert desk.get("/posters/print").status_code == 303, "there is none yet"
    desk.client.post("/posters/code")
    code = posters.code(db, clinic.id)
    assert f"http://localhost/p/{code}" in desk.page("/posters")
    page = desk.page("/posters/print")
    assert drawn == [f"http://localhost/p/{code}"]
    for shown in (f"localhost/p/{code}", "How are you after your visit?", "¿Cómo está", "911"):
        assert shown in text_of(page)
    assert "<svg" in page
    desk.client.post("/posters/code")
    assert posters.code(db, clinic.id) == code, "not without the tick"
    desk.client.post("/posters/code", data={"sure": "y"})
    assert posters.code(db, clinic.id) != code


def test_looking_at_the_poster_makes_no_code(db: Database, clinic: Clinic, desk: Browser) -> None:
    desk.get("/posters")
    desk.get("/posters/print")
    assert posters.code(db, clinic.id) == ""


def test_the_card_holds_a_new_link_and_neither_name_nor_treatment(
    db: Database,
    clinic: Clinic,
    desk: Browser,
    enrolled: Callable[..., Treatment],
    drawn: list[str],
) -> None:
    maria = enrolled()
    page = desk.client.post(f"/treatments/{maria.id}/card").get_data(as_text=True)
    (address,) = drawn
    assert address.startswith("http://localhost/r/")
    token = address.rpartition("/")[2]
    assert links.follow(db, token, NOW).treatment_id == maria.id
    assert token not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S), "in the squares only"
    sheet = unescape(text_of(page[page.index("<main") :]))
    for secret in ("Maria", "Alvarez", maria.product, maria.lot, "Lin", "glabella"):
        assert secret not in sheet
    for shown in (
        "Epec Clinic",
        "Call 911 now",
        "301-555-0142",
        "301-555-0190",
        "January 18, 2027",
    ):
        assert shown in sheet, shown
    assert f"localhost/p/{posters.code(db, clinic.id)}" in sheet
    assert "Trouble breathing" in sheet
    assert verbs(db, clinic).count("card.printed") == 1


def test_the_card_speaks_the_patients_language(
    desk: Browser, enrolled: Callable[..., Treatment]
) -> None:
    page = desk.client.post(f"/treatments/{enrolled(language='es').id}/card").text
    assert '<html lang="es">' in page
    sheet = text_of(page[page.index("<main") :])
    assert "Llame al 911 ahora si tiene:" in sheet
    assert "Dificultad para respirar" in sheet
    assert "18 de enero de 2027" in sheet
    assert not re.search(r"\b(the|your|call)\b", sheet)


def test_an_older_card_stays_good_until_staff_end_all_links(
    db: Database,
    clinic: Clinic,
    desk: Browser,
    enrolled: Callable[..., Treatment],
    drawn: list[str],
) -> None:
    maria = enrolled()
    for _ in range(2):
        desk.client.post(f"/treatments/{maria.id}/card")
    one, two = (address.rpartition("/")[2] for address in drawn)
    assert one != two
    assert links.follow(db, one, NOW).treatment_id == maria.id
    assert "2 links, mailed or on a printed card" in text_of(desk.page(f"/treatments/{maria.id}"))
    desk.client.post(f"/treatments/{maria.id}/links/revoke")
    assert links.count_live(db, maria, NOW) == 0
    for token in (one, two):
        with pytest.raises(links.LinkEnded):
            links.follow(db, token, NOW)


def test_a_patient_without_e_mail_has_the_same_buttons(
    desk: Browser, enrolled: Callable[..., Treatment]
) -> None:
    maria = enrolled(may_email=False, email="")
    page = desk.page(f"/treatments/{maria.id}")
    assert "Print the aftercare card" in page
    desk.client.post(f"/treatments/{maria.id}/card")
    assert "End all links" in desk.page(f"/treatments/{maria.id}")


def test_getting_the_card_is_not_possible(
    db: Database, desk: Browser, enrolled: Callable[..., Treatment]
) -> None:
    maria = enrolled()
    assert desk.get(f"/treatments/{maria.id}/card").status_code == 405
    assert links.count_live(db, maria, NOW) == 0


@pytest.mark.parametrize("path", ["/posters", "/posters/print"])
def test_strangers_print_nothing(stranger: Flask, path: str) -> None:
    assert stranger.test_client().get(path).status_code == 303
    assert stranger.test_client().post("/posters/code").status_code == 401


def test_a_stranger_gets_no_card(
    stranger: Flask, db: Database, enrolled: Callable[..., Treatment]
) -> None:
    maria = enrolled()
    assert stranger.test_client().post(f"/treatments/{maria.id}/card").status_code == 401
    assert links.count_live(db, maria, NOW) == 0


def test_there_is_no_card_of_a_poster_report_or_of_another_clinic(
    db: Database, clinic: Clinic, desk: Browser
) -> None:
    held = posters.arrive(db, clinic, posters.new_visit(db, clinic.id, NOW), "en", NOW)
    assert desk.client.post(f"/treatments/{held.id}/card").status_code == 303
    assert desk.client.post("/treatments/none/card").status_code == 404
    assert treatments.get(db, clinic.id, held.id).is_placeholder
