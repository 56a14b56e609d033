"""The demo's own mail server and its inbox: each message a file, nothing leaves this computer."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_numbers = itertools.count()


@dataclass(frozen=True)
class InboxMail:
    """One message as it was sent. `name` is its file's, for a link on the inbox page."""

    name: str
    message_id: str
    to: str
    sender: str
    subject: str
    at: datetime | None
    text: str
    html: str


class _Handler:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Accepted only once it is on disk."""
        content = envelope.content or b""
        store(self._folder, content if isinstance(content, bytes) else content.encode())
        return "250 Kept"


def store(folder: Path, content: bytes) -> Path:
    """One message as one file."""
    return keep_file(folder, content, ".eml")


def keep_file(folder: Path, content: bytes, suffix: str) -> Path:
    """One file, whole or not at all; names sort by time."""
    path = folder / f"{time.time_ns():020d}-{next(_numbers):06d}-{os.getpid()}{suffix}"
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


@contextmanager
def serve_inbox(folder: Path, port: int, host: str = "127.0.0.1") -> Iterator[Controller]:
    """Take mail on this computer's `port` while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(_Handler(folder), hostname=host, port=port)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def messages(folder: Path) -> list[InboxMail]:
    """What has come in, newest first."""
    return [_read(path) for path in sorted(folder.glob("*.eml"), reverse=True)]


def message(folder: Path, name: str) -> InboxMail | None:
    """The one of that file name, or None. Only names that are in the folder are opened."""
    return next((_read(path) for path in folder.glob("*.eml") if path.name == name), None)


def _read(path: Path) -> InboxMail:
    email = message_from_bytes(path.read_bytes(), policy=default)
    return InboxMail(
        name=path.name,
        message_id=str(email["Message-ID"] or ""),
        to=str(email["To"] or ""),
        sender=str(email["From"] or ""),
        subject=str(email["Subject"] or ""),
        at=parsedate_to_datetime(str(email["Date"])) if email["Date"] else None,
        text=_part(email, "plain"),
        html=_part(email, "html"),
    )


def _part(email: EmailMessage, kind: str) -> str:
    part = email.get_body((kind,))
    return str(part.get_content()) if part else ""
