"""Trying the line that pages on-call, before a night depends on it."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.clinics import Clinic, ClinicError
from reporter.clock import instant, stamp
from reporter.mail import webhook
from reporter.mail.outbox import Content
from reporter.mail.smtp import NotNow
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import new_id

# A page that somebody waits for: a receiver so slow would be too slow at night as well.
PATIENCE = 6.0


@dataclass(frozen=True)
class Tested:
    """The last try: `said` is empty where the line answered, else what went wrong."""

    at: datetime
    by_name: str
    said: str

    @property
    def fine(self) -> bool:
        return not self.said


def last(db: Database, clinic_id: str) -> Tested | None:
    """None where the line that is set now was never tried."""
    row = db.one(
        "select on_call_tested_at, on_call_tested_by, on_call_test from clinics "
        "where clinic_id = :c and on_call_tested_at is not null",
        c=clinic_id,
    )
    if row is None:
        return None
    at, by = instant(row["on_call_tested_at"]), row["on_call_tested_by"]
    return Tested(at, by, row["on_call_test"])


def _deliver(content: Content) -> None:
    webhook.deliver(content, PATIENCE)


def run(
    db: Database,
    clinic: Clinic,
    *,
    by: Actor,
    at: datetime,
    send: Callable[[Content], None] = _deliver,
) -> Tested:
    """Send one page that says it is a test, now. Raise ClinicError where no line is set."""
    if not clinic.has_on_call:
        raise ClinicError("There is no on-call webhook to try. Save one first.")
    try:
        send(_page(clinic, at))
        said = ""
    except NotNow as trouble:
        said = str(trouble)
    tested = Tested(at, by.name, said)
    with db.transaction():
        _keep(db, clinic, tested)
        record(db, clinic.id, by, "on_call.tested", clinic.id, at, said=said or "It answered.")
    return tested


def _keep(db: Database, clinic: Clinic, tested: Tested) -> None:
    db.run(
        "update clinics set on_call_tested_at = :at, on_call_tested_by = :name, "
        "on_call_test = :said where clinic_id = :c",
        c=clinic.id,
        at=stamp(tested.at),
        name=tested.by_name,
        said=tested.said,
    )


def _page(clinic: Clinic, at: datetime) -> Content:
    """Signed as every page is; `urgency` says that nobody waits."""
    said = {"id": new_id(at), "clinic": clinic.name, "urgency": "test", "reference": ""}
    body = json.dumps(said, ensure_ascii=True, sort_keys=True)
    signature = hmac.new(clinic.on_call_secret.encode(), body.encode(), hashlib.sha256)
    return {
        "url": clinic.on_call_webhook,
        "body": body,
        "signature": f"sha256={signature.hexdigest()}",
    }
