"""What the crash test kills, who submits meanwhile, and how the store is judged afterwards.

Patients press "Send" over real HTTP and press again until they are told that it is stored, with
the same form and so the same key. Everything is killed with SIGKILL at moments of chance.
"""

import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks import prepared, serving
from benchmarks.prepared import Submission
from reporter import create_app
from reporter.demo_mail import messages
from reporter.records import audit
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.levels import Level
from reporter.settings import Settings

SERVE = ("-m", "reporter", "serve")
SCHEDULER = (str(serving.ROOT / "scheduler.py"),)
PATIENCE = 60.0  # how long a patient goes on pressing


@dataclass
class Patients:
    """Several people who send at once. `acknowledged` is what they were told is stored."""

    port: int
    waiting: list[Submission]
    acknowledged: dict[str, float] = field(default_factory=dict)
    cut: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, at_once: int = 6) -> None:
        self.waiting.reverse()
        for _ in range(at_once):
            thread = threading.Thread(target=self._go)
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE * 2)
        assert not any(thread.is_alive() for thread in self._threads), "A patient still presses"

    def _go(self) -> None:
        while one := self._next():
            self._press_until_told(one)
            if random.random() < 0.15:  # back and "Send" again
                self._press_until_told(one)

    def _next(self) -> Submission | None:
        with self._lock:
            return self.waiting.pop() if self.waiting else None

    def _press_until_told(self, one: Submission) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, location = self._press(one)
            except (OSError, HTTPException):
                self.cut[one.key] += 1
                time.sleep(0.05)
                continue
            if status == 303 and location.endswith(f"/done/{one.key}"):
                self.acknowledged.setdefault(one.key, time.time())
                return
            if status != 503:  # "not saved, send it again" is an honest answer
                self.refused.append(f"{status} {location}")
                return
            time.sleep(0.05)
        self.refused.append(f"nothing in {PATIENCE} s")

    def _press(self, one: Submission) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=15)) as line:
            head = {"Cookie": one.cookie, "Content-Type": "application/x-www-form-urlencoded"}
            line.request("POST", one.path, one.body, head)
            answer = line.getresponse()
            answer.read()
            return answer.status, answer.getheader("Location") or ""


@dataclass
class House:
    """The product's two processes on one store, killed and started again."""

    database_url: str
    port: int
    smtp_port: int
    serve: Sequence[str] = SERVE
    _web: serving.Process | None = None
    _scheduler: serving.Process | None = None

    def start(self) -> None:
        env = serving.environment(
            self.database_url,
            self.port,
            2,
            REPORTER_SMTP_URL=f"smtp://127.0.0.1:{self.smtp_port}",
        )
        self._web = serving.start(self.serve, env)
        if self._scheduler is None:
            self._scheduler = serving.start(SCHEDULER, env)

    def wait_until_ready(self) -> None:
        assert self._web is not None
        serving.wait_until_ready(self.port, self._web)

    def kill(self, *, scheduler: bool) -> None:
        if self._web is not None:
            serving.kill(self._web)
            self._web = None
        if scheduler and self._scheduler is not None:
            serving.kill(self._scheduler)
            self._scheduler = None


@contextmanager
def running(house: House) -> Iterator[House]:
    """Whatever happens, nothing of it is left running."""
    try:
        house.start()
        house.wait_until_ready()
        yield house
    finally:
        house.kill(scheduler=True)


def make_clinic(database_url: str, count: int) -> tuple[str, list[Submission]]:
    """A clinic in a migrated store, and its patients about to send: one in two is flagged."""
    at = datetime.now(UTC)
    app = create_app(
        Settings(keys=(serving.KEY,), database_url=database_url, secret_key=serving.SECRET)
    )
    db = app.extensions["reporter"].db
    with closing(db):
        clinic = prepared.found_clinic(db, at)
        return clinic.id, prepared.submissions(app, clinic, prepared.mixed(count, 0.5), at)


def kill_at_random(
    house: House, patients: Patients, kills: int, chance: random.Random, seconds: float = 1800
) -> tuple[int, int]:
    """Kill in the middle of submissions, `kills` times or until the time is up.

    How many kills there were, and how many of them cut somebody off.
    """
    cutting, done, deadline = 0, 0, time.monotonic() + seconds
    while done < kills and time.monotonic() < deadline:
        done += 1
        _wait_for(patients, len(patients.acknowledged) + chance.randint(1, 8))
        time.sleep(chance.uniform(0, 0.03))
        before = patients.cut.total()
        house.kill(scheduler=chance.random() < 0.5)
        time.sleep(0.1)
        cutting += patients.cut.total() > before
        house.start()
        if chance.random() < 0.2:  # killed while it starts
            time.sleep(chance.uniform(0, 0.6))
            house.kill(scheduler=True)
            house.start()
        house.wait_until_ready()
    return done, cutting


def _wait_for(patients: Patients, count: int, seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while len(patients.acknowledged) < count and time.monotonic() < deadline:
        time.sleep(0.001)


def reopened(database_url: str) -> Database:
    return open_database(database_url, Vault([serving.KEY]))


def what_is_wrong(
    db: Database, clinic_id: str, acknowledged: set[str], told: Sequence[Submission]
) -> list[str]:
    """Every promise that the store does not keep; none when all are kept."""
    expected = {one.key: one for one in told}
    rows = list(prepared.stored(db))
    times = Counter(row["key"] for row in rows)
    wrong = [f"acknowledged but not stored: {key}" for key in acknowledged - set(times)]
    wrong += [f"stored {n} times: {key}" for key, n in times.items() if n > 1]
    wrong += [f"nobody sent this: {key}" for key in set(times) - set(expected)]
    for row in rows:
        if row["key"] in expected:
            wrong += _wrong_with(row, expected[row["key"]])
    wrong += [f"audit: {one.what}" for one in audit.verify(db, clinic_id)]
    wrong += _not_audited(db, clinic_id)
    return [*wrong, *_alerts_missing(db, rows)]


def _wrong_with(row: dict[str, Any], sent: Submission) -> Iterator[str]:
    level = None if row["level"] is None else Level(row["level"])
    if level is None:
        if not (row["is_open"] and row["undecided"]):
            yield f"undecided and not first in the queue: {row['key']}"
    elif level != Level.from_id(sent.kind):
        yield f"decided {level.id} instead of {sent.kind}: {row['key']}"
    if level is None or level >= Level.CALL_BACK:
        if not row["is_open"]:
            yield f"flagged and no open case: {row['key']}"
        elif not row["due_at"] or row["case_level"] < (level or 0):
            yield f"its case has no due time or a lower level: {row['key']}"


def _not_audited(db: Database, clinic_id: str) -> Iterator[str]:
    """A report without its event, or an event without its report."""
    heard = {e["subject"] for e in audit.events(db, clinic_id) if e["verb"] == "report.received"}
    kept = {r["id"] for r in db.query("select id from reports where clinic_id = :c", c=clinic_id)}
    yield from (f"report without an audit event: {one}" for one in kept - heard)
    yield from (f"audit event without a report: {one}" for one in heard - kept)


def _alerts_missing(db: Database, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The one nurse gets one message for each case that is urgent or undecided."""
    urgent = {r["case_id"] for r in rows if r["level"] is None or r["level"] >= Level.URGENT}
    count = len(
        db.query(
            "select id from outbox where clinic_id in (select clinic_id from clinics) "
            "and name = 'staff_alert'"
        )
    )
    if count != len(urgent):
        yield f"{len(urgent)} urgent cases and {count} alerts"


def what_is_wrong_with_the_mail(db: Database, inbox: Path) -> list[str]:
    """Each alert went out; a copy of a message is the same message to whoever receives it."""
    waiting = db.query(
        "select state, count(*) as n from outbox where clinic_id in "
        "(select clinic_id from clinics) and name = 'staff_alert' and state <> 'sent' "
        "group by state"
    )
    wrong = [f"{row['n']} alerts are {row['state']}" for row in waiting]
    by_case: dict[str, set[str]] = defaultdict(set)
    by_patient: dict[tuple[str, str], set[str]] = defaultdict(set)
    steps = db.query(
        "select message_id from outbox where clinic_id in (select clinic_id from clinics) "
        "and name = 'case_step'"
    )
    reminders = {row["message_id"] for row in steps}  # an hour on, nobody has taken the cases
    for mail in messages(inbox):
        if mail.message_id in reminders:
            continue
        if found := re.search(r"/case/(\S+)", mail.text):
            by_case[found[1]].add(mail.message_id)
        else:
            by_patient[mail.to, mail.subject].add(mail.message_id)
    for about, ids in [*by_case.items(), *by_patient.items()]:
        if len(ids) > 1:
            wrong.append(f"{len(ids)} different messages for {about}")
    sent = db.query(
        "select message_id from outbox where clinic_id in (select clinic_id from clinics) "
        "and state = 'sent' and channel = 'mail'"
    )
    received = {mail.message_id for mail in messages(inbox)}
    lost = {row["message_id"] for row in sent} - received
    return wrong + [f"marked sent, never received: {one}" for one in lost]


def later(hours: int = 1) -> datetime:
    """When every lease of a killed worker has run out."""
    return datetime.now(UTC) + timedelta(hours=hours)


class Hasty:
    """The control: a web server that says "stored" first and stores afterwards.

    With it the very same test must find lost reports, or it could not find any.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        from io import BytesIO

        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        kept = {**environ, "wsgi.input": BytesIO(body)}
        threading.Timer(0.4, lambda: list(self._app(kept, lambda *_: None))).start()
        _, _, slug, key, _ = environ["PATH_INFO"].split("/")
        start_response("303 SEE OTHER", [("Location", f"/c/{slug}/done/{key}")])
        return [b""]


def hasty() -> Hasty:
    return Hasty(create_app())
