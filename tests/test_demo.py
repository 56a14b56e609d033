"""The demo: a living clinic made through the product's own doors, and its pages."""

import hashlib
import hmac
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from flask.testing import FlaskClient

from reporter import clock, create_app, demo, demo_face, demo_people, demo_story
from reporter.clinic import (
    casebook,
    clinics,
    log_ins,
    photos,
    reports,
    sessions,
    treatments,
    unfinished,
)
from reporter.clinic.clinics import Clinic
from reporter.demo import Demo, DemoError
from reporter.demo_mail import messages
from reporter.demo_pager import is_signed, pages, serve_pager
from reporter.demo_people import EVERY, FACTORS, PASSWORD, TO_READ, VISITS, Story
from reporter.mail import webhook
from reporter.mail.smtp import NotNow
from reporter.records import audit
from reporter.records.db import Database, open_database, open_from
from reporter.records.seal import Vault
from reporter.rules import heard, interview, questions
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.triage import decide_with_words
from reporter.settings import Settings, SettingsError
from reporter.supervise import free_port
from tests.conftest import KEY, NOW

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's folder with everything in it, made at NOW, on a weekday morning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        for name in [name for name in os.environ if name.startswith("REPORTER_")]:
            patch.delenv(name)
        prepared = demo._prepared(tmp_path_factory.mktemp("demo"), fresh=False)
        demo._make(prepared, lambda _: None)
    return prepared


@pytest.fixture
def lived(made: Demo) -> Iterator[Database]:
    with closing(open_from(made.settings)) as db:
        yield db


@pytest.fixture
def here(lived: Database) -> Clinic:
    return clinics.the_clinic(lived)


@pytest.fixture
def client(made: Demo) -> FlaskClient:
    return create_app(made.settings).test_client()


def count(db: Database, what: str) -> int:
    return int(db.query(f"select count(*) as n from {what}")[0]["n"])  # noqa: S608 - our own words


@pytest.mark.parametrize("story", EVERY, ids=lambda one: str(one.answers.get("noticed", "fine")))
def test_every_story_is_what_the_rules_say(story: Story, knowledge: Knowledge) -> None:
    """On its first and last day, after every visit: and complete, as the pages insist."""
    asked = questions.load(knowledge)
    for day in (story.days[0], story.days[-1]):
        for areas in VISITS:
            for factors in FACTORS:
                told = {"areas": tuple(area for area, _ in areas), "factors": factors}
                if story.is_fine:
                    report = heard.fine(asked, day=day, **told)
                else:
                    report = heard.report(asked, dict(story.answers), day, **told)
                assert decide_with_words(report, knowledge).level is story.level
        if not story.is_fine and not story.answers.get("flags"):
            assert interview.next_step(asked, dict(story.answers), day) is None


def test_a_hundred_and_eighty_treatments_over_sixty_days(lived: Database, here: Clinic) -> None:
    assert count(lived, "treatments") == demo_story.TREATMENTS == 180
    days = [
        row["given_on"] for row in lived.query("select given_on from treatments order by given_on")
    ]
    assert days[0] <= "2026-09-30"
    assert days[-1] >= "2026-11-20"
    assert count(lived, "patients where language = 'es'") > 20


def test_check_ins_answered_and_unanswered(lived: Database) -> None:
    sent = count(lived, "checkins where kind = 'checkin' and sent_at is not null")
    answered = count(lived, "checkins where kind = 'checkin' and answered_at is not null")
    assert sent > 500
    assert 0.4 < answered / sent < 0.8
    assert count(lived, "checkins where state = 'planned'") > 50
    assert count(lived, "outbox where state <> 'sent'") == 0
    assert count(lived, "case_moves where verb = 'page_failed'") == 0


def test_open_cases_at_every_level_and_none_is_late(lived: Database, here: Clinic) -> None:
    waiting = casebook.all_open(lived, here.id)
    assert 5 <= len(waiting) <= 12
    assert {case.level for case in waiting} == {Level.CALL_BACK, Level.URGENT, Level.EMERGENCY}
    states = {"new", "claimed", "waiting", "monitoring", "escalated"}
    assert {case.state for case in waiting} == states
    assert not any(case.undecided for case in waiting)
    assert all(case.due_at and case.due_at > NOW for case in waiting)
    emergency = waiting[0]
    assert emergency.level is Level.EMERGENCY
    assert emergency.due_at
    assert (emergency.due_at - NOW).total_seconds() < 15 * 60
    assert count(lived, "cases where state = 'closed'") > 10


def test_every_corner_of_the_desk_has_something_in_it(lived: Database, here: Clinic) -> None:
    texts = {one.report.free_text for one in reports.to_read(lived, here.id)}
    assert texts == {story.answers["words"] for story in TO_READ}
    left = unfinished.rows(lived, here.id)
    assert [[one.symptom for one in row.said.report.symptoms] for row in left] == [["headache"]]
    by_treatment = {case.treatment_id for case in casebook.all_open(lived, here.id)}
    shown = [one for id in by_treatment for one in photos.of_treatment(lived, here.id, id)]
    assert len(shown) == len(demo_face.pictures())
    escalated = [one for one in casebook.all_open(lived, here.id) if one.state == "escalated"]
    assert [one.acknowledged_by for one in escalated] == [None]
    verbs = "select count(distinct case_id) as n from case_moves where verb = :v"
    assert lived.query(verbs, v="confirm_close")[0]["n"] >= 3, "emergencies, each by two people"
    assert count(lived, "case_moves where verb = 'close' and details like '%treated_here%'") == 1


def test_a_page_to_on_call_lies_in_the_inbox_with_its_signature_checked(
    client: FlaskClient, made: Demo, here: Clinic
) -> None:
    folder = made.folder / "inbox"
    found = pages(folder)
    assert {one.said["urgency"] for one in found} == {"emergency", "test"}
    assert all(is_signed(here.on_call_secret, one.body.encode(), one.signature) for one in found)
    assert "Page to on-call: emergency" in client.get("/dev/inbox").get_data(as_text=True)
    for one in found:
        page = client.get(f"/dev/pager/{one.name}").get_data(as_text=True)
        assert "it is from this clinic, and unchanged" in page and one.signature in page
    assert client.get("/dev/pager/..%2F..%2Fsecrets.json").status_code == 404


def test_the_receiver_takes_what_is_signed_once_and_nothing_else(tmp_path: Path) -> None:
    content = {"url": f"http://127.0.0.1:{(port := free_port(21_080))}/", "body": '{"id": "0190"}'}
    signed = hmac.new(b"secret", content["body"].encode(), hashlib.sha256).hexdigest()
    with serve_pager(tmp_path, port, lambda: "secret"):
        for _ in range(2):
            webhook.deliver({**content, "signature": f"sha256={signed}"})
        for wrong in (f"sha256={signed[:-1]}", "", "sha256=é"):
            with pytest.raises(NotNow, match="401"):
                webhook.deliver({**content, "signature": wrong.encode().decode("latin-1")})
    assert [one.signature for one in pages(tmp_path)] == [f"sha256={signed}"]


def test_the_trail_is_whole(lived: Database, here: Clinic) -> None:
    assert audit.verify(lived, here.id) == []
    made_at = [event["at"] for event in audit.events(lived, here.id)]
    assert made_at == sorted(made_at), "lived in order of time"


def test_nobody_in_it_can_be_reached(lived: Database, here: Clinic) -> None:
    for treatment in treatments.recent(lived, here.id, limit=200):
        assert treatment.patient.email.endswith("@patients.test")
        assert re.fullmatch(r"\+1\d{3}55501\d\d", treatment.patient.mobile)
    for phone in (here.phone, here.after_hours_phone):
        assert "-555-01" in phone


def test_everybody_can_log_in(lived: Database) -> None:
    for _, email, role in demo_people.STAFF:
        token = log_ins.log_in(lived, email, PASSWORD, at=NOW, address="127.0.0.1")
        person = sessions.who(lived, token, NOW)
        assert person and person.role == role


def test_the_inbox_holds_mail_of_the_last_days_in_both_languages(made: Demo) -> None:
    mails = messages(made.folder / "inbox")
    assert 10 < len(mails) < 150
    with_links = [one for one in mails if f"{made.settings.base_url}/r/" in one.text]
    assert {'<html lang="es"' in one.html for one in with_links} == {True, False}
    assert any("case waiting" in one.subject for one in mails)


def test_no_secret_is_readable_by_others(made: Demo) -> None:
    assert (made.folder / "secrets.json").stat().st_mode & 0o077 == 0


# --- its pages


def test_four_chairs(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    for word in ("Patient", "Nurse", "Manager", "Inbox", "nurse@demo.test", PASSWORD):
        assert word in page
    assert "Open the newest check-in" in page
    assert "Abrir uno en español" in page


def test_the_inbox_shows_mail_as_it_was_sent(client: FlaskClient, made: Demo) -> None:
    newest = messages(made.folder / "inbox")[0]
    assert newest.name in client.get("/dev/inbox").get_data(as_text=True)
    shown = client.get(f"/dev/inbox/{newest.name}")
    assert newest.subject in shown.get_data(as_text=True)
    assert "frame-src 'self'" in shown.headers["Content-Security-Policy"]
    html = client.get(f"/dev/inbox/{newest.name}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert html.get_data(as_text=True).startswith('<base target="_top">')


@pytest.mark.parametrize(
    "name", ["no.eml", "..%2Fsecrets.json", "../secrets.json", "%2e%2e/demo.db", "x/html"]
)
def test_the_inbox_opens_nothing_else(client: FlaskClient, name: str) -> None:
    assert client.get(f"/dev/inbox/{name}").status_code == 404


def test_a_link_in_the_mail_works(client: FlaskClient, made: Demo) -> None:
    mail = next(one for one in messages(made.folder / "inbox") if "/r/" in one.text)
    found = re.search(r"http://[^/\s]+(/r/[\w-]+)", mail.text)
    assert found
    assert client.get(found[1], follow_redirects=True).status_code == 200


def test_outside_the_demo_there_is_no_inbox(settings: Settings) -> None:
    plain = create_app(settings).test_client()
    for path in ("/dev/inbox", "/dev/inbox/x.eml"):
        assert plain.get(path).status_code == 404


# --- what it refuses, and how it runs


@pytest.mark.parametrize("name", ["REPORTER_SMTP_URL", "REPORTER_DATABASE_URL"])
def test_refuses_a_mail_server_or_a_store_that_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "smtp://mail.example.org" if "SMTP" in name else "sqlite:///real.db")
    with pytest.raises(DemoError, match=f"{name} is set"):
        demo.run(tmp_path, fresh=False, say=print)


def test_the_port_is_the_one_that_is_asked_for(made: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links in messages of an earlier run lead to where it answers now."""
    wanted = free_port(23_000)
    monkeypatch.setenv("REPORTER_PORT", str(wanted))
    again = demo._prepared(made.folder, fresh=False)
    assert again.settings.port == again.wanted == wanted
    monkeypatch.setenv("REPORTER_PORT", "many")
    with pytest.raises(SettingsError, match="REPORTER_PORT"):
        demo._prepared(made.folder, fresh=False)
    mail = next(one for one in messages(made.folder / "inbox") if "/r/" in one.text)
    html = create_app(again.settings).test_client().get(f"/dev/inbox/{mail.name}/html")
    assert f"{again.settings.base_url}/r/" in html.text
    assert f"{made.settings.base_url}/r/" not in html.text


def test_leaves_a_database_alone_that_is_not_a_demos(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path / 'demo.db'}", Vault([KEY]))) as real:
        real.migrate()
    with pytest.raises(DemoError, match="no demo's database"):
        demo.run(tmp_path, fresh=False, say=print)


def test_fresh_throws_away_what_it_made_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    for name in ("demo.db", "demo.db-wal", "inbox/1.eml", "secrets.json", "mine.txt", "inbox/mine"):
        (tmp_path / name).touch()
    demo._throw_away(tmp_path)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["mine", "mine.txt"]


def test_runs_three_processes_and_ctrl_c_ends_them_all(made: Demo, tmp_path: Path) -> None:
    """On the data of last time, as `make demo` does the second time."""
    folder = tmp_path / "again"
    shutil.copytree(made.folder, folder)
    env = {k: v for k, v in os.environ.items() if not k.startswith("REPORTER_")}
    with subprocess.Popen(
        [sys.executable, "-m", "reporter", "demo", "--folder", str(folder)],
        env={**env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        said = []
        while "Stop with Ctrl-C." not in (line := parent.stdout.readline()):
            assert line, said
            said.append(line)
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 5, "inbox, scheduler, server and its two workers"
        began = time.monotonic()
        parent.send_signal(signal.SIGINT)
        assert parent.wait(10) == 0
        assert time.monotonic() - began < 5
    _, alive = psutil.wait_procs(children, timeout=2)
    assert alive == []
    assert "✔ 180 treatments, 60 days" in "".join(said)
