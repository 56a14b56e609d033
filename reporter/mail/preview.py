"""All messages as files, for whoever wants to read or show them: every wording, both languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reporter.letterhead import Letterhead
from reporter.mail import messages
from reporter.mail.messages import LANGUAGES, Envelope, Words

HEAD = Letterhead("nurses@clinic.example", "https://clinic.example")
ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 24, 10, 12, tzinfo=ZONE)
OPEN = [("08:30", "17:30")]
# An invented patient; nothing here comes from the store.
COMMON: dict[str, Any] = {
    "head": HEAD,
    "sent_at": AT,
    "clinic_name": "Epec Clinic",
    "first_name": "Maria",
    "visited_on": date(2026, 11, 20),
    "link_until": date(2027, 1, 18),
    "url": HEAD.url("/r/LINK"),
    "stop_url": HEAD.url("/stop/LINK"),
    "emergency_number": "911",
    "phone": "301-555-0142",
    "week": [OPEN, OPEN, OPEN, OPEN, OPEN, [], []],
}
RECEIPT = {
    "reference": "K7-42Q",
    "received_at": AT,
    "call_by": AT + timedelta(minutes=63),
    "opens_at": None,
    "after_hours_phone": "301-555-0190",
}
NIGHT = {"call_by": None, "opens_at": AT + timedelta(days=1)}
CASE_STEPS = (
    *("late", "unclaimed", "asked", "unanswered", "raised", "confirm", "confirm_late", "unpaged"),
)
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"checkin-{wording}": ("checkin", {"wording": wording})
        for wording in ("day_1", "day_3", "day_7", "day_14", "day_28", "any_day")
    },
    "reminder": ("reminder", {"wording": "day_3"}),
    "receipt": ("receipt", RECEIPT),
    "receipt-tomorrow": ("receipt", {**RECEIPT, "call_by": AT + timedelta(days=1)}),
    "receipt-no_call": ("receipt", {**RECEIPT, "call_by": None}),
    "receipt-closed": ("receipt", {**RECEIPT, **NIGHT}),
    "missed_call": ("missed_call", {"called_at": AT}),
    "letter": ("letter", {"received_at": AT, "read_by": AT + timedelta(days=1), "files": False}),
    "letter-files": ("letter", {"received_at": AT, "read_by": None, "files": True}),
    "invitation": ("invitation", {"email": "dana@clinic.example", "hours": 48}),
    "staff_alert": (
        "staff_alert",
        {
            "word": "urgent",
            "due": AT + timedelta(minutes=63),
            "reference": "K7-42Q",
            "case_id": "CASE",
        },
    ),
    "reading_late": ("reading_late", {"texts": "2 texts to read are overdue", "due": AT}),
    **{
        f"case_step-{what}": (
            "case_step",
            {"word": "urgent", "due": AT, "reference": "K7-42Q", "case_id": "CASE", "what": what},
        )
        for what in CASE_STEPS
    },
}
STAFF_ONLY = frozenset({"staff_alert", "case_step", "invitation", "reading_late"})


@dataclass(frozen=True)
class Preview:
    """One message in one language, rendered."""

    name: str
    language: str
    words: Words


def everything() -> Iterator[Preview]:
    for name, (template, context) in VARIANTS.items():
        for language in ("en",) if template in STAFF_ONLY else LANGUAGES:
            yield Preview(
                name, language, messages.render(template, language, **{**COMMON, **context})
            )


def write(folder: Path) -> list[Path]:
    """Each as .eml for a mail program, .html for a browser and .txt. The files written."""
    folder.mkdir(parents=True, exist_ok=True)
    return [path for one in everything() for path in _write_one(folder, one)]


def _write_one(folder: Path, one: Preview) -> Iterator[Path]:
    stem = f"{one.name}.{one.language}"
    stop_url = COMMON["stop_url"] if one.name.startswith(("checkin", "reminder")) else ""
    envelope = Envelope(
        HEAD, one.language, "maria@patients.example", "Epec Clinic", HEAD.sender, stop_url
    )
    eml = messages.compose(one.words, envelope, f"<{stem}@{HEAD.domain}>", AT)
    for ending, content in (
        ("eml", eml),
        ("html", one.words.html.encode()),
        ("txt", f"Subject: {one.words.subject}\n\n{one.words.text}".encode()),
    ):
        path = folder / f"{stem}.{ending}"
        path.write_bytes(content)
        yield path
