"""The scheduler killed with SIGKILL again and again while a bad mail server cuts at every stage.

Nothing is lost, nothing goes outside its window, and what goes twice was accepted and then cut or
killed, with the same Message-ID and bytes. The short form runs with all tests; the full one, 200
kills over 10,000 messages on each engine, in `make soak`, or by itself with a line each ten kills
and a verdict:

    python -m pytest -n 0 -m slow tests/test_mail_crash.py

REPORTER_CRASH_KILLS and REPORTER_CRASH_PEOPLE make it smaller (200 and 2000; five messages each).
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

import pytest

import scheduler
from reporter.clinic import front_desk
from reporter.clinic.clinics import Clinic
from reporter.letterhead import Letterhead
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.conftest import MARIA
from tests.mail.bad_server import STAGES, BadServer, bad_server
from tests.mail_crash_driver import driven

# Treated on Monday: check-ins on these days, each a burst of as many messages as there are people.
VISIT = date(2027, 1, 4)
BURSTS = (
    "2027-01-05 10:30", "2027-01-07 10:30", "2027-01-08 17:30", "2027-01-11 10:30",
    "2027-01-12 17:30", "2027-01-18 10:30", "2027-02-01 10:30",
)  # fmt: skip
# Day 7 finds no mail server until its window (48 hours) has passed; so nobody is reminded of it.
SILENT = BURSTS[3:5]
WAITING = "select 1 from outbox where state = 'due' limit 1"
# So many of the kills come while it starts or still writes messages, before any is accepted.
BLINDLY = 0.25
RESTART = timedelta(minutes=3)  # the leases of a killed one have run out then
KILLS = int(os.environ.get("REPORTER_CRASH_KILLS", "200"))
PEOPLE = int(os.environ.get("REPORTER_CRASH_PEOPLE", "2000"))
SAID_EVERY = 10
Say = Callable[[str], None]


@dataclass
class Course:
    """What a run of kills did; `say` is told of it meanwhile."""

    kills: int = 0
    began: float = field(default_factory=time.monotonic)
    say: Say = lambda _: None

    def tell(self, what: str) -> None:
        self.say(f"{time.monotonic() - self.began:5.0f} s  {what}")


def instant(clock: str) -> datetime:
    """By the clocks of the clinic, which are five hours behind all that winter."""
    return datetime.fromisoformat(f"{clock}-05:00").astimezone(UTC)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server(random.Random(7)) as made:
        yield made


def enrol(db: Database, knowledge: Knowledge, clinic: Clinic, people: int) -> None:
    when = instant("2027-01-04 12:00")
    for start in range(0, people, 100):
        with db.transaction():
            for number in range(start, min(start + 100, people)):
                entry = replace(
                    MARIA, name=f"Maria Pat{number}", given_on=VISIT,
                    email=f"p{number}@d{number % 7}.test", expiry="2029-01",
                )  # fmt: skip
                front_desk.enrol(db, knowledge, clinic, entry, by=SYSTEM, at=when)


def survive(
    db: Database, settings: Settings, server: BadServer, kills: int, chance: random.Random,
    course: Course,
) -> None:  # fmt: skip
    """Through all bursts, killed `kills` times in all; then each burst is finished in peace."""
    people = db.query("select count(*) as n from treatments")[0]["n"]
    share = -(-kills // (len(BURSTS) - 2))
    for burst in BURSTS:
        if burst in SILENT:
            if burst == SILENT[0]:
                _nobody_there(db, settings, server, instant(burst))
            continue
        when = instant(burst)
        for _ in range(min(share, kills - course.kills)):
            _kill_once(settings, server, when, chance, max(people * 2 // (3 * share), 2))
            course.kills += 1
            if course.kills % SAID_EVERY == 0:
                course.tell(f"{course.kills} kills, {len(server.accepted)} messages accepted")
            when += RESTART
        while _round(db, settings, server, when) or db.query(WAITING):
            when += timedelta(minutes=15)  # what was put off comes back after longer waits
            assert when < instant(burst) + timedelta(days=1), "it never ends"
        course.tell(f"{burst}: everybody was written to")


def _nobody_there(db: Database, settings: Settings, server: BadServer, due: datetime) -> None:
    """The mail server refuses everybody until the window of this burst has passed."""
    server.refuses_all = True
    for hours in (0, 3, 24, 32, 47):
        _round(db, settings, server, due + timedelta(hours=hours))
    server.refuses_all = False
    assert _round(db, settings, server, due + timedelta(hours=48)) == 0, "never late"


def _kill_once(
    settings: Settings, server: BadServer, when: datetime, chance: random.Random, most: int
) -> None:
    server.clock = when
    with driven(settings, when) as process:
        if chance.random() < BLINDLY:
            time.sleep(chance.uniform(0.05, 2))
            return
        goal, deadline = len(server.accepted) + chance.randrange(1, most), time.monotonic() + 300
        while len(server.accepted) < goal and process.is_alive():
            assert time.monotonic() < deadline, "nothing was sent for minutes"
            time.sleep(0.002)
        time.sleep(chance.random() / 100)


def _round(db: Database, settings: Settings, server: BadServer, when: datetime) -> int:
    """In peace, in this process: how much was done."""
    server.clock = when
    done = scheduler.tick(db, settings, when)
    return done.queued + done.sent


def what_is_wrong(db: Database, server: BadServer, course: Course) -> list[str]:
    """Every broken promise, in a sentence."""
    rows = db.query(
        "select o.message_id, o.state, o.not_after, c.state as checkin, c.due_at, c.closes_at "
        "from outbox o join checkins c on c.clinic_id = o.clinic_id and c.outbox_id = o.id"
    )
    known, wrong = {row["message_id"]: row for row in rows}, []
    counts, bodies = Counter[str](), {}
    for moment, content in server.accepted:
        name = message_from_bytes(content)["Message-ID"]
        counts[name] += 1
        row = known.get(name)
        if row is None:
            wrong.append(f"{name} came from nowhere")
        elif not row["due_at"] <= moment < row["closes_at"]:
            wrong.append(f"{name} was accepted at {moment}, not in its window")
        if bodies.setdefault(name, content) != content:
            wrong.append(f"{name} came twice with different bytes")
    for name, row in known.items():
        if row["state"] == "sent" and not counts[name]:
            wrong.append(f"{name} is marked as sent and never came")
        if row["state"] not in {"sent", "expired"}:
            wrong.append(f"{name} is {row['state']} at the end")
    repeats = sum(counts.values()) - len(counts)
    if repeats > course.kills + server.cut_after:
        wrong.append(f"{repeats} repeats, but {course.kills} kills and {server.cut_after} cuts")
    return wrong


def check(
    db: Database, knowledge: Knowledge, clinic: Clinic, settings: Settings, server: BadServer,
    people: int, kills: int, say: Say = lambda _: None,
) -> None:  # fmt: skip
    seed = int(os.environ.get("REPORTER_TEST_SEED", random.randrange(10**6)))
    print(f"REPORTER_TEST_SEED={seed}")  # shown when the test fails
    db.letterhead = Letterhead(settings.mail_from, settings.base_url)
    course = Course(say=say)
    course.tell(f"{kills} kills, {people} people; REPORTER_TEST_SEED={seed}")
    enrol(db, knowledge, clinic, people)
    server.reseed(random.Random(seed))
    ready = replace(settings, smtp_url=server.url, mail_per_minute=0, mail_per_domain=0)
    survive(db, ready, server, kills, random.Random(seed), course)
    assert course.kills == kills
    wrong = what_is_wrong(db, server, course)
    course.tell(
        f"{len(wrong)} broken promises; the first: {wrong[0]}" if wrong else "nothing broken"
    )
    assert not wrong
    states = Counter(
        (row["day"], row["kind"], row["state"])
        for row in db.query("select day, kind, state from checkins")
    )
    # Who was not asked on day 7 is not reminded of it either; everything else came.
    assert states[7, "checkin", "missed"] == people
    assert states[7, "reminder", "cancelled"] == people
    assert sum(n for (_, _, state), n in states.items() if state == "sent") == 5 * people
    assert set(server.cuts) >= set(STAGES) or people < 500, server.cuts
    assert len({name for _, content in server.accepted
                for name in [message_from_bytes(content)["Message-ID"]]}) == 5 * people  # fmt: skip
    cuts, repeats = sum(server.cuts.values()), len(server.accepted) - 5 * people
    course.tell(
        f"PASSED: {5 * people} messages, {kills} kills, {cuts} cuts by the server, "
        f"{server.cut_after} of them after acceptance; {repeats} repeats"
    )


def test_nothing_is_lost_by_a_few_kills(
    db: Database, knowledge: Knowledge, clinic: Clinic, settings: Settings, server: BadServer
) -> None:
    check(db, knowledge, clinic, settings, server, people=24, kills=5)


@pytest.mark.slow
def test_nothing_is_lost_by_many_kills(
    db: Database, knowledge: Knowledge, clinic: Clinic, settings: Settings, server: BadServer,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def say(words: str) -> None:
        with capfd.disabled():
            print(words, flush=True)

    check(db, knowledge, clinic, settings, server, people=PEOPLE, kills=KILLS, say=say)


def harmed(good: list[tuple[str, bytes]]) -> dict[str, list[tuple[str, bytes]]]:
    """What would have been accepted if a promise were broken, by the complaint it must get."""
    (moment, content), *rest = good
    return {
        "marked as sent and never came": rest,
        "not in its window": [("2027-01-09T00:00:00.000000Z", content), *rest],
        "repeats, but": [*good, good[0]],
        "different bytes": [*good, (moment, content.replace(b"Subject: ", b"Subject: x"))],
        "came from nowhere": [*good, (moment, content.replace(b"-ID: <", b"-ID: <x"))],
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_broken_promise_is_seen(
    db: Database, knowledge: Knowledge, clinic: Clinic, settings: Settings, server: BadServer
) -> None:
    enrol(db, knowledge, clinic, 3)
    server.never_cut = True
    server.clock = instant(BURSTS[0])
    with driven(replace(settings, smtp_url=server.url), instant(BURSTS[0])) as process:
        process.join(60)
        assert process.exitcode == 0
    assert len(server.accepted) == 3 and not what_is_wrong(db, server, Course())
    for complaint, accepted in harmed(server.accepted).items():
        server.accepted = accepted
        assert any(complaint in one for one in what_is_wrong(db, server, Course())), complaint
