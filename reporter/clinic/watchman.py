"""The watchman: rings when something stands still, once, again each half hour, and when it is over.

Every worker of the web side and the scheduler itself does this round, so that whichever of them
still lives tells; the row in the store lets one of them ring.
"""

import json
import logging
from datetime import datetime, timedelta

from reporter.clinic import clinics, watch
from reporter.clinic.clinics import Clinic
from reporter.clock import stamp
from reporter.mail import alarm
from reporter.mail.alarm import SecondWay
from reporter.records.db import Database

log = logging.getLogger(__name__)
NAME = "alarm"
AGAIN = timedelta(minutes=30)


def look(db: Database, way: SecondWay, at: datetime) -> None:
    """One round over all clinics."""
    for clinic in clinics.all_clinics(db):
        found = watch.troubles(db, clinic, at)
        kinds = [one.kind for one in found]
        if db.atomically(lambda c=clinic, k=kinds: _mine_to_tell(db, c, k, at)):  # type: ignore[misc]
            _tell(clinic, way, [one.what for one in found], at)


def _mine_to_tell(db: Database, clinic: Clinic, kinds: list[str], at: datetime) -> bool:
    """Whether there is news, or nobody has heard the old for half an hour; then it is ours."""
    said = json.dumps(kinds)
    if not kinds:
        return bool(_ended(db, clinic, said, at))
    return bool(
        db.run(
            "insert into heartbeats (clinic_id, name, at, details) "
            "values (:c, :name, :now, :said) "
            "on conflict (clinic_id, name) do update set at = excluded.at, "
            "details = excluded.details where heartbeats.details <> excluded.details "
            "or heartbeats.at <= :again or heartbeats.at > :now",
            c=clinic.id,
            name=NAME,
            now=stamp(at),
            again=stamp(at - AGAIN),
            said=said,
        )
    )


def _ended(db: Database, clinic: Clinic, said: str, at: datetime) -> int:
    return db.run(
        "update heartbeats set at = :now, details = :said "
        "where clinic_id = :c and name = :name and details <> :said",
        c=clinic.id,
        name=NAME,
        now=stamp(at),
        said=said,
    )


def _tell(clinic: Clinic, way: SecondWay, sentences: list[str], at: datetime) -> None:
    for sentence in sentences or ["All is well again."]:
        log.error("%s: %s", clinic.name, sentence)
    for failed in alarm.ring(way, clinic.name, sentences, at):
        log.error("%s: the alarm did not go by %s", clinic.name, failed)
