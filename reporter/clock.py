"""The only place that asks the time."""

import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Goes on while a laptop sleeps, so that waking up is no jump.
SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class Steady:
    """A clock that nobody can set: `seconds` since `boot`, one start of the machine `host`."""

    host: str
    boot: str
    seconds: float


def steady() -> Steady:
    """What to hold the time against: it runs as evenly, and no hand or time server moves it."""
    return Steady(socket.gethostname(), _boot(), time.clock_gettime(SINCE_BOOT))


@cache
def _boot() -> str:
    """Which start of the machine this is; where it has no name for it, this process."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return str(uuid4())


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """An instant as it is stored: UTC, fixed width, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError("An instant needs its zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def instant(stored: str) -> datetime:
    """The instant that `stamp` wrote."""
    return datetime.fromisoformat(stored)


def maybe_instant(stored: str | None) -> datetime | None:
    """As `instant`, for a column that may be empty."""
    return instant(stored) if stored else None


def maybe_stamp(at: datetime | None) -> str | None:
    """As `stamp`, for a column that may be empty."""
    return stamp(at) if at else None
