"""Invitations: a link by e-mail, good once and for three days, to choose one's own password.

The same link is how a forgotten password is mended. It never touches the second factor.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import clinics, passwords, sessions, staff
from reporter.clinic.staff import Staff
from reporter.clock import instant, stamp
from reporter.mail import messages, outbox
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import new_token
from reporter.records.seal import token_hash

GOOD = timedelta(hours=72)


class InvitationEnded(Exception):
    """The link was used, replaced, is too old, or never was one."""


@dataclass(frozen=True)
class Invitation:
    staff: Staff
    expires_at: datetime
    is_first: bool


def invite(
    db: Database, clinic_id: str, *, email: str, name: str, role: str, by: Actor, at: datetime
) -> Staff:
    """A new account and the e-mail that opens it. Raise StaffError, keeping nothing."""
    staff.check_new(db, email, name, role)
    with db.transaction():
        new = staff.keep(db, clinic_id, email, name, role, "", by, at)
        send(db, new, by=by, at=at)
    return new


def send(db: Database, person: Staff, *, by: Actor, at: datetime) -> None:
    """Mail a new link; those before end."""
    clinic = clinics.get(db, person.clinic_id)
    with db.transaction():
        token = make(db, person, by=by, at=at)
        messages.post(
            db,
            clinic.id,
            name="invitation",
            language="en",
            to=person.email,
            at=at,
            not_after=at + GOOD,
            priority=outbox.ALERT,
            clinic_name=clinic.name,
            reply_to=clinic.reply_to,
            url=db.letterhead.url(f"/welcome/{token}"),
            email=person.email,
            hours=int(GOOD.total_seconds() // 3600),
        )


def make(db: Database, person: Staff, *, by: Actor, at: datetime) -> str:
    """The token of a new link; those before end."""
    token = new_token()
    with db.transaction():
        end(db, person, at)
        db.run(
            "insert into invitations (clinic_id, token_hash, staff_id, created_at, expires_at) "
            "values (:c, :hash, :s, :at, :until)",
            c=person.clinic_id,
            hash=token_hash(token),
            s=person.id,
            at=stamp(at),
            until=stamp(at + GOOD),
        )
        record(db, person.clinic_id, by, "staff.invited", person.id, at)
    return token


def end(db: Database, person: Staff, at: datetime) -> None:
    """No link of this person opens anything any more."""
    db.run(
        "update invitations set ended_at = :at "
        "where clinic_id = :c and staff_id = :s and used_at is null and ended_at is null",
        c=person.clinic_id,
        s=person.id,
        at=stamp(at),
    )


def follow(db: Database, token: str, at: datetime) -> Invitation:
    """Whose link this is; looking changes nothing. Raise InvitationEnded."""
    row = db.one(
        "select s.clinic_id, s.id, s.email, s.name, s.role, s.password_hash, i.expires_at "
        "from invitations i join staff s on s.clinic_id = i.clinic_id and s.id = i.staff_id "
        "where i.clinic_id in (select clinic_id from clinics) and i.token_hash = :hash "
        "and i.used_at is null and i.ended_at is null and i.expires_at > :at "
        "and s.disabled_at is null",
        hash=token_hash(token),
        at=stamp(at),
    )
    if row is None:
        raise InvitationEnded
    until, is_first = instant(row.pop("expires_at")), not row.pop("password_hash")
    return Invitation(Staff(**row), until, is_first)


def accept(db: Database, token: str, password: str, at: datetime) -> Staff:
    """Their own password, once. Other sessions end: whoever had the old password is out.

    Raise InvitationEnded, or StaffError when it cannot be a password.
    """
    person = follow(db, token, at).staff
    staff.check_password(password, person.email, person.name)
    kept = passwords.hashed(password)
    with db.transaction():
        used = db.run(
            "update invitations set used_at = :at "
            "where clinic_id = :c and token_hash = :hash and used_at is null and ended_at is null",
            c=person.clinic_id,
            hash=token_hash(token),
            at=stamp(at),
        )
        if not used:
            raise InvitationEnded
        staff.keep_hash(db, person, kept)
        record(db, person.clinic_id, person.actor, "staff.password", person.id, at)
        sessions.end_all(db, person, at, by=person.actor)
    return person
