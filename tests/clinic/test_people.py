"""Invited by a link that is good once; closed at once; the last administrator stays."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from reporter.clinic import casebook, cases, clinics, invitations, log_ins, people, sessions, staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.invitations import InvitationEnded
from reporter.clinic.staff import Staff, StaffError
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.conftest import CLINIC, NOW, PASSWORD, report
from tests.web.desk import Ward

LATER = NOW + timedelta(hours=71)


def invited(db: Database, clinic: Clinic, role: str = "nurse") -> Staff:
    return invitations.invite(
        db, clinic.id, email="Ina@staff.test", name="Ina Vogt", role=role, by=SYSTEM, at=NOW
    )


def link_in_mail(db: Database, clinic: Clinic) -> tuple[str, str]:
    """The token in the newest message, and all of what was sent."""
    rows = db.query("select * from outbox order by id desc")
    sent = db.clinic_key(clinic.id).open_data("outbox", rows[0]["sealed_message"])
    assert sent["to"] == "ina@staff.test"
    text = sent["bytes"].replace("=\r\n", "").replace("=\n", "")
    return text.partition("/welcome/")[2].split()[0][:43], text


def account(db: Database, clinic: Clinic, person: Staff) -> people.Account:
    return people.one(db, clinic.id, person.id, NOW)


def test_somebody_invited_chooses_a_password_and_logs_in(db: Database, clinic: Clinic) -> None:
    ina = invited(db, clinic)
    assert account(db, clinic, ina).state == "invited"
    token, _ = link_in_mail(db, clinic)
    for _ in range(20):  # mail scanners open links
        assert invitations.follow(db, token, LATER).staff == ina
    invitations.accept(db, token, PASSWORD, LATER)
    with pytest.raises(InvitationEnded):
        invitations.follow(db, token, LATER)
    assert log_ins.log_in(db, ina.email, PASSWORD, at=LATER, address="")
    assert account(db, clinic, ina).state == "active"


def test_the_mail_holds_the_link_and_no_password_and_the_store_no_token(
    db: Database, clinic: Clinic
) -> None:
    invited(db, clinic)
    token, text = link_in_mail(db, clinic)
    assert len(token) == 43 and "72 hours" in text
    kept = json.dumps([db.query(f"select * from {name}") for name in db.tables()])  # noqa: S608
    assert token not in kept


def test_a_link_ends_after_three_days_and_by_a_newer_one(db: Database, clinic: Clinic) -> None:
    ina = invited(db, clinic)
    first, _ = link_in_mail(db, clinic)
    with pytest.raises(InvitationEnded):
        invitations.accept(db, first, PASSWORD, NOW + timedelta(hours=72))
    assert people.one(db, clinic.id, ina.id, NOW + timedelta(hours=72)).state == "lapsed"
    invitations.send(db, ina, by=SYSTEM, at=LATER)
    second, _ = link_in_mail(db, clinic)
    with pytest.raises(InvitationEnded):
        invitations.follow(db, first, LATER)
    assert invitations.follow(db, second, LATER).is_first


def test_of_eight_who_open_one_link_one_sets_the_password(db: Database, clinic: Clinic) -> None:
    ina = invited(db, clinic)
    token, _ = link_in_mail(db, clinic)

    def accept(number: int) -> str:
        password = f"a password of number {number}"
        try:
            db.atomically(lambda: invitations.accept(db, token, password, NOW))
        except InvitationEnded:
            return ""
        return password

    with ThreadPoolExecutor(8) as pool:
        won = [password for password in pool.map(accept, range(8)) if password]
    assert len(won) == 1
    assert log_ins.log_in(db, ina.email, won[0], at=NOW, address="")


def test_a_poor_password_burns_nothing(db: Database, clinic: Clinic) -> None:
    invited(db, clinic)
    token, _ = link_in_mail(db, clinic)
    for poor in ("short", "password2026", "x" * 300):
        with pytest.raises(StaffError):
            invitations.accept(db, token, poor, NOW)
    assert invitations.follow(db, token, NOW)


def test_an_invitation_that_cannot_be_is_kept_nowhere(
    db: Database, clinic: Clinic, dana: Staff
) -> None:
    for wrong in ({"email": dana.email}, {"role": "boss"}, {"email": "a\r\nBcc: x@y.test"}):
        given = {"email": "i@staff.test", "name": "I", "role": "nurse", **wrong}
        with pytest.raises(StaffError):
            invitations.invite(db, clinic.id, **given, by=SYSTEM, at=NOW)
    assert staff.everybody(db, clinic.id) == [dana]
    assert not outbox.claim(db, clinic.id, "w", NOW, 5)


def test_whoever_is_closed_is_out_at_once_and_holds_no_case(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    dana: Staff,
    hire: Callable[..., Staff],
) -> None:
    ada = hire("Ada Quill", "admin")
    ward = Ward(db, knowledge, clinic, enrolled)
    case = ward.move(ward.case(report("trouble_swallowing")), "claim", dana)
    token = log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    due = case.due_at
    assert people.disable(db, dana, by=ada.actor, at=NOW) == 1
    assert sessions.who(db, token, NOW) is None
    with pytest.raises(log_ins.LogInRefused, match="do not belong"):
        log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    after = casebook.get(db, clinic.id, case.id)
    assert (after.owner_id, after.due_at) == (None, due)
    assert people.disable(db, dana, by=ada.actor, at=NOW) == 0
    people.enable(db, dana, by=ada.actor, at=NOW)
    assert sessions.who(db, token, NOW) is None, "an ended session stays ended"
    assert log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    assert not audit.verify(db, clinic.id)


def test_a_role_without_cases_gives_them_back(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    dana: Staff,
) -> None:
    ward = Ward(db, knowledge, clinic, enrolled)
    case = ward.move(ward.case(report("headache", call_me=True)), "claim", dana)
    token = log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    assert people.change_role(db, dana, "practitioner", by=SYSTEM, at=NOW) == 0
    assert people.change_role(db, dana, "manager", by=SYSTEM, at=NOW) == 1
    assert cases.get(db, clinic.id, case.id).owner_id is None
    now = sessions.who(db, token, NOW)
    assert now and now.role == "manager", "from the next page on"


def test_the_last_administrator_cannot_be_taken_away(
    db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    ada = hire("Ada Quill", "admin")
    invited(db, clinic, "admin")  # never came: does not count
    elsewhere = clinics.create(db, {**CLINIC, "name": "Harbour"}, at=NOW)
    hire("Eve Elsewhere", "admin", elsewhere.id)
    with pytest.raises(StaffError, match="last administrator"):
        people.disable(db, ada, by=ada.actor, at=NOW)
    with pytest.raises(StaffError, match="last administrator"):
        people.change_role(db, ada, "nurse", by=ada.actor, at=NOW)
    assert account(db, clinic, ada).state == "active"
    bob = hire("Bob Kern", "admin")
    people.disable(db, ada, by=bob.actor, at=NOW)
    with pytest.raises(StaffError, match="last administrator"):
        people.disable(db, bob, by=bob.actor, at=NOW)


def test_two_administrators_cannot_close_each_other_at_once(
    db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    for number in range(4):
        pair = [hire(f"A{number}{letter} Admin", "admin") for letter in "xy"]

        def close(person: Staff) -> bool:
            try:
                people.disable(db, person, by=SYSTEM, at=NOW)
            except StaffError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(close, pair))
        open_now = [one for one in staff.everybody(db, clinic.id) if one.role == "admin"]
        assert open_now, "nobody is left who could let anybody in"


def test_nobody_of_another_clinic_is_found(
    db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    elsewhere = clinics.create(db, {**CLINIC, "name": "Harbour"}, at=NOW)
    eve = hire("Eve Elsewhere", "nurse", elsewhere.id)
    with pytest.raises(StaffError):
        people.one(db, clinic.id, eve.id, NOW)
    with pytest.raises(StaffError):
        people.by_email(db, clinic.id, eve.email, NOW)
    assert people.listed(db, clinic.id, NOW) == []
