"""Codes open once; a lost phone has ten ways back; nobody reads the secret in the store."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest

from reporter.clinic import log_ins, people, second_factor, sessions
from reporter.clinic.clinics import Clinic
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.second_factor import WrongCode
from reporter.clinic.staff import Staff
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.conftest import NOW, PASSWORD


class Telephone:
    """An app for codes, and the paper with the ten."""

    def __init__(self, db: Database, person: Staff, at: datetime = NOW) -> None:
        sealed = second_factor.offer(db, person)
        self.secret = second_factor.offered(db, person, sealed)
        self.paper = second_factor.enrol(db, person, sealed, self.code(at), at)

    def code(self, at: datetime) -> str:
        return pyotp.TOTP(self.secret).at(at)


LATER = NOW + timedelta(minutes=2)


def password_given(db: Database, person: Staff, at: datetime = LATER) -> str:
    return log_ins.log_in(db, person.email, PASSWORD, at=at, address="10.0.0.1")


def test_a_code_is_asked_for_after_the_password(db: Database, dana: Staff) -> None:
    phone = Telephone(db, dana)
    half = password_given(db, dana)
    assert sessions.who(db, half, LATER) is None, "the password alone opens nothing"
    assert sessions.half(db, half, LATER) == dana
    whole = log_ins.give_code(db, half, phone.code(LATER), at=LATER)
    assert sessions.who(db, whole, LATER) == dana
    assert whole != half
    assert sessions.half(db, half, LATER) is None


def test_a_code_is_taken_once(db: Database, dana: Staff) -> None:
    phone = Telephone(db, dana)
    with pytest.raises(WrongCode):
        second_factor.check(db, dana, phone.code(NOW), NOW)  # the one that turned it on
    second_factor.check(db, dana, phone.code(LATER), LATER)
    with pytest.raises(WrongCode):
        second_factor.check(db, dana, phone.code(LATER), LATER)
    before = LATER - timedelta(seconds=30)
    with pytest.raises(WrongCode):  # nor one from before it
        second_factor.check(db, dana, phone.code(before), LATER)


@pytest.mark.parametrize(("seconds", "good"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_clock_may_be_a_little_off(db: Database, dana: Staff, seconds: int, good: bool) -> None:
    phone = Telephone(db, dana)
    at = LATER.replace(second=15)
    code = phone.code(at + timedelta(seconds=seconds))
    if good:
        second_factor.check(db, dana, code, at)
    else:
        with pytest.raises(WrongCode):
            second_factor.check(db, dana, code, at)


def test_of_eight_who_send_one_code_one_gets_in(db: Database, dana: Staff) -> None:
    phone = Telephone(db, dana)
    for code in (phone.code(LATER), phone.paper[0]):

        def use(_: int, code: str = code) -> bool:
            try:
                db.atomically(lambda: second_factor.check(db, dana, code, LATER))
            except WrongCode:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(use, range(8))) == 1


def test_each_recovery_code_opens_once(db: Database, dana: Staff) -> None:
    phone = Telephone(db, dana)
    assert len(set(phone.paper)) == 10
    assert second_factor.codes_left(db, dana) == 10
    assert log_ins.give_code(db, password_given(db, dana), phone.paper[3].lower(), at=LATER)
    assert second_factor.codes_left(db, dana) == 9
    with pytest.raises(WrongCode):
        log_ins.give_code(db, password_given(db, dana), phone.paper[3], at=LATER)
    fresh = second_factor.new_codes(db, dana, LATER)
    with pytest.raises(WrongCode):
        second_factor.check(db, dana, phone.paper[4], LATER)
    second_factor.check(db, dana, f" {fresh[0].replace('-', ' ')} ", LATER)


def test_nothing_of_it_is_readable_in_the_store_or_the_trail(
    db: Database, clinic: Clinic, dana: Staff
) -> None:
    phone = Telephone(db, dana)
    kept = json.dumps([db.query(f"select * from {name}") for name in db.tables()])  # noqa: S608
    for secret in (phone.secret, *phone.paper, *(code.replace("-", "") for code in phone.paper)):
        assert secret not in kept
    assert not audit.verify(db, clinic.id)


def test_one_accounts_secret_opens_no_other(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    sam = hire("Sam Ortiz")
    phone, his = Telephone(db, dana), Telephone(db, sam)
    with pytest.raises(WrongCode):
        second_factor.check(db, sam, phone.code(LATER), LATER)
    with pytest.raises(WrongCode):
        second_factor.check(db, sam, phone.paper[0], LATER)
    with pytest.raises(WrongCode):
        second_factor.offered(db, sam, second_factor.offer(db, dana))
    second_factor.check(db, sam, his.paper[0], LATER)


@pytest.mark.parametrize("code", ["", "000000", "x", "１２３４５６", "\ud800", "\0", "9" * 4000])
def test_what_is_no_code_is_refused(db: Database, dana: Staff, code: str) -> None:
    Telephone(db, dana)
    with pytest.raises(WrongCode):
        second_factor.check(db, dana, code, LATER)


def test_guessing_codes_is_slowed(db: Database, dana: Staff) -> None:
    phone = Telephone(db, dana)
    half = password_given(db, dana)
    for _ in range(log_ins.TRIES_CODE):
        with pytest.raises(WrongCode):
            log_ins.give_code(db, half, "123456", at=LATER)
    with pytest.raises(LogInRefused, match="Too many"):
        log_ins.give_code(db, half, phone.code(LATER), at=LATER)
    events = [row["verb"] for row in db.query("select verb from audit_events order by seq")]
    assert events[-log_ins.TRIES_CODE :] == ["log_in.code_refused"] * log_ins.TRIES_CODE


def test_whoever_takes_too_long_begins_again(db: Database, dana: Staff) -> None:
    phone, half = Telephone(db, dana), password_given(db, dana)
    late = LATER + timedelta(minutes=6)
    with pytest.raises(LogInRefused, match="too long"):
        log_ins.give_code(db, half, phone.code(late), at=late)


def test_it_is_turned_off_and_reset(db: Database, dana: Staff) -> None:
    Telephone(db, dana)
    half = password_given(db, dana)
    assert people.reset_factor(db, dana, by=SYSTEM, at=LATER)
    assert sessions.half(db, half, LATER) is None
    assert second_factor.codes_left(db, dana) == 0
    assert not second_factor.is_on(db, dana)
    assert sessions.who(db, password_given(db, dana), LATER) == dana
    assert not second_factor.remove(db, dana, SYSTEM, LATER)


def test_a_first_code_must_be_right_before_it_is_asked_for(db: Database, dana: Staff) -> None:
    with pytest.raises(WrongCode):
        second_factor.enrol(db, dana, second_factor.offer(db, dana), "000000", NOW)
    assert not second_factor.is_on(db, dana)


@pytest.mark.parametrize(
    ("whom", "role", "must"),
    [
        ("nobody", "admin", False),
        ("leaders", "admin", True),
        ("leaders", "director", True),
        ("leaders", "nurse", False),
        ("everybody", "nurse", True),
    ],
)
def test_a_clinic_says_who_needs_one(
    db: Database, clinic: Clinic, hire: Callable[..., Staff], whom: str, role: str, must: bool
) -> None:
    person = hire("Pat Person", role)
    people.need_factor(db, clinic.id, whom, by=SYSTEM, at=NOW)
    found = sessions.current(db, password_given(db, person, NOW), NOW)
    assert found and found.must_enrol is must
    Telephone(db, person)
    found = sessions.of(db, person, NOW)[0]
    assert found.has_factor and not found.must_enrol


def test_the_square_holds_who_and_where(db: Database, dana: Staff) -> None:
    address = second_factor.address(dana, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "Epec Clinic")
    assert re.fullmatch(
        r"otpauth://totp/Epec%20Clinic:dana%40staff\.test\?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        r"&issuer=Epec%20Clinic",
        address,
    )
