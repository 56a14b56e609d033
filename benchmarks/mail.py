"""What sending costs, against the least that could send at all.

    python benchmarks/mail.py                         about two minutes
    python benchmarks/mail.py --messages 300 --planned 20000    a look

Three figures: messages a second of the product (claimed, opened, sent, durably marked) against a
bare smtplib loop over one connection with the same bytes, in turns; one tick with 1,000,000
planned check-ins of which 1,000 are due against one with 10,000; claimed rows a second.
"""

import argparse
import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlite_utils.utils import sqlite3

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scheduler
from benchmarks import serving
from benchmarks.prepared import CLINIC
from reporter.clinic import clinics, front_desk
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.letterhead import Letterhead
from reporter.mail import outbox
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import shipped
from reporter.settings import Settings

VISIT = date(2027, 1, 4)
ENROLLED = datetime(2027, 1, 4, 12, tzinfo=UTC)
DUE = datetime(2027, 1, 5, 10, 30, tzinfo=UTC)  # the clinic's clock is UTC
ROUNDS = 5
FLOOR, MOST = 0.7, 1.5


@contextmanager
def sink(kind: str = "raw") -> Iterator[int]:
    """The mail server, in a process of its own; its port."""
    port = serving.free_port()
    command = [sys.executable, str(Path(__file__).with_name("mail_sink.py")), str(port), kind]
    process = subprocess.Popen(command)
    try:
        for _ in range(200):
            try:
                smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def house(folder: Path, port: int) -> Iterator[tuple[Database, Settings, Clinic]]:
    url = f"sqlite:///{folder / 'mail.db'}"
    settings = Settings(
        keys=(serving.KEY,),
        database_url=url,
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_from="nurses@epec.test",
        mail_per_minute=0,
        mail_per_domain=0,
    )
    head = Letterhead(settings.mail_from, settings.base_url)
    with closing(open_database(url, Vault(settings.keys), head)) as db:
        db.migrate()
        yield db, settings, clinics.create(db, CLINIC, at=ENROLLED)


def entry(number: int, given_on: date) -> Enrolment:
    return Enrolment(
        name=f"Pat Doe{number}",
        born=date(1950, 1, 1) + timedelta(days=number),
        email=f"p{number}@patients.test",
        mobile="",
        language="en",
        may_voicemail=False,
        may_email=True,
        given_on=given_on,
        product="Botox Cosmetic",
        lot="C8123F2",
        expiry="2029-08",
        areas=(AreaDose("glabella", 20),),
        injector="Dr. A. Lin",
        factors=(),
    )


def enrol(db: Database, clinic: Clinic, people: int) -> None:
    for start in range(0, people, 200):
        with db.transaction():
            for number in range(start, min(start + 200, people)):
                front_desk.enrol(
                    db, shipped(), clinic, entry(number, VISIT), by=SYSTEM, at=ENROLLED
                )


def fill(db: Database, clinic: Clinic, planned: int) -> None:
    """Further treatments with check-ins that are not due for years, up to so many planned."""
    later = entry(1_000_000, date(2030, 1, 1))
    far, _ = front_desk.enrol(db, shipped(), clinic, later, by=SYSTEM, at=ENROLLED)
    there = db.query("select count(*) as n from checkins where state = 'planned'")[0]["n"]
    missing = max(planned - there, 0)
    db.run(
        "insert into treatments (clinic_id, id, patient_id, reference, given_on, product, lot, "
        "expiry, areas, factors, injector, created_at) with recursive n(i) as (select 1 union all "
        "select i + 1 from n where i < :most) select :c, 'far' || i, :p, 'R' || i, '2030-01-01', "
        "'P' || i, '', '', '[]', '[]', '', :at from n",
        c=clinic.id,
        p=far.patient.id,
        most=missing // 5 + 1,
        at="2027-01-04T12:00:00.000000Z",
    )
    db.run(
        "insert into checkins (clinic_id, id, treatment_id, day, kind, due_at, closes_at, state) "
        "with recursive n(i) as (select 0 union all select i + 1 from n where i < :most) "
        "select :c, 'far' || printf('%08d', i), 'far' || (i / 5 + 1), i % 5, 'checkin', "
        "'2030-0' || (i % 9 + 1) || '-11T10:30:00.000000Z', '2030-12-31T00:00:00.000000Z', "
        "'planned' from n",
        c=clinic.id,
        most=missing - 1,
    )


def contents(db: Database, clinic: Clinic) -> list[tuple[str, bytes]]:
    """The very messages that wait, for the bare loop."""
    claimed = outbox.claim(db, clinic.id, "look", DUE, 1_000_000)
    opened = [outbox.opened(db, one, DUE) for one in claimed]
    db.run("update outbox set lease_by = null, lease_until = null, attempts = 0")
    return [(one["to"], one["bytes"].encode()) for one in opened if one]


def bare(port: int, messages: list[tuple[str, bytes]]) -> float:
    """A loop over one connection that remembers nothing: messages a second."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for to, content in messages:
            smtp.sendmail("nurses@epec.test", [to], content)
    return len(messages) / (time.perf_counter() - started)


def durable(port: int, messages: list[tuple[str, bytes]], folder: Path) -> float:
    """The bare loop that also remembers, on disk, each message that went: messages a second."""
    memory = sqlite3.connect(folder / "bare.db", isolation_level=None)
    with closing(memory) as kept, smtplib.SMTP("127.0.0.1", port) as smtp:
        kept.execute("pragma journal_mode=wal")
        kept.execute("pragma synchronous=full")
        kept.execute("create table if not exists sent (id integer primary key, at text)")
        started = time.perf_counter()
        for to, content in messages:
            smtp.sendmail("nurses@epec.test", [to], content)
            kept.execute("insert into sent (at) values ('2027-01-05T10:30:00.000000Z')")
    return len(messages) / (time.perf_counter() - started)


def product(db: Database, settings: Settings, count: int) -> float:
    started = time.perf_counter()
    tally = scheduler.send_outbox(db, settings, DUE, "bench")
    took = time.perf_counter() - started
    assert tally.sent == count, tally
    return count / took


def sending(count: int, kind: str) -> dict[str, float]:
    """The product and the bare loop in turns, with the same messages."""
    found: dict[str, list[float]] = {"product": [], "bare": [], "durable": []}
    with TemporaryDirectory() as folder, sink(kind) as port, house(Path(folder), port) as made:
        db, settings, clinic = made
        enrol(db, clinic, count)
        scheduler.queue_checkins(db, DUE, "bench")
        messages = contents(db, clinic)
        kept = {r["id"]: r["sealed_message"] for r in db.query("select * from outbox")}
        for _ in range(ROUNDS):
            found["bare"].append(bare(port, messages))
            found["product"].append(product(db, settings, count))
            found["durable"].append(durable(port, messages, Path(folder)))
            with db.transaction():
                for row_id, sealed in kept.items():
                    db.run(
                        "update outbox set state = 'due', sealed_message = :s, sent_at = null "
                        "where id = :i",
                        s=sealed,
                        i=row_id,
                    )
    return {name: median(rates) for name, rates in found.items()}


def one_tick(planned: int, due: int) -> tuple[float, float]:
    """Seconds of one tick that sends `due` of `planned`; seconds of the next one, with nothing."""
    with TemporaryDirectory() as folder, sink() as port, house(Path(folder), port) as made:
        db, settings, clinic = made
        enrol(db, clinic, due)
        fill(db, clinic, planned)
        db.forget_deleted()
        started = time.perf_counter()
        done = scheduler.tick(db, settings, DUE)
        took = time.perf_counter() - started
        assert (done.queued, done.sent) == (due, due), done
        started = time.perf_counter()
        scheduler.tick(db, settings, DUE + timedelta(minutes=1))
        return took, time.perf_counter() - started


def claims(rows: int) -> float:
    """Rows claimed a second, in the batches in which they are sent."""
    with TemporaryDirectory() as folder, house(Path(folder), 9) as made:
        db, _, clinic = made
        db.run(
            "insert into outbox (clinic_id, id, channel, name, sealed_message, message_id, state, "
            "priority, due_at, created_at) with recursive n(i) as (select 1 union all select i + 1 "
            "from n where i < :rows) select :c, printf('%08d', i), 'mail', 'checkin', 'x', 'x', "
            "'due', 5, '2027-01-05T10:30:00.000000Z', '2027-01-05T10:30:00.000000Z' from n",
            c=clinic.id,
            rows=rows,
        )
        taken, started = 0, time.perf_counter()
        while batch := db.atomically(lambda: outbox.claim(db, clinic.id, "w", DUE, 20)):
            taken += len(batch)
            if taken >= min(rows, 10_000):
                break
        return taken / (time.perf_counter() - started)


def _ratio(rates: dict[str, float], ceiling: str) -> float:
    return round(rates["product"] / rates[ceiling], 2)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--messages", type=int, default=1000)
    ask.add_argument("--planned", type=int, default=1_000_000)
    ask.add_argument("--due", type=int, default=1000)
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    rates = {kind: sending(given.messages, kind) for kind in ("real", "pipelining", "raw")}
    ticks = {many: one_tick(many, given.due) for many in (10_000, given.planned)}
    few, many = ticks[10_000], ticks[given.planned]
    figures = {
        "product_per_second": round(rates["real"]["product"]),
        "bare_per_second": round(rates["real"]["bare"]),
        "ratio": _ratio(rates["real"], "bare"),
        "ratio_where_pipelining_is_offered": _ratio(rates["pipelining"], "bare"),
        "ratio_to_a_loop_that_remembers": _ratio(rates["real"], "durable"),
        "raw_ratio": _ratio(rates["raw"], "bare"),
        "raw_ratio_to_a_loop_that_remembers": _ratio(rates["raw"], "durable"),
        "tick_of_10000_planned_s": round(few[0], 3),
        f"tick_of_{given.planned}_planned_s": round(many[0], 3),
        "tick_ratio": round(many[0] / few[0], 2),
        "idle_tick_ms": round(many[1] * 1000, 2),
        "claims_per_second": round(claims(min(given.planned, 200_000))),
    }
    for name, figure in [] if given.json else figures.items():
        print(f"{name:32} {figure}")
    if given.json:
        print(json.dumps(figures))
    fine = figures["ratio"] >= FLOOR and figures["tick_ratio"] <= MOST
    print(f"aims: ratio >= {FLOOR}, tick_ratio <= {MOST}: {'met' if fine else 'MISSED'}",
          file=sys.stderr)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
