"""The fields of the settings page, by the names that they have in the store. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from reporter.clinic.clinic_checks import Faults
from reporter.clinic.clinic_settings import DAYS, TEXTS
from reporter.clinic.settings_log import FACTOR, flat
from reporter.clinic.steps import LEVELS, WHO
from reporter.clinic.waits import FOR_ALL, KINDS

LEVEL_WORDS = {"emergency": "Emergency", "urgent": "Urgent", "call_back": "Call-back"}
WHO_WORDS = {
    "unclaimed": "not taken, minutes after the report",
    "owner": "owner, minutes after the due time",
    "practitioner": "practitioner, minutes after the due time",
    "director": "director, minutes after the due time",
}
WAIT_WORDS = {
    "acknowledge": "practitioner acknowledges, minutes",
    "decide": "practitioner decides, minutes",
    "apart": "between two tries to call, minutes",
    "next_call": "longest wait for the next call, minutes",
    "follow_up": "longest follow-up, days",
}
FOR_ALL_WORDS = {
    "confirm": "A second person confirms the close of an emergency, minutes",
    "second_way": "A page that nobody takes is followed by an e-mail, minutes",
    "away": "A due case of somebody who is not seen is given back, minutes",
    "tries": "Calls before a case is closed as not reached",
}
FACTOR_WORDS = {
    "nobody": "Nobody has to",
    "leaders": "Administrators and the director",
    "everybody": "Everybody",
}
LABELS = {
    "name": "Name of the clinic",
    "zone": "Time zone",
    "colour": "Colour of the patients' pages",
    "reply_to": "Replies to e-mails go to",
    "duty_nurse": "Nurse who calls patients, first name",
    "phone": "Telephone",
    "after_hours_phone": "Telephone while closed",
    "emergency_number": "Emergency number",
    "crisis_line": "Crisis line",
    "on_call_webhook": "On-call webhook",
    "on_call_email": "Second way: e-mail address",
    "on_call_secret": "Signing secret",
    "holidays": "Holidays",
    "targets.emergency": "Emergency: minutes until somebody calls",
    "targets.urgent": "Urgent: minutes until somebody calls",
    "targets.call_back_days": "Call-back: clinic days until somebody calls",
    FACTOR: "Who must have a second factor",
    **{f"hours.{day}": day.capitalize() for day in DAYS},
    **{
        f"steps.{level}.{who}": f"{LEVEL_WORDS[level]}, {WHO_WORDS[who].partition(',')[0]}"
        for level in LEVELS
        for who in WHO
    },
    **{
        f"waits.{level}.{kind}": f"{LEVEL_WORDS[level]}, {WAIT_WORDS[kind].partition(',')[0]}"
        for level in LEVELS
        for kind in KINDS
    },
    **{f"waits.{name}": FOR_ALL_WORDS[name].partition(",")[0] for name in FOR_ALL},
}
NAMES = tuple(name for name in LABELS if name != "on_call_secret")
LONGEST = 4000
NO_HOURS = "Give the opening hours of at least one day: promised calls follow from them."

# `8:30`, `08.30`, `5 pm`, `5:30pm`
TIME = r"(\d{1,2})(?:[:.](\d\d))?\s*([ap]\.?m\.?)?"
SPAN_TYPED = re.compile(rf"^{TIME}\s*(?:-|–|—|to)\s*{TIME}$", re.IGNORECASE)


def typed_in(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by name; a field that was not sent is empty."""
    return {name: form.get(name, "").replace("\0", "").strip()[:LONGEST] for name in NAMES}


def shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """Stored settings as the fields hold them."""
    fields = {name: text for name, text in flat(settings).items() if name in NAMES}
    hours = {f"hours.{day}": ", ".join(settings["hours"].get(day) or []) for day in DAYS}
    return {**fields, **hours, "holidays": "\n".join(settings["holidays"])}


def given_by(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed in the shape in which settings are stored; nothing is checked yet."""
    return {
        **{name: typed[name] for name in (*TEXTS, "zone", FACTOR)},
        "hours": {day: spans(typed[f"hours.{day}"]) for day in DAYS},
        "holidays": [day for day in re.split(r"[\s,;]+", typed["holidays"]) if day],
        "targets": _of("targets", typed),
        "steps": {level: _of(f"steps.{level}", typed) for level in LEVELS},
        "waits": {
            **{level: _of(f"waits.{level}", typed) for level in LEVELS},
            **{name: typed[f"waits.{name}"] for name in FOR_ALL},
        },
    }


def _of(table: str, typed: Mapping[str, str]) -> dict[str, str]:
    start = f"{table}."
    return {name.removeprefix(start): typed[name] for name in NAMES if name.startswith(start)}


def plain(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed as `settings_log.flat` writes it, to be compared with what is stored."""
    days = {f"hours.{day}": " ".join(sorted(spans(typed[f"hours.{day}"]))) for day in DAYS}
    return {**typed, **days, "holidays": " ".join(sorted(typed["holidays"].split()))}


def as_typed(plain_text: Mapping[str, str]) -> dict[str, str]:
    """The other way round: from `plain` to what the fields hold."""
    days = {f"hours.{day}": ", ".join(plain_text[f"hours.{day}"].split()) for day in DAYS}
    return {**plain_text, **days, "holidays": "\n".join(plain_text["holidays"].split())}


def spans(text: str) -> list[str]:
    """`8:30-12, 1 pm - 5:30 pm` as ["08:30-12:00", "13:00-17:30"]; what is no span stays as it is.

    "closed" is no span.
    """
    if text.strip().casefold() in {"", "closed", "-"}:
        return []
    parts = re.split(r"\s*[,;\n]\s*|\s+and\s+", text.strip())
    if len(parts) == 1 and all(SPAN_TYPED.match(part) for part in text.split()):
        parts = text.split()
    return [_span(part) for part in parts if part]


def _span(part: str) -> str:
    found = SPAN_TYPED.match(part)
    if not found:
        return part
    opens, closes = _clock(*found.groups()[:3]), _clock(*found.groups()[3:])
    return f"{opens}-{closes}"


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    number, letter = int(hour), (half or "")[:1].casefold()
    if letter and 1 <= number <= 12:
        number = number % 12 + (12 if letter == "p" else 0)
    return f"{number:02}:{minute or '00'}"


def sentences(found: Faults) -> Faults:
    """The same faults with the words of the page in the place of the stored names."""
    told = {}
    for name, sentence in found.items():
        if name == "hours":
            told["hours.monday"] = NO_HOURS
        else:
            told[name] = _worded(name, sentence)
    return told


def _worded(name: str, sentence: str) -> str:
    return LABELS[name] + sentence.removeprefix(name) if sentence.startswith(name) else sentence


def words(name: str, value: str) -> str:
    """A setting's value in a sentence about what was changed."""
    if name == FACTOR:
        return FACTOR_WORDS.get(value, value).lower()
    return value or ("closed" if name.startswith("hours.") else "nothing")
