"""Reports a second, durably, over HTTP: the whole product against the bare least, in turns.

    python benchmarks/submit.py                 about three minutes
    python benchmarks/submit.py --seconds 1 --rounds 1    the short form

Read benchmarks/README.md for how to read the ratio. Exit status 1: an answer failed, or what was
acknowledged is not what is stored; slowness alone is no failure, since machines differ.
"""

import argparse
import contextlib
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from benchmarks import prepared, serving
from benchmarks.figures import BARE, CONCURRENCY, PRODUCT, Figures, line, median, ratios, show
from reporter import create_app, serve
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

WARM_UP = 40


@dataclass(frozen=True)
class Asked:
    """One form POST, and the key by which its report is found in the store."""

    key: str
    path: str
    cookie: str
    body: str


@dataclass(frozen=True)
class Job:
    """One run of one program."""

    program: str
    database: Path
    port: int
    seconds: float


def main() -> int:
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="reporter-submit-") as folder:
        figures = _measure(asked, Path(folder))
    table = [median(figures, name, n) for n in CONCURRENCY for name in (PRODUCT, BARE)]
    if asked.json:
        print(json.dumps({"medians": [asdict(one) for one in table], "ratios": ratios(table)}))
    else:
        show(table, f"Medians of {asked.rounds}, {asked.server}, {asked.workers} workers:")
    return 1 if any(one.refused or one.lost for one in figures) else 0


def _asked() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    reader.add_argument("--rounds", type=int, default=3, help="turns, of which the median counts")
    reader.add_argument("--flagged", type=float, default=0.5, help="share that opens a case")
    reader.add_argument("--server", choices=sorted(SERVERS), default="granian")
    reader.add_argument("--workers", type=int, default=Settings(("",)).workers)
    reader.add_argument("--fields", type=int, default=1, help="form fields of the bare program")
    reader.add_argument("--pool", type=int, default=0, help="prepared reports; default by seconds")
    reader.add_argument("--json", action="store_true")
    return reader.parse_args()


def _measure(asked: argparse.Namespace, folder: Path) -> list[Figures]:
    pool = asked.pool or int(asked.seconds * 900) + 2 * WARM_UP
    ready = folder / "ready.db"
    told = _prepare(ready, prepared.mixed(pool, asked.flagged))
    figures: list[Figures] = []
    for turn in range(asked.rounds):
        for program in (PRODUCT, BARE):
            database = folder / f"{program}{turn}.db"
            if program == PRODUCT:
                shutil.copyfile(ready, database)
            figures += _turn(asked, folder, program, database, told)
            _say(asked, figures[-len(CONCURRENCY) :])
    return figures


def _say(asked: argparse.Namespace, figures: list[Figures]) -> None:
    if not asked.json:
        for one in figures:
            print("  " + line(one), flush=True)


def _prepare(path: Path, kinds: list[str]) -> list[prepared.Submission]:
    """A migrated store with a patient for each kind, made by the product itself."""
    url, at = f"sqlite:///{path}", datetime.now(UTC)
    db = open_database(url, Vault([serving.KEY]))
    db.migrate()
    clinic = prepared.found_clinic(db, at)
    app = create_app(Settings(keys=(serving.KEY,), database_url=url, secret_key=serving.SECRET))
    found = prepared.submissions(app, clinic, kinds, at)
    db.forget_deleted()  # all of the WAL is in the file, which alone is copied
    db.close()
    app.extensions["reporter"].db.close()
    return found


def _turn(
    asked: argparse.Namespace,
    folder: Path,
    program: str,
    database: Path,
    told: list[prepared.Submission],
) -> list[Figures]:
    """One program, freshly started, at each concurrency; each request is used once."""
    job = Job(program, database, serving.free_port(), asked.seconds)
    with _server(asked, job) as server:
        time.sleep(1.0)  # until the other workers are there too
        if program == PRODUCT:
            requests = [Asked(one.key, one.path, one.cookie, one.body) for one in told]
        else:
            requests = _bare_requests(job.port, len(told), asked.fields)
        _drive(folder, job, requests[:WARM_UP], 16)
        few = len(requests) // 3  # one connection sends less than many
        return [
            _one(folder, job, server, requests[WARM_UP:few], CONCURRENCY[0]),
            _one(folder, job, server, requests[few:], CONCURRENCY[1]),
        ]


def _bare_requests(port: int, count: int, fields: int) -> list[Asked]:
    """As many reports as for the product, with the same kind of token."""
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asking:
        asking.request("GET", "/healthz")
        answer = asking.getresponse()
        csrf, cookie = answer.read().decode(), str(answer.getheader("Set-Cookie"))
    more = "".join(f"&field_{number}=moderate" for number in range(2, fields + 1))
    body = f"words=It+began+on+Tuesday+evening.&csrf_token={csrf}{more}"
    keys = [secrets.token_hex(32) for _ in range(count)]
    return [Asked(key, f"/r/{key}", cookie.partition(";")[0], body) for key in keys]


def _one(
    folder: Path, job: Job, server: serving.Process, requests: list[Asked], connections: int
) -> Figures:
    before = serving.cpu_seconds(server)
    answers, seconds = _drive(folder, job, requests, connections)
    cpu = serving.cpu_seconds(server) - before
    good = [one for one in answers if one["status"] == 303 and "/done/" in one["location"]]
    acknowledged = {requests[one["number"]].key for one in good}
    kept = _stored(job) & {one.key for one in requests}
    waits = sorted(one["seconds"] for one in good) or [0.0]
    return Figures(
        job.program,
        connections,
        len(good),
        len(good) / seconds,
        waits[len(waits) // 2],
        waits[int(len(waits) * 0.99)],
        cpu / max(len(good), 1),
        refused=len(answers) - len(good),
        lost=len(acknowledged ^ kept),
    )


def _stored(job: Job) -> set[str]:
    """The keys of all reports in the store, asked in a process that wrote none of them."""
    column = "submission_key" if job.program == PRODUCT else "key"
    with contextlib.closing(sqlite3.connect(f"file:{job.database}?mode=ro", uri=True)) as store:
        rows = store.execute(f"select {column} from reports").fetchall()  # noqa: S608
    assert len(rows) == len(set(rows)), "A report is stored twice"
    return {key for (key,) in rows}


def _drive(
    folder: Path, job: Job, requests: list[Asked], connections: int
) -> tuple[list[dict[str, Any]], float]:
    """Run the load client in its own process."""
    path = folder / "job.json"
    told = {
        "port": job.port,
        "requests": [(one.path, one.cookie, one.body) for one in requests],
        "connections": connections,
        "seconds": job.seconds,
    }
    path.write_text(json.dumps(told), "utf-8")
    client = [sys.executable, str(serving.ROOT / "benchmarks/load.py"), str(path)]
    subprocess.run(client, check=True, timeout=job.seconds + 60)
    found = json.loads(path.with_suffix(".answers").read_text("utf-8"))
    return found["answers"], found["seconds"]


def _granian(target: str, port: int, workers: int) -> list[str]:
    if target == PRODUCT:
        return ["-m", "reporter", "serve"]  # the very command that clinics run
    options = ["--interface", "wsgi", "--factory", "--log-level", "error"]
    size = ["--workers", str(workers), "--blocking-threads", str(serve.TAKERS)]
    return ["-m", "granian", *options, *size, "--port", str(port), "benchmarks.bare:load"]


def _gunicorn(target: str, port: int, workers: int) -> list[str]:
    app = "reporter:create_app()" if target == PRODUCT else "benchmarks.bare:app"
    return ["-m", "gunicorn", "-w", str(workers), "-b", f"127.0.0.1:{port}", app]


def _waitress(target: str, port: int, workers: int) -> list[str]:
    app = ["--call", "reporter:create_app"] if target == PRODUCT else ["benchmarks.bare:app"]
    return ["-m", "waitress", "--threads", str(workers), "--listen", f"127.0.0.1:{port}", *app]


SERVERS = {"granian": _granian, "gunicorn": _gunicorn, "waitress": _waitress}


def _server(
    asked: argparse.Namespace, job: Job
) -> contextlib.AbstractContextManager[serving.Process]:
    env = serving.environment(
        f"sqlite:///{job.database}",
        job.port,
        asked.workers,
        BARE_DATABASE=str(job.database),
        BARE_FIELDS=str(asked.fields),
    )
    command = SERVERS[asked.server](job.program, job.port, asked.workers)
    return serving.serving(command, env, job.port)


if __name__ == "__main__":
    sys.exit(main())
