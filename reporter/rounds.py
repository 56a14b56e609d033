"""One round of what a scheduler does, at the time given: queue, raise, send, read, follow, beat.

Each step takes what is due from the store and claims it there: many may do rounds at once.
"""

import logging
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reporter.clinic import (
    checkin_mail,
    checkin_waits,
    clinics,
    escalation,
    incoming,
    replanning,
    unfinished,
)
from reporter.clock import Steady
from reporter.mail import clock_mending, clock_trust, heartbeat, mailbox, smtp
from reporter.mail.delivery import Postman, Tally, deliver
from reporter.mail.limits import Limits
from reporter.records.db import Database
from reporter.rules.knowledge import shipped
from reporter.settings import Settings

log = logging.getLogger("reporter.scheduler")


@dataclass(frozen=True)
class Round:
    """What one tick did over all clinics."""

    queued: int
    sent: int
    trouble: str
    left: int = 0


def tick(
    db: Database, settings: Settings, at: datetime, stopped: Callable[[], bool] = bool
) -> Round:
    """One full round at the time given: queue, take up what was left, raise, send, follow, beat."""
    worker = new_worker()
    queued = queue_checkins(db, at, worker, stopped)
    left = unfinished.in_all_clinics(db, at, stopped)
    escalation.in_all_clinics(db, at, stopped)
    tally = send_outbox(db, settings, at, worker, stopped)
    beat(db, at, tally.down, Counter(queued=queued, sent=tally.sent, taken_up=left))
    return Round(queued, tally.sent, tally.down, left)


def new_worker() -> str:
    """A name that no other run of a scheduler has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def queue_checkins(
    db: Database, at: datetime, worker: str, stopped: Callable[[], bool] = bool
) -> int:
    """Write the messages of all check-ins that are due. How many were taken up."""
    taken = 0
    for clinic in clinics.all_clinics(db):
        replanning.follow(db, clinic, at, stopped)
        db.atomically(lambda clinic=clinic: checkin_waits.follow(db, clinic.id, at))  # type: ignore[misc]
        while not stopped():
            batch = checkin_mail.queue_due(db, clinic, worker, at)
            taken += batch
            if not batch:
                break
    return taken


def send_outbox(
    db: Database,
    settings: Settings,
    at: datetime,
    worker: str,
    stopped: Callable[[], bool] = bool,
    *,
    with_mail: bool = True,
    with_checkins: bool = True,
) -> Tally:
    """Send what waits in the outbox of every clinic, over one connection."""
    total, connection = Tally(), None
    if settings.smtp_url and with_mail:
        connection = smtp.Connection(smtp.server(settings.smtp_url))
    limits = Limits(settings.mail_per_minute, settings.mail_per_domain)
    postman = Postman(
        worker,
        db.letterhead.sender,
        connection,
        stopped,
        limits=limits,
        bounces=settings.bounce_address,
        with_checkins=with_checkins,
    )
    try:
        for clinic in clinics.all_clinics(db):
            if total.down:  # pages still go; nobody else waits for the same mail server again
                postman = replace(postman, connection=None)
            tally = deliver(db, clinic.id, postman, at)
            db.atomically(lambda clinic=clinic: checkin_waits.settle(db, clinic.id, at))  # type: ignore[misc]
            total.counts += tally.counts
            total.down = total.down or tally.down
    finally:
        if connection:
            connection.close()
    return total


def read_mailbox(
    db: Database, settings: Settings, at: datetime, stopped: Callable[[], bool] = bool
) -> int:
    """Take in what came back to the mailbox: bounces, complaints, what people wrote. How many."""
    if not settings.imap_url:
        return 0
    where = mailbox.place(settings.imap_url)
    return mailbox.read(where, lambda raw: incoming.take(db, shipped(), raw, at), stopped)


def beat(
    db: Database,
    at: datetime,
    trouble: str = "",
    done: Mapping[str, int] | None = None,
    mailbox: str = "",
) -> None:
    """Leave a sign of life: what was done since the last one, what waits and why."""
    for clinic in clinics.all_clinics(db):

        def work(clinic_id: str = clinic.id) -> None:
            clock_mending.set_right(db, clinic_id, at)
            said = {"done": dict(done or {}), **({"mailbox": mailbox} if mailbox else {})}
            heartbeat.beat(db, clinic_id, at, trouble=trouble, **said)

        db.atomically(work)


def trusted(db: Database, at: datetime, steady: Steady) -> bool:
    """Whether this machine's clock is believed, written down for whoever asks. While it is not,
    nobody is asked how they are, and a time not believed is no sign of life."""
    seen = clock_trust.look(db, at, steady)
    clock_trust.keep(db, seen, steady)
    if not seen.doubt:
        return True
    log.error(seen.doubt)
    for clinic in clinics.all_clinics(db):
        db.atomically(
            lambda c=clinic.id: clock_mending.set_right(db, c, at, alerts_only=True)  # type: ignore[misc]
        )
    return False
