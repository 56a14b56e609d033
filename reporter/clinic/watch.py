"""Whether what was promised still moves: is the scheduler alive, does anything due grow old?

Looked at by every staff page, by /healthz, by `reporter doctor` and by the watchman who raises
the alarm. Nothing here writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Hours, is_open, local
from reporter.clock import instant, maybe_instant, stamp
from reporter.mail import clock_trust, heartbeat
from reporter.mail.outbox import ALERT
from reporter.mail.outcomes import GIVEN_UP, UNREADABLE
from reporter.records.db import Database

# A scheduler beats every half minute and takes up what is due every few seconds.
LONGEST_SILENCE = timedelta(minutes=5)
OLD_ALERT, OLD_MESSAGE, OLD_CHECKIN = (timedelta(minutes=m) for m in (5, 60, 15))
# So many rows due at once is more than a clinic sends in a day.
CROWD = 500
WORKING_HOUR = timedelta(hours=1)
# What came back or was set aside is shown for so long; by then it was mended, or comes again.
RETURNED = timedelta(hours=24)
# A sign of life from so far ahead means that this clock, or the one that wrote it, is wrong.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Trouble:
    """One thing that stands still. `kind` is a word for machines, `what` says how to mend it."""

    kind: str
    what: str


def troubles(db: Database, clinic: Clinic, at: datetime) -> tuple[Trouble, ...]:
    """What is wrong at this clinic now, the gravest first; empty when all is well."""
    return (
        *_scheduler(db, clinic, at),
        *_waiting(db, clinic, at),
        *_set_aside(db, clinic, at),
        *_came_back(db, clinic, at),
        *_checkins(db, clinic, at),
    )


def _scheduler(db: Database, clinic: Clinic, at: datetime) -> Iterator[Trouble]:
    last, doubts = heartbeat.last(db, clinic.id), clock_trust.doubts(db)
    yield from (Trouble("clock", sentence) for sentence in doubts)
    if doubts:
        pass  # while a clock is doubted there is no sign of life
    elif last is None:
        if not _is_new(db, clinic, at):
            yield Trouble("scheduler", "The scheduler never ran. Start `python scheduler.py`.")
    elif last.at - at > AHEAD:
        yield Trouble("clock", "A clock is wrong: the scheduler's last sign is in the future.")
    elif at - last.at > LONGEST_SILENCE:
        since = local(clinic.hours.zone, last.at)
        yield Trouble(
            "scheduler",
            f"The scheduler has not worked since {since:%Y-%m-%d %H:%M}: no e-mail goes out and "
            "nobody is reminded. Start `python scheduler.py`.",
        )
    elif last.details.get("trouble"):
        yield Trouble("mail", f"No e-mail goes out: {last.details['trouble']}")
    if last and last.details.get("mailbox"):
        yield Trouble(
            "mailbox",
            f"What patients answer by e-mail is not read: {last.details['mailbox']} "
            "Look into that mailbox yourself, and at REPORTER_IMAP_URL.",
        )


def _is_new(db: Database, clinic: Clinic, at: datetime) -> bool:
    """Made a moment ago: whoever sets it up starts the scheduler next."""
    row = db.one("select created_at from clinics where clinic_id = :c", c=clinic.id)
    return row is not None and at - instant(row["created_at"]) <= LONGEST_SILENCE


def _waiting(db: Database, clinic: Clinic, at: datetime) -> Iterator[Trouble]:
    row = db.one(
        "select count(*) as waiting, min(created_at) as oldest, "
        "min(case when priority <= :alert then created_at end) as alert from outbox "
        "where clinic_id = :c and state = 'due' and created_at <= :now",
        c=clinic.id,
        alert=ALERT,
        now=stamp(at),
    )
    oldest, alert = (maybe_instant(row[name]) if row else None for name in ("oldest", "alert"))
    if alert and at - alert > OLD_ALERT:
        yield Trouble(
            "alerts",
            f"A message to staff has waited since {local(clinic.hours.zone, alert):%H:%M}. "
            "Look at the queue yourself, and at `reporter doctor`.",
        )
    if oldest and at - oldest > OLD_MESSAGE and _nothing_went(db, clinic, at):
        yield Trouble(
            "outbox",
            "No e-mail was accepted for an hour while some waits. See `reporter mail outbox`.",
        )
    if row and row["waiting"] > CROWD:
        yield Trouble("outbox", f"{row['waiting']} messages wait. See `reporter mail outbox`.")


def _nothing_went(db: Database, clinic: Clinic, at: datetime) -> bool:
    """No mail accepted in the last hour, all of which the clinic was open."""
    if not _worked(clinic.hours, at):
        return False
    return not db.one(
        "select id from outbox where clinic_id = :c and state = 'sent' and sent_at >= :since "
        "limit 1",
        c=clinic.id,
        since=stamp(at - WORKING_HOUR),
    )


def _set_aside(db: Database, clinic: Clinic, at: datetime) -> Iterator[Trouble]:
    """What nobody will get unless somebody looks. A refused address is work of the silent list."""
    row = db.one(
        "select count(*) as n, sum(case when priority <= :alert then 1 else 0 end) as alerts "
        "from outbox where clinic_id = :c and state = 'failed' and due_at >= :since "
        "and (patient_id is null or trouble like :unread or trouble like :given_up)",
        c=clinic.id,
        alert=ALERT,
        since=stamp(at - RETURNED),
        unread=f"{UNREADABLE}%",
        given_up=f"%{GIVEN_UP}",
    )
    if row and row["alerts"]:
        yield Trouble(
            "alerts",
            "A message to staff was given up. Look at the queue and `reporter mail outbox`.",
        )
    elif row and row["n"]:
        yield Trouble(
            "outbox", f"Set aside, unsent: {row['n']} messages. See `reporter mail outbox`."
        )


def _came_back(db: Database, clinic: Clinic, at: datetime) -> Iterator[Trouble]:
    """What was accepted and then returned: an alert nobody read, or mail that servers refuse."""
    row = db.one(
        "select sum(case when priority <= :alert then 1 else 0 end) as alerts, "
        "sum(case when trouble like 'It came back (policy%' then 1 else 0 end) as policy "
        "from outbox where clinic_id = :c and state = 'sent' and sent_at >= :since "
        "and trouble like 'It came back%'",
        c=clinic.id,
        alert=ALERT,
        since=stamp(at - RETURNED),
    )
    if row and row["alerts"]:
        yield Trouble("alerts", "A message to staff came back. Check the addresses on People.")
    if row and row["policy"]:
        yield Trouble(
            "mail",
            "Other mail servers refuse our mail. Ask whoever runs it to check SPF, DKIM and DMARC.",
        )


def _worked(hours: Hours, at: datetime) -> bool:
    return is_open(hours, at) and is_open(hours, at - WORKING_HOUR)


def _checkins(db: Database, clinic: Clinic, at: datetime) -> Iterator[Trouble]:
    """Check-ins that are due and that nobody takes up, though the scheduler may beat. Where a
    clock is doubted they are held back, and that has been said."""
    if clock_trust.doubts(db):
        return
    row = db.one(
        "select min(due_at) as oldest from checkins "
        "where clinic_id = :c and state = 'planned' and due_at <= :late",
        c=clinic.id,
        late=stamp(at - OLD_CHECKIN),
    )
    oldest = maybe_instant(row["oldest"]) if row else None
    if oldest:
        yield Trouble(
            "checkins",
            f"A check-in due at {local(clinic.hours.zone, oldest):%Y-%m-%d %H:%M} has not gone "
            "out. Look at the scheduler's log.",
        )
