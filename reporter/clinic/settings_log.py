"""What was changed in a clinic's settings: when, by whom, from what to what."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from reporter.clinic.clinic_settings import DAYS, TEXTS
from reporter.clinic.waits import FOR_ALL, LEVELS
from reporter.clock import instant
from reporter.records.db import Database

FACTOR = "second_factor"
SECRET = "on_call_secret"  # noqa: S105 - the name of a setting


@dataclass(frozen=True)
class Change:
    """One setting, as text, before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """What one person changed at one time; `version` is what the settings were then."""

    version: int
    at: datetime
    by_name: str
    changes: tuple[Change, ...]


def since(db: Database, clinic_id: str, version: int = 0, most: int = 10) -> list[Changed]:
    """What was changed after that version, the newest first."""
    rows = db.query(
        "select version, at, by_name, changes from setting_changes "
        "where clinic_id = :c and version > :version order by version desc limit :most",
        c=clinic_id,
        version=version,
        most=most,
    )
    return [
        Changed(
            row["version"],
            instant(row["at"]),
            row["by_name"],
            tuple(Change(**one) for one in json.loads(row["changes"])),
        )
        for row in rows
    ]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Each setting that is not the same, in the order of the page."""
    old, new = flat(before), flat(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name, "") != new.get(name, ""):
            yield Change(name, shown(name, old.get(name, "")), shown(name, new.get(name, "")))


def flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Every setting by its name, as text: `hours.monday`, `steps.urgent.director`."""
    steps = settings["steps"].items()
    waits = settings["waits"]
    return {
        **{name: str(settings.get(name) or "") for name in (*TEXTS, "zone", FACTOR, SECRET)},
        **{f"hours.{day}": " ".join(settings["hours"].get(day) or []) for day in DAYS},
        "holidays": " ".join(settings["holidays"]),
        **{f"targets.{name}": str(value) for name, value in settings["targets"].items()},
        **{f"steps.{lv}.{who}": str(n) for lv, told in steps for who, n in told.items()},
        **{f"waits.{lv}.{kind}": str(n) for lv in LEVELS for kind, n in waits[lv].items()},
        **{f"waits.{name}": str(waits[name]) for name in FOR_ALL},
    }


def shown(name: str, value: str) -> str:
    """An address for paging may hold a password, and a secret is one: a mark of each is enough."""
    if name not in {"on_call_webhook", SECRET} or not value:
        return value
    mark = hashlib.sha256(value.encode()).hexdigest()[:8]
    if name == SECRET:
        return f"ends in {mark}"
    return f"{urlsplit(value).hostname} ({mark})"


@dataclass(frozen=True)
class Merged:
    """What one person typed, with what others saved in the meantime where they left it alone.

    `crossed` holds, by setting, what both of them changed: (who saved it, what they saved).
    """

    typed: dict[str, str]
    crossed: dict[str, tuple[str, str]]


def merged(typed: Mapping[str, str], others: list[Changed], now: Mapping[str, str]) -> Merged:
    """`others` as `since` gives them, the newest first; `now` is flat."""
    first: dict[str, Change] = {}
    last: dict[str, str] = {}
    for saved in reversed(others):
        for one in saved.changes:
            first.setdefault(one.name, one)
            last[one.name] = saved.by_name
    mine, crossed = dict(typed), {}
    for name, change in first.items():
        if name not in mine or mine[name] == now[name]:
            continue
        if shown(name, mine[name]) == change.before:
            mine[name] = now[name]
        else:
            crossed[name] = (last[name], shown(name, now[name]))
    return Merged(mine, crossed)
