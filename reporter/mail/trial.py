"""One test message, sent at once: the mail server's answer is seen before patients need it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from reporter.letterhead import PLAIN_ADDRESS, Letterhead
from reporter.mail import mime, smtp
from reporter.mail.outbox import message_id
from reporter.mail.smtp import NotNow, Refused, ServerDown
from reporter.records.ids import new_id
from reporter.settings import Settings, SettingsError

TEXT = "This is a test message from Reporter. If you can read it, e-mails go out.\n"
HTML = f"<p>{TEXT.strip()}</p>\n"


@dataclass(frozen=True)
class Outcome:
    """What came of it, in one sentence."""

    accepted: bool
    message_id: str
    what: str


def send(settings: Settings, to: str, at: datetime) -> Outcome:
    """Raise SettingsError when nothing can be sent with these settings, or to this address."""
    if not settings.smtp_url:
        raise SettingsError("REPORTER_SMTP_URL is not set: no e-mail can go out.")
    if not PLAIN_ADDRESS.fullmatch(to):
        raise SettingsError("Give one plain e-mail address, like nurses@clinic.example.")
    head = Letterhead(settings.mail_from, settings.base_url)
    row = new_id(at)
    named = message_id(row, head.domain)
    headers = [
        ("Subject", "A test message from Reporter"),
        ("From", mime.mailbox("Reporter", head.sender)),
        ("To", to),
        ("Date", format_datetime(at.astimezone(UTC))),
        ("Message-ID", named),
        ("Auto-Submitted", "auto-generated"),
    ]
    connection = smtp.Connection(smtp.server(settings.smtp_url))
    try:
        connection.send(head.sender, to, mime.write(headers, TEXT, HTML, row))
    except (ServerDown, NotNow, Refused) as trouble:
        return Outcome(False, named, str(trouble))
    finally:
        connection.close()
    return Outcome(True, named, f"The mail server accepted it as {named}.")
