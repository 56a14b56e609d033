"""Passkeys: made once, signed for once, at this address only, and never counting backwards."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reporter.clinic import log_ins, passkey_log_ins, passkeys, people, second_factor, sessions
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkey_answers import Site, site_of
from reporter.clinic.passkeys import PasskeyCopied, PasskeyRefused
from reporter.clinic.second_factor import WrongCode
from reporter.clinic.staff import Staff
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.clinic.passkey_device import Device
from tests.conftest import NOW, PASSWORD

SITE = Site("localhost", "http://localhost")


def added(db: Database, person: Staff, device: Device, at: datetime = NOW) -> list[str]:
    challenge, _ = passkeys.options_to_add(db, person, SITE, "Epec Clinic", at)
    answer = device.create(challenge)
    return passkeys.add(
        db, person, SITE, challenge=challenge, answer=answer, name="My phone", at=at
    )


def alone(db: Database, device: Device, at: datetime = NOW, challenge: str = "") -> str:
    challenge = challenge or passkey_log_ins.ask_alone(db, SITE, at)[0]
    answer = device.sign(challenge)
    return passkey_log_ins.log_in(
        db, SITE, challenge=challenge, answer=answer, at=at, address="10.0.0.1", device="Test"
    )


def half(db: Database, person: Staff, at: datetime = NOW) -> str:
    return log_ins.log_in(db, person.email, PASSWORD, at=at, address="10.0.0.1")


def second(db: Database, token: str, device: Device, at: datetime = NOW) -> str:
    asked = passkey_log_ins.ask_second(db, token, SITE, at)
    assert asked is not None
    return passkey_log_ins.give(
        db, token, SITE, challenge=asked[0], answer=device.sign(asked[0]), at=at, device="Test"
    )


def verbs(db: Database) -> list[str]:
    return [row["verb"] for row in db.query("select verb from audit_events order by seq")]


def test_the_first_one_brings_recovery_codes_and_is_asked_for(db: Database, dana: Staff) -> None:
    device = Device()
    codes = added(db, dana, device)
    assert len(codes) == 10
    [key] = passkeys.of(db, dana)
    assert (key.name, key.used_at) == ("My phone", None)
    token = half(db, dana)
    assert sessions.current(db, token, NOW) is None, "the password alone opens nothing"
    found = sessions.current(db, second(db, token, device), NOW)
    assert found and found.staff == dana and found.has_factor
    assert passkeys.of(db, dana)[0].used_at == NOW
    assert added(db, dana, Device()) == [], "the codes stay as they are"
    assert "passkey.added" in verbs(db) and audit.verify(db, dana.clinic_id) == []


def test_alone_it_logs_in_without_a_password(db: Database, dana: Staff) -> None:
    device = Device()
    added(db, dana, device)
    found = sessions.current(db, alone(db, device), NOW)
    assert found and found.staff == dana
    row = db.query("select details from audit_events order by seq desc")[0]
    assert json.loads(row["details"]) == {"way": "passkey alone"}


def test_alone_a_device_that_does_not_know_its_owner_is_not_enough(
    db: Database, dana: Staff
) -> None:
    device = Device(knows_owner=False)
    added(db, dana, device)
    with pytest.raises(PasskeyRefused, match="did not work"):
        alone(db, device)
    assert sessions.current(db, second(db, half(db, dana), device), NOW), "after a password it is"


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8000"},
        {"rp_id": "evil.example"},
        {"key": Device().key},
    ],
    ids=["another site", "another port", "another name", "another key"],
)
def test_what_was_signed_elsewhere_or_by_another_opens_nothing(
    db: Database, dana: Staff, change: dict[str, object]
) -> None:
    device = Device()
    added(db, dana, device)
    with pytest.raises(PasskeyRefused, match="did not work"):
        alone(db, replace(device, **change))  # type: ignore[arg-type]
    assert verbs(db)[-1] == "log_in.passkey_refused"
    with pytest.raises(PasskeyRefused, match="did not work"):
        added(db, dana, Device(origin="https://evil.example"))


def test_an_answer_is_taken_once(db: Database, dana: Staff) -> None:
    device = Device(counts=False)  # nothing but the challenge tells the second from the first
    added(db, dana, device)
    challenge, _ = passkey_log_ins.ask_alone(db, SITE, NOW)
    assert alone(db, device, challenge=challenge)
    with pytest.raises(PasskeyRefused, match="too old"):
        alone(db, device, challenge=challenge)
    made, _ = passkeys.options_to_add(db, dana, SITE, "Epec", NOW)
    other = Device()
    given = {"challenge": made, "answer": other.create(made), "name": "Key", "at": NOW}
    passkeys.add(db, dana, SITE, **given)  # type: ignore[arg-type]
    with pytest.raises(PasskeyRefused):
        passkeys.add(db, dana, SITE, **given)  # type: ignore[arg-type]


def test_a_challenge_is_ours_fresh_and_for_one_purpose(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    device = Device()
    added(db, dana, device)
    adding, _ = passkeys.options_to_add(db, dana, SITE, "Epec", NOW)
    asked = passkey_log_ins.ask_second(db, half(db, dana), SITE, NOW)
    assert asked
    old, _ = passkey_log_ins.ask_alone(db, SITE, NOW - timedelta(minutes=10))
    early, _ = passkey_log_ins.ask_alone(db, SITE, NOW + timedelta(minutes=1))
    for challenge in ("", "made up", adding, asked[0], old, early, adding[:-4] + "AAAA"):
        with pytest.raises(PasskeyRefused, match="too old"):
            alone(db, device, challenge=challenge or "\0")
    another = hire("Ina Vogt")
    with pytest.raises(PasskeyRefused, match="too old"):
        passkeys.add(
            db, another, SITE, challenge=adding, answer=Device().create(adding), name="x", at=NOW
        )


def test_it_shows_once_more_who_is_there(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    """Bound to this very session, by one's own passkey, and proved for ten minutes only."""
    device, others = Device(), Device()
    assert passkey_log_ins.ask_proof(db, dana, "token", SITE, NOW) is None, "there is none yet"
    added(db, dana, device)
    added(db, hire("Ina Vogt"), others)
    token, later = second(db, half(db, dana), device), NOW + timedelta(minutes=11)
    found = sessions.current(db, token, later)
    assert found and not found.is_proved(later)
    asked = passkey_log_ins.ask_proof(db, dana, token, SITE, later)
    elsewhere = passkey_log_ins.ask_proof(db, dana, "another session", SITE, later)
    assert asked and elsewhere
    for challenge, by in ((elsewhere[0], device), (asked[0], others), ("", device)):
        with pytest.raises(PasskeyRefused):
            passkey_log_ins.prove(
                db, token, SITE, challenge=challenge, answer=by.sign(challenge), at=later
            )
    assert verbs(db)[-3:] == ["proof.refused"] * 3
    answer = device.sign(asked[0])
    fresh = passkey_log_ins.prove(db, token, SITE, challenge=asked[0], answer=answer, at=later)
    proved = sessions.current(db, fresh or "", later)
    assert proved and proved.is_proved(later) and sessions.current(db, token, later) is None
    assert verbs(db)[-1] == "proof.given"
    gone = passkey_log_ins.prove(db, token, SITE, challenge=asked[0], answer=answer, at=later)
    assert gone is None


def test_a_counter_that_goes_back_was_copied(db: Database, dana: Staff) -> None:
    device = Device()
    added(db, dana, device)
    copy = replace(device)
    alone(db, device)
    alone(db, device)
    with pytest.raises(PasskeyCopied, match="counts backwards"):
        alone(db, copy)
    assert verbs(db)[-1] == "passkey.copied"
    assert alone(db, device), "the real one goes on"


def test_one_that_never_counts_goes_on_working(db: Database, dana: Staff) -> None:
    device = Device(counts=False)
    added(db, dana, device)
    assert alone(db, device) and alone(db, device)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"id": 7}',
        '{"id": "x"}',
        "{" * 3000,
        '{"id": "\\u0000"}',
        '{"id": "\\ud800"}',
        "x" * 30_000,
    ],
)
def test_nonsense_is_refused_with_the_same_sentence(db: Database, dana: Staff, answer: str) -> None:
    challenge, _ = passkey_log_ins.ask_alone(db, SITE, NOW)
    with pytest.raises(PasskeyRefused, match="did not work"):
        passkey_log_ins.log_in(
            db, SITE, challenge=challenge, answer=answer, at=NOW, address="x", device=""
        )


def test_an_answer_that_lacks_its_parts_is_refused(db: Database, dana: Staff) -> None:
    device = Device()
    added(db, dana, device)
    challenge, _ = passkey_log_ins.ask_alone(db, SITE, NOW)
    whole = json.loads(device.sign(challenge))
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        for value in (None, "", "AAAA", 7, "€"):
            broken = {**whole, "response": {**whole["response"], part: value}}
            with pytest.raises(PasskeyRefused, match="did not work"):
                passkey_log_ins.log_in(
                    db,
                    SITE,
                    challenge=challenge,
                    answer=json.dumps(broken),
                    at=NOW,
                    address=f"{part}{value}",
                    device="",
                )
            db.run("delete from rates where clinic_id = :c", c=dana.clinic_id)


def test_somebody_elses_passkey_is_no_second_factor(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    ina, hers, mine = hire("Ina Vogt"), Device(), Device()
    added(db, dana, mine)
    added(db, ina, hers)
    with pytest.raises(PasskeyRefused, match="did not work"):
        second(db, half(db, dana), hers)


def test_guessing_is_counted(db: Database, dana: Staff) -> None:
    device = Device()
    added(db, dana, device)
    stranger = replace(device, key=Device().key)
    for _ in range(log_ins.TRIES_CODE):
        with pytest.raises(PasskeyRefused):
            alone(db, stranger)
    with pytest.raises(LogInRefused, match="ten minutes"):
        alone(db, device)
    assert alone(db, device, NOW + timedelta(minutes=11))


def test_a_lost_device_is_mended_by_a_recovery_code_or_an_administrator(
    db: Database, dana: Staff
) -> None:
    codes = added(db, dana, Device())
    token = log_ins.give_code(db, half(db, dana), codes[0], at=NOW)
    assert sessions.current(db, token, NOW)
    with pytest.raises(WrongCode):
        log_ins.give_code(db, half(db, dana), "123456", at=NOW)
    assert people.reset_factor(db, dana, by=SYSTEM, at=NOW)
    assert passkeys.of(db, dana) == [] and second_factor.codes_left(db, dana) == 0
    assert sessions.current(db, half(db, dana), NOW), "the password is enough again"


def test_the_codes_go_with_the_last_factor_only(db: Database, dana: Staff) -> None:
    added(db, dana, Device())
    added(db, dana, Device())
    first, last = passkeys.of(db, dana)
    assert passkeys.remove(db, dana, first.id, by=dana.actor, at=NOW)
    assert second_factor.codes_left(db, dana) == 10
    assert not passkeys.remove(db, dana, first.id, by=dana.actor, at=NOW)
    passkeys.remove(db, dana, last.id, by=dana.actor, at=NOW)
    assert second_factor.codes_left(db, dana) == 0 and not second_factor.has_any(db, dana)


def test_a_closed_account_opens_by_no_passkey(
    db: Database, dana: Staff, hire: Callable[..., Staff]
) -> None:
    device = Device()
    added(db, dana, device)
    people.disable(db, dana, by=SYSTEM, at=NOW)
    with pytest.raises(PasskeyRefused, match="did not work"):
        alone(db, device)


def test_names_and_numbers_have_an_end(db: Database, dana: Staff) -> None:
    for name in ("", "  ", "x" * 61, "a\nb"):
        with pytest.raises(PasskeyRefused, match="at most 60 letters"):
            passkeys.checked_name(name)
    for _ in range(passkeys.MOST):
        added(db, dana, Device())
    with pytest.raises(PasskeyRefused, match="Remove one first"):
        added(db, dana, Device())


def test_old_answers_are_forgotten(db: Database, dana: Staff) -> None:
    device = Device()
    added(db, dana, device)
    alone(db, device, NOW + timedelta(hours=1))
    kept = db.query("select until from passkey_answers")
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("url", "can", "origin"),
    [
        ("https://checkin.example.org", True, "https://checkin.example.org"),
        ("https://Checkin.example.org:8443/x", True, "https://checkin.example.org:8443"),
        ("http://localhost:5000", True, "http://localhost:5000"),
        ("http://127.0.0.1:5000", False, "http://127.0.0.1:5000"),
        ("https://[::1]", False, "https://[::1]"),
        ("http://clinic.lan", False, "http://clinic.lan"),
    ],
)
def test_where_a_browser_makes_passkeys_at_all(url: str, can: bool, origin: str) -> None:
    assert (site_of(url).can, site_of(url).origin) == (can, origin)
