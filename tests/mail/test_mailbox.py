"""Each message in the mailbox is taken in once, whatever breaks on the way."""

from dataclasses import replace

import pytest

import scheduler
from reporter.clinic import queue, watch
from reporter.clinic.clinics import Clinic
from reporter.mail import bounces, heartbeat, mailbox
from reporter.mail.delivery import Postman
from reporter.mail.mailbox import MailboxDown
from reporter.records.db import Database
from reporter.rules.levels import Level
from reporter.settings import Settings
from tests.conftest import NOW
from tests.mail.imap_server import imap_server

LETTERS = (b"Subject: one\r\n\r\nfirst", b"Subject: two\r\n\r\nsecond\r\nlid {12}\r\n")


def test_every_new_message_is_brought_and_marked() -> None:
    got: list[bytes] = []
    with imap_server(*LETTERS) as folder:
        where = mailbox.place(folder.url)
        assert mailbox.read(where, got.append) == 2
        assert mailbox.read(where, got.append) == 0
    assert tuple(got) == LETTERS
    assert folder.seen == {1, 2}


def test_what_cannot_be_taken_in_comes_again() -> None:
    class Full(Exception):
        pass

    def take(raw: bytes) -> None:
        if raw == LETTERS[1]:
            raise Full

    with imap_server(*LETTERS) as folder:
        with pytest.raises(Full):
            mailbox.read(mailbox.place(folder.url), take)
        assert folder.seen == {1}


def test_a_connection_that_breaks_marks_nothing_untaken() -> None:
    got: list[bytes] = []
    with imap_server(*LETTERS) as folder:
        folder.breaks_after = 1
        with pytest.raises(MailboxDown, match="broke off"):
            mailbox.read(mailbox.place(folder.url), got.append)
        assert folder.seen == {1}
        folder.breaks_after = 1_000
        assert mailbox.read(mailbox.place(folder.url), got.append) == 1
    assert tuple(got) == LETTERS


def test_stops_between_two_messages_when_asked() -> None:
    got: list[bytes] = []
    with imap_server(*LETTERS) as folder:
        mailbox.read(mailbox.place(folder.url), got.append, lambda: bool(got))
    assert len(got) == 1


def test_an_enormous_message_is_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "LARGEST", 100)
    got: list[bytes] = []
    with imap_server(b"x" * 5000) as folder:
        mailbox.read(mailbox.place(folder.url), got.append)
    assert got == [b"x" * 100]
    assert bounces.LARGEST > 1_000_000


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"folder": "Nowhere"}, {"port": 9}])
def test_a_mailbox_that_cannot_be_opened_says_so(wrong: dict[str, str]) -> None:
    with imap_server() as folder:
        where = replace(mailbox.place(folder.url), **wrong)  # type: ignore[arg-type]
        with pytest.raises(MailboxDown, match="cannot be opened"):
            mailbox.read(where, lambda _: None)


def test_elsewhere_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with imap_server() as folder:
        monkeypatch.setattr(mailbox, "LOCAL_HOSTS", set())
        with pytest.raises(MailboxDown):
            mailbox.read(mailbox.place(folder.url), lambda _: None)


def test_the_address_is_taken_apart() -> None:
    where = mailbox.place("imaps://a%40b:p%3Aq@mail.epec.test/Reporter/In")
    assert (where.host, where.port, where.user, where.password, where.folder) == (
        "mail.epec.test",
        993,
        "a@b",
        "p:q",
        "Reporter/In",
    )
    assert "p:q" not in repr(where)


def test_the_schedulers_round_takes_in_what_came(
    db: Database, clinic: Clinic, settings: Settings
) -> None:
    letter = (
        b"From: eva@nowhere.test\r\nMessage-ID: <e1@nowhere.test>\r\n"
        b"Content-Type: text/plain\r\n\r\nI cannot swallow\r\n"
    )
    with imap_server(letter) as folder:
        given = replace(settings, imap_url=folder.url)
        assert scheduler.read_mailbox(db, given, NOW) == 1
        assert scheduler.read_mailbox(db, given, NOW) == 0
    (row,) = queue.whole(db, clinic.id)
    assert row.case.level is Level.EMERGENCY


def test_a_mailbox_that_stays_shut_is_an_alarm(
    db: Database, clinic: Clinic, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporter.clock.now", lambda: NOW)
    alarm = scheduler.Alarm(replace(settings, imap_url="imap://p:q@127.0.0.1:9/INBOX"))

    def troubles_after(rounds: int) -> list[str]:
        for _ in range(rounds):
            alarm._read()
        alarm._beat()
        return [one.kind for one in watch.troubles(db, clinic, NOW)]

    assert troubles_after(scheduler.OFTEN_UNREAD - 1) == []
    assert troubles_after(1) == ["mailbox"]
    with imap_server(*LETTERS[:1]) as folder:
        alarm._settings = replace(settings, imap_url=folder.url)
        assert troubles_after(1) == []
    beat = heartbeat.last(db, clinic.id)
    assert beat is not None and beat.details["done"] == {"read": 1}


def test_each_message_has_its_own_bounce_address() -> None:
    postman = Postman("w", "nurses@epec.test", None)
    assert postman.envelope("01a1") == "nurses@epec.test"
    assert replace(postman, bounces="b@epec.test").envelope("01a1") == "b+01a1@epec.test"
