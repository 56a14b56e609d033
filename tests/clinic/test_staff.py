"""Log-in tells a stranger nothing, and a session ends when it should."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from reporter.clinic import log_ins, passwords, sessions, staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.staff import Staff, StaffError
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.conftest import NOW, PASSWORD


def log_in(db: Database, person: Staff, password: str = PASSWORD, address: str = "10.0.0.1") -> str:
    return log_ins.log_in(db, person.email, password, at=NOW, address=address, device="Test")


def test_a_nurse_logs_in_and_out(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    assert sessions.who(db, token, NOW) == dana
    sessions.log_out(db, token, NOW)
    assert sessions.who(db, token, NOW) is None


def test_the_password_is_not_stored(db: Database, dana: Staff) -> None:
    row = db.query("select password_hash from staff")[0]
    assert row["password_hash"].startswith("$argon2id$")


def test_the_products_own_hashing_is_costly_enough() -> None:
    """The low-memory choice of RFC 9106: 64 MiB, three passes."""
    assert (passwords.STRONG.memory_cost, passwords.STRONG.time_cost) == (65536, 3)
    assert passwords.STRONG.type.name == "ID"


def test_a_long_password_is_not_cut(db: Database, hire: Callable[..., Staff]) -> None:
    """Where others cut at 72 bytes, the 73rd still counts."""
    person, long = hire("Lena Long"), "a long pass phrase " * 4
    staff.set_password(db, person, long, SYSTEM, NOW)
    with pytest.raises(LogInRefused):
        log_in(db, person, long[:-1] + "x")
    assert log_in(db, person, long)


@pytest.mark.parametrize("password", ["wrong password", "", "x" * 10_000, "\ud800"])
def test_a_wrong_password_and_an_unknown_name_sound_the_same(
    db: Database, dana: Staff, password: str
) -> None:
    with pytest.raises(LogInRefused) as known:
        log_in(db, dana, password)
    with pytest.raises(LogInRefused) as unknown:
        log_ins.log_in(db, "nobody@staff.test", password, at=NOW, address="10.0.0.1")
    assert str(known.value) == str(unknown.value)


class CountingHasher(PasswordHasher):
    """Counts what costs time."""

    verified = hashed = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.verified += 1
        return super().verify(hash, password)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    cheap = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    before = passwords._in_use.hasher, passwords._in_use.nobody
    monkeypatch.setattr(passwords._in_use, "hasher", before[0])
    monkeypatch.setattr(passwords._in_use, "nobody", before[1])
    passwords.use_hasher(cheap)
    cheap.verified = cheap.hashed = 0
    return cheap


def test_every_kind_of_refusal_costs_one_comparison(
    db: Database, dana: Staff, hire: Callable[..., Staff], hasher: CountingHasher
) -> None:
    gone, invited = hire("Gone Person"), hire("Ina Invited")
    db.run("update staff set disabled_at = 'x' where id = :id", id=gone.id)
    db.run("update staff set password_hash = '' where id = :id", id=invited.id)
    hasher.verified = hasher.hashed = 0
    writes = []
    for email in (dana.email, "nobody@staff.test", gone.email, invited.email):
        before = _transactions(db)
        with pytest.raises(LogInRefused, match="do not belong"):
            log_ins.log_in(db, email, "not the password", at=NOW, address="10.0.0.1")
        writes.append(_transactions(db) - before)
    assert (hasher.verified, hasher.hashed) == (4, 0)
    assert len(set(writes)) == 1, "and as many writes to the disk"
    for email in (gone.email, invited.email):
        with pytest.raises(LogInRefused, match="do not belong"):
            log_ins.log_in(db, email, PASSWORD, at=NOW, address="10.0.0.1")


def test_the_hash_of_nobody_is_compared_at_full_cost(hasher: CountingHasher) -> None:
    nobody = passwords._in_use.nobody
    assert not hasher.check_needs_rehash(nobody)
    with pytest.raises(VerifyMismatchError):
        hasher.verify(nobody, "")


def _transactions(db: Database) -> int:
    """How often something was written for log-ins: counts and events."""
    used = db.query("select sum(used) as n from rates")[0]["n"] or 0
    refused = db.query("select count(*) as n from audit_events where verb = 'log_in.refused'")
    return int(used) + int(refused[0]["n"])


def test_too_many_tries_cost_no_hashing(db: Database, dana: Staff, hasher: CountingHasher) -> None:
    for _ in range(log_ins.TRIES_HERE + 5):
        with pytest.raises(LogInRefused):
            log_in(db, dana, "guess guess")
    assert hasher.verified == log_ins.TRIES_HERE


def test_who_logs_in_often_is_not_shut_out(db: Database, dana: Staff) -> None:
    for _ in range(log_ins.TRIES_HERE * 2):
        log_in(db, dana, PASSWORD)
        with pytest.raises(LogInRefused, match="do not belong"):
            log_in(db, dana, "a slip of the finger")


def test_a_password_is_hashed_anew_when_the_parameters_grow(
    db: Database, dana: Staff, hasher: CountingHasher
) -> None:
    passwords.use_hasher(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    before = db.query("select password_hash from staff")[0]["password_hash"]
    with pytest.raises(LogInRefused):
        log_in(db, dana, "not her password")
    assert db.query("select password_hash from staff")[0]["password_hash"] == before
    log_in(db, dana)
    after = db.query("select password_hash from staff")[0]["password_hash"]
    assert "m=16,t=2" in after
    log_in(db, dana)
    assert db.query("select password_hash from staff")[0]["password_hash"] == after


def test_a_session_idles_out_unless_it_is_used(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    at = NOW
    for _ in range(4):
        at += timedelta(minutes=10)
        assert sessions.who(db, token, at) == dana
    assert sessions.who(db, token, at + timedelta(minutes=16)) is None


def test_what_a_page_asks_by_itself_keeps_no_session_alive(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    for minute in range(1, 15):
        at = NOW + timedelta(minutes=minute)
        assert sessions.current(db, token, at, prolongs=False)
    assert sessions.current(db, token, NOW + timedelta(minutes=15), prolongs=False) is None


def test_a_session_ends_after_twelve_hours_however_busy(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    at = NOW
    while at < NOW + timedelta(hours=12) - timedelta(minutes=10):
        at += timedelta(minutes=10)
        assert sessions.who(db, token, at) == dana
    renewed = sessions.renew(db, token, at)
    assert sessions.who(db, renewed, at) == dana
    assert sessions.who(db, renewed, NOW + timedelta(hours=12, minutes=1)) is None


def test_proof_gives_the_session_another_number(db: Database, dana: Staff) -> None:
    token, later = log_in(db, dana), NOW + timedelta(minutes=12)
    before = sessions.current(db, token, later)
    assert before and not before.is_proved(later)

    def prove(password: str) -> str | None:
        return log_ins.prove(db, token, password=password, code="", at=later, address="10.0.0.1")

    assert prove("not hers at all") is None
    fresh = prove(PASSWORD)
    assert fresh and sessions.who(db, token, later) is None
    after = sessions.current(db, fresh, later)
    assert after and after.is_proved(later) and after.id == before.id


def test_one_or_all_of_ones_sessions_end_and_nobody_elses(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    sam = hire("Sam Ortiz")
    tokens = [log_in(db, dana) for _ in range(3)]
    his = log_in(db, sam)
    mine = sessions.of(db, dana, NOW)
    assert [one.device for one in mine] == ["Test"] * 3
    assert not sessions.end(db, sam, mine[0].id, NOW)
    assert sessions.end(db, dana, mine[0].id, NOW)
    here = sessions.of(db, dana, NOW)[0].id
    assert sessions.end_all(db, dana, NOW, by=dana.actor, but=here) == 1
    assert sum(sessions.who(db, token, NOW) is not None for token in tokens) == 1
    assert sessions.who(db, his, NOW) == sam


def test_a_made_up_token_is_nobody(db: Database, dana: Staff) -> None:
    assert sessions.who(db, "x" * 43, NOW) is None


def test_guessing_is_slowed_here_while_the_nurse_gets_in_elsewhere(
    db: Database, dana: Staff
) -> None:
    for _ in range(log_ins.TRIES_HERE):
        with pytest.raises(LogInRefused, match="do not belong"):
            log_in(db, dana, "guess guess")
    with pytest.raises(LogInRefused, match="Too many"):
        log_in(db, dana)
    assert log_in(db, dana, address="10.0.0.2")
    later = NOW + timedelta(hours=1)
    assert log_ins.log_in(db, dana.email, PASSWORD, at=later, address="10.0.0.1")


def test_one_password_for_many_names_is_slowed_by_network(
    db: Database, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_ins, "TRIES_NETWORK", 4)
    for number in range(4):
        with pytest.raises(LogInRefused, match="do not belong"):
            log_ins.log_in(db, f"{number}@staff.test", "x" * 12, at=NOW, address="10.0.0.1")
    with pytest.raises(LogInRefused, match="Too many"):
        log_in(db, dana)
    assert log_in(db, dana, address="10.0.0.2")


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"email": "dana"}, "e-mail"),
        ({"name": " "}, "name"),
        ({"role": "boss"}, "nurse"),
        ({"password": "short"}, "10 to"),
        ({"password": "password123"}, "guess"),
        ({"password": "newperson2026"}, "guess"),
        ({"password": "aaaaaaaaaaaa"}, "guess"),
        ({"password": "a surrogate \ud800 in it"}, "cannot be kept"),
        ({"email": "DANA@staff.test"}, "already"),
    ],
)
def test_an_account_needs_sound_data(
    db: Database, clinic: Clinic, dana: Staff, change: dict[str, str], mend: str
) -> None:
    given = {
        "email": "newperson@staff.test",
        "name": "New",
        "role": "nurse",
        "password": PASSWORD,
    }
    with pytest.raises(StaffError, match=mend):
        staff.add(db, clinic.id, **{**given, **change}, by=SYSTEM, at=NOW)
    assert staff.everybody(db, clinic.id) == [dana]


def test_log_ins_are_audit_events(db: Database, dana: Staff, hire: Callable[..., Staff]) -> None:
    log_in(db, dana)
    with pytest.raises(LogInRefused):
        log_in(db, dana, "wrong password")
    verbs = [row["verb"] for row in db.query("select verb from audit_events order by seq")]
    assert verbs[-2:] == ["log_in", "log_in.refused"]
