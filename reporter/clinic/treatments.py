"""Treatments: one visit of one person, found by name, telephone, reference or lot."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reporter.clinic import patients
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.clinic.hours import local
from reporter.clinic.patients import Patient
from reporter.clock import maybe_instant, stamp
from reporter.records.db import Database, Row
from reporter.records.ids import new_id, new_reference
from reporter.records.seal import Key, folded

SHOWN = 50


class NotThere(Exception):
    """No such treatment at this clinic."""


class ChangedMeanwhile(Exception):
    """Somebody else changed it after this page was opened."""


@dataclass(frozen=True)
class Treatment:
    """One visit. `given_on` is a day on the clinic's calendar; doses are in the product's units.

    `matching` is empty for what was enrolled; see `clinic.posters` for the others.
    """

    clinic_id: str
    id: str
    reference: str
    patient: Patient
    given_on: date
    product: str
    lot: str
    expiry: str
    areas: tuple[AreaDose, ...]
    factors: tuple[str, ...]
    injector: str
    created_at: datetime
    stopped_at: datetime | None
    version: int
    matching: str = ""
    matched_id: str | None = None
    day_unknown: bool = False

    @property
    def is_placeholder(self) -> bool:
        """Whether it stands for a treatment that somebody at a poster spoke of."""
        return bool(self.matching)

    def day(self, at: datetime, zone: str) -> int:
        """Whole days since the treatment, on the clinic's calendar; 0 on the day itself."""
        return max((local(zone, at).date() - self.given_on).days, 0)


# For whoever joins more to a treatment and its person, as `links` does.
FIELDS = """
t.clinic_id, t.id, t.reference, t.given_on, t.product, t.lot, t.expiry, t.areas, t.factors,
t.injector, t.created_at, t.stopped_at, t.version, t.matching, t.matched_id, t.day_unknown,
t.patient_id, p.wrapped_key,
p.sealed_person, p.language, p.zone, p.may_voicemail, p.may_email, p.email_refused_at,
p.checkins_stopped_at
"""
COLUMNS = f"""
select {FIELDS}
from treatments t join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id
"""  # noqa: S608 - our own columns


# Up to three parts of a name; fewer are given twice.
WITH_LOOKUPS = (
    COLUMNS
    + """
join patient_lookups a on a.clinic_id = t.clinic_id and a.patient_id = t.patient_id
  and a.kind = :kind and a.hash = :first
join patient_lookups b on b.clinic_id = t.clinic_id and b.patient_id = t.patient_id
  and b.kind = :kind and b.hash = :second
join patient_lookups d on d.clinic_id = t.clinic_id and d.patient_id = t.patient_id
  and d.kind = :kind and d.hash = :third
where t.clinic_id = :c order by t.given_on desc, t.id desc limit :n
"""
)


def get(db: Database, clinic_id: str, treatment_id: str) -> Treatment:
    """Raise NotThere for an id of no treatment, or of another clinic's."""
    row = db.one(
        COLUMNS + "where t.clinic_id = :c and t.id = :id", c=clinic_id, id=str(treatment_id)
    )
    if row is None:
        raise NotThere("There is no such treatment here.")
    return from_row(db, row)


def by_reference(db: Database, clinic_id: str, reference: str) -> Treatment:
    """As `get`, by the short reference that people read aloud."""
    row = db.one(
        COLUMNS + "where t.clinic_id = :c and t.reference = :r",
        c=clinic_id,
        r=as_reference(reference),
    )
    if row is None:
        raise NotThere(f"There is no treatment with the reference {reference}.")
    return from_row(db, row)


def reference(db: Database, clinic_id: str, treatment_id: str) -> str:
    """The short name of a treatment, without opening whose it is."""
    row = db.one(
        "select reference from treatments where clinic_id = :c and id = :t",
        c=clinic_id,
        t=treatment_id,
    )
    return row["reference"] if row else ""


def of_person(db: Database, clinic_id: str, patient_id: str) -> list[Treatment]:
    rows = db.query(
        COLUMNS + "where t.clinic_id = :c and t.patient_id = :p order by t.given_on desc",
        c=clinic_id,
        p=patient_id,
    )
    return [from_row(db, row) for row in rows]


def recent(db: Database, clinic_id: str, limit: int = SHOWN) -> list[Treatment]:
    """The latest treatments, newest first."""
    rows = db.query(
        COLUMNS + "where t.clinic_id = :c and t.matching = '' "
        "order by t.given_on desc, t.id desc limit :n",
        c=clinic_id,
        n=limit,
    )
    return [from_row(db, row) for row in rows]


def followed_since(db: Database, clinic_id: str, since: date) -> Iterator[Treatment]:
    """Treatments of that day or later whose follow-up goes on, one after the other."""
    for row in db.query(
        "select id from treatments where clinic_id = :c and given_on >= :since "
        "and stopped_at is null and matching = '' order by given_on, id",
        c=clinic_id,
        since=since.isoformat(),
    ):
        yield get(db, clinic_id, row["id"])


def with_open_case(db: Database, clinic_id: str) -> list[Treatment]:
    rows = db.query(
        COLUMNS + "join cases k on k.clinic_id = t.clinic_id and k.treatment_id = t.id "
        "where k.clinic_id = :c and k.is_open = 1",
        c=clinic_id,
    )
    return [from_row(db, row) for row in rows]


def some(db: Database, clinic_id: str, ids: tuple[str, ...]) -> dict[str, Treatment]:
    """These treatments by their ids, in one look at the store."""
    rows = db.query(COLUMNS + "where t.clinic_id = :c and t.id in (:ids)", c=clinic_id, ids=ids)
    return {row["id"]: from_row(db, row) for row in rows}


def find(db: Database, clinic_id: str, text: str) -> list[Treatment]:
    """By part of a name, telephone number, reference or lot; newest first, at most 50."""
    text = text.strip()[:100].encode(errors="replace").decode()
    found = {row["id"]: row for row in _found(db, clinic_id, text)}
    rows = sorted(found.values(), key=lambda row: (row["given_on"], row["id"]), reverse=True)
    return [from_row(db, row) for row in rows[:SHOWN]]


def _found(db: Database, clinic_id: str, text: str) -> Iterator[Row]:
    if not text:
        return
    yield from db.query(
        COLUMNS + "where t.clinic_id = :c and (t.reference = :r or t.lot = :lot) "
        "order by t.given_on desc limit :n",
        c=clinic_id,
        r=as_reference(text),
        lot=text.upper(),
        n=SHOWN,
    )
    looked_for = wanted(db.clinic_key(clinic_id), text)
    if not looked_for:
        return
    first, second, third = (looked_for * 3)[:3]
    yield from db.query(
        WITH_LOOKUPS,
        c=clinic_id,
        kind=first[0],
        first=first[1],
        second=second[1],
        third=third[1],
        n=SHOWN,
    )


def wanted(key: Key, text: str) -> list[tuple[str, str]]:
    """The kinds and keyed hashes of what was typed: a number, or up to three parts of a name."""
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 4 and not re.search(r"[^\W\d_]", text):
        return [("phone", key.look_up("phone", digits[-10:]))]
    words = [folded(word) for word in re.split(r"[\s\-']+", text)]
    return [("name", key.look_up("name", word)) for word in words if len(word) >= 2][:3]


def as_reference(text: str) -> str:
    signs = re.sub(r"[^0-9A-Z]", "", text.upper())
    return f"{signs[:2]}-{signs[2:]}"


def add(
    db: Database, clinic_id: str, zone: str, entry: Enrolment, at: datetime
) -> tuple[str, bool]:
    """Store the person and the treatment in the open transaction: its id, and whether it is new."""
    patient_id = patients.find(db, clinic_id, entry) or patients.add(db, clinic_id, zone, entry, at)
    same = db.one(
        "select id from treatments "
        "where clinic_id = :c and patient_id = :p and given_on = :day and product = :product",
        c=clinic_id,
        p=patient_id,
        day=entry.given_on.isoformat(),
        product=entry.product,
    )
    if same:
        return same["id"], False
    return _new_treatment(db, clinic_id, patient_id, entry, at), True


def _new_treatment(
    db: Database, clinic_id: str, patient_id: str, entry: Enrolment, at: datetime
) -> str:
    treatment_id = new_id(at)
    db.run(
        "insert into treatments (clinic_id, id, patient_id, reference, given_on, product, lot, "
        "expiry, areas, factors, injector, created_at) values (:c, :id, :p, :reference, "
        ":given_on, :product, :lot, :expiry, :areas, :factors, :injector, :at)",
        c=clinic_id,
        id=treatment_id,
        p=patient_id,
        reference=free_reference(db, clinic_id),
        at=stamp(at),
        **_visit(entry),
    )
    return treatment_id


def _visit(entry: Enrolment) -> dict[str, Any]:
    return {
        "given_on": entry.given_on.isoformat(),
        "product": entry.product,
        "lot": entry.lot.upper(),
        "expiry": entry.expiry,
        "areas": json.dumps([[dose.area, dose.units] for dose in entry.areas]),
        "factors": json.dumps(list(entry.factors)),
        "injector": entry.injector,
    }


def free_reference(db: Database, clinic_id: str) -> str:
    while True:
        reference = new_reference()
        if not db.one(
            "select 1 as taken from treatments where clinic_id = :c and reference = :r",
            c=clinic_id,
            r=reference,
        ):
            return reference


def change(db: Database, treatment: Treatment, entry: Enrolment, expected_version: int) -> None:
    """Correct the person and the treatment in the open transaction.

    Raise ChangedMeanwhile when somebody else did so first, SamePerson when the new name and
    date of birth are another patient's.
    """
    clinic_id, patient = treatment.clinic_id, treatment.patient
    changed = db.run(
        "update treatments set given_on = :given_on, product = :product, lot = :lot, "
        "expiry = :expiry, areas = :areas, factors = :factors, injector = :injector, "
        "version = version + 1 where clinic_id = :c and id = :id and version = :version",
        c=clinic_id,
        id=treatment.id,
        version=expected_version,
        **_visit(entry),
    )
    if changed != 1:
        raise ChangedMeanwhile("Somebody else changed this treatment. Check it and try again.")
    patients.change(db, clinic_id, patient, entry)


def shown(db: Database, treatment: Treatment) -> Treatment:
    """The treatment that staff matched a poster's report to, else this one itself."""
    if treatment.matched_id is None:
        return treatment
    return get(db, treatment.clinic_id, treatment.matched_id)


def matched_to(db: Database, treatment: Treatment) -> list[Treatment]:
    """What came by the poster and was matched to this treatment."""
    rows = db.query(
        COLUMNS + "where t.clinic_id = :c and t.matched_id = :t order by t.id",
        c=treatment.clinic_id,
        t=treatment.id,
    )
    return [from_row(db, row) for row in rows]


def mark_stopped(db: Database, treatment: Treatment, at: datetime) -> bool:
    """End the follow-up of this treatment; False when it had ended already."""
    return bool(
        db.run(
            "update treatments set stopped_at = :at, version = version + 1 "
            "where clinic_id = :c and id = :id and stopped_at is null",
            c=treatment.clinic_id,
            id=treatment.id,
            at=stamp(at),
        )
    )


def from_row(db: Database, row: Row) -> Treatment:
    return Treatment(
        clinic_id=row["clinic_id"],
        id=row["id"],
        reference=row["reference"],
        patient=patients.from_row(db, row),
        given_on=date.fromisoformat(row["given_on"]),
        product=row["product"],
        lot=row["lot"],
        expiry=row["expiry"],
        areas=tuple(AreaDose(area, units) for area, units in json.loads(row["areas"])),
        factors=tuple(json.loads(row["factors"])),
        injector=row["injector"],
        created_at=datetime.fromisoformat(row["created_at"]),
        stopped_at=maybe_instant(row["stopped_at"]),
        version=row["version"],
        matching=row["matching"],
        matched_id=row["matched_id"],
        day_unknown=bool(row["day_unknown"]),
    )
