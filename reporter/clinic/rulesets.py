"""Which rules decide at a clinic, and when: one of its numbered sets is live.

The files that ship with the product are set 1. Later shipped files never decide by themselves:
they come as a draft, and the set that a clinician approved stays live.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from reporter.clinic import rule_signatures, ruleset_book
from reporter.clinic.ruleset_book import FILES, NotThere, RuleSet, digest_of
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, Row
from reporter.rules import knowledge
from reporter.rules.knowledge import Knowledge, KnowledgeError
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import read_cases
from reporter.rules.rule_merge import brought_together

KEPT_READY = 8
UPGRADE = ("draft", "upgrade")
# Read sets by the digest of their text, which never changes; and where the shipped files arrived.
_ready: dict[str, Knowledge] = {}
_arrived: "WeakKeyDictionary[Database, set[str]]" = WeakKeyDictionary()


def live(db: Database, clinic_id: str, shipped: Knowledge, at: datetime) -> Knowledge:
    """What decides at this clinic now: one indexed query; a set is read once in a process.

    Call it outside `snapshot`: the first call of a process may write. Raise KnowledgeError when
    this version of the product cannot read the set: then a report must go undecided to a person.
    """
    _arrive_once(db, clinic_id, at)
    row = db.one(
        "select number, digest, ruleset from rulesets where clinic_id = :c and state = 'live'",
        c=clinic_id,
    )
    if row is None or (row["digest"], row["ruleset"]) == (shipped_digest(), shipped.ruleset):
        return shipped
    return knowledge_of(db, clinic_id, row["number"], row["digest"])


def _arrive_once(db: Database, clinic_id: str, at: datetime) -> None:
    if clinic_id not in _arrived.setdefault(db, set()):
        arrive(db, clinic_id, at)
        _arrived[db].add(clinic_id)


def knowledge_of(db: Database, clinic_id: str, number: int, digest: str) -> Knowledge:
    """A stored set, read strictly. Its text must still be what its digest says."""
    if digest not in _ready:
        texts = ruleset_book.files(db, clinic_id, number)
        if digest_of(texts) != digest:
            raise KnowledgeError(f"Rule set {number} was altered in the store; restore a backup.")
        while len(_ready) >= KEPT_READY:
            _ready.pop(next(iter(_ready)))
        _ready[digest] = checked(texts)
    return _ready[digest]


def checked(texts: Mapping[str, str]) -> Knowledge:
    """The files as knowledge. Raise KnowledgeError with one sentence and its mend."""
    if missing := [name for name in FILES if name not in texts]:
        raise KnowledgeError(f"{missing[0]} is missing from the set; put it back")
    return _checked(tuple(texts[name] for name in FILES))


# A draft is checked again by each of its pages; what was read is never changed.
@lru_cache(maxsize=8)
def _checked(texts: tuple[str, ...]) -> Knowledge:
    known = knowledge.read(named := dict(zip(FILES, texts, strict=True)))
    read_cases(named[CASES], known)
    return known


@lru_cache(maxsize=1)
def shipped_files() -> Mapping[str, str]:
    """The files that come with this version of the product."""
    return {name: (knowledge.HOME / name).read_text("utf-8") for name in FILES}


def shipped_digest() -> str:
    """Asked for with every report, so it is worked out once for the same texts."""
    return _digest(tuple(shipped_files()[name] for name in FILES))


@lru_cache(maxsize=2)
def _digest(texts: tuple[str, ...]) -> str:
    return digest_of(dict(zip(FILES, texts, strict=True)))


def shipped_knowledge() -> Knowledge:
    digest = shipped_digest()
    if digest not in _ready:
        _ready[digest] = checked(shipped_files())
    return _ready[digest]


def arrive(db: Database, clinic_id: str, at: datetime) -> int | None:
    """Store what ships: as set 1, live, the first time; later, where it is new, as a draft.

    Answers the number of the draft that came now.
    """

    def work() -> int | None:
        digest = shipped_digest()
        rows = db.query(
            "select number, digest, state, origin, shipped_digest from rulesets "
            "where clinic_id = :c",
            c=clinic_id,
        )
        if not rows:
            _store_first(db, clinic_id, at)
        elif digest not in {row["shipped_digest"] or row["digest"] for row in rows if _came(row)}:
            _replace_older(db, clinic_id, rows, at)
            return _store_upgrade(db, clinic_id, at)
        return None

    return db.atomically(work)


def _came(row: Row) -> bool:
    return bool(row["origin"] != "clinic")


def _store_first(db: Database, clinic_id: str, at: datetime) -> None:
    texts = shipped_files()
    ruleset_book.add(
        db,
        clinic_id,
        texts,
        checked(texts).ruleset,
        state="live",
        origin="shipped",
        by=SYSTEM,
        at=at,
    )


def _store_upgrade(db: Database, clinic_id: str, at: datetime) -> int | None:
    """What ships now, with what the clinic has changed of what shipped before."""
    found = ruleset_book.live(db, clinic_id)
    if found is None:
        raise NotThere("No rule set is live here.")
    ours = ruleset_book.files(db, clinic_id, found.number)
    before = grown_from(db, found)
    merged = brought_together(before, ours, shipped_files(), against="the upgrade")
    says_the_same = not merged.conflicts and _tables(merged.files) == _tables(ours)
    number = ruleset_book.add(
        db,
        clinic_id,
        merged.files,
        checked(merged.files).ruleset,
        state="withdrawn" if says_the_same else "draft",
        origin="upgrade",
        by=SYSTEM,
        at=at,
        based_on=found.number,
        shipped=shipped_files(),
        conflicts=merged.conflicts,
        reason="It says the same as the live set." if says_the_same else "",
    )
    return None if says_the_same else number


def grown_from(db: Database, found: RuleSet) -> dict[str, str]:
    """The files that came with the product and that this set has grown from."""
    while found.origin == "clinic" and found.based_on is not None:
        found = ruleset_book.get(db, found.clinic_id, found.based_on)
    row = db.one(
        "select coalesce(shipped_files, files) as files from rulesets "
        "where clinic_id = :c and number = :n",
        c=found.clinic_id,
        n=found.number,
    )
    grown: dict[str, str] = json.loads(row["files"]) if row else {}
    return grown


def _tables(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: tomllib.loads(texts[name]) for name in FILES}


def _replace_older(db: Database, clinic_id: str, rows: list[Row], at: datetime) -> None:
    for row in rows:
        if row["origin"] == "upgrade" and row["state"] == "draft":
            found = ruleset_book.get(db, clinic_id, row["number"])
            why = "A newer version of the product came."
            ruleset_book.move(db, found, "withdraw", "withdrawn", by=SYSTEM, at=at, reason=why)


@dataclass(frozen=True)
class Standing:
    """What the banner of the staff pages says: the live set, its signatures, and what waits.

    `readable` is false where this version of the product cannot decide by the live set.
    """

    number: int
    rules: int
    unsigned: int
    readable: bool
    upgrade: int | None
    proposed: int | None


def standing(db: Database, clinic_id: str) -> Standing:
    """Read only: the pages that show it must not write."""
    found = ruleset_book.live(db, clinic_id)
    waiting = db.query(
        "select number, state, origin from rulesets where clinic_id = :c "
        "and state in ('draft', 'proposed') order by number",
        c=clinic_id,
    )
    try:
        known, readable = of(db, found) if found else shipped_knowledge(), True
    except KnowledgeError:
        known, readable = shipped_knowledge(), False
    return Standing(
        number=found.number if found else 1,
        rules=len(known.rules),
        unsigned=len(known.rules) - len(rule_signatures.of(db, clinic_id, known)),
        readable=readable,
        upgrade=_last(row for row in waiting if (row["state"], row["origin"]) == UPGRADE),
        proposed=_last(row for row in waiting if row["state"] == "proposed"),
    )


def _last(rows: Iterable[Row]) -> int | None:
    return max((row["number"] for row in rows), default=None)


def live_set(db: Database, clinic_id: str, at: datetime) -> RuleSet:
    """The set that is live; the shipped files become it where there was none."""
    _arrive_once(db, clinic_id, at)
    found = ruleset_book.live(db, clinic_id)
    if found is None:
        raise NotThere("No rule set is live here.")
    return found


def of(db: Database, found: RuleSet) -> Knowledge:
    """A stored set as knowledge."""
    return knowledge_of(db, found.clinic_id, found.number, found.digest)
