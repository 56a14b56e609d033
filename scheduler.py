"""`python scheduler.py`: sends what is due. APScheduler is only the alarm clock.

What is due stands in the database and is claimed there, so that a second scheduler is harmless
and a killed one loses nothing. Each job opens the database itself, asks for the time at its edge
and does bounded batches until nothing is left.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from reporter.clinic import clinics, escalation, unfinished, watchman
from reporter.letterhead import PLAIN_ADDRESS
from reporter.mail import alarm, clock_trust
from reporter.mail.mailbox import MailboxDown
from reporter.records.db import Database, StorageError, open_from
from reporter.records.seal import Unreadable
from reporter.rounds import (
    Round,
    beat,
    new_worker,
    queue_checkins,
    read_mailbox,
    send_outbox,
    tick,
    trusted,
)
from reporter.settings import Settings, SettingsError, from_env

__all__ = ["Alarm", "Round", "beat", "check", "queue_checkins", "run", "send_outbox", "tick"]

log = logging.getLogger("reporter.scheduler")
# Seconds between rounds. An alert must leave within a minute of its report.
EVERY_CHECKINS, EVERY_OUTBOX, EVERY_BEAT, EVERY_UNFINISHED = 20, 5, 30, 60
EVERY_MAILBOX = 60
# A mailbox that could not be read so many times in a row is an alarm.
OFTEN_UNREAD = 5
EVERY_ESCALATION = 20
# A stopped process that still waits for a mail server is ended after so many seconds.
PATIENCE = 3.5
# A mail server that is down is asked less and less often, so that no log-in gets locked by it.
LONGEST_REST = 60.0


class Alarm:
    """The running scheduler: fixed jobs, and a stop that comes through at any moment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = new_worker()
        self._stop = threading.Event()
        self._trouble = ""
        self._rest, self._asleep_until = 0.0, 0.0
        self._unread, self._mailbox = 0, ""
        # Since the last sign of life. Each kind is counted by one job alone.
        self._done: Counter[str] = Counter()
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
            (self._take_up, EVERY_UNFINISHED),
            (self._raise, EVERY_ESCALATION),
            (self._read, EVERY_MAILBOX),
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
            if (seen := _look(db)).doubt:
                return
            queued = queue_checkins(db, seen.at, self._worker, self._stop.is_set)
        self._done["queued"] += queued

    def _send(self) -> None:
        with _opened(self._settings) as db:
            seen, asleep = _look(db), time.monotonic() < self._asleep_until
            tally = send_outbox(
                db,
                self._settings,
                seen.latest,
                self._worker,
                self._stop.is_set,
                with_mail=not asleep,
                with_checkins=not seen.doubt,
            )
        self._done["sent"] += tally.sent
        if not asleep:
            self._heed(tally.down)

    def _heed(self, down: str) -> None:
        """One line when the mail server fails, and longer and longer rests until it is back."""
        if down and down != self._trouble:
            log.error("No mail goes out: %s It is tried again within a minute.", down)
        self._rest = min(max(self._rest * 2, EVERY_OUTBOX), LONGEST_REST) if down else 0.0
        self._asleep_until = time.monotonic() + self._rest
        self._trouble = down

    def _take_up(self) -> None:
        with _opened(self._settings) as db:
            taken = unfinished.in_all_clinics(db, _look(db).latest, self._stop.is_set)
        self._done["taken_up"] += taken

    def _raise(self) -> None:
        with _opened(self._settings) as db:
            escalation.in_all_clinics(db, _look(db).latest, self._stop.is_set)

    def _read(self) -> None:
        with _opened(self._settings) as db:
            try:
                read = read_mailbox(db, self._settings, clock.now(), self._stop.is_set)
            except MailboxDown as trouble:
                log.error("%s It is tried again each minute.", trouble)
                self._unread += 1
                self._mailbox = str(trouble) if self._unread >= OFTEN_UNREAD else ""
            else:
                self._unread, self._mailbox = 0, ""
                self._done["read"] += read

    def _beat(self) -> None:
        with _opened(self._settings) as db:
            now = clock.now()
            if trusted(db, now, clock.steady()):
                done, self._done = self._done, Counter()
                beat(db, now, self._trouble, done, self._mailbox)
            watchman.look(db, alarm.second_way(self._settings), now)


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    db = open_from(settings)
    try:
        yield db
    finally:
        db.close()


def _look(db: Database) -> clock_trust.Look:
    """The time now, and whether it is believed. Whatever makes a person look at a patient goes on
    while it is not, by the later of what it says and what it should say."""
    return clock_trust.look(db, clock.now(), clock.steady())


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
