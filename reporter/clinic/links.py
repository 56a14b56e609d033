"""Patient links: a write-only capability of 256 bits, of which only the hash is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import clinics, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_token
from reporter.records.seal import token_hash

LIVES = timedelta(days=60)


class LinkEnded(Exception):
    """Unknown or mistyped, revoked or past its time.

    `clinic_id` is known when the link once was real, so that the page can give the right phone.
    """

    def __init__(self, clinic_id: str | None = None) -> None:
        super().__init__("This link has ended")
        self.clinic_id = clinic_id


@dataclass(frozen=True)
class Link:
    clinic_id: str
    treatment_id: str
    checkin_id: str | None
    expires_at: datetime


@dataclass(frozen=True)
class Opened:
    """All that a page under a link begins with."""

    clinic: Clinic
    treatment: Treatment
    checkin_id: str | None


def make(db: Database, treatment: Treatment, at: datetime, checkin_id: str | None = None) -> str:
    """A new link's token. It is in the e-mail only: the store keeps its hash.

    It lives until 60 days after the treatment, however late it was made: see `may_make`.
    """
    token = new_token()
    keep(db, treatment, token, at, checkin_id)
    return token


def keep(
    db: Database, treatment: Treatment, token: str, at: datetime, checkin_id: str | None = None
) -> None:
    """Store the hash of a token that somebody holds already; once, however often it is asked."""
    db.run(
        "insert into links (clinic_id, token_hash, treatment_id, checkin_id, created_at, "
        "expires_at) values (:c, :hash, :t, :checkin, :at, :until) on conflict do nothing",
        c=treatment.clinic_id,
        hash=token_hash(token),
        t=treatment.id,
        checkin=checkin_id,
        at=stamp(at),
        until=stamp(_end(treatment, at)),
    )


def may_make(treatment: Treatment, at: datetime) -> bool:
    """Whether a link that is made now would open anything."""
    return at < _end(treatment, at)


def _end(treatment: Treatment, at: datetime) -> datetime:
    return datetime.combine(treatment.given_on, datetime.min.time(), at.tzinfo) + LIVES


def follow(db: Database, token: str, at: datetime) -> Link:
    """What a token opens. Reads only. Raise LinkEnded when it opens nothing (any more)."""
    found = db.one(
        "select clinic_id, treatment_id, checkin_id, expires_at, revoked_at from links "
        "where clinic_id in (select clinic_id from clinics) and token_hash = :hash",
        hash=token_hash(token),
    )
    row = _living(found, at)
    return Link(
        row["clinic_id"], row["treatment_id"], row["checkin_id"], instant(row["expires_at"])
    )


OPENED = f"""
select c.settings, l.checkin_id, l.expires_at, l.revoked_at, {treatments.FIELDS}
from links l
join clinics c on c.clinic_id = l.clinic_id
join treatments t on t.clinic_id = l.clinic_id and t.id = l.treatment_id
join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id
where l.clinic_id in (select clinic_id from clinics) and l.token_hash = :hash
"""  # noqa: S608 - our own columns


def opened(db: Database, token: str, at: datetime) -> Opened:
    """As `follow`, with clinic and treatment in the same look at the store: every page asks."""
    row = _living(db.one(OPENED, hash=token_hash(token)), at)
    if row["wrapped_key"] is None:
        raise LinkEnded(row["clinic_id"])
    return Opened(clinics.from_row(row), treatments.from_row(db, row), row["checkin_id"])


def _living(row: Row | None, at: datetime) -> Row:
    if row is None:
        raise LinkEnded
    if row["revoked_at"] or instant(row["expires_at"]) <= at:
        raise LinkEnded(row["clinic_id"])
    return row


def count_live(db: Database, treatment: Treatment, at: datetime) -> int:
    """How many links still open this treatment: mailed ones and printed ones."""
    row = db.one(
        "select count(*) as n from links where clinic_id = :c and treatment_id = :t "
        "and revoked_at is null and expires_at > :at",
        c=treatment.clinic_id,
        t=treatment.id,
        at=stamp(at),
    )
    return int(row["n"]) if row else 0


def revoke(db: Database, clinic_id: str, treatment_id: str, *, by: Actor, at: datetime) -> int:
    """End all links of a treatment, for a mail that went to the wrong person. How many ended."""
    with db.transaction():
        ended = db.run(
            "update links set revoked_at = :at "
            "where clinic_id = :c and treatment_id = :t and revoked_at is null",
            c=clinic_id,
            t=treatment_id,
            at=stamp(at),
        )
        record(db, clinic_id, by, "links.revoked", treatment_id, at, ended=ended)
    return ended
