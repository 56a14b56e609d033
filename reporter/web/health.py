"""Whether this worker can reach the store, for whoever watches it."""

from flask import current_app
from flask.typing import ResponseReturnValue

from reporter.records.db import Database, StorageError


def healthz() -> ResponseReturnValue:
    """200 `ok`, or 503 with what is wrong in a word: no detail leaves the machine."""
    db: Database = current_app.extensions["reporter"].db
    try:
        db.one("select clinic_id from clinics limit 1")
    except StorageError:
        return "store\n", 503, {"Content-Type": "text/plain; charset=utf-8"}
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
