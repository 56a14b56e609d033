"""One request at a time, in order, whatever the senders of bodies do."""

import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest

from reporter.turns import IN_MEMORY, LARGEST, THROWN_AWAY, BodyFirst, Turns


class Slow(BytesIO):
    """A body whose sender stops in the middle until `go_on`."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.go_on = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        assert self.go_on.wait(5)
        return super().read(size)


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    return [environ["wsgi.input"].read()]


def ask(app: BodyFirst, body: BytesIO, length: object) -> bytes:
    environ = {"CONTENT_LENGTH": str(length), "wsgi.input": body}
    return b"".join(app(environ, lambda *_: None))


@pytest.mark.parametrize("size", [1, 1000, IN_MEMORY + 5])
def test_passes_the_whole_body_on(size: int) -> None:
    assert ask(BodyFirst(echo), BytesIO(b"x" * size + b"rest"), size) == b"x" * size


def test_a_body_cut_short_is_passed_on_as_it_came() -> None:
    assert ask(BodyFirst(echo), BytesIO(b"abc"), 1000) == b"abc"


@pytest.mark.parametrize("length", [THROWN_AWAY + 1, "", "0", "-5", "many"])
def test_what_is_too_large_or_unclear_is_left_to_the_application(length: object) -> None:
    body = BytesIO(b"abc")
    assert ask(BodyFirst(lambda *_: [b"refused"]), body, length) == b"refused"
    assert body.tell() == 0


def test_a_body_that_is_too_large_is_taken_in_and_thrown_away() -> None:
    """A browser that still sends when the answer comes shows its own error, not ours."""
    body = BytesIO(b"x" * (LARGEST + 1))
    assert ask(BodyFirst(echo), body, LARGEST + 1) == b""
    assert body.read() == b""


def test_where_the_disk_is_full_the_application_answers_without_the_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", full)
    body = BytesIO(b"x" * (IN_MEMORY + 5))
    assert ask(BodyFirst(echo), body, IN_MEMORY + 5) == b""
    assert body.read() == b""  # taken in all the same


def test_a_slow_sender_keeps_nobody_waiting() -> None:
    app, slow = BodyFirst(echo), Slow(b"late")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(ask(app, slow, 4)))
    waiting.start()
    answers.append(ask(app, BytesIO(b"soon"), 4))
    slow.go_on.set()
    waiting.join(5)
    assert answers == [b"soon", b"late"]


def test_one_at_a_time_and_in_order() -> None:
    turns, order, inside = Turns(), [], []

    def take(number: int) -> None:
        with turns.mine():
            inside.append(number)
            assert len(inside) == 1
            order.append(number)
            time.sleep(0.005)
            inside.clear()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turns.mine():
        for thread in threads:
            thread.start()
            time.sleep(0.002)
    for thread in threads:
        thread.join(5)
    assert order == list(range(20))


def test_the_turn_is_handed_on_after_a_failure() -> None:
    def failing(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raise ValueError("as told")

    app = BodyFirst(failing)
    for _ in range(2):
        with pytest.raises(ValueError, match="as told"):
            ask(app, BytesIO(b"x"), 1)
