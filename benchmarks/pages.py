"""Server time of a patient's pages, against bare Flask + Flask-WTF pages with the same fields.

    python benchmarks/pages.py                            under a minute
    python benchmarks/pages.py --seconds 0.5 --rounds 1   a look

Both run under the same server with one worker, in turns, and are asked over one kept-alive
connection. The aim is at most 2 times; slowness is no failure, an answer other than 200 is.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import prepared, serving
from reporter import create_app, serve
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

AIM = 2.0
PAGES = ("first", "question", "check", "result")
WARM_UP = 20


@dataclass(frozen=True)
class Page:
    """Where one page is asked for, with which cookies, and on which port."""

    path: str
    cookie: str
    port: int


@dataclass(frozen=True)
class Figure:
    """One measurement: the median wait and the server's CPU time, in seconds a page."""

    wait: float
    cpu: float


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    reader.add_argument("--rounds", type=int, default=3, help="turns, of which the median counts")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="reporter-pages-") as folder, ExitStack() as stack:
        url = f"sqlite:///{Path(folder) / 'ready.db'}"
        paths, cookie = prepare(url)
        product, bare = serving.free_port(), serving.free_port()
        env = serving.environment(url, product, 1)
        ours = stack.enter_context(serving.serving(["-m", "reporter", "serve"], env, product))
        plain = stack.enter_context(serving.serving(_granian(bare), env, bare))
        for name in PAGES:
            pair = (
                (ours, Page(paths[name], cookie, product)),
                (plain, Page(f"/{name}", _session(bare, name), bare)),
            )
            _say(
                name, [[_measure(*one, asked.seconds) for one in pair] for _ in range(asked.rounds)]
            )
    return 0


def prepare(url: str) -> tuple[Mapping[str, str], str]:
    """Patients before "Send", after it, and after a warning sign: the paths of their pages."""
    db, at = open_database(url, Vault([serving.KEY])), datetime.now(UTC)
    db.migrate()
    clinic = prepared.found_clinic(db, at)
    app = create_app(Settings(keys=(serving.KEY,), database_url=url, secret_key=serving.SECRET))
    open_one, sent, flagged = prepared.submissions(app, clinic, ["call_back"] * 3, at)
    home, key = open_one.path.removesuffix("/check").rsplit("/", 1)
    first = flagged.path.removesuffix(f"/{flagged.key}/check")
    token = sent.body.rpartition("&")[2]
    tick = f"flags=trouble_swallowing&key={flagged.key}&{token}"
    paths = {
        "first": f"{home}/?new=1",
        "question": f"{home}/{key}/3",
        "check": open_one.path,
        "result": _sent(app, sent.cookie, sent.path, sent.body),
        "emergency": _sent(app, flagged.cookie, f"{first}/", tick),
    }
    db.close()
    app.extensions["reporter"].db.close()
    links = [
        part
        for one in (sent, flagged)
        for part in one.cookie.split("; ")
        if part.startswith("link-")
    ]
    return paths, "; ".join([open_one.cookie, *links])


def _sent(app: Flask, cookies: str, path: str, body: str) -> str:
    """Send one form; the path of the page with what to do now."""
    client = app.test_client()
    for name, _, value in (part.partition("=") for part in cookies.split("; ")):
        client.set_cookie(name, value)
    form = "application/x-www-form-urlencoded"
    return client.post(path, data=body, content_type=form).headers["Location"]


def _granian(port: int) -> list[str]:
    """As `reporter serve` starts it, with one worker."""
    options = ["--interface", "wsgi", "--log-level", "error", "--workers", "1"]
    threads = ["--blocking-threads", str(serve.TAKERS)]
    return ["-m", "granian", *options, *threads, "--port", str(port), "benchmarks.bare_pages:app"]


def _session(port: int, name: str) -> str:
    """The session's cookie, which the product's patient has too."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asking:
        asking.request("GET", f"/{name}")
        answer = asking.getresponse()
        answer.read()
        return str(answer.getheader("Set-Cookie")).partition(";")[0]


def _measure(server: serving.Process, page: Page, seconds: float) -> Figure:
    """Ask for one page again and again, first a few times unmeasured."""
    waits: list[float] = []
    with closing(HTTPConnection("127.0.0.1", page.port, timeout=10)) as asking:
        for _ in range(WARM_UP):
            _ask(asking, page)
        before, end = serving.cpu_seconds(server), time.perf_counter() + seconds
        while time.perf_counter() < end:
            waits.append(_ask(asking, page))
    used = serving.cpu_seconds(server) - before
    return Figure(statistics.median(waits), used / len(waits))


def _ask(asking: HTTPConnection, page: Page) -> float:
    begun = time.perf_counter()
    asking.request("GET", page.path, headers={"Cookie": page.cookie})
    answer = asking.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{page.path.split('/')[-1]}: the answer was {answer.status}, not 200")
    return time.perf_counter() - begun


def _say(name: str, turns: list[list[Figure]]) -> None:
    ours, bare = (
        Figure(statistics.median(f.wait for f in one), statistics.median(f.cpu for f in one))
        for one in zip(*turns, strict=True)
    )
    ratio, cpu = ours.wait / bare.wait, ours.cpu / max(bare.cpu, 1e-9)
    word = "reached" if ratio <= AIM else "MISSED"
    print(
        f"{name:9} product {ours.wait * 1000:6.2f} ms   bare {bare.wait * 1000:6.2f} ms"
        f"   ratio {ratio:.2f}   of CPU {cpu:.2f}   (aim at most {AIM:.0f}: {word})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
