"""Challenges that a passkey signs: ours, fresh, for one purpose, and each answered once.

A challenge is sealed, not stored, so that showing a page writes nothing; an answered one is
stored until it would be too old anyway.
"""

import json
from datetime import datetime, timedelta

from reporter.clock import instant, stamp
from reporter.records.db import Database
from reporter.records.seal import Unreadable, token_hash

GOOD = timedelta(minutes=10)


class WrongChallenge(Exception):
    """Not ours, for something else, too old, or answered before."""


def new(db: Database, purpose: str, whose: str, at: datetime) -> str:
    """`whose` binds it: a person, a half session's browser, or nothing before anybody is known."""
    said = json.dumps(["passkey", purpose, whose, stamp(at)])
    return db.vault.wrap(said.encode())


def check(db: Database, challenge: str, purpose: str, whose: str, at: datetime) -> None:
    """Raise WrongChallenge; nothing is written."""
    try:
        said = json.loads(db.vault.unwrap(challenge[:1000]))
    except (Unreadable, ValueError):
        raise WrongChallenge from None
    if not isinstance(said, list) or said[:3] != ["passkey", purpose, whose]:
        raise WrongChallenge
    if not timedelta(0) <= at - instant(said[3]) < GOOD:
        raise WrongChallenge


def take(db: Database, clinic_id: str, challenge: str, at: datetime) -> None:
    """In the open transaction: of two answers to one challenge, one is refused."""
    db.run(
        "delete from passkey_answers where clinic_id = :c and until < :now",
        c=clinic_id,
        now=stamp(at),
    )
    taken = db.run(
        "insert into passkey_answers (clinic_id, challenge_hash, until) "
        "values (:c, :hash, :until) on conflict (clinic_id, challenge_hash) do nothing",
        c=clinic_id,
        hash=token_hash(challenge),
        until=stamp(at + GOOD),
    )
    if not taken:
        raise WrongChallenge
