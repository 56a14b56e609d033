"""So many a minute, in all and to one domain; alerts overtake; all workers share the count."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic.clinics import Clinic
from reporter.mail import outbox
from reporter.mail.limits import Limits
from reporter.records.db import Database, Row
from tests.mail.conftest import Post, Send
from tests.mail.servers import Mailbox
from tests.mail.words import NOW

Read = Callable[[str], Row]
MINUTE = timedelta(seconds=61)


def domains(box: Mailbox) -> Counter[str]:
    return Counter(to.rpartition("@")[2] for to in box.recipients)


def test_no_more_than_so_many_a_minute(post: Post, send: Send, box: Mailbox, row: Read) -> None:
    ids = [post(f"n{n}@x.test") for n in range(50)]
    limits = Limits(per_minute=20)
    for minute, total in enumerate((20, 40, 50, 50)):
        for _ in range(3):  # however often the scheduler comes by
            send(NOW + minute * MINUTE, limits=limits)
        assert len(box.accepted) == total
    assert {row(row_id)["attempts"] for row_id in ids} == {1}, "waiting is no attempt"
    assert max(Counter(box.recipients).values()) == 1


def test_one_domain_does_not_hold_up_the_others(post: Post, send: Send, box: Mailbox) -> None:
    for number in range(60):
        post(f"n{number}@big.test")
    for number in range(5):
        post(f"n{number}@small.test")
    tally = send(limits=Limits(per_domain=10))
    assert domains(box) == {"big.test": 10, "small.test": 5}
    assert tally.counts["held"] == 50
    assert not tally.down


def test_a_domain_counts_whatever_its_case(post: Post, send: Send, box: Mailbox) -> None:
    for to in ("a@Big.test", "b@BIG.TEST", "c@big.test"):
        post(to)
    send(limits=Limits(per_domain=2))
    assert len(box.accepted) == 2


def test_alerts_to_staff_never_wait(post: Post, send: Send, box: Mailbox) -> None:
    for number in range(5):
        post(f"n{number}@x.test")
    send(limits=Limits(per_minute=3, per_domain=3))
    for number in range(7):
        post(f"alert{number}@x.test", priority=outbox.ALERT)
    send(limits=Limits(per_minute=3, per_domain=3))
    assert sum(to.startswith("alert") for to in box.recipients) == 7
    assert len(box.accepted) == 10


def test_two_workers_share_the_count(post: Post, send: Send, box: Mailbox) -> None:
    for number in range(40):
        post(f"n{number}@x.test")
    for worker in ("one", "two", "three"):
        send(worker=worker, limits=Limits(per_minute=15))
    assert len(box.accepted) == 15


def test_without_limits_nothing_is_counted(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox
) -> None:
    for number in range(30):
        post(f"n{number}@x.test")
    send()
    assert len(box.accepted) == 30
    assert db.one("select 1 as kept from rates where name like 'mail%'") is None


def test_no_domain_stands_in_the_store_in_the_open(
    db: Database, post: Post, send: Send, box: Mailbox
) -> None:
    post("somebody@rare-family-name.test")
    send(limits=Limits(per_minute=5, per_domain=5))
    for table in ("outbox", "rates"):
        assert "rare-family" not in str(db.query(f"select * from {table}"))  # noqa: S608


@pytest.mark.parametrize("limit", [1, 7, 20, 21])
def test_any_limit_ends_and_loses_nothing(post: Post, send: Send, box: Mailbox, limit: int) -> None:
    for number in range(45):
        post(f"n{number}@x.test")
    minutes = 0
    while len(box.accepted) < 45:
        before = len(box.accepted)
        send(NOW + minutes * MINUTE, limits=Limits(per_minute=limit))
        assert len(box.accepted) - before == min(limit, 45 - before)
        minutes += 1
