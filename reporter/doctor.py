"""What `reporter doctor` looks at: whether a report would be kept, seen and answered."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import clinics, on_call_test, staff, watch
from reporter.clinic.clinics import Clinic
from reporter.mail import heartbeat
from reporter.mail.alarm import second_way
from reporter.records.backup import last_one
from reporter.records.db import Database, StorageError, open_from
from reporter.records.seal import Unreadable
from reporter.settings import Settings

OLDEST_BACKUP = timedelta(hours=48)
# What stands still, by the word of `watch`: what it means meanwhile, and what to do, in order.
STEPS = {
    "scheduler": (
        "Meanwhile reports are kept and the queue is right, but nobody is mailed, paged or "
        "reminded: let a nurse watch the queue, and somebody answer the after-hours line.",
        "See whether it runs, and what it wrote last: `systemctl status`, then `journalctl`.",
        "Start it again with `reporter scheduler`; look here again after a minute.",
        "If it stops again, run one round by hand to see why: `reporter mail due`.",
    ),
    "mail": (
        "Meanwhile every message is kept and goes out by itself once mail works again.",
        "Send one by hand, which says what the mail server answers: `reporter mail test TO`.",
        "Compare REPORTER_SMTP_URL and REPORTER_MAIL_FROM with what your mail provider says.",
        "What was set aside goes again with `reporter mail retry`.",
    ),
    "alerts": (
        "Meanwhile let a nurse watch the queue: it holds every case, told or not.",
        "See what waits and why: `reporter mail outbox`; try again with `reporter mail retry`.",
    ),
    "outbox": ("See what waits and why: `reporter mail outbox`, then `reporter mail retry`.",),
    "checkins": (
        "See what is due: `reporter mail due --dry-run`; then the scheduler's log, which names "
        "what it stumbles over.",
    ),
    "mailbox": (
        "Meanwhile let a nurse read that mailbox by hand: a patient's answer may be urgent.",
        "Compare REPORTER_IMAP_URL with what your mail provider says; the log names the trouble.",
    ),
    "clock": (
        "Meanwhile no check-in and no reminder goes out. Alerts about reports do, unsent answers "
        "are taken up, and late cases are told of, if anything too early: let a nurse watch the "
        "queue.",
        "Set this machine's clock (`timedatectl` shows whether it follows a time server); then "
        "all goes on by itself.",
        "Where the clock is right (it was wrong before, or nothing ran for long): "
        "`reporter clock believe`, on the machine whose clock it is.",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `what` says how it is, or how to mend it, step by step.

    What is `weak` may be meant so, and somebody should know it.
    """

    fine: bool
    what: str
    steps: tuple[str, ...] = ()
    weak: bool = False

    @property
    def mark(self) -> str:
        if not self.fine:
            return "MEND"
        return "warn" if self.weak else "ok"


def examine(settings: Settings, at: datetime) -> list[Finding]:
    """Look at everything; what cannot be looked at is a finding too."""
    findings = [*_settings(settings)]
    with closing(open_from(settings)) as db:
        try:
            findings += _store(db, at)
        except (StorageError, Unreadable) as error:
            findings.append(Finding(False, f"The database: {error}"))
    return findings


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding(True, f"{len(settings.keys)} master key(s) in REPORTER_KEYS")
    yield Finding(
        settings.secure or settings.demo,
        f"People open {settings.base_url}"
        + ("" if settings.secure or settings.demo else ": set REPORTER_BASE_URL to https://…"),
    )
    yield Finding(
        bool(settings.smtp_url),
        "A mail server is set"
        if settings.smtp_url
        else "No e-mail goes out: set REPORTER_SMTP_URL.",
    )
    yield Finding(
        bool(settings.mail_from),
        f"Mail comes from {settings.mail_from}"
        if settings.mail_from
        else "Mail has no sender: set REPORTER_MAIL_FROM.",
    )
    yield Finding(
        True,
        "Alarms go by a second way"
        if second_way(settings).is_set
        else "Alarms show on the pages only: set REPORTER_ALARM_URL or REPORTER_ALARM_SMTP_URL",
    )


def _store(db: Database, at: datetime) -> Iterator[Finding]:
    if pending := db.pending():
        yield Finding(False, f"The database needs `reporter migrate` ({', '.join(pending)})")
        return
    yield Finding(True, "The database is up to date")
    if warning := db.warning():
        yield Finding(False, warning)
    yield _backup(db, at)
    found = clinics.all_clinics(db)
    if not found:
        yield Finding(False, "There is no clinic: make one with `reporter init`")
    for clinic in found:
        yield from _clinic(db, clinic, at)


def _moving(db: Database, clinic: Clinic, at: datetime) -> Iterator[Finding]:
    """The scheduler's sign of life, and whatever has grown old."""
    wrong = watch.troubles(db, clinic, at)
    told: set[str] = set()
    for one in wrong:
        steps = () if one.kind in told else STEPS.get(one.kind, ())
        told.add(one.kind)
        yield Finding(False, f"{clinic.name}: {one.what}", steps)
    last = heartbeat.last(db, clinic.id)
    if last and not wrong:
        yield Finding(True, f"{clinic.name}: the scheduler worked {_span(at - last.at)} ago")


def _backup(db: Database, at: datetime) -> Finding:
    kept = last_one(db)
    if kept is None:
        return Finding(False, "There is no `reporter backup` yet")
    age = at.date() - datetime.fromisoformat(kept.made_on).date()
    return Finding(age <= OLDEST_BACKUP, f"The last backup is of {kept.made_on}")


def _clinic(db: Database, clinic: Clinic, at: datetime) -> Iterator[Finding]:
    db.clinic_key(clinic.id)  # raises when REPORTER_KEYS does not open it
    yield from _moving(db, clinic, at)
    roles = {person.role for person in staff.everybody(db, clinic.id)}
    nursing = bool(roles & {"nurse", "practitioner"})
    yield Finding(
        nursing,
        f"{clinic.name}: somebody is told of urgent cases"
        if nursing
        else f"{clinic.name}: nobody is told of urgent cases. Add a nurse with `reporter user add`",
    )
    yield _on_call(db, clinic)


def _on_call(db: Database, clinic: Clinic) -> Finding:
    """A line that was never tried is found broken by a patient."""
    if not clinic.has_on_call:
        sentence = (
            "nobody is paged while closed, so an emergency may wait until somebody reads their "
            "mail, and no call is promised. The director sets an on-call webhook on Settings"
        )
        return Finding(True, f"{clinic.name}: {sentence}", weak=True)
    tested = on_call_test.last(db, clinic.id)
    if tested is None:
        sentence = "the on-call line was never tried: the director presses the button on Settings"
        return Finding(False, f"{clinic.name}: {sentence}")
    if not tested.fine:
        return Finding(False, f"{clinic.name}: the on-call line failed when tried: {tested.said}")
    return Finding(True, f"{clinic.name}: the on-call line took a test on {tested.at:%Y-%m-%d}")


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
