"""What stands still, for the bar on staff pages, and the watch that each worker keeps."""

import logging
import threading
import time
from datetime import datetime, timedelta

from flask import Flask, current_app, g

from reporter import clock
from reporter.clinic import watch, watchman
from reporter.clinic.watch import Trouble
from reporter.mail import alarm
from reporter.records.db import Database, StorageError, open_from
from reporter.settings import Settings

log = logging.getLogger(__name__)
# Every page asks, the polling queue too; so old an answer will do.
FRESH = timedelta(seconds=15)
EVERY = 60.0

_Seen = dict[str, tuple[datetime, tuple[Trouble, ...]]]


def add_to(app: Flask) -> None:
    """Templates ask `troubles()`."""
    app.extensions["reporter.watch"] = {}
    app.jinja_env.globals["troubles"] = troubles


def troubles() -> tuple[Trouble, ...]:
    """What stands still at the clinic of this page."""
    seen: _Seen = current_app.extensions["reporter.watch"]
    known = seen.get(g.clinic.id)
    if known is None or not g.now - FRESH <= known[0] <= g.now:
        db: Database = current_app.extensions["reporter"].db
        known = seen[g.clinic.id] = (g.now, watch.troubles(db, g.clinic, g.now))
    return known[1]


def begin(settings: Settings) -> None:
    """Keep watch beside the requests, in a thread that ends with the process."""
    threading.Thread(target=_keep, args=(settings,), name="watch", daemon=True).start()


def _keep(settings: Settings) -> None:
    way = alarm.second_way(settings)
    while True:
        time.sleep(EVERY)
        try:
            db = open_from(settings)
            try:
                watchman.look(db, way, clock.now())
            finally:
                db.close()
        except StorageError as trouble:
            log.error("The watch cannot read the store: %s", trouble)
