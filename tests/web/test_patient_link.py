"""Links, devices, repeats, languages and trouble: no report is lost, doubled or shown to others."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from reporter.clinic import clinics, front_desk, intake, links
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, StorageError
from reporter.rules.knowledge import Knowledge
from tests.conftest import CLINIC, MARIA, NOW
from tests.web.phone import Phone, Watch
from tests.web.test_patient import Link, count, stored

Enrol = Callable[..., Treatment]


@pytest.fixture
def treatment(enrolled: Enrol) -> Treatment:
    return enrolled()


@pytest.fixture
def path(treatment: Treatment, link: Link) -> str:
    return link(treatment)


def test_the_token_leaves_the_address_and_stands_in_one_guarded_cookie(
    app: Flask,
    path: str,
) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 303
    token = path.removeprefix("/r/")
    assert token not in answer.headers["Location"]
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if token in c]
    assert cookie.startswith("link-") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_looking_stores_nothing_however_often(app: Flask, db: Database, path: str) -> None:
    before = db.one("select count(*) as n from audit_events")
    for address in (path, path + "/fine", path + "?lang=es"):
        Phone(app.test_client()).open(address)
        app.test_client().head(address)
    assert db.one("select count(*) as n from audit_events") == before
    assert count(db, "drafts") + count(db, "reports") == 0


@pytest.mark.parametrize(
    "token", ["x", "A" * 43, "a b", "%00", "é", "../..", "'; drop table links"]
)
def test_a_mistyped_link_says_so_with_the_phone(
    app: Flask,
    clinic: Clinic,
    token: str,
) -> None:
    app.extensions["reporter"].clinics[clinic.id] = clinic
    answer = app.test_client().get(f"/r/{token}")
    assert answer.status_code in {404, 410}
    assert b"301-555-0142" in answer.data


def test_an_ended_link_says_so_in_both_languages(
    app: Flask,
    db: Database,
    treatment: Treatment,
    path: str,
    watch: Watch,
) -> None:
    phone = Phone(app.test_client()).open(path)
    home = phone.path
    links.revoke(db, treatment.clinic_id, treatment.id, by=SYSTEM, at=NOW)
    assert "This link has ended" in phone.open(path).text
    assert "301-555-0142" in phone.text
    assert "Este enlace ya no funciona" in phone.open(path + "?lang=es").text
    assert "This link has ended" in phone.open(home).text
    watch.at = NOW + timedelta(days=90)
    assert phone.open(path).answer is not None


def test_without_the_cookie_nothing_is_shown_and_what_was_sent_counts_as_unseen(
    app: Flask,
    path: str,
) -> None:
    home = Phone(app.test_client()).open(path).path
    stranger = Phone(app.test_client()).open(home)
    assert "Open your link again" in stranger.text
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post(home, data={"flags": "trouble_breathing"})
    assert answer.status_code == 403 and b"Nobody has seen it" in answer.data


def test_two_links_on_one_phone_never_mix(
    app: Flask,
    db: Database,
    enrolled: Enrol,
    link: Link,
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    client = app.test_client()
    hers, his = Phone(client).open(link(maria)), Phone(client).open(link(robert))
    assert hers.path != his.path
    key = hers.key
    hers.press(flags=["trouble_breathing"])
    his.press(flags=["trouble_speaking"])
    rows = db.query("select treatment_id, answers from reports order by received_at")
    told = {row["treatment_id"]: row["answers"] for row in rows}
    assert "trouble_breathing" in told[maria.id] and "trouble_speaking" in told[robert.id]
    # Her form's key under his link is not his: it gets a key of its own and keeps to him.
    his.open(his.path.split("/done/")[0] + "/?new=1").press(flags=["unsure"], key=key)
    last = db.query(
        "select treatment_id, submission_key from reports where submission_key <> :k "
        "and treatment_id = :t",
        k=key,
        t=robert.id,
    )
    assert len(last) == 2


def test_another_device_with_the_same_link_sees_no_answers(app: Flask, path: str) -> None:
    mine = Phone(app.test_client()).open(path).report(["headache"], "mild")
    number, check = mine.path, re.sub(r"/\d+$", "/check", mine.path)
    mine.press("today").press("better").press(words="")
    done = mine.path
    other = Phone(app.test_client()).open(path)
    for address in (number, check, done, re.sub(r"/\d+$", "/2", number)):
        assert "Do you have any of these now" in other.open(address).text
        assert "Headache" not in other.text
    assert "What you told us" in mine.open(done).text


def test_sending_again_and_again_is_one_report(db: Database, phone: Phone, watch: Watch) -> None:
    phone.report(["headache"], "mild", "today", "better")
    check = phone.path
    first = phone.press(words="hello").text
    for minutes in (0, 1, 60 * 24):
        watch.at = NOW + timedelta(minutes=minutes)
        phone.open(check).press(words="hello")
        assert "/done/" in phone.path
    assert count(db, "reports") == 1
    assert "Reference" in first or "reference" in first


def test_the_same_key_with_changed_answers_is_an_addendum(
    db: Database,
    clinic: Clinic,
    phone: Phone,
    watch: Watch,
) -> None:
    home, key = phone.path, phone.key
    phone.press(flags=["trouble_swallowing"])
    watch.at = NOW + timedelta(minutes=1)
    home += "?new=1"  # else the same link shows the receipt
    phone.open(home).press(flags=["trouble_swallowing", "trouble_breathing"], key=key)
    first, second = stored(db, clinic)
    assert second.amends_id == first.id
    assert "sit up" in phone.text
    watch.at = NOW + timedelta(minutes=2)
    phone.open(home).press(flags="none", key=key)
    phone.press(noticed=["bruise"]).press("small").press("today").press("better").press(words="")
    assert "Call 911 now" in phone.text  # nothing lowers what was said before
    assert "You told us you have trouble breathing and trouble swallowing" in phone.text
    assert count(db, "reports") == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sixty_at_once_are_one_report(app: Flask, db: Database, phone: Phone) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    jar = {c.key: c.value for c in phone.client._cookies.values()}
    data = {"flags": "trouble_breathing", "key": phone.key}

    def send(_: int) -> int:
        client = app.test_client()
        for name, value in jar.items():
            client.set_cookie(name, value)
        return client.post(phone.path, data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(60))) == {303}
    assert count(db, "reports") == 1


def test_a_failed_store_says_that_nobody_has_seen_it_and_keeps_the_answers(
    db: Database,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone.report(["headache"], "mild", "today", "better")

    def full(*_: object, **__: object) -> None:
        raise StorageError("disk full at /var/lib/secret")

    with monkeypatch.context() as broken:
        broken.setattr(intake, "submit", full)
        phone.press(words="keep <this>")
    assert phone.answer is not None and phone.answer.status_code == 503
    assert "We could not send this. Nobody has seen it." in phone.text
    assert "301-555-0142" in phone.text and "secret" not in phone.html
    assert 'value="keep &lt;this&gt;"' in phone.html
    assert count(db, "reports") == 0
    phone.press(words="keep <this>")
    assert "A nurse will call you" in phone.text and count(db, "reports") == 1


def test_the_phone_is_known_even_when_the_whole_store_is_down(
    app: Flask,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StorageError("gone")

    monkeypatch.setattr(links, "opened", down)
    assert "This page does not work right now" in phone.open(phone.path).text
    assert "301-555-0142" in phone.text
    answer = phone.client.post(phone.path, data={"flags": "trouble_breathing"})
    assert answer.status_code in {400, 503} and b"Nobody has seen it" in answer.data


def test_a_form_left_open_while_its_session_ended_can_still_be_sent(
    db: Database,
    phone: Phone,
) -> None:
    phone.client.delete_cookie("session")
    phone.press(flags=["trouble_swallowing"])
    assert phone.answer is not None and phone.answer.status_code == 400
    assert "This was not sent yet. Nobody has seen it." in phone.text
    phone.press()
    assert "Call 911 now" in phone.text and count(db, "reports") == 1


def test_an_unforeseen_fault_shows_no_trace_and_no_words_are_logged(
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(" ".join(("she", "said", "ouch")))

    monkeypatch.setattr(intake, "submit", broken)
    phone.press(flags=["trouble_swallowing"])
    assert phone.answer is not None and phone.answer.status_code == 500
    assert "Nobody has seen it" in phone.text and "Traceback" not in phone.html
    assert "RuntimeError" in caplog.text and "she said" not in caplog.text


def test_spanish_is_the_patients_own_and_english_one_tap_away(
    app: Flask,
    enrolled: Enrol,
    link: Link,
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled(language="es")))
    assert '<html lang="es"' in phone.html and "¿Tiene o ha tenido algo de esto" in phone.text
    home = phone.path
    phone.open(home + "?lang=en")
    assert phone.path == home and '<html lang="en"' in phone.html
    phone.open(home + "?lang=es").press(flags=["unsure"])
    assert "Llámenos ahora" in phone.text
    assert "hoy antes de las 11:15\u00a0a.\u00a0m." in phone.html
    assert "abierta hoy hasta las 5:30\u00a0p.\u00a0m." in phone.html


def test_the_emails_other_language_line_is_followed(app: Flask, path: str) -> None:
    assert '<html lang="es"' in Phone(app.test_client()).open(path + "?lang=es").html


def test_large_text_is_remembered(phone: Phone) -> None:
    phone.open(phone.path + "?text=large")
    assert 'class="large"' in phone.html
    phone.press(flags=["unsure"])
    assert 'class="large"' in phone.html
    assert 'class="large"' not in phone.open(phone.path + "?text=usual").html


@pytest.mark.parametrize(
    ("when", "words", "never"),
    [
        (NOW, ["by 11:15 am today", "Call the clinic"], ["We are closed"]),
        (
            NOW.replace(hour=2),
            ["We are closed until 8:30 am tomorrow, Tuesday", "301-555-0190", "emergency room"],
            ["A nurse will call you"],
        ),
    ],
)
def test_an_urgent_page_promises_only_what_is_kept(
    phone: Phone,
    watch: Watch,
    when: object,
    words: list[str],
    never: list[str],
) -> None:
    watch.at = when  # type: ignore[assignment]
    phone.press(flags=["unsure"])
    for text in words:
        assert text in phone.text
    for text in never:
        assert text not in phone.text


def test_at_night_the_emergency_page_says_that_nobody_will_call(
    phone: Phone,
    watch: Watch,
) -> None:
    watch.at = NOW.replace(hour=2)
    phone.press(flags=["trouble_swallowing"])
    assert "nobody will call you now" in phone.text and "Call 911 now" in phone.text
    assert "check on you" not in phone.text


def test_with_somebody_on_call_the_page_says_that_they_were_paged(
    app: Flask,
    db: Database,
    knowledge: Knowledge,
    link: Link,
    watch: Watch,
) -> None:
    other = clinics.create(
        db, {**CLINIC, "name": "Night Clinic", "on_call_webhook": "https://page.test/"}, at=NOW
    )
    phone = Phone(app.test_client())
    visit, _ = front_desk.enrol(db, knowledge, other, MARIA, by=SYSTEM, at=NOW)
    watch.at = NOW.replace(hour=2)
    phone.open(link(visit)).press(flags=["trouble_swallowing"])
    assert "We have paged our nurse or doctor on call." in phone.text
    assert "Do not wait for the person on call." in phone.text


def test_a_broken_promise_tells_to_call(phone: Phone, watch: Watch) -> None:
    phone.press(flags=["unsure"])
    watch.at = NOW + timedelta(hours=3)
    phone.open(phone.path)
    assert "If nobody has called, call us now." in phone.text


def test_somebody_without_a_telephone_is_told_to_call(
    app: Flask,
    enrolled: Enrol,
    link: Link,
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled(mobile=""))).press(flags=["unsure"])
    assert "we have no number for you" in phone.text and "ending" not in phone.text


@pytest.mark.parametrize("junk", ["\0", "\ud800", "x" * 100, "none\0", "😀", "<script>"])
def test_strange_values_get_one_sentence(phone: Phone, junk: str) -> None:
    body = MultiDict([("flags", junk.encode("utf-8", "surrogatepass").decode("latin-1"))])
    phone.press(**body)  # type: ignore[arg-type]
    assert phone.answer is not None and phone.answer.status_code == 422
    assert "There is a problem" in phone.text
    assert "<script>" not in phone.html


def test_what_is_sent_after_the_link_or_the_device_is_gone_counts_as_unseen(
    db: Database, treatment: Treatment, app: Flask, path: str
) -> None:
    phone = Phone(app.test_client()).open(path).none_of_the_flags()
    phone.client.set_cookie("device", "another")
    phone.press(noticed=["voice"])
    assert "We could not send this. Nobody has seen it." in phone.text
    fresh = Phone(app.test_client()).open(path)
    links.revoke(db, treatment.clinic_id, treatment.id, by=SYSTEM, at=NOW)
    fresh.press(flags=["trouble_breathing"])
    assert fresh.answer is not None and fresh.answer.status_code == 410
    assert "We could not send this. Nobody has seen it." in fresh.text
    assert "301-555-0142" in fresh.text and count(db, "reports") == 0
