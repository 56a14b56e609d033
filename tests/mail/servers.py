"""A real SMTP server in this process that does what the address of a message asks for."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mailbox:
    """What was accepted, and how the server behaves; a test may change it while it runs."""

    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    # Nothing is accepted before so many have connected.
    waits_for: int = 0
    down: str = ""
    port: int = 0
    slow: float = 0.0
    hangs: float = 3.0
    cut: int = 0
    pipelining: bool = False

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.accepted]

    @property
    def message_ids(self) -> Counter[str]:
        return Counter(message_from_bytes(content)["Message-ID"] for _, content in self.accepted)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class Handler:
    """`451@…`, `550@…` and `554@…` answer so to RCPT; others misbehave at the end of data."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.box.connections += 1
        session.host_name = hostname
        return (
            [responses[0], "250-PIPELINING", *responses[1:]] if self.box.pipelining else responses
        )

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.box.down:
            return self.box.down
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        word = address.split("@", maxsplit=1)[0]
        if word == "policy":
            return "554 5.7.1 Relay access denied"
        if word.isdecimal():
            return f"{word} no thanks, {address}"
        if word == "drop-early":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        word = envelope.rcpt_tos[0].split("@")[0]
        if word == "drop-before":
            server.transport.abort()
            return "451 gone"
        if word == "spam":
            return "554 5.6.0 We do not like it"
        if word == "hang":
            await asyncio.sleep(self.box.hangs)
            return "451 slept"
        while self.box.connections < self.box.waits_for:
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.box.slow)
        content = envelope.content
        assert isinstance(content, bytes)
        again = (envelope.rcpt_tos[0], content) in self.box.accepted
        self.box.accepted.append((envelope.rcpt_tos[0], content))
        if word == "drop-after" or (word.startswith("drop-once") and not again):
            self.box.cut += 1
            server.transport.abort()
        return "250 Kept"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def mail_server(**options: object) -> Iterator[Mailbox]:
    box = Mailbox(port=free_port())
    controller = Controller(Handler(box), hostname="127.0.0.1", port=box.port, **options)  # type: ignore[arg-type]
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def only(user: str, password: str) -> object:
    """An authenticator that knows one person."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        given = (getattr(data, "login", b"").decode(), getattr(data, "password", b"").decode())
        return AuthResult(success=given == (user, password), handled=False)

    return check
