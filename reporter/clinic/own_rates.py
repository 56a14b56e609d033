"""How many of the clinic's own patients who answered about the same day had the same effect."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """People who answered by their link in these days after treatment, and what they had."""

    first: int
    last: int
    answered: int
    had: Mapping[str, int]

    def per_1000(self, symptom: str) -> int | None:
        """None where too few answered, or nobody had it."""
        if self.answered < FEWEST or not self.had.get(symptom):
            return None
        return max(round(1000 * self.had[symptom] / self.answered), 1)


Kept = dict[tuple[str, int], tuple[datetime, OwnRates]]
"""Counts that were made lately, by clinic and first day."""


def around(db: Database, kept: Kept, clinic_id: str, day: int, at: datetime) -> OwnRates | None:
    """The clinic's own rates about this day, counted once an hour; None on a later day."""
    window = next(((first, last) for first, last in WINDOWS if first <= day <= last), None)
    if window is None:
        return None
    counted = kept.get((clinic_id, window[0]))
    if counted is None or not counted[0] <= at < counted[0] + FRESH:
        counted = at, count(db, clinic_id, *window)
        kept[clinic_id, window[0]] = counted
    return counted[1]


def count(db: Database, clinic_id: str, first: int, last: int) -> OwnRates:
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
        had.setdefault(row["treatment_id"], set()).update(_symptoms(row))
    each = Counter(symptom for symptoms in had.values() for symptom in symptoms)
    return OwnRates(first, last, len(had), each)


def _symptoms(row: Row) -> list[str]:
    """What one report named; a damaged one names nothing."""
    try:
        return [entry["symptom"] for entry in json.loads(row["answers"])["symptoms"]]
    except (ValueError, KeyError, TypeError):
        return []
