"""Whether reports are kept and mail goes out, for whoever watches this machine."""

from flask import current_app
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import clinics, watch
from reporter.records.db import Database, StorageError
from reporter.records.seal import Unreadable


def healthz() -> ResponseReturnValue:
    """200 `ok`, or 503 with a word for each thing that is wrong: no detail leaves the machine."""
    db: Database = current_app.extensions["reporter"].db
    now = clock.now()
    try:
        found = clinics.all_clinics(db)
        wrong = sorted({one.kind for clinic in found for one in watch.troubles(db, clinic, now)})
    except (StorageError, Unreadable):
        wrong = ["store"]
    said = "".join(f"{kind}\n" for kind in wrong or ["ok"])
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return said, 503 if wrong else 200, headers
