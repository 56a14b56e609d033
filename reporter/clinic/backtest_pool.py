"""A back-test on two cores: each process takes parts of the reports and only counts."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool

from reporter.clinic import backtest, rulesets
from reporter.clinic.backtest import Chunk
from reporter.clinic.backtest_tally import Moved, Tally
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import Knowledge

CORES = 2
CHUNK = 10_000
WORTH_IT = 20_000
"""Below this many reports one process is done before a second one has started."""

Files = Mapping[str, str]
Each = Callable[[int, list[Moved]], None]


@dataclass(frozen=True)
class Task:
    """What every process needs: the store, and the two sets as text."""

    url: str
    keys: tuple[str, ...]
    clinic_id: str
    draft: Files
    live: Files


@dataclass(frozen=True)
class _Desk:
    db: Database
    clinic_id: str
    draft: Knowledge
    live: Knowledge


_here: list[_Desk] = []


def run(db: Database, task: Task, each: Each) -> Tally:
    """Decide every stored report again; `each` hears after every part how many it held.

    Nothing is written, so an interruption leaves nothing behind.
    """
    total, tally = backtest.count(db, task.clinic_id), Tally()
    for part, moved in _alone(db, task) if total < WORTH_IT else _in_two(db, task):
        tally.add(part)
        each(part.total, moved)
    return tally


def _alone(db: Database, task: Task) -> Iterator[tuple[Tally, list[Moved]]]:
    desk = _Desk(db, task.clinic_id, rulesets.checked(task.draft), rulesets.checked(task.live))
    for chunk in backtest.chunks(db, task.clinic_id, CHUNK):
        yield _part(desk, chunk)


def _in_two(db: Database, task: Task) -> Iterator[tuple[Tally, list[Moved]]]:
    # Started anew and not forked: no connection or lock of this process is shared.
    context = multiprocessing.get_context("spawn")
    # Ctrl-C reaches the whole group. The others are born deaf to it and ended by this process.
    hears = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        workers = context.Pool(CORES, initializer=_sit_down, initargs=(task,))
    finally:
        signal.signal(signal.SIGINT, hears)
    with workers as pool:
        yield from _fed(pool, backtest.chunks(db, task.clinic_id, CHUNK))


def _fed(pool: Pool, chunks: Iterator[Chunk]) -> Iterator[tuple[Tally, list[Moved]]]:
    """A few parts at a time, so that answers never pile up."""
    running = [pool.apply_async(_work, (chunk,)) for chunk in islice(chunks, 2 * CORES)]
    while running:
        done = running.pop(0).get()
        running += [pool.apply_async(_work, (chunk,)) for chunk in islice(chunks, 1)]
        yield done


def _sit_down(task: Task) -> None:
    db = open_database(task.url, Vault(task.keys))
    sets = rulesets.checked(task.draft), rulesets.checked(task.live)
    _here[:] = [_Desk(db, task.clinic_id, *sets)]


def _work(chunk: Chunk) -> tuple[Tally, list[Moved]]:
    return _part(_here[0], chunk)


def _part(desk: _Desk, chunk: Chunk) -> tuple[Tally, list[Moved]]:
    moved: list[Moved] = []
    tally = backtest.run(desk.db, desk.clinic_id, desk.draft, desk.live, chunk, each=moved.extend)
    return tally, moved
