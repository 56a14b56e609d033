"""Staff: accounts, log-in and sessions. Sessions are rows, so that ending one ends it at once."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id, new_token
from reporter.records.seal import keyed_hash, token_hash

ROLES = ("nurse", "practitioner", "director", "manager", "auditor", "admin")
SHORTEST = 10
LONGEST = 200
IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
# A session's last use is written at most this often: a page view should not cost a write.
NOTED_EVERY = timedelta(minutes=1)
ANYBODY = "-"
TRIES_HERE, TRIES_ALL, TRIES_WITHIN = 8, 100, timedelta(minutes=10)
# Argon2id with the parameters of RFC 9106's low-memory choice: 64 MiB a log-in, about 0.3 s.
STRONG = PasswordHasher()


class _Passwords:
    """The hasher in use, and a hash that no password opens, made as costly as a real one."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.hasher = hasher
        self.nobody = hasher.hash(new_token())

    def change(self, hasher: PasswordHasher) -> None:
        """Hash with other parameters from now on; stored hashes keep theirs."""
        self.hasher, self.nobody = hasher, hasher.hash(new_token())


_passwords = _Passwords(STRONG)
use_hasher = _passwords.change


class StaffError(Exception):
    """One sentence that says what is wrong with an account's data and how to mend it."""


class LogInRefused(Exception):
    """The same sentence whether the name or the password was wrong."""


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
    email = email.strip().casefold()
    _check(db, email, name, role, password)
    staff_id = new_id(at)
    with db.transaction():
        db.run(
            "insert into staff (clinic_id, id, email, name, role, password_hash, created_at) "
            "values (:c, :id, :email, :name, :role, :hash, :at)",
            c=clinic_id,
            id=staff_id,
            email=email,
            name=name.strip(),
            role=role,
            hash=_passwords.hasher.hash(password),
            at=stamp(at),
        )
        record(db, clinic_id, by, "staff.added", staff_id, at, role=role)
    return Staff(clinic_id, staff_id, email, name.strip(), role)


def _check(db: Database, email: str, name: str, role: str, password: str) -> None:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email) or len(email) > 250:
        raise StaffError(f"{email!r} is not an e-mail address. It is the name to log in with.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise StaffError("Give the person's name: one line of at most 100 letters.")
    if role not in ROLES:
        raise StaffError(f"There is no role {role!r}. Use one of {', '.join(ROLES)}.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise StaffError(f"A password has {SHORTEST} to {LONGEST} signs.")
    if _by_email(db, email):
        raise StaffError(f"There is an account for {email} already.")


def _by_email(db: Database, email: str) -> Row | None:
    return db.one(
        "select clinic_id, id, email, name, role, password_hash, disabled_at from staff "
        "where clinic_id in (select clinic_id from clinics) and email = :email",
        email=email.strip().casefold(),
    )


def everybody(db: Database, clinic_id: str) -> list[Staff]:
    """Everyone who can log in."""
    rows = db.query(
        "select clinic_id, id, email, name, role from staff "
        "where clinic_id = :c and disabled_at is null order by name",
        c=clinic_id,
    )
    return [Staff(**row) for row in rows]


def log_in(db: Database, email: str, password: str, *, at: datetime, address: str) -> str:
    """A new session's token. Raise LogInRefused; an unknown name takes as long as a known one."""
    _count_try(db, email, address, at)
    row = _by_email(db, email)
    known = _matches(row["password_hash"] if row else _passwords.nobody, password)
    if row is None or not known or row["disabled_at"]:
        if row:
            with db.transaction():
                record(db, row["clinic_id"], _someone(row), "log_in.refused", row["id"], at)
        raise LogInRefused("That e-mail address and password do not belong together. Try again.")
    token = new_token()
    with db.transaction():
        db.run(
            "insert into sessions (clinic_id, token_hash, staff_id, created_at, seen_at) "
            "values (:c, :hash, :staff, :at, :at)",
            c=row["clinic_id"],
            hash=token_hash(token),
            staff=row["id"],
            at=stamp(at),
        )
        record(db, row["clinic_id"], _someone(row), "log_in", row["id"], at)
    return token


def _someone(row: Row) -> Actor:
    return Actor("staff", row["id"], row["name"])


def _matches(kept: str, password: str) -> bool:
    try:
        return _passwords.hasher.verify(
            kept, password[: LONGEST + 1].encode("utf-8", "surrogatepass")
        )
    except (VerificationError, InvalidHashError):
        return False


def _count_try(db: Database, email: str, address: str, at: datetime) -> None:
    """Counted before the costly hash. One network cannot lock a nurse out from another one."""
    who = keyed_hash(b"log-in", email.strip().casefold())
    until = stamp(at + TRIES_WITHIN)
    here = _count(db, f"log-in {who} {address[:60]}", at, until)
    if here > TRIES_HERE or _count(db, f"log-in {who}", at, until) > TRIES_ALL:
        raise LogInRefused("Too many tries. Wait ten minutes, then try again.")


def _count(db: Database, name: str, at: datetime, until: str) -> int:
    with db.transaction():
        rows = db.query(
            "insert into rates (clinic_id, name, used, until) values (:c, :name, 1, :until) "
            "on conflict (clinic_id, name) do update set "
            "used = case when rates.until <= :at then 1 else rates.used + 1 end, "
            "until = case when rates.until <= :at then :until else rates.until end returning used",
            c=ANYBODY,
            name=name,
            at=stamp(at),
            until=until,
        )
    return int(rows[0]["used"])


def who(db: Database, token: str, at: datetime) -> Staff | None:
    """Whose session this is: None when there is none, or it ended, idled out or grew too old."""
    row = db.one(
        "select s.clinic_id, s.id, s.email, s.name, s.role, n.token_hash, n.seen_at "
        "from sessions n join staff s on s.clinic_id = n.clinic_id and s.id = n.staff_id "
        "where n.clinic_id in (select clinic_id from clinics) and n.token_hash = :hash "
        "and n.ended_at is null and s.disabled_at is null "
        "and n.seen_at > :idle and n.created_at > :oldest",
        hash=token_hash(token),
        idle=stamp(at - IDLE),
        oldest=stamp(at - ABSOLUTE),
    )
    if row is None:
        return None
    if at - instant(row.pop("seen_at")) > NOTED_EVERY:
        _note_use(db, row, at)
    del row["token_hash"]
    return Staff(**row)


def _note_use(db: Database, row: Row, at: datetime) -> None:
    db.run(
        "update sessions set seen_at = :at where clinic_id = :c and token_hash = :hash",
        c=row["clinic_id"],
        hash=row["token_hash"],
        at=stamp(at),
    )


def log_out(db: Database, token: str, at: datetime) -> None:
    """End this session; ending one that is not there is no error."""
    staff = who(db, token, at)
    if staff is None:
        return
    with db.transaction():
        db.run(
            "update sessions set ended_at = :at where clinic_id = :c and token_hash = :hash",
            c=staff.clinic_id,
            hash=token_hash(token),
            at=stamp(at),
        )
        record(db, staff.clinic_id, staff.actor, "log_out", staff.id, at)
