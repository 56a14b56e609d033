"""The alarm goes by a way that needs neither the outbox nor the clinic's mail server."""

import hashlib
import hmac
import json
from email import message_from_bytes
from email.policy import default

from reporter.mail import alarm
from reporter.mail.alarm import SecondWay
from tests.mail.servers import Mailbox
from tests.mail.test_webhook import Pager, pager
from tests.mail.words import NOW

__all__ = ["pager"]

SENTENCES = ["The scheduler has not worked since 10:12.", "No e-mail goes out <now>."]


def way(**parts: str) -> SecondWay:
    empty = {"url": "", "secret": "s", "smtp_url": "", "to": "", "sender": "nurses@epec.test"}
    return SecondWay(**{**empty, **parts})


def test_by_post_signed(pager: Pager) -> None:
    url = f"http://127.0.0.1:{pager.server_port}/alarm"
    assert alarm.ring(way(url=url), "Epec Clinic", SENTENCES, NOW) == []
    ((path, headers, body),) = pager.got
    assert path == "/alarm"
    assert json.loads(body)["troubles"] == SENTENCES
    signature = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    assert headers["X-Reporter-Signature"] == f"sha256={signature}"


def test_by_mail_over_the_other_server(box: Mailbox) -> None:
    by = way(smtp_url=box.url, to="ada@ops.test")
    assert alarm.ring(by, "Epec Clinic", SENTENCES, NOW) == []
    ((to, content),) = box.accepted
    email = message_from_bytes(content, policy=default)
    assert to == "ada@ops.test"
    assert str(email["Subject"]) == "Reporter needs help: Epec Clinic"
    for kind in ("plain", "html"):
        part = email.get_body((kind,))
        assert part is not None
        assert "has not worked since 10:12" in part.get_content()
    assert "&lt;now>" in email.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_the_end_is_told_too(box: Mailbox) -> None:
    alarm.ring(way(smtp_url=box.url, to="ada@ops.test"), "Epec Clinic", [], NOW)
    email = message_from_bytes(box.accepted[0][1], policy=default)
    assert str(email["Subject"]) == "Reporter is well again: Epec Clinic"


def test_one_way_failing_does_not_stop_the_other(box: Mailbox) -> None:
    by = way(url="http://127.0.0.1:9/", smtp_url=box.url, to="ada@ops.test")
    (failed,) = alarm.ring(by, "Epec Clinic", SENTENCES, NOW)
    assert failed.startswith("webhook: ")
    assert box.recipients == ["ada@ops.test"]


def test_nothing_set_is_nothing_told() -> None:
    assert not way().is_set
    assert alarm.ring(way(), "Epec Clinic", SENTENCES, NOW) == []
