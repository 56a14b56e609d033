"""`reporter demo`: an invented clinic on this computer, with its own keys, store, mail and inbox.

One parent runs three processes: the pages, the scheduler and the local mail server.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from reporter import clock, demo_story
from reporter.clinic import casebook, clinics, settings_changes
from reporter.clock import instant, stamp
from reporter.demo_pages import blueprint
from reporter.demo_people import CLINIC, PASSWORD, STAFF
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_from
from reporter.settings import PREFIX, Settings, from_env
from reporter.supervise import Part, Supervisor, free_port, stopping_on_signals

__all__ = ["DemoError", "blueprint", "is_demo", "run"]

WEB_PORT, MAIL_PORT, PAGER_PORT = 5000, 2525, 2580
ITS_OWN = ("DATABASE_URL", "SMTP_URL")
STALE = timedelta(hours=12)
ANYBODY = "-"  # the whole store, no clinic of its own

Say = Callable[[str], None]


class DemoError(Exception):
    """One sentence that says why the demo does not start."""


@dataclass(frozen=True)
class Demo:
    """Where it lives and what its processes are told. `wanted` is the port that was asked for."""

    folder: Path
    env: Mapping[str, str]
    settings: Settings
    wanted: int
    pager: str


def run(folder: Path, *, fresh: bool, say: Say) -> int:
    """Make what is missing, run everything until Ctrl-C. The exit status."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    demo = _prepared(folder, fresh)
    _make(demo, say)
    parent = Supervisor(_parts(demo, free_port(MAIL_PORT)), say)
    with stopping_on_signals(parent):
        return parent.run(lambda: _welcome(demo, say))


def _prepared(folder: Path, fresh: bool) -> Demo:
    """Keys, secrets and a free port: the one of last time if it still is, for the old links."""
    for name in ITS_OWN:
        if os.environ.get(PREFIX + name):
            raise DemoError(
                f"{PREFIX}{name} is set, but the demo keeps to a store and a mail server of its "
                "own. Unset it, or run `reporter serve` for real use."
            )
    if fresh:
        _throw_away(folder)
    kept = _kept(folder / "secrets.json")
    wanted = _wanted(kept)
    port = free_port(wanted)
    pager = f"http://127.0.0.1:{free_port(kept.get('pager_port', PAGER_PORT))}/"
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env |= {
        PREFIX + name: value
        for name, value in {
            "DEMO": "1",
            "DEMO_FOLDER": str(folder),
            "KEYS": kept["key"],
            "SECRET_KEY": kept["secret_key"],
            "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "PORT": str(port),
            "MAIL_FROM": CLINIC["reply_to"],
        }.items()
    }
    return Demo(folder, env, from_env(env), wanted, pager)


def _wanted(kept: Mapping[str, Any]) -> int:
    """The port of REPORTER_PORT, else the one of last time. Raise SettingsError for no port."""
    asked = {name: value for name, value in os.environ.items() if name == f"{PREFIX}PORT"}
    return (
        from_env({**asked, f"{PREFIX}KEYS": kept["key"]}).port
        if any(asked.values())
        else kept["port"]
    )


def _throw_away(folder: Path) -> None:
    """Only what the demo itself made: the folder may be anybody's."""
    for path in [*folder.glob("demo.db*"), *folder.glob("inbox/*.eml"), folder / "secrets.json"]:
        path.unlink(missing_ok=True)


def _kept(path: Path) -> dict[str, Any]:
    if not path.exists():
        made = {
            "key": Fernet.generate_key().decode(),
            "secret_key": secrets.token_hex(32),
            "port": free_port(WEB_PORT),
            "pager_port": free_port(PAGER_PORT),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, Any] = json.loads(path.read_text())
    return kept


def _make(demo: Demo, say: Say) -> None:
    """The store: the one of last time, or a new one that gets its name when it is complete."""
    file = demo.folder / "demo.db"
    if not file.exists():
        say("Making the invented clinic and its last sixty days; this takes some seconds.")
        _make_anew(demo, file.with_name("new.db"))
        file.with_name("new.db").rename(file)
    with closing(open_from(demo.settings)) as db:
        if not is_demo(db):
            raise DemoError(f"{file} is no demo's database, so it is left alone.")
        db.migrate()
        _point_to_pager(db, demo.pager)
        say("  ".join(f"✔ {line}" for line in _counted(db)))


def _make_anew(demo: Demo, file: Path) -> None:
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    env = {**demo.env, f"{PREFIX}DATABASE_URL": f"sqlite:///{file}"}
    with closing(open_from(from_env(env))) as db:
        db.migrate()
        at = clock.now()
        demo_story.play(db, demo.settings, demo.folder / "inbox", at, demo.pager)
        mark(db, at)
        db.forget_deleted()


def _point_to_pager(db: Database, pager: str) -> None:
    """The receiver's port may be another one than the last time."""
    clinic = clinics.the_clinic(db)
    if clinic.on_call_webhook != pager:
        now = settings_changes.stored(db, clinic.id)
        given = {**now.settings, "on_call_webhook": pager}
        settings_changes.change(
            db, clinic.id, given, version=now.version, by=SYSTEM, at=clock.now()
        )


def mark(db: Database, at: datetime) -> None:
    """Write down that everybody in this store is invented, and since when."""
    db.run(
        "insert into heartbeats (clinic_id, name, at, details) values (:c, 'demo', :at, '{}')",
        c=ANYBODY,
        at=stamp(at),
    )


def is_demo(db: Database) -> bool:
    """Whether everybody in this store is invented."""
    return _made_at(db) is not None


def _made_at(db: Database) -> datetime | None:
    if "0001_the_loop" in db.pending():
        return None
    row = db.one("select at from heartbeats where clinic_id = :c and name = 'demo'", c=ANYBODY)
    return instant(row["at"]) if row else None


def _counted(db: Database) -> list[str]:
    clinic = clinics.the_clinic(db)
    rows = db.query(
        "select (select count(*) from treatments where clinic_id = :c) as treatments, "
        "(select count(*) from checkins where clinic_id = :c and sent_at is not null) as checkins",
        c=clinic.id,
    )
    waiting = len(casebook.all_open(db, clinic.id))
    return [
        "database",
        f"{rows[0]['treatments']} treatments, {demo_story.DAYS} days",
        f"{rows[0]['checkins']} check-ins sent",
        f"{waiting} open cases",
    ]


def _parts(demo: Demo, mail_port: int) -> list[Part]:
    python = [sys.executable, "-m"]
    pager_port = str(urlsplit(demo.pager).port)
    inbox = [*python, "reporter.demo_inbox", str(demo.folder / "inbox"), str(mail_port), pager_port]
    env = {**demo.env, f"{PREFIX}SMTP_URL": f"smtp://127.0.0.1:{mail_port}"}
    return [
        Part("inbox", inbox, env, mail_port),
        Part("web", [*python, "reporter", "serve"], env, demo.settings.port),
        Part("scheduler", [*python, "scheduler"], env),
    ]


def _welcome(demo: Demo, say: Say) -> None:
    if demo.settings.port != demo.wanted:
        say(f"Port {demo.wanted} was taken by something else, so this is on {demo.settings.port}.")
    say(f"\nOpen   {demo.settings.base_url}        No e-mail leaves this computer.")
    say(f"Inbox  {demo.settings.base_url}/dev/inbox")
    for name, email, role in STAFF:
        say(f"       {email:20} {name}, {role}")
    say(f"       password of all: {PASSWORD}")
    with closing(open_from(demo.settings)) as db:
        made = _made_at(db)
    if made and clock.now() - made > STALE:
        say(f"The data is of {made:%d %B}, so calls are late. Anew: make demo DEMO=--fresh")
    say("Stop with Ctrl-C.\n")
