"""The messages themselves, from templates/email/<name>/{subject.txt,body.txt,body.html}.

Each says that there is something to answer or to do, never what: no word about anyone's health
stands in a subject or a body.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reporter.letterhead import PLAIN_ADDRESS, Letterhead
from reporter.mail import mime, outbox, wording
from reporter.records.db import Database
from reporter.records.ids import new_id

LANGUAGES = ("en", "es")
HERE = Path(__file__).resolve()


@dataclass(frozen=True)
class Words:
    """What one message says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Envelope:
    """From whom and to whom, and the address that stops messages of this kind, if any."""

    head: Letterhead
    language: str
    to: str
    clinic_name: str
    reply_to: str
    stop_url: str = ""


def post(
    db: Database,
    clinic_id: str,
    *,
    name: str,
    language: str,
    to: str,
    at: datetime,
    clinic_name: str,
    reply_to: str,
    patient_id: str | None = None,
    not_after: datetime | None = None,
    priority: int = outbox.ROUTINE,
    stop_url: str = "",
    **context: Any,
) -> str:
    """Write one message into the outbox, in the transaction of what causes it. The row's id.

    `stop_url` stops messages of this kind at one press (RFC 8058), by a header and in the text.
    """
    head, row_id = db.letterhead, new_id(at)
    context |= {"clinic_name": clinic_name, "head": head, "sent_at": at, "stop_url": stop_url}
    words = render(name, language, **context)
    message_id = outbox.message_id(row_id, head.domain)
    envelope = Envelope(head, language, to, clinic_name, reply_to, stop_url)
    outbox.add_mail(
        db,
        clinic_id,
        compose(words, envelope, message_id, at),
        row_id=row_id,
        message_id=message_id,
        name=name,
        to=to,
        at=at,
        patient_id=patient_id,
        not_after=not_after,
        priority=priority,
    )
    return row_id


def compose(words: Words, envelope: Envelope, message_id: str, at: datetime) -> bytes:
    """The bytes as they go out; the same for a message that is only looked at."""
    headers = [
        *_headers(words, envelope),
        ("Date", format_datetime(at.astimezone(UTC))),
        ("Message-ID", message_id),
    ]
    return mime.write(headers, words.text, words.html, message_id.strip("<>").partition("@")[0])


def render(name: str, language: str, **context: Any) -> Words:
    """Subject, plain text and HTML. A misspelt variable raises, so that a test sees it."""
    language = language if language in LANGUAGES else "en"
    words = {**context, "language": language}
    return Words(
        wording.one_line(_text(name, "subject.txt", words)),
        _text(name, "body.txt", words),
        _text(name, "body.html", words),
    )


def _headers(words: Words, envelope: Envelope) -> Iterator[tuple[str, str]]:
    head, to, stop_url = envelope.head, envelope.to, envelope.stop_url
    nurses = translations(envelope.language).gettext("%(clinic)s nurses")
    yield "Subject", words.subject
    yield "From", mime.mailbox(nurses % {"clinic": wording.name(envelope.clinic_name)}, head.sender)
    yield "To", to if PLAIN_ADDRESS.fullmatch(to) else "undisclosed-recipients:;"
    if PLAIN_ADDRESS.fullmatch(envelope.reply_to):
        yield "Reply-To", envelope.reply_to
    yield "Auto-Submitted", "auto-generated"
    if stop_url:
        yield "List-Unsubscribe", f"<{stop_url}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _text(name: str, part: str, words: dict[str, Any]) -> str:
    template = _environment(words["language"]).get_template(f"email/{name}/{part}")
    return template.render(words).strip() + "\n"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_templates()),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    for way in (
        wording.name,
        wording.first,
        wording.dialled,
        wording.day,
        wording.short_day,
        wording.oclock,
        wording.hours,
    ):
        environment.filters[way.__name__] = way
    return environment


@cache
def translations(language: str) -> NullTranslations:
    """The words of one language; English ones stand in the templates themselves."""
    return Translations.load(HERE.parent / "locale", [language], "mail")


def _templates() -> Path:
    """Beside the package in a checkout, inside it once installed."""
    package = HERE.parents[1]
    return next(p for p in (package / "_templates", package.parent / "templates") if p.is_dir())
