"""Fifty nurses with their queues open, over HTTP: they poll, read, claim, and meet each other.

The tests use it too, with fewer seconds.
"""

import random
import re
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from sqlite_utils.utils import sqlite3

# So long somebody looks at a page before the next: fifty of them are a large hospital's desk.
READS = 15.0
# Of so many at the top somebody takes one: few enough that they meet.
NEAR_THE_TOP = 4


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    cookies: str


@dataclass
class Ward:
    """What happened to all of them together."""

    pages: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    claimed: int = 0
    refused: int = 0
    failed: int = 0


def get(asking: HTTPConnection, path: str, token: str, cookies: str = "") -> Answer:
    asking.request("GET", path, headers={"Cookie": f"staff={token}; {cookies}"})
    return _read(asking)


def _read(asking: HTTPConnection) -> Answer:
    answer = asking.getresponse()
    text = answer.read().decode("utf-8", "replace")
    return Answer(answer.status, text, (answer.getheader("Set-Cookie") or "").partition(";")[0])


def poll_path(port: int, token: str) -> str:
    """The address that the script of an open queue asks, with the revision it holds."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as asking:
        page = get(asking, "/desk", token).text
    revision = re.search(r'data-revision="([^"]+)"', page)
    assert revision, page[:300]
    return f"/desk/poll?tab=todo&shown=50&case=&seen={revision[1]}"


def fifty(port: int, tokens: list[str], seconds: float, pace: float = READS) -> Ward:
    """Each nurse in a thread of her own until the time is over."""
    ward, end = Ward(), time.perf_counter() + seconds
    threads = [
        threading.Thread(
            target=_nurse, args=(ward, port, token, end, pace * number / len(tokens), pace)
        )
        for number, token in enumerate(tokens)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return ward


def _nurse(ward: Ward, port: int, token: str, end: float, begins: float, pace: float) -> None:
    time.sleep(begins)
    kept = ""  # as a browser keeps its cookie: a second look within ten minutes is no new event
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as asking:
        while time.perf_counter() < end:
            try:
                kept = _turn(ward, asking, token, kept)
            except (OSError, HTTPException, AssertionError):
                ward.failed += 1
                asking.close()
            time.sleep(min(pace, max(end - time.perf_counter(), 0)))


def _turn(ward: Ward, asking: HTTPConnection, token: str, kept: str) -> str:
    """Look at the queue, open a case near its top that nobody has, claim it, poll. The cookie."""
    begun = time.perf_counter()
    page = get(asking, "/desk", token, kept)
    kept = page.cookies or kept
    ward.pages.append(time.perf_counter() - begun)
    assert page.status == 200
    free = re.findall(r'data-case="([\w-]+)"(?:(?!data-case=).)*?No owner', page.text, re.S)
    if free:
        kept = _claim(ward, asking, token, random.choice(free[:NEAR_THE_TOP]), kept)
    begun = time.perf_counter()
    revision = re.search(r'data-revision="([^"]+)"', page.text)
    polled = get(asking, f"/desk/poll?tab=todo&seen={revision[1] if revision else ''}", token, kept)
    ward.polls.append(time.perf_counter() - begun)
    assert polled.status in {200, 204}
    return polled.cookies or kept


def _claim(ward: Ward, asking: HTTPConnection, token: str, case_id: str, kept: str) -> str:
    page = get(asking, f"/desk/case/{case_id}", token, kept)
    kept = page.cookies or kept
    form = re.search(r'action="([^"]*/claim[^"]*)".*?</form>', page.text, re.S)
    if page.status != 200 or form is None:
        ward.refused += 1  # somebody was first, between the queue and the page
        return kept
    fields = dict(re.findall(r'name="(csrf_token|version)" value="([^"]*)"', form[0]))
    asking.request(
        "POST",
        form[1].replace("&amp;", "&"),
        body=urlencode(fields),
        headers={
            "Cookie": f"staff={token}; {kept}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    answer = _read(asking)
    assert answer.status in {303, 409, 422}, answer.status
    if answer.status == 303:
        ward.claimed += 1
    else:
        ward.refused += 1
    return answer.cookies or kept


def claims(path: Path) -> int:
    """How many claims the store holds."""
    with closing(sqlite3.connect(path)) as raw:
        (found,) = raw.execute(
            "select count(*) from case_moves where verb = 'claim' and case_id in "
            "(select id from cases where is_open = 1)"
        ).fetchone()
    return int(found)


def claimed_twice(path: Path) -> int:
    """Cases with more than one claim: nobody released one, so there must be none."""
    with closing(sqlite3.connect(path)) as raw:
        rows = raw.execute(
            "select case_id from case_moves where verb = 'claim' and case_id in "
            "(select id from cases where is_open = 1) group by case_id having count(*) > 1"
        ).fetchall()
    return len(rows)
