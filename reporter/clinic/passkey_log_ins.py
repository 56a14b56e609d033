"""Logging in with a passkey: after the password in the place of a code, or instead of both.

And showing once more who one is, before what leaves the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from reporter.clinic import log_ins, passkeys, sessions, staff
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkey_answers import Site
from reporter.clinic.passkeys import (
    ALONE,
    FAILED,
    PROOF,
    SECOND,
    Passkey,
    PasskeyCopied,
    PasskeyRefused,
)
from reporter.clinic.staff import Staff
from reporter.records.audit import record
from reporter.records.db import Database
from reporter.records.seal import token_hash


def ask_second(db: Database, token: str, site: Site, at: datetime) -> tuple[str, str] | None:
    """(challenge, what the browser is asked) for a half session; None where there is no passkey."""
    person = sessions.half(db, token, at)
    if person is None or not site.can or not passkeys.of(db, person):
        return None
    return passkeys.options_to_use(
        db, site, at, purpose=SECOND, whose=token_hash(token), person=person
    )


def give(
    db: Database, token: str, site: Site, *, challenge: str, answer: str, at: datetime, device: str
) -> str:
    """The second step by a passkey: a whole session's token in the place of the half one's.

    Raise LogInRefused, or PasskeyRefused.
    """
    person = sessions.half(db, token, at)
    if person is None:
        raise LogInRefused("That took too long. Log in once more.")
    log_ins.count_code(db, person, at)
    found = passkeys.find(db, answer)
    key = found if found and found.staff_id == person.id else None
    with _noting(db, person, at), db.transaction():
        _use(db, key, site, challenge, answer, SECOND, token_hash(token), at)
        sessions.end_token(db, person, token, at)
        fresh = sessions.begin(db, person, at, device)
        record(db, person.clinic_id, person.actor, "log_in", person.id, at, way="passkey")
    return fresh


def ask_alone(db: Database, site: Site, at: datetime) -> tuple[str, str]:
    """(challenge, what the browser is asked) for whoever comes; it names nobody."""
    return passkeys.options_to_use(db, site, at, purpose=ALONE, whose="", person=None)


def log_in(
    db: Database,
    site: Site,
    *,
    challenge: str,
    answer: str,
    at: datetime,
    address: str,
    device: str,
) -> str:
    """A whole session's token, by a passkey that knew its owner. Raise as `give` does.

    One that is not ours, or of a closed account, is answered with the same sentence.
    """
    log_ins.count_network(db, address, at)
    key = passkeys.find(db, answer)
    person = _open_account(db, key) if key else None
    if key is None or person is None:
        raise PasskeyRefused(FAILED)
    log_ins.count_code(db, person, at)
    with _noting(db, person, at), db.transaction():
        _use(db, key, site, challenge, answer, ALONE, "", at)
        token = sessions.begin(db, person, at, device)
        record(db, person.clinic_id, person.actor, "log_in", person.id, at, way="passkey alone")
    return token


def ask_proof(
    db: Database, person: Staff, token: str, site: Site, at: datetime
) -> tuple[str, str] | None:
    """(challenge, what the browser is asked) for a session; None where there is no passkey."""
    if not site.can or not passkeys.of(db, person):
        return None
    return passkeys.options_to_use(
        db, site, at, purpose=PROOF, whose=token_hash(token), person=person
    )


def prove(
    db: Database, token: str, site: Site, *, challenge: str, answer: str, at: datetime
) -> str | None:
    """The session's new token, proved for a while; None where there is no session any more.

    Raise LogInRefused, or PasskeyRefused.
    """
    found = sessions.current(db, token, at)
    if found is None:
        return None
    person = found.staff
    log_ins.count_code(db, person, at)
    named = passkeys.find(db, answer)
    key = named if named and named.staff_id == person.id else None
    with _noting(db, person, at, "proof.refused"), db.transaction():
        _use(db, key, site, challenge, answer, PROOF, token_hash(token), at)
        record(db, person.clinic_id, person.actor, "proof.given", person.id, at, way="passkey")
        return sessions.renew(db, token, at)


def _open_account(db: Database, key: Passkey) -> Staff | None:
    everybody = staff.everybody(db, key.clinic_id)
    return next((one for one in everybody if one.id == key.staff_id), None)


def _use(
    db: Database,
    key: Passkey | None,
    site: Site,
    challenge: str,
    answer: str,
    purpose: str,
    whose: str,
    at: datetime,
) -> None:
    if key is None:
        raise PasskeyRefused(FAILED)
    passkeys.use(
        db, key, site, challenge=challenge, answer=answer, purpose=purpose, whose=whose, at=at
    )


@contextmanager
def _noting(
    db: Database, person: Staff, at: datetime, otherwise: str = "log_in.passkey_refused"
) -> Iterator[None]:
    """A refusal is an event too, in a transaction of its own: the other one is undone."""
    try:
        yield
    except PasskeyRefused as refused:
        copied = isinstance(refused, PasskeyCopied)
        log_ins.note(db, person, "passkey.copied" if copied else otherwise, at)
        raise
