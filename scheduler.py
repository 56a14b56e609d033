"""`python scheduler.py`: sends what is due. APScheduler is only the alarm clock.

What is due stands in the database and is claimed there, so that a second scheduler is harmless
and a killed one loses nothing. Each job opens the database itself, asks for the time at its edge
and does bounded batches until nothing is left.
"""

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from queue import SimpleQueue

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_SCHEDULER_STARTED,
    JobExecutionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.blocking import BlockingScheduler

from reporter import clock
from reporter.clinic import checkin_mail, checkins, clinics
from reporter.letterhead import PLAIN_ADDRESS
from reporter.mail import heartbeat, smtp
from reporter.mail.delivery import Postman, Tally, deliver
from reporter.records.db import Database, StorageError, open_from
from reporter.records.seal import Unreadable
from reporter.rules.knowledge import Knowledge, load
from reporter.settings import Settings, SettingsError, from_env

log = logging.getLogger("reporter.scheduler")
# Seconds between rounds. An alert must leave within a minute of its report.
EVERY_CHECKINS, EVERY_OUTBOX, EVERY_BEAT = 20, 5, 30
# A stopped process that still waits for a mail server is ended after so many seconds.
PATIENCE = 3.5


@dataclass(frozen=True)
class Round:
    """What one tick did over all clinics."""

    queued: int
    sent: int
    trouble: str


def tick(
    db: Database, settings: Settings, at: datetime, stopped: Callable[[], bool] = bool
) -> Round:
    """One full round at the time given: queue, send, follow, beat."""
    worker = new_worker()
    queued = queue_checkins(db, at, worker, stopped)
    tally = send_outbox(db, settings, at, worker, stopped)
    beat(db, at, tally.down)
    return Round(queued, tally.sent, tally.down)


def new_worker() -> str:
    """A name that no other run of a scheduler has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def queue_checkins(
    db: Database, at: datetime, worker: str, stopped: Callable[[], bool] = bool
) -> int:
    """Write the messages of all check-ins that are due. How many were taken up."""
    protocol, taken = _knowledge().checkins, 0
    for clinic in clinics.all_clinics(db):
        while not stopped():
            batch = checkin_mail.queue_due(db, clinic, protocol, worker, at)
            taken += batch
            if not batch:
                break
    return taken


@cache
def _knowledge() -> Knowledge:
    return load()


def send_outbox(
    db: Database,
    settings: Settings,
    at: datetime,
    worker: str,
    stopped: Callable[[], bool] = bool,
) -> Tally:
    """Send what waits in the outbox of every clinic, over one connection."""
    total = Tally()
    connection = smtp.Connection(smtp.server(settings.smtp_url)) if settings.smtp_url else None
    postman = Postman(worker, db.letterhead.sender, connection, stopped)
    try:
        for clinic in clinics.all_clinics(db):
            tally = deliver(db, clinic.id, postman, at)
            db.atomically(lambda clinic=clinic: checkins.settle(db, clinic.id))  # type: ignore[misc]
            total.counts += tally.counts
            total.down = total.down or tally.down
    finally:
        if connection:
            connection.close()
    return total


def beat(db: Database, at: datetime, trouble: str = "") -> None:
    for clinic in clinics.all_clinics(db):
        db.atomically(lambda clinic=clinic: heartbeat.beat(db, clinic.id, at, trouble=trouble))  # type: ignore[misc]


class Alarm:
    """The running scheduler: fixed jobs, and a stop that comes through at any moment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = new_worker()
        self._stop = threading.Event()
        self._trouble = ""
        self._clock = BlockingScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Blocks until `stop` was called; then waits for the jobs to put down what they hold."""
        self._clock.add_listener(_log_trouble, EVENT_JOB_ERROR)
        self._clock.add_listener(self._stop_if_asked, EVENT_SCHEDULER_STARTED)
        now = clock.now()
        for job, seconds in (
            (self._queue, EVERY_CHECKINS),
            (self._send, EVERY_OUTBOX),
            (self._beat, EVERY_BEAT),
        ):
            self._clock.add_job(job, "interval", seconds=seconds, next_run_time=now)
        self._clock.start()

    def stop(self) -> None:
        """From any thread. Jobs end after the message that they are sending."""
        self._stop.set()
        with suppress(SchedulerNotRunningError):
            self._clock.shutdown(wait=False)

    def _stop_if_asked(self, _: object) -> None:
        """A stop that came during start-up."""
        if self._stop.is_set():
            self.stop()

    def _queue(self) -> None:
        with _opened(self._settings) as db:
            queue_checkins(db, clock.now(), self._worker, self._stop.is_set)

    def _send(self) -> None:
        with _opened(self._settings) as db:
            tally = send_outbox(db, self._settings, clock.now(), self._worker, self._stop.is_set)
        if tally.down and tally.down != self._trouble:
            log.error("No mail goes out: %s It is tried again every few seconds.", tally.down)
        self._trouble = tally.down

    def _beat(self) -> None:
        with _opened(self._settings) as db:
            beat(db, clock.now(), self._trouble)


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    db = open_from(settings)
    try:
        yield db
    finally:
        db.close()


def _log_trouble(event: JobExecutionEvent) -> None:
    """The kind of trouble and its place only: a message may quote somebody's data."""
    log.error("%s failed: %s. It is tried again.", event.job_id, type(event.exception).__name__)


def run(settings: Settings) -> None:
    """Send what is due until SIGTERM or Ctrl-C, which end this process within five seconds."""
    alarm, asked = Alarm(settings), SimpleQueue[None]()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A queue's put is all that is safe here: the signal may come while any lock is held.
        signal.signal(number, lambda *_: asked.put(None))
    threading.Thread(target=_obey, args=(asked, alarm), daemon=True).start()
    check(settings)
    alarm.run()


def _obey(asked: "SimpleQueue[None]", alarm: Alarm) -> None:
    asked.get()
    alarm.stop()
    # Whoever still waits for a mail server loses nothing: the message is marked only once accepted.
    time.sleep(PATIENCE)
    os._exit(0)


def check(settings: Settings) -> None:
    """Raise SettingsError with one sentence when nothing could ever be sent."""
    if not settings.smtp_url:
        log.warning("REPORTER_SMTP_URL is not set: messages wait in the outbox.")
    elif not PLAIN_ADDRESS.fullmatch(settings.mail_from):
        raise SettingsError(
            "REPORTER_MAIL_FROM must be the plain address that mail comes from, "
            "like nurses@clinic.example."
        )
    try:
        with _opened(settings) as db:
            clinics.all_clinics(db)
    except (StorageError, Unreadable):
        raise SettingsError(
            "The database is not ready. Check REPORTER_DATABASE_URL and run `reporter migrate`."
        ) from None


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    try:
        run(from_env())
    except SettingsError as trouble:
        print(trouble, file=sys.stderr)  # noqa: T201 - this is the command line
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
