"""The demo's on-call receiver: checks the signature as a real one must, and keeps what was paged.

It listens on this computer alone. What is kept lies beside the mails of the inbox.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from reporter.demo_mail import keep_file

SUFFIX = ".page.json"
LARGEST = 20_000
SIGNATURE = "X-Reporter-Signature"

Secret = Callable[[], str]


@dataclass(frozen=True)
class InboxPage:
    """One page as it came, its signature checked. `name` is its file's."""

    name: str
    at: datetime | None
    signature: str
    body: str
    said: dict[str, Any]

    @property
    def subject(self) -> str:
        """`Page to on-call: emergency`."""
        return f"Page to on-call: {self.said.get('urgency', '')}"


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether whoever knows the secret sent this very body."""
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={wanted}".encode(), signature.encode())


class _Receiver(BaseHTTPRequestHandler):
    """204 for what is signed and new or known, 401 for what is not."""

    folder: Path
    secret: Secret

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > LARGEST:
            return self._answer(413)
        body, signature = self.rfile.read(int(size)), self.headers.get(SIGNATURE, "")
        if not is_signed(type(self).secret(), body, signature):
            return self._answer(401)
        if not _is_kept(self.folder, body.decode()):
            kept = json.dumps({"signature": signature, "body": body.decode()})
            keep_file(self.folder, kept.encode(), SUFFIX)
        return self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing beside what the demo itself says."""


def _is_kept(folder: Path, body: str) -> bool:
    """A page that is sent again has the same body, with the same `id`."""
    return any(one.body == body for one in pages(folder))


@contextmanager
def serve_pager(folder: Path, port: int, secret: Secret) -> Iterator[None]:
    """Take pages on this computer's `port` while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    receiver = type("Receiver", (_Receiver,), {"folder": folder, "secret": staticmethod(secret)})
    with ThreadingHTTPServer(("127.0.0.1", port), receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def pages(folder: Path) -> list[InboxPage]:
    """What was paged, newest first."""
    return [_read(path) for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True)]


def page(folder: Path, name: str) -> InboxPage | None:
    """The one of that file name, or None. Only names that are in the folder are opened."""
    return next((one for one in pages(folder) if one.name == name), None)


def _read(path: Path) -> InboxPage:
    kept = json.loads(path.read_text())
    said = json.loads(kept["body"])
    return InboxPage(path.name, _made_at(said), kept["signature"], kept["body"], said)


def _made_at(said: dict[str, Any]) -> datetime | None:
    """The id of a page begins with its time in milliseconds."""
    digits = str(said.get("id", "")).replace("-", "")[:12]
    return datetime.fromtimestamp(int(digits, 16) / 1000, UTC) if digits else None
