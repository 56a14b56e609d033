"""Sessions are rows, so that ending one ends it at once, at every worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic.roles import LEADERS
from reporter.clinic.staff import Staff
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id, new_token
from reporter.records.seal import token_hash

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
# After the right password there is this long for the code.
HALF = timedelta(minutes=5)
# Who typed password or code so lately may do what leaves the product or changes who decides.
PROOF = timedelta(minutes=10)
# A session's last use is written at most this often: a page view should not cost a write.
NOTED_EVERY = timedelta(minutes=1)
# Who needs a second factor, by the clinic's setting.
NEED_FACTOR: Mapping[str, frozenset[str] | None] = {
    "nobody": frozenset(),
    "leaders": LEADERS,
    "everybody": None,
}
FOUND = (
    "select s.clinic_id, s.id as staff_id, s.email, s.name, s.role, s.sealed_totp, s.shortcuts, "
    "exists (select 1 from passkeys p where p.clinic_id = s.clinic_id and p.staff_id = s.id) "
    "as has_passkey, "
    "c.second_factor, n.id, n.created_at, n.seen_at, n.proved_at, n.device, n.token_hash "
    "from sessions n join staff s on s.clinic_id = n.clinic_id and s.id = n.staff_id "
    "join clinics c on c.clinic_id = n.clinic_id "
    "where n.clinic_id in (select clinic_id from clinics) and n.ended_at is null "
    "and s.disabled_at is null and n.seen_at > :idle and n.created_at > :oldest "
)


@dataclass(frozen=True)
class Session:
    """One browser in which somebody is logged in."""

    id: str
    staff: Staff
    device: str
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    has_factor: bool
    must_enrol: bool
    shortcuts: bool = True

    def is_proved(self, at: datetime) -> bool:
        """Whether the person at it said lately, once more, who they are."""
        return at - self.proved_at < PROOF


def begin(db: Database, person: Staff, at: datetime, device: str, *, half: bool = False) -> str:
    """A new session's token, in the open transaction; a half one opens nothing but the code."""
    token = new_token()
    db.run(
        "insert into sessions (clinic_id, token_hash, staff_id, created_at, seen_at, proved_at, "
        "id, device, half) values (:c, :hash, :staff, :at, :at, :at, :id, :device, :half)",
        c=person.clinic_id,
        hash=token_hash(token),
        staff=person.id,
        at=stamp(at),
        id=new_id(at),
        device=device[:60],
        half=int(half),
    )
    return token


def current(db: Database, token: str, at: datetime, *, prolongs: bool = True) -> Session | None:
    """The session of this token: None when it ended, idled out or grew too old.

    What a page asks by itself does not prolong it: only a person does.
    """
    row = db.one(
        FOUND + "and n.half = 0 and n.token_hash = :hash",
        hash=token_hash(token),
        idle=stamp(at - IDLE),
        oldest=stamp(at - ABSOLUTE),
    )
    if row is None:
        return None
    found = _session(row)
    if prolongs and at - found.seen_at > NOTED_EVERY:
        _note_use(db, row, at)
    return found


def who(db: Database, token: str, at: datetime) -> Staff | None:
    """Whose session this is, or None."""
    found = current(db, token, at)
    return found.staff if found else None


def half(db: Database, token: str, at: datetime) -> Staff | None:
    """Whose code is awaited in this browser."""
    row = db.one(
        FOUND + "and n.half = 1 and n.token_hash = :hash",
        hash=token_hash(token),
        idle=stamp(at - HALF),
        oldest=stamp(at - HALF),
    )
    return _session(row).staff if row else None


def _session(row: Row) -> Session:
    staff = Staff(row["clinic_id"], row["staff_id"], row["email"], row["name"], row["role"])
    needing = NEED_FACTOR.get(row["second_factor"])
    has_factor = bool(row["sealed_totp"] or row["has_passkey"])
    return Session(
        id=row["id"],
        staff=staff,
        device=row["device"],
        created_at=instant(row["created_at"]),
        seen_at=instant(row["seen_at"]),
        proved_at=instant(row["proved_at"] or row["created_at"]),
        has_factor=has_factor,
        must_enrol=not has_factor and (needing is None or staff.role in needing),
        shortcuts=bool(row["shortcuts"]),
    )


def _note_use(db: Database, row: Row, at: datetime) -> None:
    db.run(
        "update sessions set seen_at = :at where clinic_id = :c and token_hash = :hash",
        c=row["clinic_id"],
        hash=row["token_hash"],
        at=stamp(at),
    )


def of(db: Database, person: Staff, at: datetime) -> list[Session]:
    """Where this person is logged in now, the last used first."""
    rows = db.query(
        FOUND + "and n.half = 0 and n.clinic_id = :c and n.staff_id = :s "
        "order by n.seen_at desc, n.id desc",
        c=person.clinic_id,
        s=person.id,
        idle=stamp(at - IDLE),
        oldest=stamp(at - ABSOLUTE),
    )
    return [_session(row) for row in rows]


def renew(db: Database, token: str, at: datetime) -> str:
    """The same session under a new token, proved now: whoever copied the old one is out."""
    fresh = new_token()
    db.run(
        "update sessions set token_hash = :fresh, proved_at = :at, seen_at = :at "
        "where clinic_id in (select clinic_id from clinics) and token_hash = :old "
        "and ended_at is null",
        fresh=token_hash(fresh),
        old=token_hash(token),
        at=stamp(at),
    )
    return fresh


def end(db: Database, person: Staff, session_id: str, at: datetime) -> bool:
    """End one of this person's own sessions. Whether there was one."""
    with db.transaction():
        ended = db.run(
            "update sessions set ended_at = :at "
            "where clinic_id = :c and staff_id = :s and id = :id and ended_at is null",
            c=person.clinic_id,
            s=person.id,
            id=session_id,
            at=stamp(at),
        )
        if ended:
            record(db, person.clinic_id, person.actor, "session.ended", person.id, at)
    return bool(ended)


def end_all(db: Database, person: Staff, at: datetime, *, by: Actor, but: str = "") -> int:
    """End every session of this person, half ones too, except the one with the id `but`."""
    with db.transaction():
        ended = db.run(
            "update sessions set ended_at = :at "
            "where clinic_id = :c and staff_id = :s and id <> :but and ended_at is null",
            c=person.clinic_id,
            s=person.id,
            but=but,
            at=stamp(at),
        )
        if ended:
            record(db, person.clinic_id, by, "session.all_ended", person.id, at)
    return ended


def log_out(db: Database, token: str, at: datetime) -> None:
    """End this session; ending one that is not there is no error."""
    found = current(db, token, at, prolongs=False)
    if found is None:
        return
    with db.transaction():
        end_token(db, found.staff, token, at)
        record(db, found.staff.clinic_id, found.staff.actor, "log_out", found.staff.id, at)


def end_token(db: Database, person: Staff, token: str, at: datetime) -> None:
    db.run(
        "update sessions set ended_at = :at where clinic_id = :c and token_hash = :hash",
        c=person.clinic_id,
        hash=token_hash(token),
        at=stamp(at),
    )
