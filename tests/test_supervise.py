"""The parent of the demo: nothing crashes for good, nothing outlives it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from reporter import supervise
from reporter.supervise import Part, Supervisor, answers, free_port

ROOT = Path(__file__).parents[1]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
NAP = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def part(name: str, code: str, port: int | None = None) -> Part:
    return Part(name, [sys.executable, "-c", code], dict(os.environ), port)


def until(what: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return False


def sleepers(mark: str) -> list[psutil.Process]:
    """Living processes whose command line holds the mark."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if mark in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


class Run:
    """A supervisor in a thread of the test."""

    def __init__(self, *parts: Part) -> None:
        self.said: list[str] = []
        self.ready = threading.Event()
        self.code: int | None = None
        self.supervisor = Supervisor(parts, self.said.append)
        self.thread = threading.Thread(target=self._go)
        self.thread.start()

    def _go(self) -> None:
        self.code = self.supervisor.run(self.ready.set)

    def stop(self) -> float:
        """How long stopping took."""
        began = time.monotonic()
        self.supervisor.stop()
        self.thread.join(10)
        return time.monotonic() - began


@pytest.fixture
def run() -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def start(*parts: Part) -> Run:
        started.append(Run(*parts))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def mark(request: pytest.FixtureRequest) -> str:
    return f"mark-{os.getpid()}-{request.node.name}"


def test_stops_all_parts_and_says_nothing_went_wrong(run: Callable[..., Run], mark: str) -> None:
    one = run(part("a", f"{NAP} # {mark}"), part("b", f"{NAP} # {mark}"))
    assert one.ready.wait(10)
    assert len(sleepers(mark)) == 2
    assert one.stop() < 5
    assert one.code == 0
    assert sleepers(mark) == []


def test_restarts_a_part_that_was_killed(run: Callable[..., Run], mark: str) -> None:
    one = run(part("web", f"{NAP} # {mark}"))
    assert until(lambda: len(sleepers(mark)) == 1)
    first = sleepers(mark)[0]
    first.kill()
    assert until(lambda: [p.pid for p in sleepers(mark)] not in ([], [first.pid]))
    assert one.said == ["web ended (SIGKILL); starting it again in 0.5 s."]


def test_gives_up_on_a_part_that_never_starts(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(supervise, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(supervise, "LOOK_EVERY", 0.02)
    one = run(part("web", "raise SystemExit(3)"), part("other", f"{NAP} # {mark}"))
    one.thread.join(20)
    assert one.code == 1
    assert one.said[-1] == "web does not start (exit 3). Stopping everything."
    assert sleepers(mark) == []


def test_kills_a_part_that_ignores_the_request(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(supervise, "GRACE", 0.3)
    one = run(part("web", f"{STUBBORN} # {mark}"))
    assert one.ready.wait(10)
    assert until(lambda: len(sleepers(mark)) == 1)
    time.sleep(0.3)
    assert one.stop() < 2
    assert one.said == ["web did not stop by itself."]
    assert sleepers(mark) == []


def test_kills_what_a_part_started_itself(run: Callable[..., Run], mark: str) -> None:
    code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', '{NAP} # {mark}'])\n"
        "time.sleep(600)"
    )
    one = run(part("web", code))
    assert until(lambda: len(sleepers(mark)) == 2)
    one.stop()
    assert until(lambda: sleepers(mark) == [], 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's own")
def test_no_orphan_when_the_parent_is_killed(tmp_path: Path, mark: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys\n"
        "from reporter.supervise import Part, Supervisor\n"
        f"nap = [sys.executable, '-c', '{NAP} # {mark}']\n"
        "parts = [Part(str(n), nap, dict(os.environ)) for n in range(2)]\n"
        "Supervisor(parts, print).run()\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], env=HERE)
    assert until(lambda: len(sleepers(mark)) == 2)
    parent.kill()
    parent.wait()
    assert until(lambda: sleepers(mark) == [], 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_way_of_asking_stops_it(tmp_path: Path, mark: str, number: signal.Signals) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys\n"
        "from reporter.supervise import Part, Supervisor, stopping_on_signals\n"
        f"nap = [sys.executable, '-c', '{NAP} # {mark}']\n"
        "parent = Supervisor([Part('a', nap, dict(os.environ))], print)\n"
        "with stopping_on_signals(parent):\n"
        "    sys.exit(parent.run(lambda: print('ready', flush=True)))\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], env=HERE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        parent.send_signal(number)
        assert parent.wait(5) == 0
    assert sleepers(mark) == []


def test_ready_only_when_its_port_answers(run: Callable[..., Run]) -> None:
    port = free_port(20_000 + os.getpid() % 20_000)
    code = (
        "import socket, time; time.sleep(0.5); s = socket.socket(); "
        f"s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {port})); "
        "s.listen(); time.sleep(600)"
    )
    one = run(part("web", code, port))
    assert not one.ready.wait(0.3)
    assert one.ready.wait(10)
    assert answers(port)


def test_takes_the_next_port_when_one_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert answers(port)
        assert free_port(port) != port


def test_a_signal_may_come_at_any_line(tmp_path: Path) -> None:
    """Also while a lock is held: what stops it must wait for none."""
    code = """
import itertools, sys
from reporter import supervise

supervise.LOOK_EVERY = 0.001
for wanted in range(1, 80):
    parent, lines = supervise.Supervisor((), print), itertools.count(1)

    def anywhere(frame, event, _):
        if event == "line" and next(lines) == wanted:
            parent.stop()
        return anywhere

    sys.settrace(anywhere)
    assert parent.run() == 0
    sys.settrace(None)
"""
    subprocess.run([sys.executable, "-c", code], env=HERE, cwd=tmp_path, timeout=15, check=True)
