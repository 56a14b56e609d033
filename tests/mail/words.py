"""Contexts from which the tests render every message."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reporter.letterhead import Letterhead
from reporter.mail.preview import CASE_STEPS

HEAD = Letterhead("nurses@epec.test", "https://epec.test")
NEW_YORK = ZoneInfo("America/New_York")
# Tuesday, 24 November 2026, 10:12 in New York.
NOW = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)
OPEN = [("08:30", "17:30")]
COMMON: dict[str, Any] = {
    "head": HEAD,
    "sent_at": NOW,
    "clinic_name": "Epec Clinic",
    "first_name": "Maria",
    "visited_on": date(2026, 11, 20),
    "link_until": date(2027, 1, 18),
    "url": "https://epec.test/r/TOKEN",
    "stop_url": "https://epec.test/stop/TOKEN",
    "emergency_number": "911",
    "phone": "301-555-0142",
    "week": [OPEN, OPEN, OPEN, OPEN, OPEN, [], []],
}
DUE = datetime(2026, 11, 24, 11, 15, tzinfo=NEW_YORK)
ALERT = {
    "word": "urgent",
    "due": DUE,
    "reference": "K7-42Q",
    "case_id": "0193-case",
}
RECEIPT = {
    "reference": "K7-42Q",
    "received_at": datetime(2026, 11, 24, 10, 12, tzinfo=NEW_YORK),
    "call_by": DUE,
    "opens_at": None,
    "after_hours_phone": "301-555-0190",
}
CLOSED = {
    **RECEIPT,
    "received_at": datetime(2026, 11, 21, 22, 12, tzinfo=NEW_YORK),
    "call_by": None,
    "opens_at": datetime(2026, 11, 23, 8, 30, tzinfo=NEW_YORK),
}
TOMORROW = {**RECEIPT, "call_by": datetime(2026, 11, 25, 17, 30, tzinfo=NEW_YORK)}
NO_CALL = {**RECEIPT, "call_by": None}
LETTER = {"received_at": RECEIPT["received_at"], "read_by": TOMORROW["call_by"]}
# Each variant: the snapshot's name, the template and what differs.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"checkin.day_{d}": ("checkin", {"wording": f"day_{d}"}) for d in (1, 3, 7, 14, 28)},
    "reminder": ("reminder", {"wording": "day_3"}),
    "staff_alert": ("staff_alert", ALERT),
    **{f"case_step.{what}": ("case_step", {**ALERT, "what": what}) for what in CASE_STEPS},
    "reading_late": ("reading_late", {"texts": "2 texts to read are overdue", "due": DUE}),
    "receipt": ("receipt", RECEIPT),
    "receipt.tomorrow": ("receipt", TOMORROW),
    "receipt.no_call": ("receipt", NO_CALL),
    "receipt.closed": ("receipt", CLOSED),
    "missed_call": ("missed_call", {"called_at": datetime(2026, 11, 24, 13, 5, tzinfo=NEW_YORK)}),
    "invitation": ("invitation", {"email": "dana@epec.test", "hours": 72}),
    "letter": ("letter", {**LETTER, "files": False}),
    "letter.files": ("letter", {**LETTER, "files": True, "read_by": None}),
}
STAFF_ONLY = {
    "staff_alert",
    "invitation",
    "reading_late",
    *(variant for variant in VARIANTS if variant.startswith("case_step")),
}
CASES = [
    (variant, language)
    for variant in VARIANTS
    for language in ("en", "es")
    if language == "en" or variant not in STAFF_ONLY
]
