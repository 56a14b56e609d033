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


STAGES = ("sender", "recipient", "data")
TAKEN, GO_ON, CLOSING = frozenset({250, 251}), 354, 421
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
        # What there is to do while the server thinks: before any of a message is on its way, and
        # after its last byte.
        self.begun: Callable[[], None] = lambda: None
        self.handed_over: Callable[[], None] = lambda: None

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
            commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA")
            if smtp.has_extn("pipelining"):
                self._at_once(smtp, commands)
            else:
                self._by_turns(smtp, commands)
            smtp.send(_with_end(message))
            self.handed_over()
            self._wait(END_TIMEOUT)
            self._judge("message", *smtp.getreply())
            self._wait(self._timeout)
        except (smtplib.SMTPException, OSError) as trouble:
            self._drop()
            raise NotNow(f"The connection broke ({type(trouble).__name__}).") from None

    def _by_turns(self, smtp: smtplib.SMTP, commands: tuple[str, ...]) -> None:
        for stage, command in zip(STAGES, commands, strict=True):
            smtp.putcmd(command)
            if stage == STAGES[0]:
                self.begun()
            self._judge(stage, *smtp.getreply())

    def _at_once(self, smtp: smtplib.SMTP, commands: tuple[str, ...]) -> None:
        """All in one packet, where the server offers that (RFC 2920); each is answered by itself.

        A server that refuses and yet waits for the message gets none: the connection is dropped.
        """
        smtp.send("".join(f"{command}\r\n" for command in commands))
        self.begun()
        answers = []
        for stage in STAGES:
            answers.append((stage, *smtp.getreply()))
            if answers[-1][1] == CLOSING:
                break
        if answers[-1][1] == GO_ON and any(code not in TAKEN for _, code, _ in answers[:-1]):
            self._drop()
        for answer in answers:
            self._judge(*answer)

    def _judge(self, stage: str, code: int, text: bytes) -> None:
        """One answer. The server's words are not passed on: they hold the address."""
        if code in ({GO_ON} if stage == STAGES[-1] else TAKEN):
            return
        stage = "message" if stage == STAGES[-1] else stage
        words = f"The mail server answered {code} to the {stage}."
        if code == CLOSING or code < 400 or not self._started_over():
            self._drop()
        if code == CLOSING and stage == "sender":
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


def _with_end(message: bytes) -> bytes:
    """As smtplib's own, for bytes whose lines end with CRLF already."""
    content = LINE_START_DOT.sub(b"..", message) if b"\n." in message else message
    return content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n"


@cache
def _usual_trust() -> ssl.SSLContext:
    """Certificates are checked against those that this machine trusts, read once: it takes long."""
    return ssl.create_default_context()


def _for_ever(code: int, text: bytes) -> bool:
    """5xx, but not X.7: a policy (relaying, log-in, sender) is ours to mend, not the address's."""
    return 500 <= code < 600 and code != 530 and not re.match(rb"\s*[45]\.7\.", text)


def _why_down(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"The mail server answered {trouble.smtp_code} before any message."
    return f"The mail server cannot be used ({type(trouble).__name__})."
