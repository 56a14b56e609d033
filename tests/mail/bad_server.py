"""A mail server that hangs up at every stage of the dialogue, now and then, and says so afterwards.

Plain threads and sockets: it answers quickly, and what it does at which stage is all in one place.
"""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reporter.clock import stamp

STAGES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "body", "end", "after")
SELDOM = 0.01


@dataclass
class BadServer:
    """`accepted` holds (when by `clock`, bytes). `cut_after` counts cuts after acceptance."""

    port: int
    chance: random.Random
    clock: datetime | None = None
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    cuts: Counter[str] = field(default_factory=Counter)
    cut_after: int = 0
    refuses_all: bool = False
    never_cut: bool = False
    _set_at: float = 0.0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def reseed(self, chance: random.Random) -> None:
        self.chance = chance

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name == "clock":
            object.__setattr__(self, "_set_at", time.monotonic())

    def now(self) -> str:
        assert self.clock is not None
        return stamp(self.clock + timedelta(seconds=time.monotonic() - self._set_at))

    def cut(self, stage: str) -> bool:
        if self.never_cut or self.chance.random() >= SELDOM:
            return False
        self.cuts[stage] += 1
        return True


class HungUp(Exception):
    """The server goes away without a word."""


def _serve(server: BadServer, connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as lines:
        try:
            _talk(server, connection, lines)
        except (HungUp, OSError):
            # A reset instead of a clean end, as from a machine that is gone.
            connection.close()


def _talk(server: BadServer, connection: socket.socket, lines: object) -> None:
    def say(words: str) -> None:
        connection.sendall(words.encode() + b"\r\n")

    def maybe_cut(stage: str) -> None:
        if server.cut(stage):
            raise HungUp

    maybe_cut("connect")
    if server.refuses_all:
        say("421 come back later")
        return
    say("220 bad.test")
    while line := lines.readline():  # type: ignore[attr-defined]
        verb = line[:4].decode("ascii", "replace").upper()
        if verb in {"EHLO", "HELO", "MAIL", "RCPT"}:
            maybe_cut("EHLO" if verb == "HELO" else verb)
            say("250 OK")
        elif verb == "DATA":
            maybe_cut("DATA")
            say("354 go on")
            content = _body(server, lines)
            maybe_cut("end")
            server.accepted.append((server.now(), content))
            if server.cut("after"):
                server.cut_after += 1
                raise HungUp
            say("250 kept")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 OK")


def _body(server: BadServer, lines: object) -> bytes:
    found: list[bytes] = []
    while (line := lines.readline()) != b".\r\n":  # type: ignore[attr-defined]
        if not line or (len(found) == 5 and server.cut("body")):
            raise HungUp
        found.append(line[1:] if line.startswith(b".") else line)
    return b"".join(found)


@contextmanager
def bad_server(chance: random.Random) -> Iterator[BadServer]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        server = BadServer(int(listening.getsockname()[1]), chance)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=_serve, args=(server, connection), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
