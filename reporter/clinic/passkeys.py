"""Passkeys: a phone, key or computer that signs a challenge. It may be the second factor, or all.

Only the public half is stored. What a passkey signs is bound to this clinic's own address, so a
copied page gets nothing that works here. Nothing outside is asked: no certificate list, no host.
"""

from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import challenges, passkey_answers, second_factor
from reporter.clinic.challenges import WrongChallenge
from reporter.clinic.passkey_answers import Made, NoAnswer, Site
from reporter.clinic.staff import Staff
from reporter.clock import instant, maybe_instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id

ADD, SECOND, ALONE, PROOF = "add", "second", "alone", "proof"
MOST, LONGEST_NAME = 10, 60
FAILED = "That passkey did not work. Try again, or use another way."
TOO_OLD = "This page is too old. Press the button once more."
COPIED = (
    "This passkey counts backwards, so somebody may have copied it. It is refused. "
    "Use another way, remove it from your account, and tell your administrator."
)


class PasskeyRefused(Exception):
    """One sentence."""


class PasskeyCopied(PasskeyRefused):
    """Its counter went back."""


@dataclass(frozen=True)
class Passkey:
    id: str
    clinic_id: str
    staff_id: str
    name: str
    credential_id: str
    public_key: str
    sign_count: int
    made_at: datetime
    used_at: datetime | None


def of(db: Database, person: Staff) -> list[Passkey]:
    rows = db.query(
        "select * from passkeys where clinic_id = :c and staff_id = :s order by made_at, id",
        c=person.clinic_id,
        s=person.id,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Passkey:
    return Passkey(
        **{**row, "made_at": instant(row["made_at"]), "used_at": maybe_instant(row["used_at"])}
    )


def options_to_add(
    db: Database, person: Staff, site: Site, clinic_name: str, at: datetime
) -> tuple[str, str]:
    """(challenge, what the browser is asked, as JSON)."""
    challenge = challenges.new(db, ADD, person.id, at)
    have = [key.credential_id for key in of(db, person)]
    return challenge, passkey_answers.to_make(site, person, clinic_name, challenge, have)


def add(
    db: Database, person: Staff, site: Site, *, challenge: str, answer: str, name: str, at: datetime
) -> list[str]:
    """Keep a new one. The recovery codes, where this is the first factor of any kind; else none.

    Raise PasskeyRefused.
    """
    name = checked_name(name)
    if len(of(db, person)) >= MOST:
        raise PasskeyRefused(f"You have {MOST} passkeys. Remove one first.")
    _check(db, challenge, ADD, person.id, at)
    try:
        made = passkey_answers.made(site, challenge, answer)
    except NoAnswer:
        raise PasskeyRefused(FAILED) from None
    is_first = not second_factor.has_any(db, person)
    with db.transaction():
        _take(db, person.clinic_id, challenge, at)
        _insert(db, person, made, name, at)
        record(db, person.clinic_id, person.actor, "passkey.added", person.id, at)
        return second_factor.new_codes(db, person, at) if is_first else []


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PasskeyRefused(f"Give it a name of at most {LONGEST_NAME} letters, like “My phone”.")
    return name


def _insert(db: Database, person: Staff, made: Made, name: str, at: datetime) -> None:
    kept = db.run(
        "insert into passkeys (clinic_id, id, staff_id, credential_id, public_key, sign_count, "
        "name, made_at) values (:c, :id, :s, :credential_id, :public_key, :sign_count, :name, :at) "
        "on conflict (clinic_id, credential_id) do nothing",
        c=person.clinic_id,
        id=new_id(at),
        s=person.id,
        **vars(made),
        name=name,
        at=stamp(at),
    )
    if not kept:
        raise PasskeyRefused("This passkey is kept already.")


def remove(db: Database, person: Staff, key_id: str, *, by: Actor, at: datetime) -> bool:
    """Whether there was one. Recovery codes go with the last factor."""
    with db.transaction():
        removed = db.run(
            "delete from passkeys where clinic_id = :c and staff_id = :s and id = :id",
            c=person.clinic_id,
            s=person.id,
            id=key_id,
        )
        if removed:
            record(db, person.clinic_id, by, "passkey.removed", person.id, at)
            if not second_factor.has_any(db, person):
                second_factor.forget_codes(db, person)
    return bool(removed)


def remove_all(db: Database, person: Staff, *, by: Actor, at: datetime) -> int:
    return sum(remove(db, person, key.id, by=by, at=at) for key in of(db, person))


def options_to_use(
    db: Database, site: Site, at: datetime, *, purpose: str, whose: str, person: Staff | None
) -> tuple[str, str]:
    """(challenge, what the browser is asked); without a person any passkey of this site will do."""
    challenge = challenges.new(db, purpose, whose, at)
    have = [key.credential_id for key in of(db, person)] if person else []
    return challenge, passkey_answers.to_sign(site, challenge, have)


def find(db: Database, answer: str) -> Passkey | None:
    """The stored one that this answer names; it proves nothing yet."""
    try:
        credential_id = passkey_answers.parsed(answer)["id"].replace("\0", "")
    except NoAnswer:
        return None
    row = db.one(
        "select * from passkeys where clinic_id in (select clinic_id from clinics) "
        "and credential_id = :id",
        id=credential_id.encode("ascii", "replace").decode(),
    )
    return _from_row(row) if row else None


def use(
    db: Database,
    key: Passkey,
    site: Site,
    *,
    challenge: str,
    answer: str,
    purpose: str,
    whose: str,
    at: datetime,
) -> None:
    """Take an answer, in the open transaction. Raise PasskeyRefused."""
    _check(db, challenge, purpose, whose, at)
    try:
        alone = purpose == ALONE
        count = passkey_answers.signed(site, challenge, answer, key.public_key, alone=alone)
    except NoAnswer:
        raise PasskeyRefused(FAILED) from None
    _take(db, key.clinic_id, challenge, at)
    if not _count(db, key, count, at):
        raise PasskeyCopied(COPIED)


def _count(db: Database, key: Passkey, count: int, at: datetime) -> bool:
    """A counter that does not grow was copied; those that count nothing always say 0."""
    return bool(
        db.run(
            "update passkeys set sign_count = :count, used_at = :at "
            "where clinic_id = :c and id = :id "
            "and (sign_count < :count or (sign_count = 0 and :count = 0))",
            c=key.clinic_id,
            id=key.id,
            count=count,
            at=stamp(at),
        )
    )


def _check(db: Database, challenge: str, purpose: str, whose: str, at: datetime) -> None:
    try:
        challenges.check(db, challenge, purpose, whose, at)
    except WrongChallenge:
        raise PasskeyRefused(TOO_OLD) from None


def _take(db: Database, clinic_id: str, challenge: str, at: datetime) -> None:
    try:
        challenges.take(db, clinic_id, challenge, at)
    except WrongChallenge:
        raise PasskeyRefused(TOO_OLD) from None
