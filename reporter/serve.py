"""`reporter serve`: the production server, granian. A worker answers one request at a time.

Chosen by measurement: SQLite has one writer, and threads that wait for it nap past each other,
which makes a tail of a second. A worker that does one thing at a time has none. Its other
threads only take bodies in, so that somebody who sends slowly keeps nobody else waiting.
"""

import signal
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reporter.records.db import Database, open_from
from reporter.settings import LOCAL_HOSTS, Settings, from_env
from reporter.supervise import die_with_parent
from reporter.turns import BodyFirst

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

# A worker finishes the request that it is at. This and the parent's own end stay under 5 s.
GRACE = 3
# So many senders of a body may be slow at once, in each worker; more need a buffering proxy.
TAKERS = 64


class ServeError(Exception):
    """One sentence that says what is missing before pages may be served."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C, then end within five seconds. Raise ServeError."""
    check(settings)
    _server(settings).serve(target_loader=load, wrap_loader=False)


def check(settings: Settings) -> None:
    """Refuse to serve patients on a store of another version, or without what keeps them safe."""
    with closing(open_from(settings)) as db:
        if pending := db.pending():
            raise ServeError(
                f"The database is not up to date ({', '.join(pending)}). Run `reporter migrate`."
            )
        if settings.demo:
            _check_demo(db)
            return
    if not settings.secret_key:
        raise ServeError(
            "REPORTER_SECRET_KEY is not set: forms cannot be protected without it. "
            "Make one with `reporter keys new` and keep it the same on every machine."
        )
    host = urlsplit(settings.base_url).hostname
    if not settings.secure and host not in LOCAL_HOSTS:
        raise ServeError(
            f"REPORTER_BASE_URL is {settings.base_url}: patients' answers would travel in clear. "
            "Put a proxy with TLS in front and set it to https://…"
        )


def _check_demo(db: Database) -> None:
    from reporter.demo import is_demo

    if not is_demo(db):
        raise ServeError(
            "Demo mode shows an inbox to everybody, so it refuses a database that `reporter demo` "
            "did not make. Unset REPORTER_DEMO."
        )


def _server(settings: Settings) -> "AbstractServer[Any]":
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    return Server(
        "reporter",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=TAKERS,
        # No access log: an address may hold a patient's link.
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
    )


def load() -> Any:
    """The application, made in the worker itself.

    A worker is forked from a parent that catches SIGTERM and inherits this, so that one that is
    asked to stop while it starts would not hear. Until the server sets its own way, it just ends.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to pass on
    die_with_parent()
    from reporter import create_app
    from reporter.web import behind_proxy, watching

    settings = from_env()
    app = create_app(settings)
    watching.begin(settings)
    behind_proxy.trust(app, settings.trusted_proxies)
    return BodyFirst(app.wsgi_app)
