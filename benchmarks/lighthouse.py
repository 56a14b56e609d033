"""Lighthouse's scores of a patient's pages, on a phone with a slow line as it imagines one: the
first page; what to do after a warning sign; the result of a report.

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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import pages, serving

PAGES = ("first", "emergency", "result")
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
        (paths, cookie), port = pages.prepare(url), serving.free_port()
        env = serving.environment(url, port, 1)
        failed = 0
        with serving.serving(["-m", "reporter", "serve"], env, port):
            for name in PAGES:
                address = f"http://localhost:{port}{paths[name]}"
                # Once more where one fails: on a busy machine Chromium may start too late for it.
                runs = [
                    _scores(command, browser, address, cookie)
                    or _scores(command, browser, address, cookie)
                    for _ in range(asked.runs)
                ]
                if not all(runs):
                    print("Lighthouse was left out: it could not be fetched or started.")
                    return 0
                failed |= _say(name, [one for one in runs if one])
    return failed


def _lighthouse() -> list[str]:
    if own := os.environ.get("LIGHTHOUSE"):
        return [own]
    return ["npx", "--yes", "lighthouse@12"] if shutil.which("npx") else []


def _chromium() -> str | None:
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def _scores(
    command: Sequence[str], browser: str, address: str, cookie: str
) -> dict[str, int] | None:
    """Points of 100 by category; None where it does not run."""
    wanted = f"--only-categories={','.join(AIMS)}"
    headers = f"--extra-headers={json.dumps({'Cookie': cookie})}"
    options = ["--output=json", "--quiet", wanted, headers, f"--chrome-flags={FLAGS}"]
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
    if report["finalDisplayedUrl"] != address:
        raise SystemExit(f"{address} led to {report['finalDisplayedUrl']}.")
    found = report["categories"]
    return {name: round((found[name]["score"] or 0) * 100) for name in AIMS}


def _say(page: str, runs: Sequence[dict[str, int]]) -> int:
    """The medians, one a line; 1 when one is too low."""
    print(page)
    failed = 0
    for name, aim in AIMS.items():
        every = [one[name] for one in runs]
        points = statistics.median(every)
        failed |= points < aim
        word = "reached" if points >= aim else "MISSED"
        print(f"  {name:15} {points:5.0f} of 100   runs {every}   (aim at least {aim}: {word})")
    return failed


if __name__ == "__main__":
    sys.exit(main())
