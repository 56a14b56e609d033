"""One connection to the mail server for many messages, and what its answers mean for a message."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from reporter.letterhead import PLAIN_ADDRESS
from reporter.settings import LOCAL_HOSTS

# Seconds for each answer of the server; more for the last one, when it looks through the message
# and hanging up early would send it twice. Together less than what is left of a lease.
TIMEOUT, END_TIMEOUT = 10.0, 45.0


# A dot that begins a line is doubled (RFC 5321, 4.5.2); our lines end with CRLF already.
LINE_START_DOT = re.compile(rb"(?m)^\.")


class ServerDown(Exception):
    """No message can go now: no connection, no TLS, no log-in, or the server says so (421)."""


class NotNow(Exception):
    """This message did not go; later it may. After lost contact nobody knows: same bytes again."""


class Refused(Exception):
    """The server will never take this message to this address."""


@dataclass(frozen=True)
class Server:
    """REPORTER_SMTP_URL taken apart. Outside this machine TLS is a must."""

    host: str
    port: int
    tls_at_once: bool
    user: str
    password: str

    @property
    def is_local(self) -> bool:
        return self.host in LOCAL_HOSTS


def server(url: str) -> Server:
    parts = urlsplit(url)
    at_once = parts.scheme == "smtps"
    return Server(
        host=parts.hostname or "",
        port=parts.port or (465 if at_once else 587),
        tls_at_once=at_once,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class Connection:
    """Opens at the first message and again after a broken one; `close` says goodbye."""

    def __init__(
        self, server: Server, *, timeout: float = TIMEOUT, trust: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._timeout = timeout
        self._given_trust = trust
        self._smtp: smtplib.SMTP | None = None
        self.opened = 0

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    @property
    def _trust(self) -> ssl.SSLContext:
        return self._given_trust or _usual_trust()

    def ready(self) -> None:
        """Be connected. Raise ServerDown."""
        if self._smtp is None:
            self._open()

    def send(self, sender: str, to: str, message: bytes) -> None:
        """Returns once the server has accepted it. Raise ServerDown, NotNow or Refused."""
        if not PLAIN_ADDRESS.fullmatch(to):
            raise Refused("The address is not one that a mail server understands.")
        smtp = self._smtp or self._open()
        try:
            # Both are plain addresses: smtplib's own verbs would take each apart once more.
            self._ask("sender", lambda: smtp.docmd(f"MAIL FROM:<{sender}>"))
            self._ask("recipient", lambda: smtp.docmd(f"RCPT TO:<{to}>"))
            self._wait(END_TIMEOUT)
            self._ask("message", lambda: _data(smtp, message))
            self._wait(self._timeout)
        except (smtplib.SMTPException, OSError) as trouble:
            self._drop()
            raise NotNow(f"The connection broke ({type(trouble).__name__}).") from None

    def _ask(self, stage: str, step: Callable[[], tuple[int, bytes]]) -> None:
        """One step of the dialogue. The server's words are not passed on: they hold the address."""
        try:
            code, text = step()
        except smtplib.SMTPDataError as trouble:
            code, text = trouble.smtp_code, _bytes(trouble.smtp_error)
        if code in {250, 251}:
            return
        words = f"The mail server answered {code} to the {stage}."
        if code == 421 or code < 400 or not self._started_over():
            self._drop()
        if code == 421 and stage == "sender":
            raise ServerDown(words)
        raise Refused(words) if stage != "sender" and _for_ever(code, text) else NotNow(words)

    def _started_over(self) -> bool:
        """Whether the connection is still good for the next message."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._wait(self._timeout)
            return self._smtp is not None and self._smtp.rset()[0] == 250
        return False

    def _wait(self, seconds: float) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _open(self) -> smtplib.SMTP:
        try:
            smtp = self._log_in()
        except (smtplib.SMTPException, OSError, ValueError) as trouble:
            self.close()
            raise ServerDown(_why_down(trouble)) from None
        self.opened += 1
        return smtp

    def _log_in(self) -> smtplib.SMTP:
        server, wait = self._server, self._timeout
        if server.tls_at_once:
            self._smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=wait, context=self._trust
            )
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=wait)
        self._smtp.ehlo_or_helo_if_needed()
        offers_tls = self._smtp.has_extn("starttls")
        if not server.tls_at_once and (offers_tls or not server.is_local):
            self._smtp.starttls(context=self._trust)
            self._smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _drop(self) -> None:
        """Forget a connection that cannot be trusted any more, without a word."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def close(self) -> None:
        """Say QUIT if there is somebody to say it to."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._drop()


def _data(smtp: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    """As smtplib's own, for bytes whose lines end with CRLF already."""
    code, text = smtp.docmd("DATA")
    if code != 354:
        return (code, text) if code >= 400 else (451, text)
    content = LINE_START_DOT.sub(b"..", message) if b"\n." in message else message
    smtp.send(content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    return smtp.getreply()


@cache
def _usual_trust() -> ssl.SSLContext:
    """Certificates are checked against those that this machine trusts, read once: it takes long."""
    return ssl.create_default_context()


def _for_ever(code: int, text: bytes) -> bool:
    """5xx, but not X.7: a policy (relaying, log-in, sender) is ours to mend, not the address's."""
    return 500 <= code < 600 and code != 530 and not re.match(rb"\s*[45]\.7\.", text)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _why_down(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"The mail server answered {trouble.smtp_code} before any message."
    return f"The mail server cannot be used ({type(trouble).__name__})."
