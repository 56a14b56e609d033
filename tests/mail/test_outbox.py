"""The outbox: written with its cause, claimed by one, and gone only when it has gone."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import outbox, outcomes
from reporter.mail.outbox import Claimed
from reporter.records.db import Database, Row
from reporter.records.seal import Unreadable
from tests.mail.conftest import Post
from tests.mail.words import NOW

Read = Callable[[str], Row]


def claim(
    db: Database, clinic: Clinic, worker: str = "w", n: int = 10, **late: float
) -> list[Claimed]:
    return outbox.claim(db, clinic.id, worker, NOW + timedelta(**late), n)


def test_row_belongs_in_the_transaction_of_its_cause(
    db: Database, clinic: Clinic, post: Post
) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.add_webhook(
            db, clinic.id, name="on_call", url="http://x.test", secret="s", payload={}, at=NOW
        )
    with pytest.raises(ZeroDivisionError), db.transaction():
        post()
        raise ZeroDivisionError
    assert claim(db, clinic) == []


def test_message_is_sealed(db: Database, clinic: Clinic, post: Post, row: Read) -> None:
    stored = row(post())
    assert "staff.test" not in str(stored)
    assert "K7-42Q" not in str(stored)


def test_a_row_is_claimed_once_until_its_lease_ends(
    db: Database, clinic: Clinic, post: Post
) -> None:
    post()
    first = claim(db, clinic, "one")
    assert [(c.attempts, c.worker) for c in first] == [(1, "one")]
    assert claim(db, clinic, "two", seconds=119) == []
    assert [(c.attempts, c.worker) for c in claim(db, clinic, "two", seconds=121)] == [(2, "two")]


def test_alerts_go_before_check_ins_then_the_longest_due(
    db: Database, clinic: Clinic, post: Post
) -> None:
    late = post(at=NOW)
    early = post(at=NOW - timedelta(hours=1))
    alert = post(at=NOW, priority=outbox.ALERT)
    assert [c.id for c in claim(db, clinic, n=2)] == [alert, early]
    assert [c.id for c in claim(db, clinic, n=2)] == [late]


def test_what_one_worker_holds_does_not_stand_in_the_way(
    db: Database, clinic: Clinic, post: Post
) -> None:
    ids = [post(at=NOW - timedelta(minutes=10 - n)) for n in range(6)]
    assert [c.id for c in claim(db, clinic, "one", n=3)] == ids[:3]
    assert [c.id for c in claim(db, clinic, "two", n=3)] == ids[3:]


def test_another_clinic_is_never_touched(db: Database, clinic: Clinic, post: Post) -> None:
    post()
    assert outbox.claim(db, "another", "w", NOW, 10) == []


def test_workers_at_once_share_without_overlap(db: Database, clinic: Clinic, post: Post) -> None:
    wanted = {post() for _ in range(60)}
    got: list[str] = []

    def work(name: str) -> None:
        while batch := db.atomically(lambda: claim(db, clinic, name, n=7)):
            got.extend(claimed.id for claimed in batch)
        db.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(wanted)


def test_what_was_cancelled_is_not_sent(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    row_id = post()
    (claimed,) = claim(db, clinic)
    assert not outbox.cancel(db, clinic.id, row_id, NOW, even_claimed=False)
    assert outbox.cancel(db, clinic.id, row_id, NOW)
    assert outbox.opened(db, claimed, NOW) is None
    assert row(row_id)["sealed_message"] is None
    assert not outbox.cancel(db, clinic.id, row_id, NOW)


def test_a_lease_that_runs_out_is_not_begun(db: Database, clinic: Clinic, post: Post) -> None:
    post()
    (claimed,) = claim(db, clinic)
    assert outbox.opened(db, claimed, NOW + timedelta(seconds=40))
    assert outbox.opened(db, claimed, NOW + timedelta(seconds=41)) is None
    claim(db, clinic, "other", seconds=121)
    assert outbox.opened(db, claimed, NOW) is None


def test_sent_wipes_the_message_and_stays_sent(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    (claimed,) = [claim(db, clinic)[0] for _ in [post()]]
    outcomes.sent(db, claimed, NOW)
    outcomes.fail(db, claimed, NOW, "late news")
    stored = row(claimed.id)
    assert (stored["state"], stored["sealed_message"], stored["trouble"]) == ("sent", None, None)
    assert stored["sent_at"] == stamp(NOW)


def test_sent_is_true_even_of_what_was_cancelled_meanwhile(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    row_id = post()
    (claimed,) = claim(db, clinic)
    outbox.cancel(db, clinic.id, row_id, NOW)
    outcomes.sent(db, claimed, NOW)
    assert row(row_id)["state"] == "sent"


def test_past_its_last_moment_it_expires(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    row_id = post(not_after=NOW + timedelta(minutes=5))
    (claimed,) = claim(db, clinic)
    late = NOW + timedelta(minutes=5)
    outcomes.expire(db, clinic.id, NOW + timedelta(seconds=60))
    assert row(row_id)["state"] == "due", "somebody may be sending it"
    assert outbox.opened(db, claimed, late) is None
    assert outcomes.expire(db, clinic.id, late) == 1
    assert row(row_id)["state"] == "expired"
    assert row(row_id)["sealed_message"] is None


def test_back_off_doubles_and_is_spread(db: Database, clinic: Clinic, post: Post) -> None:
    for _ in range(20):
        post(priority=outbox.ROUTINE)
    batch = claim(db, clinic, n=20)
    waits = sorted(outcomes.wait_before(claimed) for claimed in batch)
    assert timedelta(seconds=45) <= waits[0] < waits[-1] <= timedelta(seconds=75)
    for claimed in batch:
        outcomes.defer(db, claimed, NOW, "The mail server answered 451 to the recipient.")
    assert claim(db, clinic, seconds=44) == []
    assert len(claim(db, clinic, n=20, seconds=76)) == 20


@pytest.mark.parametrize(
    ("attempts", "priority", "low", "high"),
    [
        (1, 5, 45, 75),
        (2, 5, 90, 150),
        (6, 5, 1440, 2400),
        (40, 5, 3 * 3600, 5 * 3600),
        (40, 1, 225, 375),
    ],
)
def test_wait_has_bounds(attempts: int, priority: int, low: int, high: int) -> None:
    claimed = Claimed("c", "id", "mail", None, priority, attempts, "w", NOW, NOW)
    assert low <= outcomes.wait_before(claimed).total_seconds() <= high


def test_given_up_after_a_day_of_tries_only(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    row_id = post()
    at, attempts = NOW, 0
    while row(row_id)["state"] == "due":
        (claimed,) = outbox.claim(db, clinic.id, "w", at, 1)
        outcomes.defer(db, claimed, at, "The mail server answered 451 to the message.")
        at, attempts = at + timedelta(hours=5), attempts + 1
    assert attempts == 6
    assert at - NOW >= timedelta(hours=24)
    assert row(row_id)["trouble"].endswith("to the message. Given up after 24 hours.")


def test_put_back_does_not_count(db: Database, clinic: Clinic, post: Post) -> None:
    post()
    (claimed,) = claim(db, clinic)
    outcomes.put_back(db, claimed, NOW)
    assert [again.attempts for again in claim(db, clinic)] == [1]


def test_a_stranger_cannot_put_back_or_defer(
    db: Database, clinic: Clinic, post: Post, row: Read
) -> None:
    post()
    (old,) = claim(db, clinic, "old")
    (new,) = claim(db, clinic, "new", seconds=121)
    outcomes.put_back(db, old, NOW)
    outcomes.defer(db, old, NOW, "late")
    assert (row(new.id)["lease_by"], row(new.id)["attempts"]) == ("new", 2)


def test_erased_patient_cannot_be_written_to(
    db: Database, clinic: Clinic, post: Post, enrolled: Callable[..., Treatment]
) -> None:
    patient = enrolled().patient
    post(patient_id=patient.id)
    db.run("update patients set wrapped_key = null where clinic_id = :c", c=clinic.id)
    (claimed,) = claim(db, clinic)
    with pytest.raises(Unreadable):
        outbox.opened(db, claimed, NOW)
