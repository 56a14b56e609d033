"""Log-in tells a stranger nothing, and a session ends when it should."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic import staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import LogInRefused, Staff, StaffError
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.conftest import NOW, PASSWORD


def log_in(db: Database, person: Staff, password: str = PASSWORD, address: str = "10.0.0.1") -> str:
    return staff.log_in(db, person.email, password, at=NOW, address=address)


def test_a_nurse_logs_in_and_out(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    assert staff.who(db, token, NOW) == dana
    staff.log_out(db, token, NOW)
    assert staff.who(db, token, NOW) is None


def test_the_password_is_not_stored(db: Database, dana: Staff) -> None:
    row = db.query("select password_hash from staff")[0]
    assert row["password_hash"].startswith("$argon2id$")


def test_the_products_own_hashing_is_costly_enough() -> None:
    """The low-memory choice of RFC 9106: 64 MiB, three passes."""
    assert (staff.STRONG.memory_cost, staff.STRONG.time_cost) == (65536, 3)
    assert staff.STRONG.type.name == "ID"


@pytest.mark.parametrize("password", ["wrong password", "", "x" * 10_000, "\ud800"])
def test_a_wrong_password_and_an_unknown_name_sound_the_same(
    db: Database, dana: Staff, password: str
) -> None:
    with pytest.raises(LogInRefused) as known:
        log_in(db, dana, password)
    with pytest.raises(LogInRefused) as unknown:
        staff.log_in(db, "nobody@staff.test", password, at=NOW, address="10.0.0.1")
    assert str(known.value) == str(unknown.value)


def test_a_session_idles_out_unless_it_is_used(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    at = NOW
    for _ in range(4):
        at += timedelta(minutes=10)
        assert staff.who(db, token, at) == dana
    assert staff.who(db, token, at + timedelta(minutes=16)) is None


def test_a_session_ends_after_twelve_hours_however_busy(db: Database, dana: Staff) -> None:
    token = log_in(db, dana)
    at = NOW
    while at < NOW + timedelta(hours=12) - timedelta(minutes=10):
        at += timedelta(minutes=10)
        assert staff.who(db, token, at) == dana
    assert staff.who(db, token, NOW + timedelta(hours=12, minutes=1)) is None


def test_a_made_up_token_is_nobody(db: Database, dana: Staff) -> None:
    assert staff.who(db, "x" * 43, NOW) is None


def test_guessing_is_slowed_here_while_the_nurse_gets_in_elsewhere(
    db: Database, dana: Staff
) -> None:
    for _ in range(staff.TRIES_HERE):
        with pytest.raises(LogInRefused, match="do not belong"):
            log_in(db, dana, "guess guess")
    with pytest.raises(LogInRefused, match="Too many"):
        log_in(db, dana)
    assert log_in(db, dana, address="10.0.0.2")
    assert staff.log_in(db, dana.email, PASSWORD, at=NOW + timedelta(hours=1), address="10.0.0.1")


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"email": "dana"}, "e-mail"),
        ({"name": " "}, "name"),
        ({"role": "boss"}, "nurse"),
        ({"password": "short"}, "10 to"),
        ({"email": "DANA@staff.test"}, "already"),
    ],
)
def test_an_account_needs_sound_data(
    db: Database, clinic: Clinic, dana: Staff, change: dict[str, str], mend: str
) -> None:
    given = {"email": "new@staff.test", "name": "New", "role": "nurse", "password": PASSWORD}
    with pytest.raises(StaffError, match=mend):
        staff.add(db, clinic.id, **{**given, **change}, by=SYSTEM, at=NOW)
    assert staff.everybody(db, clinic.id) == [dana]


def test_log_ins_are_audit_events(db: Database, dana: Staff, hire: Callable[..., Staff]) -> None:
    log_in(db, dana)
    with pytest.raises(LogInRefused):
        log_in(db, dana, "wrong password")
    verbs = [row["verb"] for row in db.query("select verb from audit_events order by seq")]
    assert verbs[-2:] == ["log_in", "log_in.refused"]
