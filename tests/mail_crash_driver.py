"""The process that is killed: rounds of the scheduler at one time until nothing is left.

Forked from a server that has read everything already, so that 200 kills take minutes: each is a
process of its own, which opens the store itself.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import scheduler
from reporter.clinic import unfinished
from reporter.letterhead import Letterhead
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

unfinished.asked()
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])
Process = multiprocessing.context.ForkServerProcess


def rounds(settings: Settings, when: datetime) -> None:
    head = Letterhead(settings.mail_from, settings.base_url)
    db = open_database(settings.database_url, Vault(settings.keys), head)
    while True:
        done = scheduler.tick(db, settings, when)
        if not (done.queued or done.sent):
            break


@contextmanager
def driven(settings: Settings, when: datetime) -> Iterator[Process]:
    """Rounds in a process that is killed at the end, wherever it stands."""
    process = SERVER.Process(target=rounds, args=(settings, when))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()
