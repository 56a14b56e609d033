"""The ceiling for submit.py: the least that takes a report durably with Flask and Flask-WTF.

A form with its CSRF token, one transaction, an answer. No patient, no rules, no sealing, no
case, no audit. The store is opened as the product opens its own: WAL, synchronous=FULL, the same
SQLite, and the same lock file in front of BEGIN IMMEDIATE, without which threads and processes
nap past each other. BARE_DATABASE is its file, BARE_FIELDS the number of form fields (1: only
the words, as the product's own last page), BARE_TABLES how many tables a report goes to.
"""

import fcntl
import os
import sys
import threading
from pathlib import Path

from flask import Flask, abort, redirect, request
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import generate_csrf
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 when there
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from reporter.serve import BodyFirst

FIELDS, TABLES = int(os.environ.get("BARE_FIELDS", "1")), int(os.environ.get("BARE_TABLES", "3"))
DATABASE = os.environ.get("BARE_DATABASE", "bare.db")
SCHEMA = """
create table if not exists reports (key text primary key, said text not null) strict;
create table if not exists cases (key text primary key, level integer not null) strict;
create table if not exists events (key text primary key, verb text not null) strict;
"""
INSERTS = (
    "insert into reports values (:key, :said)",
    "insert into cases values (:key, 1)",
    "insert into events values (:key, 'received')",
)[:TABLES]


class ReportForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    words = TextAreaField(validators=[Length(max=4000)])

    class Meta:
        csrf = False  # CSRFProtect has checked the token, as in the product


for number in range(2, FIELDS + 1):
    setattr(ReportForm, f"field_{number}", StringField(validators=[Length(max=200)]))

app = Flask(__name__)
app.config.update(SECRET_KEY="bare", WTF_CSRF_TIME_LIMIT=None)
CSRFProtect(app)
local = threading.local()


def store() -> tuple[sqlite3.Connection, int]:
    """This thread's connection and lock file, opened at first use."""
    if not hasattr(local, "store"):
        connection = sqlite3.connect(DATABASE, timeout=10, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(SCHEMA)
        local.store = connection, os.open(f"{DATABASE}.turn", os.O_CREAT | os.O_RDWR, 0o600)
    return local.store


@app.get("/healthz")
def form() -> str:
    return generate_csrf()


@app.post("/r/<key>")
def send(key: str):  # type: ignore[no-untyped-def]
    form = ReportForm()
    if not form.validate():
        abort(422)
    connection, turn = store()
    fcntl.flock(turn, fcntl.LOCK_EX)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for insert in INSERTS:
            connection.execute(insert, {"key": key, "said": repr(request.form.to_dict())})
        connection.execute("COMMIT")
    finally:
        fcntl.flock(turn, fcntl.LOCK_UN)
    return redirect(f"/done/{key}", 303)


def load() -> Flask:
    """For granian: behind the same desk as the product."""
    app.wsgi_app = BodyFirst(app.wsgi_app)  # type: ignore[method-assign]
    return app


if __name__ == "__main__":
    print(f"{Path(sys.argv[0]).name} is the ceiling of benchmarks/submit.py: run that.")
