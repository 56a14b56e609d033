"""Real server processes for loads and kills: start, wait until they answer, stop. Loopback only."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEY = "cmVwb3J0ZXItdGVzdHMtb25seS1ub3QtYS1zZWNyZXQ="
SECRET = "only for load"

Process = subprocess.Popen[bytes]


def environment(database_url: str, port: int, workers: int, **more: str) -> dict[str, str]:
    """The settings of a product that serves on `port`, without any of the surrounding shell's."""
    outer = {name: text for name, text in os.environ.items() if not name.startswith("REPORTER_")}
    return {
        **outer,
        "PYTHONPATH": str(ROOT),
        "REPORTER_KEYS": KEY,
        "REPORTER_SECRET_KEY": SECRET,
        "REPORTER_DATABASE_URL": database_url,
        "REPORTER_BASE_URL": f"http://127.0.0.1:{port}",
        "REPORTER_MAIL_FROM": "nurses@epec.test",
        "REPORTER_PORT": str(port),
        "REPORTER_WORKERS": str(workers),
        **more,
    }


def start(arguments: Sequence[str], env: Mapping[str, str]) -> Process:
    """Python with these arguments, at the head of its own process group."""
    return subprocess.Popen([sys.executable, *arguments], env=dict(env), start_new_session=True)


def kill(process: Process) -> None:
    """SIGKILL to the process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: Process) -> float:
    """SIGTERM, as an operator stops it; whatever is left after ten seconds is killed. Seconds."""
    begun = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    kill(process)
    return time.monotonic() - begun


@contextlib.contextmanager
def serving(arguments: Sequence[str], env: Mapping[str, str], port: int) -> Iterator[Process]:
    """The server while the block runs, from its first answer on."""
    process = start(arguments, env)
    try:
        wait_until_ready(port, process)
        yield process
    finally:
        stop(process)


def wait_until_ready(port: int, process: Process, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not answers(port):
        if process.poll() is not None:
            raise ChildProcessError(f"The server ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing answered on port {port} in {seconds} s")
        time.sleep(0.02)


def cpu_seconds(process: Process) -> float:
    """What the process and all of its group have used so far; 0 where there is no /proc."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            if int(words[2]) == process.pid:
                ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def answers(port: int) -> bool:
    """Whether a page comes back from there."""
    asking = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/healthz")
        asking.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()
    return True


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
