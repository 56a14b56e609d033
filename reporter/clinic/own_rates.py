"""How many of the clinic's own patients who answered about the same day had the same effect."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reporter.records.db import Database, Row

# Fewer answers than these say nothing that may be told to a patient.
FEWEST = 30
# Whole days after treatment, around the days of the check-ins.
WINDOWS = ((0, 1), (2, 4), (5, 9), (10, 20), (21, 60))
# The latest reports of a window: enough to count, and few enough to count them in no time.
NEWEST = 4000
FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class OwnRates:
    """People who answered by their link in these days after treatment, and what they had.
    `alike`: only those who had the same product in one of the same areas."""

    first: int
    last: int
    answered: int
    had: Mapping[str, int]
    alike: bool = False

    def per_1000(self, symptom: str) -> int | None:
        """None where too few answered, or nobody had it."""
        if self.answered < FEWEST or not self.had.get(symptom):
            return None
        return max(round(1000 * self.had[symptom] / self.answered), 1)


Group = tuple[str, frozenset[str]]
"""A product and the areas; of each area that is shared a treatment is alike."""
EVERYBODY: Group = ("", frozenset())
Kept = dict[tuple[str, int, Group], tuple[datetime, OwnRates]]
"""Counts that were made lately, by clinic, first day and group."""
MOST_KEPT = 500


def around(
    db: Database, kept: Kept, clinic_id: str, day: int, at: datetime, group: Group = EVERYBODY
) -> OwnRates | None:
    """The clinic's own rates about this day, of people treated alike where enough have answered;
    counted once an hour; None on a later day."""
    window = next(((first, last) for first, last in WINDOWS if first <= day <= last), None)
    if window is None:
        return None
    alike = _counted(db, kept, clinic_id, window, at, group)
    if group == EVERYBODY or alike.answered >= FEWEST:
        return alike
    return _counted(db, kept, clinic_id, window, at, EVERYBODY)


def _counted(
    db: Database, kept: Kept, clinic_id: str, window: tuple[int, int], at: datetime, group: Group
) -> OwnRates:
    key = clinic_id, window[0], group
    counted = kept.get(key)
    if counted is None or not counted[0] <= at < counted[0] + FRESH:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        counted = kept[key] = at, count(db, clinic_id, *window, group)
    return counted[1]


def count(
    db: Database, clinic_id: str, first: int, last: int, group: Group = EVERYBODY
) -> OwnRates:
    """Each treatment once, however often it was answered about. A scanner's answer is none."""
    rows = db.query(
        "select treatment_id, answers from reports where clinic_id = :c "
        "and day between :first and :last and channel = 'link' and unconfirmed = 0 "
        "order by received_at desc limit :n",
        c=clinic_id,
        first=first,
        last=last,
        n=NEWEST,
    )
    had: dict[str, set[str]] = {}
    for row in rows:
        told = _told(row)
        if _is_of(group, told):
            had.setdefault(row["treatment_id"], set()).update(_symptoms(told))
    each = Counter(symptom for symptoms in had.values() for symptom in symptoms)
    return OwnRates(first, last, len(had), each, alike=group != EVERYBODY)


def _told(row: Row) -> dict[str, Any]:
    """One report; a damaged one is empty."""
    try:
        told = json.loads(row["answers"])
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _is_of(group: Group, told: Mapping[str, Any]) -> bool:
    product, areas = group
    shared = areas & set(told.get("areas") or ())
    return group == EVERYBODY or (told.get("product") == product and bool(shared))


def _symptoms(told: Mapping[str, Any]) -> list[str]:
    """What one report named."""
    try:
        return [entry["symptom"] for entry in told["symptoms"]]
    except (KeyError, TypeError):
        return []
