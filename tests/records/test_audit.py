"""The chain shows each kind of tampering, and names the event."""

from collections.abc import Callable

import pytest

from reporter.clinic.clinics import Clinic
from reporter.records import audit
from reporter.records.audit import SYSTEM, Actor, Head
from reporter.records.db import Database
from tests.conftest import NOW

Tamper = Callable[[Database], object]


def write(db: Database, clinic: Clinic, count: int = 5) -> None:
    for number in range(count):
        with db.transaction():
            audit.record(db, clinic.id, SYSTEM, "tested", f"thing {number}", NOW, number=number)


def test_a_whole_chain_has_no_break(db: Database, clinic: Clinic) -> None:
    write(db, clinic)
    assert audit.verify(db, clinic.id) == []
    assert audit.head(db, clinic.id).seq == 6  # the clinic's own creation is the first event


TAMPERING: list[tuple[Tamper, int]] = [
    (lambda db: db.run("update audit_events set actor = 'staff:x' where seq = 3"), 3),
    (lambda db: db.run("update audit_events set details = '{}' where seq = 4"), 4),
    (lambda db: db.run("update audit_events set at = '2020' where seq = 2"), 2),
    (lambda db: db.run("delete from audit_events where seq = 3"), 3),
    (lambda db: db.run("delete from audit_events where seq = 6"), 6),
    (
        lambda db: [
            db.run("update audit_events set seq = 99 where seq = 3"),
            db.run("update audit_events set seq = 3 where seq = 4"),
            db.run("update audit_events set seq = 4 where seq = 99"),
        ],
        3,
    ),
    (
        lambda db: db.run(
            "insert into audit_events select clinic_id, 7, at, actor, verb, subject, details, mac "
            "from audit_events where seq = 6"
        ),
        7,
    ),
    (
        lambda db: [
            db.run("update audit_events set seq = seq + 100 where seq >= 4"),
            db.run(
                "insert into audit_events select clinic_id, 4, at, actor, verb, 'forged', details, "
                "mac from audit_events where seq = 3"
            ),
            db.run("update audit_events set seq = seq - 99 where seq >= 104"),
        ],
        4,
    ),
]
NAMES = [
    "who altered",
    "details altered",
    "time altered",
    "removed",
    "tail cut",
    "reordered",
    "inserted at the end",
    "inserted in the middle",
]


@pytest.mark.parametrize(("tamper", "seq"), TAMPERING, ids=NAMES)
def test_tampering_is_found_and_named(
    db: Database, clinic: Clinic, tamper: Tamper, seq: int
) -> None:
    write(db, clinic)
    tamper(db)
    assert seq in [found.seq for found in audit.verify(db, clinic.id)]


def test_a_cut_tail_with_a_forged_head_shows_against_the_exported_head(
    db: Database, clinic: Clinic
) -> None:
    write(db, clinic)
    exported = audit.head(db, clinic.id)
    db.run("delete from audit_events where seq = 6")
    last = db.query("select mac from audit_events where seq = 5")[0]["mac"]
    db.run("update audit_heads set seq = 5, mac = :mac", mac=last)
    assert audit.verify(db, clinic.id) == []
    found = audit.verify(db, clinic.id, exported)
    assert [(one.seq, "exported" in one.what) for one in found] == [(6, True)]


def test_an_event_outside_a_transaction_is_a_mistake(db: Database, clinic: Clinic) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record(db, clinic.id, SYSTEM, "tested", "x", NOW)


def test_an_event_goes_with_what_it_records(db: Database, clinic: Clinic) -> None:
    before = audit.head(db, clinic.id)
    with pytest.raises(ZeroDivisionError), db.transaction():
        audit.record(db, clinic.id, SYSTEM, "tested", "x", NOW)
        raise ZeroDivisionError
    assert audit.head(db, clinic.id) == before


def test_events_are_read_page_by_page(db: Database, clinic: Clinic) -> None:
    write(db, clinic, 7)
    assert [event["seq"] for event in audit.events(db, clinic.id, page=3)] == list(range(1, 9))


def test_an_empty_chain_is_whole(db: Database) -> None:
    assert audit.head(db, "nobody") == Head(0, audit.START)


def test_an_actor_reads_as_kind_and_id() -> None:
    assert str(Actor("staff", "7", "Dana")) == "staff:7"
    assert str(SYSTEM) == "system"
