"""Lighthouse's scores of the patient's first page, on a phone with a slow line as it imagines one.

    python benchmarks/lighthouse.py             five runs, of which the median counts
    python benchmarks/lighthouse.py --runs 1    a look

It needs Node 20 or newer and Chromium, and says so where they are missing. Lighthouse itself comes
by npx, or lies where LIGHTHOUSE says. Fewer than 95 points of performance, or than 100 of the
others, are a failure.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import prepared, serving
from reporter import create_app
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

AIMS = {"performance": 95, "accessibility": 100, "best-practices": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 180


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--runs", type=int, default=5)
    asked = reader.parse_args()
    command, browser = _lighthouse(), _chromium()
    if not command or not browser:
        print(f"Lighthouse was left out: {'Chromium' if command else 'Node (npx)'} is missing.")
        return 0
    with tempfile.TemporaryDirectory(prefix="reporter-lighthouse-") as folder:
        url = f"sqlite:///{Path(folder) / 'ready.db'}"
        path, port = _prepare(url), serving.free_port()
        env = serving.environment(url, port, 1)
        with serving.serving(["-m", "reporter", "serve"], env, port):
            address = f"http://localhost:{port}{path}"
            runs = [_scores(command, browser, address) for _ in range(asked.runs)]
    if not all(runs):
        print("Lighthouse was left out: it could not be fetched or started.")
        return 0
    return _say([one for one in runs if one])


def _lighthouse() -> list[str]:
    if own := os.environ.get("LIGHTHOUSE"):
        return [own]
    return ["npx", "--yes", "lighthouse@12"] if shutil.which("npx") else []


def _chromium() -> str | None:
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def _prepare(url: str) -> str:
    """A clinic with one patient: the path of the link that is in the e-mail."""
    db, at = open_database(url, Vault([serving.KEY])), datetime.now(UTC)
    db.migrate()
    clinic = prepared.found_clinic(db, at)
    app = create_app(Settings(keys=(serving.KEY,), database_url=url, secret_key=serving.SECRET))
    (one,) = prepared.submissions(app, clinic, ["call_back"], at)
    db.run("delete from drafts where clinic_id = :c", c=clinic.id)  # nothing was begun yet
    db.close()
    app.extensions["reporter"].db.close()
    token = one.cookie.partition("=")[2].partition(";")[0].partition(".")[2]
    return f"/r/{token}"


def _scores(command: Sequence[str], browser: str, address: str) -> dict[str, int] | None:
    """Points of 100 by category; None where it does not run."""
    wanted = f"--only-categories={','.join(AIMS)}"
    options = ["--output=json", "--quiet", wanted, f"--chrome-flags={FLAGS}"]
    run = subprocess.run(
        [*command, address, *options],
        capture_output=True,
        text=True,
        env={**os.environ, "CHROME_PATH": browser},
        timeout=PATIENCE,
        check=False,
    )
    if run.returncode != 0:
        return None
    report = json.loads(run.stdout)
    if "/c/" not in report["finalDisplayedUrl"]:
        raise SystemExit(f"The link led to {report['finalDisplayedUrl']}, not to the first page.")
    found = report["categories"]
    return {name: round((found[name]["score"] or 0) * 100) for name in AIMS}


def _say(runs: Sequence[dict[str, int]]) -> int:
    """The medians, one a line; 1 when one is too low."""
    failed = 0
    for name, aim in AIMS.items():
        every = [one[name] for one in runs]
        points = statistics.median(every)
        failed |= points < aim
        word = "reached" if points >= aim else "MISSED"
        print(f"{name:15} {points:5.0f} of 100   runs {every}   (aim at least {aim}: {word})")
    return failed


if __name__ == "__main__":
    sys.exit(main())
