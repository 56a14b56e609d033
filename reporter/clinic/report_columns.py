"""What a report's row holds as data: reasons, readings and the promise, written and read back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.contact import Contact
from reporter.clinic.hours import Promise
from reporter.clock import instant, maybe_instant, maybe_stamp, stamp
from reporter.records.audit import Actor
from reporter.rules.gravity import stated
from reporter.rules.levels import Level
from reporter.rules.mention import Mention
from reporter.rules.triage import Decision, Reason

# The way of what was said on pages that were left and not sent.
UNFINISHED = "unfinished"


NOT_SAID = Contact()


@dataclass(frozen=True)
class ReadWord:
    """A reading of the patient's own words, as it was when the report was decided."""

    symptom: str
    text: str
    start: int
    end: int
    status: str
    severity: str | None = None
    trend: str | None = None


@dataclass(frozen=True)
class Arrival:
    """How a report came in: the form's submission key, the way, and who wrote it down.

    `unconfirmed` came so soon after its link was first opened that a mail scanner may have sent it.
    """

    key: str
    channel: str
    by: Actor
    at: datetime
    language: str
    checkin_id: str | None
    unconfirmed: bool = False
    contact: Contact = NOT_SAID


def can_be_kept(decision: Decision) -> None:
    """Raise what storing this decision would raise, while the report can still go undecided."""
    json.dumps([mention_data(mention) for mention in decision.words])
    json.dumps([reason_data(reason) for reason in decision.reasons])


def mention_data(mention: Mention) -> dict[str, Any]:
    severity, trend = stated(mention)
    weight = {"severity": severity, "trend": trend} if severity or trend else {}
    return {
        "symptom": mention.symptom,
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "status": mention.status,
        **weight,
    }


def reason_data(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "level": int(reason.level),
        "because": reason.because,
        "source": reason.source,
    }


def promise_data(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "due_at": stamp(promise.due_at),
        "call_by": maybe_stamp(promise.call_by),
        "open_now": promise.open_now,
        "pages_on_call": promise.pages_on_call,
        "opens_at": maybe_stamp(promise.opens_at),
    }


def reason_of(data: dict[str, Any]) -> Reason:
    return Reason(data["rule"], Level(data["level"]), data["because"], data["source"])


def promise_of(data: dict[str, Any] | None) -> Promise | None:
    if data is None:
        return None
    return Promise(
        instant(data["due_at"]),
        maybe_instant(data["call_by"]),
        data["open_now"],
        data["pages_on_call"],
        maybe_instant(data["opens_at"]),
    )
