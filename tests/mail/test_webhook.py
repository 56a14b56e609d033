"""The page to on-call: one signed POST that says a case waits, and nothing about anybody."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from reporter.clinic.clinics import Clinic
from reporter.mail import outbox, webhook
from reporter.mail.smtp import NotNow
from reporter.records.db import Database
from tests.mail.words import NOW

PAYLOAD = {"clinic": "Epec Clinic", "urgency": "urgent", "reference": "K7-42Q", "due_at": "x"}


class Pager(ThreadingHTTPServer):
    answer = 200
    got: list[tuple[str, dict[str, str], bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: Pager

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def pager() -> Iterator[Pager]:
    server = Pager(("127.0.0.1", 0), _Handler)
    server.got = []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def content(db: Database, clinic: Clinic, port: int) -> outbox.Content:
    with db.transaction():
        outbox.add_webhook(
            db,
            clinic.id,
            name="on_call",
            url=f"http://127.0.0.1:{port}/page",
            secret="shared",
            payload=PAYLOAD,
            at=NOW,
        )
    (claimed,) = outbox.claim(db, clinic.id, "w", NOW, 1)
    found = outbox.opened(db, claimed, NOW)
    assert found is not None
    return found


def test_page_is_signed_and_names_nobody(db: Database, clinic: Clinic, pager: Pager) -> None:
    webhook.deliver(content(db, clinic, pager.server_port))
    ((path, headers, body),) = pager.got
    wanted = hmac.new(b"shared", body, hashlib.sha256).hexdigest()
    row = db.one("select id, priority from outbox where clinic_id = :c", c=clinic.id)
    assert row is not None
    assert path == "/page"
    assert headers["X-Reporter-Signature"] == f"sha256={wanted}"
    assert headers["Content-Type"] == "application/json"
    queue = db.letterhead.url("/desk")
    assert json.loads(body) == {**PAYLOAD, "id": row["id"], "queue": queue}
    assert row["priority"] == outbox.ALERT


@pytest.mark.parametrize("answer", [302, 400, 404, 429, 500])
def test_anything_but_2xx_is_tried_again(
    db: Database, clinic: Clinic, pager: Pager, answer: int
) -> None:
    pager.answer = answer
    with pytest.raises(NotNow, match=rf"The pager answered {answer}\."):
        webhook.deliver(content(db, clinic, pager.server_port))
    assert len(pager.got) == 1, "a redirect is not followed"


def test_nobody_there(db: Database, clinic: Clinic) -> None:
    with pytest.raises(NotNow, match="cannot be reached"):
        webhook.deliver(content(db, clinic, 9), timeout=1)
