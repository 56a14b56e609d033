"""When and on which number a patient would rather be called: sealed, and shown beside the case.

A wish never moves the due time: a nurse who can keep it does, and nobody waits longer for it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from reporter.clinic import contact, remarks
from reporter.clinic.contact import Contact
from reporter.clinic.patients import hold, key_of
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import WISH
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.db import Database
from reporter.records.ids import new_id

ANY: Final = "any"
TIMES: Final = (ANY, "before_noon", "noon_to_three", "after_three")


@dataclass(frozen=True)
class Wish:
    """`number` is empty where the one that the clinic has will do."""

    number: str
    time: str
    at: datetime


def add(db: Database, treatment: Treatment, *, number: str, time: str, at: datetime) -> bool:
    """Keep it and note it on the case; False when the same was wished last, or no case is there."""

    def work() -> bool:
        hold(db, treatment.clinic_id, treatment.patient.id)
        before = latest(db, treatment)
        new = Wish(number or (before.number if before else ""), time, at)
        if before and (before.number, before.time) == (new.number, new.time):
            return False
        if not remarks.remark(db, treatment.clinic_id, treatment.id, WISH, at=at, wish=stamp(at)):
            return False
        _keep(db, treatment, new)
        return True

    return db.atomically(work)


def _keep(db: Database, treatment: Treatment, wish: Wish) -> None:
    said = {name: value for name, value in asdict(wish).items() if name != "at"}
    db.run(
        "insert into patient_wishes (clinic_id, id, treatment_id, at, sealed_wish) "
        "values (:c, :id, :t, :at, :sealed)",
        c=treatment.clinic_id,
        id=new_id(wish.at),
        t=treatment.id,
        at=stamp(wish.at),
        sealed=key_of(db, treatment.patient).seal_data("wish", said),
    )


def number_to_call(
    db: Database, treatment: Treatment, said: Iterable[StoredReport], *, wished: bool = True
) -> str:
    """What the patient named last, with a report or since; else what the clinic has.

    `wished` is False where the case is known to hold no wish: none is looked for then.
    """
    since = latest(db, treatment) if wished else None
    return contact.number(contact.latest(with_reports(said, since)), treatment.patient)


def with_reports(said: Iterable[StoredReport], wish: Wish | None) -> list[Contact]:
    """How to call, as each report and the wish since said it, newest first."""
    dated = [(one.received_at, one.contact) for one in said]
    if wish and wish.number:
        dated.append((wish.at, Contact(number=wish.number)))
    return [said for _, said in sorted(dated, key=lambda one: one[0], reverse=True)]


def latest(db: Database, treatment: Treatment) -> Wish | None:
    """What was wished last; None for nothing, and for a person who was erased."""
    row = db.one(
        "select at, sealed_wish from patient_wishes "
        "where clinic_id = :c and treatment_id = :t order by at desc, id desc limit 1",
        c=treatment.clinic_id,
        t=treatment.id,
    )
    if row is None or treatment.patient.wrapped_key is None:
        return None
    said = key_of(db, treatment.patient).open_data("wish", row["sealed_wish"])
    return Wish(said["number"], said["time"], instant(row["at"]))
