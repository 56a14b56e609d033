"""What the nurse's queue costs with a long past behind it, and with fifty nurses before it.

    python benchmarks/desk.py                                   four minutes, half of them filling
    python benchmarks/desk.py --reports 50000 --seconds 3       a look

Two stores with the same open cases: one holds little else, the other `--reports` reports. Both are
served by the product's own server and asked in turns over one kept-alive connection; then fifty
nurses keep their queues open, poll every 15 seconds, read and claim. A case claimed twice or an
answer that failed is a failure; slowness is none.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import desk_store, desk_ward, serving

AIM_PAST, AIM_P95, AIM_POLL = 1.2, 0.050, 0.25
WARM_UP = 10


@dataclass(frozen=True)
class Figure:
    """Waits in seconds, and the server's own CPU time for each answer."""

    p50: float
    p95: float
    cpu: float


@dataclass(frozen=True)
class Place:
    """One served store, and somebody who is logged in there."""

    server: serving.Process
    port: int
    path: Path
    tokens: list[str]


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--reports", type=int, default=1_000_000, help="in the larger store")
    reader.add_argument("--open", type=int, default=10_000, help="open cases in both")
    reader.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    reader.add_argument("--rounds", type=int, default=3, help="turns, of which the median counts")
    reader.add_argument("--json", action="store_true", help="figures for machines")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="reporter-desk-") as folder, ExitStack() as stack:
        places = [
            _place(stack, Path(folder) / f"{name}.db", asked.open, past)
            for name, past in (("little", 0), ("much", max(asked.reports - asked.open, 0)))
        ]
        found = _measured(places, asked.seconds, asked.rounds)
        ward = desk_ward.fifty(places[1].port, places[1].tokens, max(asked.seconds * 5, 20.0))
        twice = desk_ward.claimed_twice(places[1].path)
    _say(found, ward, twice, as_json=asked.json)
    return int(bool(twice or ward.failed))


def _place(stack: ExitStack, path: Path, open_cases: int, past: int) -> Place:
    tokens = desk_store.fill(path, open_cases, past, datetime.now(UTC))
    port = serving.free_port()
    env = serving.environment(f"sqlite:///{path}", port, 2)
    server = stack.enter_context(serving.serving(["-m", "reporter", "serve"], env, port))
    return Place(server, port, path, tokens)


def _measured(places: list[Place], seconds: float, rounds: int) -> dict[str, Figure]:
    """Page and poll of both stores, in turns, so that a slow minute is slow for all."""
    turns: dict[str, list[Figure]] = {}
    for _ in range(rounds):
        for name, place in zip(("little", "much"), places, strict=True):
            turns.setdefault(f"page, {name} behind it", []).append(_asked(place, "", seconds))
            turns.setdefault(f"poll, {name} behind it", []).append(
                _asked(place, desk_ward.poll_path(place.port, place.tokens[0]), seconds / 2)
            )
    return {
        name: Figure(
            *(statistics.median(getattr(f, part) for f in runs) for part in ("p50", "p95", "cpu"))
        )
        for name, runs in turns.items()
    }


def _asked(place: Place, poll: str, seconds: float) -> Figure:
    """The queue again and again, or where a path is given a poll with nothing new."""
    waits: list[float] = []
    with closing(HTTPConnection("127.0.0.1", place.port, timeout=20)) as asking:
        kept = ""  # as a browser keeps its cookie: a second look within ten minutes is no new event
        for _ in range(WARM_UP):
            kept = desk_ward.get(asking, poll or "/desk", place.tokens[0], kept).cookies or kept
        before, end = serving.cpu_seconds(place.server), time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            answer = desk_ward.get(asking, poll or "/desk", place.tokens[0], kept)
            waits.append(time.perf_counter() - begun)
            if answer.status != (204 if poll else 200):
                raise SystemExit(f"The answer was {answer.status}")
    used = serving.cpu_seconds(place.server) - before
    return Figure(statistics.median(waits), _p95(waits), used / len(waits))


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


def _say(found: dict[str, Figure], ward: desk_ward.Ward, twice: int, *, as_json: bool) -> None:
    little, much = found["page, little behind it"], found["page, much behind it"]
    poll = found["poll, much behind it"]
    told = {
        "page_p95_ms": much.p95 * 1000,
        "page_ratio": much.p50 / little.p50,
        "page_ratio_cpu": much.cpu / max(little.cpu, 1e-9),
        "poll_ratio": poll.p50 / much.p50,
        "poll_ratio_cpu": poll.cpu / max(much.cpu, 1e-9),
        "fifty_page_p95_ms": _p95(ward.pages) * 1000 if ward.pages else 0.0,
        "fifty_poll_p95_ms": _p95(ward.polls) * 1000 if ward.polls else 0.0,
        "claimed": ward.claimed,
        "told_who_was_first": ward.refused,
        "failed": ward.failed,
        "claimed_twice": twice,
    }
    if as_json:
        print(json.dumps(told))
        return
    for name, one in found.items():
        print(
            f"{name:22} p50 {one.p50 * 1000:7.2f} ms   p95 {one.p95 * 1000:7.2f} ms"
            f"   {one.cpu * 1000:6.2f} ms of CPU each"
        )
    _aim("page with much behind it to one with little", told["page_ratio"], AIM_PAST)
    _aim("the same of CPU", told["page_ratio_cpu"], AIM_PAST)
    _aim("page with much behind it, p95 in ms", told["page_p95_ms"], AIM_P95 * 1000)
    _aim("poll with nothing new to a page", told["poll_ratio"], AIM_POLL)
    print(
        f"fifty nurses: page p95 {told['fifty_page_p95_ms']:.1f} ms, poll p95 "
        f"{told['fifty_poll_p95_ms']:.1f} ms, {ward.claimed} claims, {ward.refused} told who was "
        f"first, {ward.failed} failed, {twice} claimed twice"
    )


def _aim(what: str, figure: float, aim: float) -> None:
    print(
        f"{what}: {figure:.2f}   (aim at most {aim:g}: {'reached' if figure <= aim else 'MISSED'})"
    )


if __name__ == "__main__":
    threading.stack_size(256 * 1024)
    sys.exit(main())
