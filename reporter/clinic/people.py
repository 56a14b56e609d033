"""What an administrator does with accounts. The last one who can do it cannot be taken away."""

from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import (
    casebook,
    cases,
    invitations,
    passkeys,
    second_factor,
    sessions,
    settings_changes,
    staff,
)
from reporter.clinic.roles import ADMIN, May, may
from reporter.clinic.sessions import NEED_FACTOR
from reporter.clinic.staff import Staff, StaffError
from reporter.clock import maybe_instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database

# By hand, but by nobody who has an account.
COMMAND_LINE = Actor("staff", "", "Whoever runs this machine")
LAST = "{} is the last administrator. Give somebody else that role first."


@dataclass(frozen=True)
class Account:
    """A line of the users' page. `state` is active, invited, lapsed or disabled."""

    staff: Staff
    state: str
    has_factor: bool
    last_seen: datetime | None
    invited_until: datetime | None


def listed(db: Database, clinic_id: str, at: datetime) -> list[Account]:
    """Every account that ever was: those that are open first, each by name."""
    rows = db.query(
        "select s.clinic_id, s.id, s.email, s.name, s.role, s.disabled_at, s.sealed_totp, "
        "s.password_hash, "
        "(select count(*) from passkeys p "
        "where p.clinic_id = s.clinic_id and p.staff_id = s.id) as passkeys, "
        "(select max(n.seen_at) from sessions n "
        "where n.clinic_id = s.clinic_id and n.staff_id = s.id and n.half = 0) as seen_at, "
        "(select max(i.expires_at) from invitations i "
        "where i.clinic_id = s.clinic_id and i.staff_id = s.id "
        "and i.used_at is null and i.ended_at is null) as until "
        "from staff s where s.clinic_id = :c "
        "order by case when s.disabled_at is null then 0 else 1 end, s.name, s.id",
        c=clinic_id,
    )
    return [
        Account(
            staff=Staff(*(row[name] for name in ("clinic_id", "id", "email", "name", "role"))),
            state=_state(row["disabled_at"], row["password_hash"], row["until"], at),
            has_factor=bool(row["sealed_totp"] or row["passkeys"]),
            last_seen=maybe_instant(row["seen_at"]),
            invited_until=maybe_instant(row["until"]),
        )
        for row in rows
    ]


def _state(disabled_at: str | None, password: str, until: str | None, at: datetime) -> str:
    if disabled_at:
        return "disabled"
    if password:
        return "active"
    return "invited" if (until or "") > stamp(at) else "lapsed"


def one(db: Database, clinic_id: str, staff_id: str, at: datetime) -> Account:
    """Raise StaffError when this clinic has no such account."""
    for account in listed(db, clinic_id, at):
        if account.staff.id == staff_id:
            return account
    raise StaffError("There is no such account at this clinic.")


def by_email(db: Database, clinic_id: str, email: str, at: datetime) -> Account:
    for account in listed(db, clinic_id, at):
        if account.staff.email == staff.tidy(email):
            return account
    raise StaffError(f"There is no account for {staff.tidy(email)} at this clinic.")


def disable(db: Database, person: Staff, *, by: Actor, at: datetime) -> int:
    """Out at once, everywhere, and nobody waits for them: their cases are free again.

    How many cases were released. Raise StaffError for the last administrator.
    """

    def work() -> int:
        _hold(db, person.clinic_id)
        if not _is_open(db, person):
            return 0
        _check_not_last(db, staff.get(db, person.clinic_id, person.id))
        db.run(
            "update staff set disabled_at = :at where clinic_id = :c and id = :id",
            c=person.clinic_id,
            id=person.id,
            at=stamp(at),
        )
        sessions.end_all(db, person, at, by=by)
        invitations.end(db, person, at)
        record(db, person.clinic_id, by, "staff.disabled", person.id, at)
        return release_cases(db, person, by=by, at=at)

    return db.atomically(work)


def enable(db: Database, person: Staff, *, by: Actor, at: datetime) -> None:
    """Open a closed account again, with the password and second factor that it had."""
    with db.transaction():
        changed = db.run(
            "update staff set disabled_at = null "
            "where clinic_id = :c and id = :id and disabled_at is not null",
            c=person.clinic_id,
            id=person.id,
        )
        if changed:
            record(db, person.clinic_id, by, "staff.enabled", person.id, at)


def change_role(db: Database, person: Staff, role: str, *, by: Actor, at: datetime) -> int:
    """Another role from the next page on. How many cases they may not hold any more."""
    staff.check_role(role)

    def work() -> int:
        _hold(db, person.clinic_id)
        before = staff.get(db, person.clinic_id, person.id)
        if before.role == role:
            return 0
        if role != ADMIN:
            _check_not_last(db, before)
        db.run(
            "update staff set role = :role where clinic_id = :c and id = :id",
            c=person.clinic_id,
            id=person.id,
            role=role,
        )
        record(
            db, person.clinic_id, by, "staff.role", person.id, at, before=before.role, after=role
        )
        if may(role, May.WORK_CASES):
            return 0
        return release_cases(db, person, by=by, at=at)

    return db.atomically(work)


def reset_factor(db: Database, person: Staff, *, by: Actor, at: datetime) -> bool:
    """For a lost phone: nothing more is asked until they set it up again. Ends their sessions."""
    with db.transaction():
        sessions.end_all(db, person, at, by=by)
        passkeys_gone = passkeys.remove_all(db, person, by=by, at=at)
        return second_factor.remove(db, person, by, at) or bool(passkeys_gone)


def factor_for(db: Database, clinic_id: str) -> str:
    """Who needs a second factor here: a key of NEED_FACTOR."""
    row = db.one("select second_factor from clinics where clinic_id = :c", c=clinic_id)
    return str(row["second_factor"]) if row else "nobody"


def need_factor(db: Database, clinic_id: str, whom: str, *, by: Actor, at: datetime) -> None:
    """Whoever needs one and has none sets it up before anything else. Raise StaffError."""
    if whom not in NEED_FACTOR:
        raise StaffError(f"Choose one of {', '.join(NEED_FACTOR)}.")
    settings_changes.need_factor(db, clinic_id, whom, by=by, at=at)


def release_cases(db: Database, person: Staff, *, by: Actor, at: datetime) -> int:
    """Give back every open case of somebody who is not there to call."""
    cases_here = casebook.all_open(db, person.clinic_id, limit=1_000_000)
    held = [one for one in cases_here if one.owner_id == person.id]
    for case in held:
        cases.move(
            db,
            person.clinic_id,
            case.id,
            "release",
            by=by if by.kind == "staff" else COMMAND_LINE,
            at=at,
            expected_version=case.version,
            note="The account was closed, or may not hold cases any more.",
        )
    return len(held)


def _hold(db: Database, clinic_id: str) -> None:
    """One change of accounts at a time: two last administrators must not close each other."""
    db.run("update clinics set name = name where clinic_id = :c", c=clinic_id)


def _is_open(db: Database, person: Staff) -> bool:
    row = db.one(
        "select disabled_at from staff where clinic_id = :c and id = :id",
        c=person.clinic_id,
        id=person.id,
    )
    return row is not None and row["disabled_at"] is None


def _check_not_last(db: Database, person: Staff) -> None:
    """An administrator who was invited and never came does not count."""
    row = db.one(
        "select count(*) as others from staff where clinic_id = :c and role = 'admin' "
        "and disabled_at is null and password_hash <> '' and id <> :id",
        c=person.clinic_id,
        id=person.id,
    )
    if person.role == ADMIN and row and not row["others"]:
        raise StaffError(LAST.format(person.name))
