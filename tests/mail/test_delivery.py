"""Real mail over a real server that behaves badly at every stage."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, smtp
from reporter.mail.delivery import BATCH
from reporter.mail.outbox import Content
from reporter.mail.smtp import NotNow, ServerDown
from reporter.records.db import Database, Row
from tests.mail.conftest import Post, Send
from tests.mail.servers import Mailbox, mail_server, only
from tests.mail.words import NOW

Read = Callable[[str], Row]


def test_many_messages_over_one_connection(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox, row: Read
) -> None:
    ids = [post(f"n{n}@staff.test") for n in range(45)]
    assert send().sent == 45
    assert sorted(box.recipients) == sorted(f"n{n}@staff.test" for n in range(45))
    assert box.connections == 1
    assert {row(row_id)["state"] for row_id in ids} == {"sent"}
    assert set(box.message_ids) == {f"<{row_id}@epec.test>" for row_id in ids}
    assert send().counts == {}


def test_bytes_arrive_as_they_were_written(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox
) -> None:
    post()
    (claimed,) = outbox.claim(db, clinic.id, "look", NOW, 1)
    content = outbox.opened(db, claimed, NOW)
    assert content is not None
    send(NOW + timedelta(minutes=3))
    assert box.accepted[0][1] == content["bytes"].encode()


@pytest.mark.parametrize(
    ("to", "state", "trouble"),
    [
        ("451@x.test", "due", "The mail server answered 451 to the recipient."),
        ("550@x.test", "failed", "The mail server answered 550 to the recipient."),
        ("policy@x.test", "due", "The mail server answered 554 to the recipient."),
        ("spam@x.test", "failed", "The mail server answered 554 to the message."),
        ("drop-early@x.test", "due", "The connection broke (SMTPServerDisconnected)."),
        ("drop-before@x.test", "due", "The connection broke (SMTPServerDisconnected)."),
        ("not an address", "failed", "The address is not one that a mail server understands."),
    ],
)
def test_trouble_stays_with_its_own_message(
    post: Post, send: Send, box: Mailbox, row: Read, to: str, state: str, trouble: str
) -> None:
    bad = post(to, at=NOW - timedelta(minutes=1))
    good = post("good@x.test")
    send()
    stored = row(bad)
    assert (stored["state"], stored["trouble"], stored["attempts"]) == (state, trouble, 1)
    assert row(good)["state"] == "sent"
    assert box.recipients == ["good@x.test"]
    assert "@" not in stored["trouble"], "an address is personal data"
    if state == "due":
        assert stored["due_at"] > row(good)["due_at"]
        assert send().counts == {}


def test_accepted_then_cut_goes_again_with_the_same_message_id(
    post: Post, send: Send, box: Mailbox, row: Read
) -> None:
    row_id = post("drop-after@x.test")
    send()
    assert row(row_id)["state"] == "due"
    send(NOW + timedelta(minutes=2))
    assert box.message_ids == {f"<{row_id}@epec.test>": 2}
    assert box.accepted[0] == box.accepted[1]


def test_a_hanging_server_holds_up_two_messages_only(
    post: Post, send: Send, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "END_TIMEOUT", 0.3)
    for number in range(5):
        post("hang@x.test", at=NOW - timedelta(minutes=number))
    tally = send()
    assert tally.counts == {"defer": 2, "put_back": 3}
    assert tally.down == "The connection broke (SMTPServerDisconnected)."


class Watching(smtp.Connection):
    """Takes everything, and notes what stood in the store when each message could be accepted."""

    def __init__(self, db: Database) -> None:
        super().__init__(smtp.server("smtp://127.0.0.1:9"))
        self.db, self.sent_before = db, list[int]()

    @property
    def is_open(self) -> bool:
        return True

    def send(self, sender: str, to: str, message: bytes) -> None:
        self.begun()
        found = self.db.query("select count(*) as n from outbox where state = 'sent'")
        self.sent_before.append(found[0]["n"])
        if to.startswith("drop"):
            raise OSError
        self.handed_over()


def test_each_is_marked_before_the_next_can_be_accepted(
    db: Database, clinic: Clinic, post: Post, send: Send
) -> None:
    """So a kill doubles one message alone, also at the edge of a batch and of the last one."""
    for number in range(BATCH + 3):
        post(f"n{number}@staff.test")
    watching = Watching(db)
    assert send(connection=watching).sent == BATCH + 3
    assert watching.sent_before == list(range(BATCH + 3))
    assert db.query("select distinct state from outbox") == [{"state": "sent"}]


def test_what_breaks_the_round_costs_no_mark(
    db: Database, clinic: Clinic, post: Post, send: Send
) -> None:
    post("ann@staff.test", at=NOW - timedelta(minutes=1))
    post("drop@staff.test")
    with pytest.raises(OSError):
        send(connection=Watching(db))
    rows = db.query("select state from outbox where clinic_id = :c order by id", c=clinic.id)
    assert [row["state"] for row in rows] == ["sent", "due"]


@pytest.mark.parametrize("answer", ["421 busy", None])
def test_a_server_that_is_down_pauses_all_and_costs_no_attempt(
    db: Database, post: Post, send: Send, box: Mailbox, row: Read, answer: str | None
) -> None:
    ids = [post(f"n{n}@x.test") for n in range(3)]
    dead = smtp.Connection(smtp.Server("127.0.0.1", 9, False, "", ""), timeout=1)
    box.down = answer or ""
    tally = send() if answer else send(connection=dead)
    assert tally.down
    assert tally.counts == {"put_back": 3}
    assert [(row(i)["state"], row(i)["attempts"]) for i in ids] == [("due", 0)] * 3
    box.down = ""
    assert send().sent == 3


def test_a_refused_sender_is_ours_to_mend(post: Post, send: Send, box: Mailbox, row: Read) -> None:
    row_id = post()
    box.down = "550 who are you"
    send()
    assert row(row_id)["state"] == "due"


def test_a_dead_address_is_remembered(
    db: Database,
    clinic: Clinic,
    post: Post,
    send: Send,
    enrolled: Callable[..., Treatment],
    box: Mailbox,
) -> None:
    """The one that it went to: what a corrected address stands in its place is another."""

    def is_marked() -> bool:
        (stored,) = db.query(
            "select email_refused_at from patients where clinic_id = :c", c=clinic.id
        )
        return bool(stored["email_refused_at"])

    patient = enrolled(email="550@x.test").patient
    post("550@old.test", patient_id=patient.id)
    send()
    assert not is_marked()
    post("550@x.test", patient_id=patient.id)
    send()
    assert is_marked()


def test_poison_is_set_aside_and_the_rest_flows(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox, row: Read
) -> None:
    broken, lost, good = post(), post(), post("good@x.test")
    db.run(
        "update outbox set sealed_message = 'x' where clinic_id = :c and id = :i",
        c=clinic.id,
        i=broken,
    )
    key = db.clinic_key(clinic.id)
    db.run(
        "update outbox set sealed_message = :m where clinic_id = :c and id = :i",
        c=clinic.id,
        i=lost,
        m=key.seal_data("outbox", {"to": "a@b.test"}),
    )
    assert send().counts == {"fail": 2, "sent": 1}
    assert row(broken)["trouble"] == "It could not be read (Unreadable)."
    assert row(lost)["trouble"] == "It could not be read (KeyError)."
    assert row(good)["state"] == "sent"


def test_stop_between_messages(post: Post, send: Send, box: Mailbox, row: Read) -> None:
    ids = [post() for _ in range(5)]
    tally = send(stopped=lambda: len(box.accepted) >= 2)
    assert tally.sent == 2
    assert sorted(row(i)["attempts"] for i in ids) == [0, 0, 0, 1, 1]
    assert send().sent == 3


def test_without_a_mail_server_pages_still_go(
    db: Database, clinic: Clinic, post: Post, send: Send, row: Read
) -> None:
    waiting = post()
    page(db, clinic)
    paged: list[Content] = []
    assert send(connection=None, page=paged.append).sent == 1
    assert len(paged) == 1
    assert row(waiting)["state"] == "due"


def test_pages_go_while_the_mail_server_is_down(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox
) -> None:
    for number in range(25):
        post(f"n{number}@x.test", priority=outbox.ALERT, at=NOW - timedelta(minutes=1))
    page(db, clinic)
    paged: list[Content] = []
    box.down = "421 busy"
    assert send(page=paged.append).sent == 1
    assert len(paged) == 1


def test_a_page_that_fails_is_tried_again_soon(
    db: Database, clinic: Clinic, send: Send, row: Read
) -> None:
    row_id = page(db, clinic)

    def refuse(_: Content) -> None:
        raise NotNow("The pager answered 500.")

    send(page=refuse)
    assert (row(row_id)["state"], row(row_id)["trouble"]) == ("due", "The pager answered 500.")
    paged: list[Content] = []
    send(NOW + timedelta(seconds=80), page=paged.append)
    assert len(paged) == 1


def page(db: Database, clinic: Clinic) -> str:
    with db.transaction():
        return outbox.add_webhook(
            db, clinic.id, name="on_call", url="http://x.test", secret="s", payload={}, at=NOW
        )


# The connection ------------------------------------------------------------------------------


def test_settings_url_is_taken_apart() -> None:
    plain = smtp.server("smtp://nurse%40epec:p%3Aw@mail.epec.test")
    assert (plain.host, plain.port, plain.user, plain.password) == (
        "mail.epec.test", 587, "nurse@epec", "p:w",
    )  # fmt: skip
    assert not plain.tls_at_once
    assert smtp.server("smtps://mail.epec.test").port == 465
    assert smtp.server("smtps://mail.epec.test").tls_at_once


def test_outside_this_machine_without_tls_nothing_is_sent() -> None:
    with mail_server() as box:
        away = smtp.Connection(smtp.Server("127.0.0.2", box.port, False, "", ""), timeout=1)
        with pytest.raises(ServerDown):
            away.send("a@b.test", "c@d.test", b"x")
    assert box.accepted == []


@pytest.mark.parametrize("at_once", [True, False])
def test_tls_with_a_certificate_that_is_checked(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], at_once: bool
) -> None:
    serving, trusting = certificate
    options = (
        {"ssl_context": serving} if at_once else {"tls_context": serving, "require_starttls": True}
    )
    with mail_server(**options) as box:
        server = smtp.Server("localhost", box.port, at_once, "", "")
        good = smtp.Connection(server, timeout=2, trust=trusting)
        good.send("a@b.test", "c@d.test", b"Subject: x\r\n\r\nx\r\n")
        good.close()
        with pytest.raises(ServerDown, match="SSLCertVerificationError"):
            smtp.Connection(server, timeout=2).send("a@b.test", "c@d.test", b"x")
    assert box.recipients == ["c@d.test"]


def test_log_in(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    serving, trusting = certificate
    options = {"tls_context": serving, "authenticator": only("ann", "pw"), "auth_required": True}
    with mail_server(**options) as box:
        for password, works in (("pw", True), ("wrong", False)):
            server = smtp.Server("localhost", box.port, False, "ann", password)
            connection = smtp.Connection(server, timeout=2, trust=trusting)
            if works:
                connection.send("a@b.test", "c@d.test", b"Subject: x\r\n\r\nx\r\n")
                connection.close()
            else:
                with pytest.raises(ServerDown, match="535"):
                    connection.send("a@b.test", "c@d.test", b"x")


def test_in_one_packet_each_is_answered_by_itself(post: Post, send: Send, box: Mailbox) -> None:
    """Sender, recipient and DATA together, where the server offers it (RFC 2920)."""
    box.pipelining = True
    for to in ("a@x.test", "550@x.test", "451@x.test", "policy@x.test", "spam@x.test", "b@x.test"):
        post(to, at=NOW - timedelta(minutes=1))
    assert send().counts == {"sent": 2, "refuse": 2, "defer": 2}
    assert (sorted(box.recipients), box.connections) == (["a@x.test", "b@x.test"], 1)


def test_a_server_that_is_down_says_so_in_one_packet_too(
    post: Post, send: Send, box: Mailbox
) -> None:
    box.pipelining, box.down = True, "421 busy"
    post("a@x.test")
    assert (send().down, send().counts) == (
        "The mail server answered 421 to the sender.", {"put_back": 1},
    )  # fmt: skip


def test_who_refuses_and_yet_waits_for_the_message_gets_none(post: Post, send: Send) -> None:
    heard = list[bytes]()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 odd\r\n")
            for answer in (b"250-odd\r\n250 PIPELINING", b"250 ok", b"550 no", b"354 go on"):
                heard.append(lines.readline())
                connection.sendall(answer + b"\r\n")
            heard.append(lines.read())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        post("a@x.test")
        odd = smtp.Connection(smtp.Server("127.0.0.1", port, False, "", ""), timeout=2)
        assert send(connection=odd).counts == {"refuse": 1}
        thread.join(5)
    assert heard[-1] == b""
