"""One parent over several processes: starts them, restarts one that crashes, stops them all.

Nothing is left behind: each part is the head of its own session, so that all of it can be
stopped together, and the kernel stops it when the parent is killed without a word.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# systemd and container engines are told five seconds; a part gets four of them to end by itself.
GRACE = 4.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
SETTLED = 20.0  # a part that ran for this long has not failed at starting
GIVE_UP_AFTER = 6
LOOK_EVERY = 0.2
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Part:
    """One process. With `port`, it is ready once something listens there."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    port: int | None = None


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = FIRST_WAIT
    start_at: float = 0.0
    failures: int = field(default=0)


class Supervisor:
    """Runs the parts until a signal, `stop()`, or a part that will not start at all."""

    def __init__(self, parts: Sequence[Part], say: Callable[[str], None]) -> None:
        self._running = [_Running(part) for part in parts]
        self._say = say
        # No Event: a signal that comes while the main thread waits for one would hold its lock.
        self._asked = False
        self._gave_up = False

    def stop(self) -> None:
        """End everything soon; safe in a signal handler and from another thread."""
        self._asked = True

    def run(self, on_ready: Callable[[], None] = lambda: None) -> int:
        """0 when asked to stop, 1 when a part would not start. `on_ready` is called once."""
        ready = False
        try:
            while not self._asked:
                self._look_after_parts()
                if not ready and all(_is_ready(one) for one in self._running):
                    ready = True
                    on_ready()
                time.sleep(LOOK_EVERY)
        finally:
            self._stop_all()
        return 1 if self._gave_up else 0

    def _look_after_parts(self) -> None:
        now = time.monotonic()
        for one in self._running:
            if one.process is None:
                if now >= one.start_at:
                    self._start(one)
            elif (code := one.process.poll()) is not None:
                self._ended(one, code, now)

    def _start(self, one: _Running) -> None:
        one.started = time.monotonic()
        one.process = subprocess.Popen(  # noqa: S603 - our own parts
            list(one.part.command),
            env=dict(one.part.env),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_dying_with(os.getpid()),  # noqa: PLW1509 - the parent has one thread
        )

    def _ended(self, one: _Running, code: int, now: float) -> None:
        _signal_group(one, signal.SIGKILL)
        one.process = None
        if now - one.started >= SETTLED:
            one.failures, one.wait = 0, FIRST_WAIT
        one.failures += 1
        if one.failures >= GIVE_UP_AFTER:
            self._say(f"{one.part.name} does not start ({_why(code)}). Stopping everything.")
            self._gave_up = True
            self._asked = True
            return
        self._say(f"{one.part.name} ended ({_why(code)}); starting it again in {one.wait:g} s.")
        one.start_at = now + one.wait
        one.wait = min(one.wait * 2, LONGEST_WAIT)

    def _stop_all(self) -> None:
        """Ask all at once, then kill what is still there, with all that it started."""
        alive = [one for one in self._running if one.process is not None]
        for one in alive:
            _signal_group(one, signal.SIGTERM, head_only=True)
        deadline = time.monotonic() + GRACE
        for one in alive:
            if one.process is None:
                continue
            try:
                one.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{one.part.name} did not stop by itself.")
            _signal_group(one, signal.SIGKILL)
            one.process.wait()
            one.process = None


def _signal_group(one: _Running, number: signal.Signals, head_only: bool = False) -> None:
    """To the part itself, which tells its own children, or to every process of its session."""
    if one.process is None:
        return
    send = os.kill if head_only else os.killpg
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(one.process.pid, number)


def _why(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def _is_ready(one: _Running) -> bool:
    if one.process is None or one.process.poll() is not None:
        return False
    return one.part.port is None or answers(one.part.port)


def answers(port: int) -> bool:
    """Whether something on this machine listens there."""
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port(wanted: int) -> int:
    """The wanted port, or the next one on this machine that nobody uses."""
    for port in range(wanted, min(wanted + 200, 65536)):
        if answers(port):
            continue
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError(f"No port from {wanted} on is free.")


def _dying_with(parent: int) -> Callable[[], None] | None:
    """For the child, before it becomes the part: end with SIGTERM when the parent is gone."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it went away before the kernel knew of our wish
            os._exit(1)

    return before_exec


def die_with_parent() -> None:
    """End with the process that started this one, however it ends. For workers."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def stopping_on_signals(supervisor: Supervisor) -> Iterator[None]:
    """Inside, Ctrl-C, SIGTERM and a closed terminal all stop the parts in good order."""
    before = {
        number: signal.signal(number, lambda *_: supervisor.stop()) for number in STOP_SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
