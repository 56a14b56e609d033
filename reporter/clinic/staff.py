"""Staff: the accounts of a clinic. Who they are and what they are called; roles say what they may.

An account without a password was invited and cannot log in yet.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import passwords
from reporter.clinic.roles import ROLES
from reporter.clock import stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id

COLUMNS = "select clinic_id, id, email, name, role from staff "


class StaffError(Exception):
    """One sentence that says what is wrong with an account's data and how to mend it."""


@dataclass(frozen=True)
class Staff:
    clinic_id: str
    id: str
    email: str
    name: str
    role: str

    @property
    def actor(self) -> Actor:
        """Who did it, for the audit trail and the timeline."""
        return Actor("staff", self.id, self.name)


def add(
    db: Database,
    clinic_id: str,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    by: Actor,
    at: datetime,
) -> Staff:
    """A new account. Raise StaffError, keeping nothing, when something is wrong with it."""
    check_new(db, email, name, role)
    check_password(password, email, name)
    return keep(db, clinic_id, email, name, role, passwords.hashed(password), by, at)


def check_new(db: Database, email: str, name: str, role: str) -> None:
    email = tidy(email)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email) or len(email) > 250:
        raise StaffError(f"{email!r} is not an e-mail address. It is the name to log in with.")
    if not email.isprintable():
        raise StaffError("There is a sign in the e-mail address that nobody sees. Type it again.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise StaffError("Give the person's name: one line of at most 100 letters.")
    check_role(role)
    if by_email(db, email):
        raise StaffError(f"There is an account for {email} already.")


def check_role(role: str) -> None:
    if role not in ROLES:
        raise StaffError(f"There is no role {role!r}. Use one of {', '.join(ROLES)}.")


def check_password(password: str, *about: str) -> None:
    if wrong := passwords.fault(password, *about):
        raise StaffError(wrong)


def tidy(email: str) -> str:
    """An e-mail address as it is kept and looked for."""
    return email.strip().casefold()


def keep(
    db: Database,
    clinic_id: str,
    email: str,
    name: str,
    role: str,
    password_hash: str,
    by: Actor,
    at: datetime,
) -> Staff:
    """The row and its event. The data is checked already."""
    new = Staff(clinic_id, new_id(at), tidy(email), name.strip(), role)
    with db.transaction():
        db.run(
            "insert into staff (clinic_id, id, email, name, role, password_hash, created_at) "
            "values (:clinic_id, :id, :email, :name, :role, :hash, :at)",
            **vars(new),
            hash=password_hash,
            at=stamp(at),
        )
        record(db, clinic_id, by, "staff.added", new.id, at, role=role)
    return new


def by_email(db: Database, email: str) -> Row | None:
    """The row of an account at any clinic: an address belongs to one."""
    return db.one(
        "select clinic_id, id, email, name, role, password_hash, disabled_at, sealed_totp "
        "from staff "
        "where clinic_id in (select clinic_id from clinics) and email = :email",
        email=tidy(email),
    )


def everybody(db: Database, clinic_id: str) -> list[Staff]:
    """Everyone whose account is open."""
    rows = db.query(
        COLUMNS + "where clinic_id = :c and disabled_at is null order by name",
        c=clinic_id,
    )
    return [Staff(**row) for row in rows]


def get(db: Database, clinic_id: str, staff_id: str) -> Staff:
    """An account of this clinic, closed or not. Raise StaffError when there is none."""
    row = db.one(COLUMNS + "where clinic_id = :c and id = :id", c=clinic_id, id=staff_id)
    if row is None:
        raise StaffError("There is no such account at this clinic.")
    return Staff(**row)


def set_password(db: Database, person: Staff, password: str, by: Actor, at: datetime) -> None:
    """A new password. Raise StaffError, changing nothing, when it cannot be one."""
    check_password(password, person.email, person.name)
    kept = passwords.hashed(password)
    with db.transaction():
        keep_hash(db, person, kept)
        record(db, person.clinic_id, by, "staff.password", person.id, at)


def keep_hash(db: Database, person: Staff, kept: str) -> None:
    db.run(
        "update staff set password_hash = :hash where clinic_id = :c and id = :id",
        c=person.clinic_id,
        id=person.id,
        hash=kept,
    )


def set_shortcuts(db: Database, person: Staff, wanted: bool, at: datetime) -> None:
    """Whether single keys do something on the pages that this person opens."""
    with db.transaction():
        db.run(
            "update staff set shortcuts = :wanted where clinic_id = :c and id = :id",
            c=person.clinic_id,
            id=person.id,
            wanted=int(wanted),
        )
        record(db, person.clinic_id, person.actor, "account.shortcuts", person.id, at, on=wanted)
