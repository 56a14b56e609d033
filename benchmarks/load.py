"""A small load client: prebuilt requests over kept-alive connections, one selector loop.

It runs in a process of its own, so that it shares no lock with what it measures. On one core it
drives several thousand requests a second: it is not the limit. It talks to this machine only.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
# An answer that takes longer than this counts as none.
PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back to request `number`. Status 0: nothing, or the connection broke."""

    number: int
    status: int
    seconds: float
    location: str


@dataclass
class _Connection:
    port: int
    line: socket.socket | None = None
    number: int = -1
    since: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def send(self, number: int, request: bytes) -> socket.socket:
        self.number, self.got = number, bytearray()
        self.since = time.perf_counter()
        if self.line is None:
            self.line = socket.create_connection((HOST, self.port), PATIENCE)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.sendall(request)
        return self.line

    def take(self) -> Answer | None:
        """Read what is there; the answer once it is whole."""
        assert self.line is not None
        try:
            part = self.line.recv(65536)
        except OSError:
            part = b""
        self.got += part
        head, found, body = bytes(self.got).partition(b"\r\n\r\n")
        if not found:
            return None if part else self._broken()
        headers = _headers(head)
        length = int(headers.get("content-length", -1))
        if part and (length < 0 or len(body) < length):
            return None
        if headers.get("connection", "").lower() == "close" or not part:
            self.close()
        return self._answer(int(head.split(b" ", 2)[1]), headers.get("location", ""))

    def _broken(self) -> Answer:
        self.close()
        return self._answer(0, "")

    def _answer(self, status: int, location: str) -> Answer:
        return Answer(self.number, status, time.perf_counter() - self.since, location)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }


def drive(
    port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[Answer], float]:
    """Send each request once, in turn, until all are sent or the time is over.

    Every answer that was begun is waited for. The answers, and the seconds until the last one.
    """
    answers: list[Answer] = []
    waiting = iter(enumerate(requests))
    begun = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            _next(selector, _Connection(port), waiting, answers)
        while selector.get_map():
            for key, _ in selector.select(timeout=1.0):
                one: _Connection = key.data
                if (answer := one.take()) is None:
                    continue
                selector.unregister(key.fileobj)
                answers.append(answer)
                if time.perf_counter() - begun < seconds:
                    _next(selector, one, waiting, answers)
                else:
                    one.close()
            if time.perf_counter() - begun > seconds + PATIENCE:
                _give_up(selector, answers)
    return answers, time.perf_counter() - begun


def _next(
    selector: selectors.BaseSelector,
    one: _Connection,
    waiting: Iterator[tuple[int, bytes]],
    answers: list[Answer],
) -> None:
    """The next request over this connection; one that cannot even be sent is answered with 0."""
    for number, request in waiting:
        try:
            selector.register(one.send(number, request), selectors.EVENT_READ, one)
        except OSError:
            one.close()
            answers.append(Answer(number, 0, 0.0, ""))
            continue
        return
    one.close()


def _give_up(selector: selectors.BaseSelector, answers: list[Answer]) -> None:
    for key in list(selector.get_map().values()):
        selector.unregister(key.fileobj)
        answers.append(key.data._broken())


def post(path: str, cookie: str, body: str) -> bytes:
    """The bytes of a form POST."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("ascii")


def main() -> int:
    """`load.py JOB.json`: read the job, drive it, write the answers beside it."""
    if len(sys.argv) != 2:
        print("This is the load client of benchmarks/submit.py: run that.")
        return 0
    path = Path(sys.argv[1])
    job = json.loads(path.read_text("utf-8"))
    requests = [post(*one) for one in job["requests"]]
    answers, seconds = drive(job["port"], requests, job["connections"], job["seconds"])
    told = {"seconds": seconds, "answers": [asdict(one) for one in answers]}
    path.with_suffix(".answers").write_text(json.dumps(told), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
