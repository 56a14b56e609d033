"""What patients have added to their cases since they reported: for the desk and for themselves.

`clinic.remarks` writes it, as moves with the verb `remark`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reporter.clock import instant
from reporter.records.db import Database, Row

CALLED, CALLED_CRISIS = "called_emergency", "called_crisis"
GONE, MISTAKE, OVER, WISH, PHOTO = "gone", "mistake", "over", "wish", "photo"
"""I have called 911, or 988; it has gone now; I ticked this by mistake; it is over; another time
or number; a photo was added."""
TICKED, SEEN = "ticked", "seen"
"""A warning sign was kept as it was ticked; its page was sent, and the advice was shown."""
REPORTS = frozenset({"open", "report_again", "reopen"})
CONFIRMED, TOLD_NOW, NOT_NEEDED = "confirmed", "told_now", "not_needed"
"""What staff wrote down of the emergency number: it was called; they told the patient to call it
now; it is not needed any more."""
BY_STAFF = {"yes": CONFIRMED, "told": TOLD_NOW, "not_needed": NOT_NEEDED}
ASKED_IN = frozenset({"call", "close", "told_to_call"})
READ = tuple(sorted({"remark", *REPORTS, *ASKED_IN}))


@dataclass(frozen=True)
class Told:
    """One thing that was added. `is_old`: reported again since. `by`: who of staff wrote it."""

    what: str
    at: datetime
    is_old: bool = False
    by: str = ""


@dataclass(frozen=True)
class Call:
    """A call that somebody at the desk has logged: reached, voicemail, no_answer, wrong_number."""

    result: str
    at: datetime


@dataclass(frozen=True)
class After:
    """What the patient added to a case, and the calls that were made since the last report.

    `by_staff` is what staff wrote down of the emergency number; `wished`, that another time or
    number was ever wished.
    """

    told: tuple[Told, ...] = ()
    calls: tuple[Call, ...] = ()
    by_staff: tuple[Told, ...] = ()
    wished: bool = False


def of_case(db: Database, clinic_id: str, case_id: str) -> After:
    """Oldest first. Only how things stand: no notes are read."""
    rows = db.query(
        "select case_id, verb, at, from_state, to_state, by_name, details from case_moves "
        "where clinic_id = :c and case_id = :id order by version",
        c=clinic_id,
        id=case_id,
    )
    both = _told(rows)
    said, written = (tuple(one for one in both if bool(one.by) is here) for here in (False, True))
    return After(said, _calls(rows), written, _has_wished(rows))


def _has_wished(rows: Iterable[Row]) -> bool:
    remarks = (json.loads(row["details"]) for row in rows if row["verb"] == "remark")
    return any(one.get("what") == WISH for one in remarks)


def _calls(rows: Iterable[Row]) -> tuple[Call, ...]:
    found: list[Call] = []
    for row in rows:
        if row["verb"] in REPORTS:
            found = []
        elif row["verb"] == "call":
            result = json.loads(row["details"]).get("result", "")
            found.append(Call(str(result), instant(row["at"])))
    return tuple(one for one in found if one.result != "note")


def of_cases(db: Database, clinic_id: str, ids: tuple[str, ...]) -> Mapping[str, tuple[Told, ...]]:
    """By the id of the case; a case to which nothing was added is left out."""
    rows = db.query(
        "select case_id, verb, at, from_state, to_state, by_name, details from case_moves "
        "where clinic_id = :c and case_id in (:ids) and verb in (:verbs) "
        "order by case_id, version",
        c=clinic_id,
        ids=ids,
        verbs=READ,
    )
    return _by_case(rows)


def _by_case(rows: Iterable[Row]) -> Mapping[str, tuple[Told, ...]]:
    grouped = defaultdict(list)
    for row in rows:
        grouped[row["case_id"]].append(row)
    return {case_id: found for case_id, some in grouped.items() if (found := _told(some))}


def _told(rows: Iterable[Row]) -> tuple[Told, ...]:
    """What was added before the case was last closed belongs to that time."""
    found: list[Told] = []
    for row in rows:
        if row["verb"] in REPORTS and row["from_state"] == "closed":
            found = []
        elif row["verb"] in REPORTS:
            found = [replace(one, is_old=True) for one in found]
        elif row["verb"] == "remark":
            what = json.loads(row["details"]).get("what", "")
            found.append(Told(str(what), instant(row["at"])))
        elif row["verb"] in ASKED_IN:
            found += _by_staff(row)
    return tuple(found)


def _by_staff(row: Row) -> list[Told]:
    """What a call, a close or a telephone report says of the emergency number."""
    what = BY_STAFF.get(str(json.loads(row["details"]).get("emergency_call") or ""))
    return [Told(what, instant(row["at"]), by=row["by_name"])] if what else []


def is_only_ticked(told: Iterable[Told]) -> bool:
    """Whether a warning sign was ticked, and its page not seen since."""
    now = {one.what for one in told if not one.is_old}
    return TICKED in now and SEEN not in now


def latest(told: Iterable[Told], what: str) -> Told | None:
    return next((one for one in reversed(tuple(told)) if one.what == what), None)
