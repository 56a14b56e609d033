"""The clinic's poster: its public code, and visits that begin there, without a personal link.

A visit by the poster has a random token of its own. It is signed, so that a visit can begin
without anything being stored; once something was said the token is a link to what was kept.
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from reporter.clinic import links, places, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import NotThere, Treatment
from reporter.clock import stamp
from reporter.records.audit import PATIENT, Actor, record
from reporter.records.db import Database
from reporter.records.ids import ALPHABET, new_token
from reporter.records.seal import keyed_hash

CODE_LENGTH = 10
TOKEN = re.compile(r"p([0-9a-f]{12})([A-Za-z0-9_-]{43})([0-9a-f]{32})")
# Who gave the treatment, as asked on the poster's way, and what the rules make of it. Not to know
# counts as not licensed: patients.toml says so.
INJECTORS: Mapping[str, tuple[str, ...]] = {
    "here": (),
    "elsewhere": (),
    "unlicensed": ("unlicensed_injector",),
    "unsure": ("unlicensed_injector",),
}


class PosterEnded(Exception):
    """This code is on no poster, or on one that was replaced; `clinic_id` where it once was."""

    def __init__(self, clinic_id: str | None = None) -> None:
        super().__init__("This poster has ended")
        self.clinic_id = clinic_id


@dataclass(frozen=True)
class Told:
    """What the person at the poster says of themselves; all of it may be missing."""

    name: str = ""
    born: date | None = None
    mobile: str = ""
    injector: str = ""
    given_on: date | None = None


def code(db: Database, clinic_id: str) -> str:
    """The code on this clinic's posters now; empty before the first one was made."""
    row = db.one(
        "select code from poster_codes where clinic_id = :c and retired_at is null", c=clinic_id
    )
    return row["code"] if row else ""


def make_code(db: Database, clinic_id: str, *, by: Actor, at: datetime) -> str:
    """A new code. Posters with the old one say from now on that they were replaced."""
    made = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))

    def work() -> None:
        db.run(
            "update poster_codes set retired_at = :at where clinic_id = :c and retired_at is null",
            c=clinic_id,
            at=stamp(at),
        )
        db.run(
            "insert into poster_codes (clinic_id, code, created_at) values (:c, :code, :at)",
            c=clinic_id,
            code=made,
            at=stamp(at),
        )
        record(db, clinic_id, by, "poster.code_made", clinic_id, at)

    db.atomically(work)
    return made


def ensure_code(db: Database, clinic_id: str, *, by: Actor, at: datetime) -> str:
    """The code on the posters, made now if there is none yet."""
    return code(db, clinic_id) or make_code(db, clinic_id, by=by, at=at)


def clinic_of(db: Database, typed: str) -> str:
    """The id of the clinic whose posters hold this code. Raise PosterEnded."""
    row = db.one(
        "select clinic_id, retired_at from poster_codes "
        "where clinic_id in (select clinic_id from clinics) and code = :code",
        code=re.sub(r"[^0-9A-Z]", "", typed[:40].upper()),
    )
    if row is None:
        raise PosterEnded
    if row["retired_at"]:
        raise PosterEnded(row["clinic_id"])
    return str(row["clinic_id"])


def new_visit(db: Database, clinic_id: str, at: datetime) -> str:
    """A token for one visit. Nothing is stored: it says itself when it began, and is signed."""
    begun, chance = f"{int(at.timestamp() * 1000):012x}", new_token()
    return f"p{begun}{chance}{_sign(db, clinic_id, begun + chance)}"


def begun_at(db: Database, clinic_id: str, token: str) -> datetime | None:
    """When a visit with this token began; None for what is no visit by this clinic's poster."""
    found = TOKEN.fullmatch(token)
    if not found:
        return None
    begun, chance, signed = found.groups()
    if not hmac.compare_digest(signed, _sign(db, clinic_id, begun + chance)):
        return None
    return datetime.fromtimestamp(int(begun, 16) / 1000, UTC)


def _sign(db: Database, clinic_id: str, what: str) -> str:
    return keyed_hash(db.clinic_key(clinic_id).purpose("poster visit"), what)


def place(db: Database, clinic: Clinic, token: str, language: str, at: datetime) -> Treatment:
    """What this visit reports on: kept already, or an empty place. Reads only."""
    held = places.empty(db, clinic, token, language, at)
    try:
        return treatments.get(db, clinic.id, held.id)
    except NotThere:
        return held


def arrive(db: Database, clinic: Clinic, token: str, language: str, at: datetime) -> Treatment:
    """Keep the place of this visit, as its first answer comes; the token is a link from then on."""
    held = places.empty(db, clinic, token, language, at)

    def work() -> None:
        if places.hold(db, held, at):
            links.keep(db, held, token, at)
            record(db, clinic.id, PATIENT, "poster.arrived", held.id, at)

    db.atomically(work)
    return treatments.get(db, clinic.id, held.id)


def tell(db: Database, held: Treatment, told: Told, at: datetime) -> Treatment:
    """Keep who they say they are and what they say of the treatment; nobody is asked if it is so.

    It takes the same way whoever it is: only staff compare it with patients, later.
    """

    def work() -> None:
        places.name_person(db, held, name=told.name, born=told.born, mobile=told.mobile)
        places.name_treatment(
            db,
            held,
            given_on=told.given_on,
            injector=told.injector,
            factors=json.dumps(INJECTORS.get(told.injector, ())),
        )
        record(db, held.clinic_id, PATIENT, "poster.told", held.id, at)

    db.atomically(work)
    return treatments.get(db, held.clinic_id, held.id)


def told(held: Treatment) -> Told:
    """What was said so far."""
    patient = held.patient
    name = "" if patient.name == places.NOBODY else patient.name
    day = None if held.day_unknown else held.given_on
    return Told(name, patient.born, patient.mobile, held.injector, day)
