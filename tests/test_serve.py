"""The production server: what it refuses to serve, that it always stops, that nobody blocks it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from reporter import demo, serve
from reporter.clinic.clinics import Clinic
from reporter.records.db import Database, scripts
from reporter.serve import ServeError
from reporter.settings import Settings
from reporter.supervise import answers, free_port
from tests.conftest import KEY, NOW

ROOT = Path(__file__).parents[1]
Start = Callable[..., "subprocess.Popen[bytes]"]
# How processes start and stop is the same over either store; one test below has both.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def port() -> int:
    return free_port(22_000 + os.getpid() % 20_000)


@pytest.fixture
def environment(settings: Settings, port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("REPORTER_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "REPORTER_KEYS": KEY,
        "REPORTER_SECRET_KEY": "only for tests",
        "REPORTER_DATABASE_URL": settings.database_url,
        "REPORTER_PORT": str(port),
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start `reporter serve`; all of it is gone after the test."""
    started = []

    def go(**changes: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "reporter", "serve"]
        process = subprocess.Popen(
            command, env={**environment, **changes}, start_new_session=True, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield go
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if get(port, "/log-in", timeout=2) == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server does not answer (exit {process.poll()})")


def get(port: int, path: str, timeout: float = 5) -> int:
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def stopped_in(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> float:
    began = time.monotonic()
    process.send_signal(number)
    process.wait(20)
    return time.monotonic() - began


def leftovers(process: "subprocess.Popen[bytes]") -> list[int]:
    """What is still alive of the server's session."""
    found = []
    for one in psutil.process_iter(["pid", "status"]):
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            alive = one.info["status"] != psutil.STATUS_ZOMBIE
            if alive and os.getsid(one.info["pid"]) == process.pid:
                found.append(one.info["pid"])
    return found


@pytest.mark.parametrize(
    ("number", "database_url"),
    [(signal.SIGTERM, "postgres"), (signal.SIGINT, "sqlite")],
    indirect=["database_url"],
)
def test_stops_within_five_seconds(start: Start, port: int, clinic: Clinic, number: int) -> None:
    process = start()
    wait_for(port, process)
    assert stopped_in(process, number) < 5
    assert leftovers(process) == []


@on_sqlite
@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.7, 0.9, 1.2])
def test_stops_while_it_starts(start: Start, clinic: Clinic, after: float) -> None:
    """A worker that was forked, but has not yet made its pages, once did not hear a SIGTERM."""
    process = start()
    time.sleep(after)
    assert stopped_in(process) < 5
    assert leftovers(process) == []


@on_sqlite
def test_slow_senders_and_half_requests_do_not_stop_it(
    start: Start, port: int, clinic: Clinic
) -> None:
    process = start()
    wait_for(port, process)
    slow = b"POST /log-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nemail=a"
    half = b"GET /log-in HTTP/1.1\r\nHost: localhost\r\n"
    with contextlib.ExitStack() as open_sockets:
        for number in range(60):
            one = open_sockets.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(slow if number % 2 else half)
        time.sleep(0.5)
        began = time.monotonic()
        assert [get(port, "/log-in") for _ in range(5)] == [200] * 5
        assert time.monotonic() - began < 5
        assert stopped_in(process) < 5
    assert leftovers(process) == []


@on_sqlite
def test_no_worker_outlives_a_killed_parent(start: Start, port: int, clinic: Clinic) -> None:
    process = start()
    wait_for(port, process)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while leftovers(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert leftovers(process) == []
    assert not answers(port)


@on_sqlite
def test_starts_again_after_a_worker_was_killed(start: Start, port: int, clinic: Clinic) -> None:
    process = start()
    wait_for(port, process)
    workers = psutil.Process(process.pid).children()
    assert len(workers) == 2
    workers[0].kill()
    workers[0].wait(5)
    wait_for(port, process)  # what stood in the killed worker's own line is lost
    assert [get(port, "/log-in") for _ in range(4)] == [200] * 4
    assert len(psutil.Process(process.pid).children()) == 2
    assert stopped_in(process) < 5


def test_an_old_store_is_refused_in_one_sentence(start: Start, tmp_path: Path) -> None:
    process = start(REPORTER_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.decode() == (
        f"The database is not up to date ({', '.join(name for name, _ in scripts())}). "
        "Run `reporter migrate`.\n"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"secret_key": ""}, "REPORTER_SECRET_KEY is not set"),
        ({"base_url": "http://reporter.epec.test"}, "would travel in clear"),
        ({"demo": True}, "refuses a database that `reporter demo` did not make"),
    ],
)
def test_what_is_not_safe_is_refused(
    settings: Settings, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ServeError, match=sentence):
        serve.check(replace(settings, **changes))  # type: ignore[arg-type]


def test_what_is_safe_is_served(settings: Settings, db: Database) -> None:
    serve.check(settings)
    serve.check(replace(settings, base_url="https://reporter.epec.test"))
    demo.mark(db, NOW)
    serve.check(replace(settings, demo=True, secret_key=""))
