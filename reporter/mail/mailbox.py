"""Reading the mailbox that bounces and replies come to: IMAP, each message once, none thrown away.

A message is marked as seen only after it was taken in, so that a crash brings it again; taking
in knows it then by its Message-ID. Nothing is deleted: the mailbox stays the clinic's.
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from reporter.mail.bounces import LARGEST
from reporter.settings import LOCAL_HOSTS

TIMEOUT = 20.0
BATCH = 50


class MailboxDown(Exception):
    """The mailbox cannot be read now; one sentence without anybody's words."""


@dataclass(frozen=True)
class Place:
    """REPORTER_IMAP_URL taken apart: imaps://user:password@mail.clinic.example/INBOX."""

    host: str
    port: int
    tls_at_once: bool
    user: str
    password: str = field(repr=False)
    folder: str


def place(url: str) -> Place:
    parts = urlsplit(url)
    at_once = parts.scheme == "imaps"
    return Place(
        host=parts.hostname or "",
        port=parts.port or (993 if at_once else 143),
        tls_at_once=at_once,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def read(where: Place, take: Callable[[bytes], object], stopped: Callable[[], bool] = bool) -> int:
    """Bring each unseen message to `take`, then mark it as seen. How many; raise MailboxDown.

    What `take` raises ends the round: that message stays unseen and comes again.
    """
    done = 0
    with _opened(where) as box:
        for number in _unseen(box)[:BATCH]:
            if stopped():
                break
            take(_content(box, number))
            _told(box.uid("STORE", number, "+FLAGS", r"(\Seen)"))
            done += 1
    return done


@contextmanager
def _opened(where: Place) -> Iterator[imaplib.IMAP4]:
    try:
        box = _connected(where)
    except (imaplib.IMAP4.error, OSError) as trouble:
        raise MailboxDown(f"The mailbox cannot be opened ({type(trouble).__name__}).") from None
    what = "The mailbox cannot be opened"
    try:
        _told(box.login(where.user, where.password))
        _told(box.select(_quoted(where.folder)))
        what = "Reading the mailbox broke off"
        yield box
    except (imaplib.IMAP4.error, OSError) as trouble:
        raise MailboxDown(f"{what} ({type(trouble).__name__}).") from None
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()
        with suppress(OSError):
            box.shutdown()


def _connected(where: Place) -> imaplib.IMAP4:
    """With certificate checks; without TLS only to this machine."""
    trust = ssl.create_default_context()
    if where.tls_at_once:
        return imaplib.IMAP4_SSL(where.host, where.port, ssl_context=trust, timeout=TIMEOUT)
    box = imaplib.IMAP4(where.host, where.port, timeout=TIMEOUT)
    try:
        if "STARTTLS" in box.capabilities or where.host not in LOCAL_HOSTS:
            box.starttls(trust)
    except (imaplib.IMAP4.error, OSError):
        box.shutdown()
        raise
    return box


def _unseen(box: imaplib.IMAP4) -> list[str]:
    found = _told(box.uid("SEARCH", "UNSEEN"))
    return [number.decode() for line in found if line for number in line.split()]


def _content(box: imaplib.IMAP4, number: str) -> bytes:
    """The message as it came; of an enormous one its beginning, which holds the words."""
    parts = _told(box.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)"))
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")


def _told(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    """The data of an answer that was OK."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(status)
    return data


def _quoted(folder: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", folder)
    return f'"{escaped}"'
