"""One request at a time in a worker, in the order in which they were complete.

Whoever sends a body slowly holds a thread of their own and keeps nobody else waiting.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any

IN_MEMORY, CHUNK, LARGEST = 256 * 1024, 64 * 1024, 11 * 1024 * 1024
# A photo that is too large is read and thrown away: a browser that is still sending when the
# answer comes shows its own error, and not our sentence.
THROWN_AWAY = 64 * 1024 * 1024

Application = Callable[..., Iterable[bytes]]


class Turns:
    """A lock that is given in the order of asking: Python's own may let one wait for long."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def mine(self) -> Iterator[None]:
        self._wait()
        try:
            yield
        finally:
            self._hand_on()

    def _wait(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        called.acquire()

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class BodyFirst:
    """WSGI around the application: the body is taken in whole before the turn is asked for."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._turns = Turns()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # What is larger still is refused by its length, unread.
        if not (length.isdecimal() and 0 < int(length) <= THROWN_AWAY):
            return self._answer(environ, start)
        if int(length) > LARGEST:
            _throw_away(environ["wsgi.input"], int(length))
            return self._answer({**environ, "wsgi.input": BytesIO()}, start)
        with SpooledTemporaryFile(IN_MEMORY) as body:
            left, source = int(length), environ["wsgi.input"]
            try:
                while left and (chunk := source.read(min(CHUNK, left))):
                    left -= len(chunk)
                    body.write(chunk)
                body.seek(0)
            except OSError:  # the disk is full: the page says that nothing was sent
                _throw_away(source, left)
                empty = {"CONTENT_LENGTH": "0", "wsgi.input": BytesIO()}
                return self._answer({**environ, **empty}, start)
            return self._answer({**environ, "wsgi.input": body}, start)

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._turns.mine():
            return self._app(environ, start)


def _throw_away(source: Any, left: int) -> None:
    while left and (chunk := source.read(min(CHUNK, left))):
        left -= len(chunk)
