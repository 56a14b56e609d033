"""Logging in: the password, then the code where one is asked for. Counted before it costs.

The counts stand in the store, so that all workers share them. An unknown name is answered with the
same sentence and costs the same work as a known one.
"""

from datetime import datetime, timedelta

from reporter.clinic import passwords, rates, second_factor, sessions, staff
from reporter.clinic.second_factor import WrongCode
from reporter.clinic.staff import Staff
from reporter.records.audit import record
from reporter.records.db import Database, Row
from reporter.records.seal import keyed_hash

ANYBODY = "-"
WITHIN = timedelta(minutes=10)
# By name and network, by name, by network: one network cannot lock a nurse out from another one.
TRIES_HERE, TRIES_ALL, TRIES_NETWORK = 8, 100, 300
TRIES_CODE = 8
WRONG = "That e-mail address and password do not belong together. Try again."
TOO_MANY = "Too many tries. Wait ten minutes, then try again."


class LogInRefused(Exception):
    """The same sentence whether the name or the password was wrong."""


def log_in(
    db: Database, email: str, password: str, *, at: datetime, address: str, device: str = ""
) -> str:
    """A new session's token; a half one's (`sessions.half`) where a code is still asked for.

    Raise LogInRefused; an unknown name takes as long as a known one.
    """
    _count_try(db, email, address, at)
    row = staff.by_email(db, email)
    known = passwords.matches(row["password_hash"] if row else "", password)
    if row is None or not known or row["disabled_at"] or not row["password_hash"]:
        _note_refused(db, row, at)
        raise LogInRefused(WRONG)
    person = _person(row)
    _keep_up(db, person, row["password_hash"], password)
    asks_code = second_factor.has_any(db, person)
    with db.transaction():
        # A shared desk where many log in and out again is no guessing.
        rates.forget(db, ANYBODY, _here(email, address))
        token = sessions.begin(db, person, at, device, half=asks_code)
        verb = "log_in.password" if asks_code else "log_in"
        record(db, person.clinic_id, person.actor, verb, person.id, at)
    return token


def give_code(db: Database, token: str, code: str, *, at: datetime, device: str = "") -> str:
    """The second step: a whole session's token in the place of the half one's.

    Raise LogInRefused when there is no half session any more, WrongCode when the code is wrong.
    """
    person = sessions.half(db, token, at)
    if person is None:
        raise LogInRefused("That took too long. Log in once more.")
    count_code(db, person, at)
    try:
        second_factor.check(db, person, code, at)
    except WrongCode:
        note(db, person, "log_in.code_refused", at)
        raise
    with db.transaction():
        sessions.end_token(db, person, token, at)
        fresh = sessions.begin(db, person, at, device)
        record(db, person.clinic_id, person.actor, "log_in", person.id, at)
    return fresh


def prove(
    db: Database, token: str, *, password: str, code: str, at: datetime, address: str
) -> str | None:
    """Once more who they are, by password or code: the session's new token, or None if wrong.

    Raise LogInRefused after too many tries.
    """
    found = sessions.current(db, token, at)
    if found is None:
        return None
    person = found.staff
    if not _proves(db, person, password, code, at, address):
        note(db, person, "proof.refused", at)
        return None
    with db.transaction():
        record(db, person.clinic_id, person.actor, "proof.given", person.id, at)
        return sessions.renew(db, token, at)


def _proves(
    db: Database, person: Staff, password: str, code: str, at: datetime, address: str
) -> bool:
    if not code.strip():
        return is_password_of(db, person, password, at=at, address=address)
    count_code(db, person, at)
    try:
        second_factor.check(db, person, code, at)
    except WrongCode:
        return False
    return True


def is_password_of(
    db: Database, person: Staff, password: str, *, at: datetime, address: str
) -> bool:
    """Counted like any log-in. Raise LogInRefused after too many tries."""
    _count_try(db, person.email, address, at)
    row = staff.by_email(db, person.email)
    return row is not None and passwords.matches(row["password_hash"], password)


def _person(row: Row) -> Staff:
    return Staff(row["clinic_id"], row["id"], row["email"], row["name"], row["role"])


def _keep_up(db: Database, person: Staff, kept: str, password: str) -> None:
    """Hash it anew where the parameters have changed since: only now is the password known."""
    if passwords.is_outdated(kept):
        staff.keep_hash(db, person, passwords.hashed(password))


def _note_refused(db: Database, row: Row | None, at: datetime) -> None:
    """One write either way, so that the time tells nothing either."""
    if row:
        note(db, _person(row), "log_in.refused", at)
    else:
        rates.count(db, ANYBODY, "log-in of nobody", at, WITHIN)


def note(db: Database, person: Staff, verb: str, at: datetime) -> None:
    with db.transaction():
        record(db, person.clinic_id, person.actor, verb, person.id, at)


def _count_try(db: Database, email: str, address: str, at: datetime) -> None:
    counts = (
        (_here(email, address), TRIES_HERE),
        (f"log-in {_hashed(email)}", TRIES_ALL),
        (f"log-in from {address[:60]}", TRIES_NETWORK),
    )
    for counted, most in counts:
        if rates.count(db, ANYBODY, counted, at, WITHIN) > most:
            raise LogInRefused(TOO_MANY)


def _here(email: str, address: str) -> str:
    return f"log-in {_hashed(email)} {address[:60]}"


def _hashed(email: str) -> str:
    return keyed_hash(b"log-in", staff.tidy(email))


def count_network(db: Database, address: str, at: datetime) -> None:
    """For a try that names nobody yet. Raise LogInRefused after too many."""
    if rates.count(db, ANYBODY, f"log-in from {address[:60]}", at, WITHIN) > TRIES_NETWORK:
        raise LogInRefused(TOO_MANY)


def count_code(db: Database, person: Staff, at: datetime) -> None:
    if rates.count(db, person.clinic_id, f"code {person.id}", at, WITHIN) > TRIES_CODE:
        raise LogInRefused(TOO_MANY)
