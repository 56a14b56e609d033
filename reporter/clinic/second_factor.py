"""The second factor: codes that change every half minute (RFC 6238), and ten for a lost phone.

The secret is sealed with the clinic's key. Each code opens once: of two who send the same one,
one is refused. Recovery codes are kept as keyed hashes and shown once.
"""

import hmac
import re
import secrets
from datetime import datetime

import pyotp

from reporter.clinic.staff import Staff
from reporter.clock import stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import ALPHABET
from reporter.records.seal import Unreadable

STEP = 30
# A phone's clock may be half a minute off, and a person types slowly.
NEIGHBOURS = (0, -1, 1)
CODES, CODE_SIGNS = 10, 10


WRONG = (
    "That code is not right, or it was used already. Wait for the next one of your phone, "
    "or take another recovery code."
)


class WrongCode(Exception):
    """One sentence: the code is not right, or was used before."""


class AlreadyOn(Exception):
    """This very square was taken before: its page was sent again."""


def offer(db: Database, person: Staff) -> str:
    """A fresh secret, sealed for this person, to be confirmed with a first code."""
    return db.clinic_key(person.clinic_id).seal(_field(person, "offer"), pyotp.random_base32())


def offered(db: Database, person: Staff, sealed: str) -> str:
    """The secret of an offer. Raise WrongCode when it was made for somebody else."""
    try:
        return db.clinic_key(person.clinic_id).open(_field(person, "offer"), sealed)
    except Unreadable:
        raise WrongCode("Begin again: this page is too old.") from None


def address(person: Staff, secret: str, clinic_name: str) -> str:
    """What the square holds: an otpauth: address."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=clinic_name)


def enrol(db: Database, person: Staff, sealed: str, code: str, at: datetime) -> list[str]:
    """Ask for codes from now on. The recovery codes, which nobody sees again.

    Raise AlreadyOn for a page that was sent before: the codes written down must stay good.
    """
    secret = offered(db, person, sealed)
    if secret == _secret(db, person):
        raise AlreadyOn
    step = _step_of(secret, code, at)
    if step is None:
        raise WrongCode("That is not the code that belongs to this square. Type the newest one.")
    kept = db.clinic_key(person.clinic_id).seal(_field(person, "secret"), secret)
    with db.transaction():
        db.run(
            "update staff set sealed_totp = :sealed, totp_since = :at, totp_step = :step "
            "where clinic_id = :c and id = :id",
            c=person.clinic_id,
            id=person.id,
            sealed=kept,
            at=stamp(at),
            step=step,
        )
        record(db, person.clinic_id, person.actor, "second_factor.on", person.id, at)
        return new_codes(db, person, at)


def remove(db: Database, person: Staff, by: Actor, at: datetime) -> bool:
    """Ask for no code any more. Whether one was asked for."""
    with db.transaction():
        had = db.run(
            "update staff set sealed_totp = null, totp_since = null "
            "where clinic_id = :c and id = :id and sealed_totp is not null",
            c=person.clinic_id,
            id=person.id,
        )
        if not has_any(db, person):
            forget_codes(db, person)
        if had:
            record(db, person.clinic_id, by, "second_factor.off", person.id, at)
    return bool(had)


def new_codes(db: Database, person: Staff, at: datetime) -> list[str]:
    """Ten recovery codes in the place of those before."""
    codes = [_new_code() for _ in range(CODES)]
    with db.transaction():
        forget_codes(db, person)
        for code in codes:
            db.run(
                "insert into recovery_codes (clinic_id, staff_id, code_hash, made_at) "
                "values (:c, :s, :hash, :at)",
                c=person.clinic_id,
                s=person.id,
                hash=_code_hash(db, person, code),
                at=stamp(at),
            )
        record(db, person.clinic_id, person.actor, "recovery_codes.made", person.id, at)
    return codes


def codes_left(db: Database, person: Staff) -> int:
    row = db.one(
        "select count(*) as n from recovery_codes "
        "where clinic_id = :c and staff_id = :s and used_at is null",
        c=person.clinic_id,
        s=person.id,
    )
    return int(row["n"]) if row else 0


def codes_made(db: Database, person: Staff) -> str:
    """When the codes of now were made; empty where there are none."""
    row = db.one(
        "select max(made_at) as made from recovery_codes where clinic_id = :c and staff_id = :s",
        c=person.clinic_id,
        s=person.id,
    )
    return str(row["made"] or "") if row else ""


def is_on(db: Database, person: Staff) -> bool:
    return _secret(db, person) is not None


def has_any(db: Database, person: Staff) -> bool:
    """Whether anything is asked for after the password: the code of a phone, or a passkey."""
    return bool(
        db.one(
            "select id from staff s where clinic_id = :c and id = :id and (sealed_totp is not null "
            "or exists (select 1 from passkeys p where p.clinic_id = s.clinic_id "
            "and p.staff_id = s.id))",
            c=person.clinic_id,
            id=person.id,
        )
    )


def check(db: Database, person: Staff, code: str, at: datetime) -> None:
    """Take a code, of the phone or of the ten. Raise WrongCode; a code taken before is wrong."""
    typed = re.sub(r"[\s\-]", "", code[:60]).upper()
    secret = _secret(db, person)
    if typed.isdecimal() and typed.isascii() and len(typed) == 6:
        taken = secret is not None and _take_step(db, person, _step_of(secret, typed, at))
    else:
        taken = has_any(db, person) and _take_code(db, person, typed, at)
    if not taken:
        raise WrongCode(WRONG)


def _take_step(db: Database, person: Staff, step: int | None) -> bool:
    """One statement decides, so that of two who send the same code one is refused."""
    return step is not None and bool(
        db.run(
            "update staff set totp_step = :step "
            "where clinic_id = :c and id = :id and totp_step < :step and sealed_totp is not null",
            c=person.clinic_id,
            id=person.id,
            step=step,
        )
    )


def _take_code(db: Database, person: Staff, code: str, at: datetime) -> bool:
    with db.transaction():
        taken = db.run(
            "update recovery_codes set used_at = :at "
            "where clinic_id = :c and staff_id = :s and code_hash = :hash and used_at is null",
            c=person.clinic_id,
            s=person.id,
            hash=_code_hash(db, person, code),
            at=stamp(at),
        )
        if taken:
            record(db, person.clinic_id, person.actor, "recovery_code.used", person.id, at)
    return bool(taken)


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time-step whose code this is, near now."""
    now, codes = int(at.timestamp()) // STEP, pyotp.TOTP(secret)
    typed = re.sub(r"\s", "", code).encode("utf-8", "surrogatepass")
    for near in NEIGHBOURS:
        if hmac.compare_digest(codes.generate_otp(now + near).encode(), typed):
            return now + near
    return None


def _secret(db: Database, person: Staff) -> str | None:
    row = db.one(
        "select sealed_totp from staff where clinic_id = :c and id = :id",
        c=person.clinic_id,
        id=person.id,
    )
    if row is None or not row["sealed_totp"]:
        return None
    return db.clinic_key(person.clinic_id).open(_field(person, "secret"), row["sealed_totp"])


def _field(person: Staff, what: str) -> str:
    """Bound to the person: one account's secret opens no other's."""
    return f"second factor {what} {person.id}"


def _new_code() -> str:
    signs = "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))
    return f"{signs[:5]}-{signs[5:]}"


def _code_hash(db: Database, person: Staff, code: str) -> str:
    plain = code.replace("-", "")
    return db.clinic_key(person.clinic_id).look_up("recovery code", f"{person.id} {plain}")


def forget_codes(db: Database, person: Staff) -> None:
    db.run(
        "delete from recovery_codes where clinic_id = :c and staff_id = :s",
        c=person.clinic_id,
        s=person.id,
    )
