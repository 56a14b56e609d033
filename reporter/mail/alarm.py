"""The second way: telling whoever runs the product that mail or the scheduler stands still.

It must not need what it reports about, so it takes neither the outbox nor the clinic's own mail
server: one signed POST, one e-mail over another server, or both.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from reporter.letterhead import PLAIN_ADDRESS
from reporter.mail import mime, smtp, webhook
from reporter.mail.smtp import NotNow, Refused, ServerDown
from reporter.records.ids import new_id
from reporter.settings import Settings


@dataclass(frozen=True)
class SecondWay:
    """Where an alarm goes. Both parts may be empty: then it shows on the pages only."""

    url: str
    secret: str
    smtp_url: str
    to: str
    sender: str

    @property
    def is_set(self) -> bool:
        return bool(self.url or (self.smtp_url and self.to))


def second_way(settings: Settings) -> SecondWay:
    return SecondWay(
        url=settings.alarm_url,
        secret=settings.secret_key or settings.keys[0],
        smtp_url=settings.alarm_smtp_url,
        to=settings.alarm_to,
        sender=settings.mail_from,
    )


def ring(way: SecondWay, clinic_name: str, sentences: Sequence[str], at: datetime) -> list[str]:
    """Tell it by each way that is set. The ways that failed, each with why; empty when all went."""
    failed = []
    for name, is_set, tell in (
        ("webhook", way.url, _post),
        ("e-mail", way.smtp_url and way.to, _mail),
    ):
        if not is_set:
            continue
        try:
            tell(way, clinic_name, sentences, at)
        except (NotNow, Refused, ServerDown) as trouble:
            failed.append(f"{name}: {trouble}")
    return failed


def _post(way: SecondWay, clinic_name: str, sentences: Sequence[str], at: datetime) -> None:
    said = {"id": new_id(at), "clinic": clinic_name, "troubles": list(sentences)}
    body = json.dumps(said, ensure_ascii=True, sort_keys=True)
    signature = hmac.new(way.secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    webhook.deliver({"url": way.url, "body": body, "signature": f"sha256={signature}"})


def _mail(way: SecondWay, clinic_name: str, sentences: Sequence[str], at: datetime) -> None:
    sender = way.sender if PLAIN_ADDRESS.fullmatch(way.sender) else way.to
    text = "\n\n".join([*(sentences or ["All is well again."]), "Sent by Reporter's watch."])
    row = new_id(at)
    subject = "Reporter needs help" if sentences else "Reporter is well again"
    headers = [
        ("Subject", f"{subject}: {clinic_name}"[:120]),
        ("From", mime.mailbox("Reporter", sender)),
        ("To", way.to),
        ("Date", format_datetime(at.astimezone(UTC))),
        ("Message-ID", f"<{row}@{sender.rpartition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),
    ]
    connection = smtp.Connection(smtp.server(way.smtp_url))
    try:
        connection.send(sender, way.to, mime.write(headers, text, _as_html(text), row))
    finally:
        connection.close()


def _as_html(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{part}</p>" for part in plain.split("\n\n"))
