"""The application put together: store, knowledge, pages, guards, headers. No routes."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from reporter.clinic import clinics
from reporter.clinic.clinics import Clinic
from reporter.clinic.own_rates import Kept
from reporter.letterhead import Letterhead
from reporter.records.db import Database, StorageError, open_database
from reporter.records.seal import Key, Vault
from reporter.rules import advice, expected, knowledge, questions
from reporter.rules.advice import Advice
from reporter.rules.expected import Expected
from reporter.rules.knowledge import Knowledge
from reporter.rules.questions import Questions
from reporter.settings import Settings, from_env
from reporter.web import (
    errors,
    headers,
    health,
    language,
    looks,
    metrics,
    static_files,
    translated,
    watching,
)
from reporter.web.log_in import let_in

# An enrolment list of a large clinic is well below; a form of a patient is far below.
LARGEST_POST = 8 * 1024 * 1024
LIVES = timedelta(days=75)
# Blueprints that strangers may see. Every other one must have `let_in` before each request.
OPEN = {"patient", "log_in", "invited", "inbox", "metrics", "passkey_door", "stop_mail"}
OPEN_ROUTES = {"static", "healthz", "front_door"}


@dataclass(frozen=True)
class Reporter:
    """What the pages work with. `clinics` remembers the phones for when the store is down,
    `own_rates` what was counted lately."""

    settings: Settings
    db: Database
    knowledge: Knowledge
    questions: Questions
    advice: Advice
    expected: Expected
    clinics: dict[str, Clinic] = field(default_factory=dict)
    own_rates: Kept = field(default_factory=dict)


def create(settings: Settings | None = None) -> Flask:
    settings = settings or from_env()
    app = Flask("reporter", static_folder=None, template_folder=str(templates_folder()))
    app.extensions["reporter"] = _reporter(settings)
    _configure(app, settings)
    CSRFProtect(app)
    Babel(app, locale_selector=language.current)
    translated.add_to(app)
    static_files.add_to(app)
    headers.add_to(app)
    errors.add_to(app)
    watching.add_to(app)
    looks.add_to(app)
    metrics.add_to(app, settings.metrics_token)
    app.add_url_rule("/healthz", "healthz", health.healthz)
    app.before_request(_turn_away)
    _add_pages(app, settings)
    return app


def templates_folder() -> Path:
    """Inside an installed package, else beside it in the source tree."""
    package = Path(__file__).resolve().parent.parent
    return next(p for p in (package / "_templates", package.parent / "templates") if p.is_dir())


def _reporter(settings: Settings) -> Reporter:
    known = knowledge.shipped()
    db = open_database(
        settings.database_url,
        Vault(settings.keys),
        Letterhead(settings.mail_from, settings.base_url),
    )
    kept = Reporter(settings, db, known, *_shipped())
    try:
        kept.clinics.update({clinic.id: clinic for clinic in clinics.all_clinics(db)})
    except StorageError:
        # Not migrated yet, or down: the pages say so themselves when somebody comes.
        kept.clinics.clear()
    return kept


@cache
def _shipped() -> tuple[Questions, Advice, Expected]:
    """The product's own files, read once a process as the rules are."""
    known = knowledge.shipped()
    return questions.load(known), advice.load(known), expected.load(known)


def _configure(app: Flask, settings: Settings) -> None:
    secrets = [settings.secret_key] if settings.secret_key else []
    app.config.update(
        SECRET_KEY=secrets[0] if secrets else Key(settings.keys[0].encode()).purpose("web"),
        SECRET_KEY_FALLBACKS=[Key(key.encode()).purpose("web") for key in settings.keys[1:]],
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIVES,
        # A form that was left open for a day must still be able to be sent.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,  # its messages are not shown, and it reads a catalogue a form
        MAX_CONTENT_LENGTH=LARGEST_POST,
        BABEL_TRANSLATION_DIRECTORIES="web/locale",
        BABEL_DEFAULT_LOCALE="en",
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters["dial"] = dial
    app.jinja_env.filters["stop"] = stop
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False


@lru_cache(maxsize=256)
def dial(number: str) -> str:
    """A telephone number as a tel: address holds it."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")


def stop(text: str) -> str:
    """What ends the sentence after this text: nothing where it ends with `a. m.` already."""
    return "" if text.endswith(".") else "."


def _add_pages(app: Flask, settings: Settings) -> None:
    from reporter.web import case_views, log_in, manager, patient, rules, to_read, unfinished_page
    from reporter.web import manager_cards as cards
    from reporter.web import match_page as match

    # `case_views` puts the pages of a case on the blueprint of the queue.
    for room in (
        patient,
        log_in,
        case_views,
        match,
        to_read,
        unfinished_page,
        manager,
        cards,
        rules,
    ):
        app.register_blueprint(room.blueprint)
    from reporter.web import account, invited, people, photo_page, proof, search_page, stop_mail

    for room in (account, invited, people, photo_page, proof, search_page):
        app.register_blueprint(room.blueprint)
    _add_desk_lists(app)
    from reporter.web import audit_page, passkey_pages, settings_pages

    app.register_blueprint(audit_page.blueprint)
    for blueprint in (settings_pages.blueprint, passkey_pages.blueprint, passkey_pages.door):
        app.register_blueprint(blueprint)
    app.register_blueprint(stop_mail.blueprint)
    # RFC 8058: a mail program presses without ever having seen the page.
    app.extensions["csrf"].exempt(stop_mail.press)
    if settings.demo:
        from reporter import demo

        app.register_blueprint(demo.blueprint)
    else:
        app.add_url_rule("/", "front_door", _front_door)


def _add_desk_lists(app: Flask) -> None:
    """What stands beside the queue: questions to practitioners, hand-over, who is silent."""
    from reporter.web import escalated_page, handover_page, silent_page

    for room in (escalated_page, handover_page, silent_page):
        app.register_blueprint(room.blueprint)


def _front_door() -> ResponseReturnValue:
    """Whoever types the bare address is staff: patients come by their link."""
    return redirect(url_for("log_in.log_in"), 303)


def _turn_away() -> None:
    """Deny by default: a page that is neither open nor guarded does not exist."""
    if request.endpoint is None or request.endpoint in OPEN_ROUTES:
        return
    blueprint = request.blueprint or ""
    if blueprint in OPEN:
        return
    if let_in not in current_app.before_request_funcs.get(blueprint, []):
        abort(404)
