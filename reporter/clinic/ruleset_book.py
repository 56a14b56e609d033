"""The book of rule sets: each one's text, how it stands, and each step. Only `move` changes one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from reporter.clock import instant, maybe_instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.rules import knowledge
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_merge import Conflict

FILES = (*knowledge.FILES, CASES)


class NotThere(Exception):
    """No such rule set at this clinic."""


@dataclass(frozen=True)
class RuleSet:
    """One numbered set. `ruleset` names what decides, `digest` its very text."""

    clinic_id: str
    number: int
    ruleset: str
    digest: str
    state: str
    origin: str
    based_on: int | None
    created_at: datetime
    proposed_at: datetime | None
    proposed_by: str | None
    reason: str
    approved_at: datetime | None
    approved_by: str | None
    live_from: datetime | None
    tested: Mapping[str, Any] | None
    shipped_digest: str | None
    conflicts: tuple[Conflict, ...]
    version: int


@dataclass(frozen=True)
class Step:
    """One line of a set's history."""

    version: int
    verb: str
    by_id: str | None
    by_name: str
    at: datetime
    to_state: str
    reason: str


def as_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"))


def as_stored(texts: Mapping[str, str]) -> str:
    """The files of a set as the book keeps them."""
    return as_json({name: texts[name] for name in FILES})


def as_conflicts(conflicts: tuple[Conflict, ...]) -> str | None:
    return json.dumps([asdict(one) for one in conflicts]) if conflicts else None


def digest_of(texts: Mapping[str, str]) -> str:
    content = json.dumps({name: texts[name] for name in FILES}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def add(
    db: Database,
    clinic_id: str,
    texts: Mapping[str, str],
    ruleset: str,
    *,
    state: str,
    origin: str,
    by: Actor,
    at: datetime,
    based_on: int | None = None,
    shipped: Mapping[str, str] | None = None,
    conflicts: tuple[Conflict, ...] = (),
    reason: str = "",
) -> int | None:
    """Store a new set with the open transaction; None when set 1 was stored meanwhile."""
    rows = db.query(
        "insert into rulesets (clinic_id, number, ruleset, digest, files, state, origin, based_on, "
        "shipped_digest, shipped_files, conflicts, created_at, reason, live_from, version) "
        "select :c, coalesce(max(number), 0) + 1, "
        ":ruleset, :digest, :files, :state, :origin, cast(:based_on as integer), "
        "cast(:shipped_digest as text), cast(:shipped as text), cast(:conflicts as text), :at, '', "
        "cast(:live_from as text), 1 from rulesets where clinic_id = :c "
        "on conflict do nothing returning number",
        c=clinic_id,
        ruleset=ruleset,
        digest=digest_of(texts),
        files=as_stored(texts),
        state=state,
        origin=origin,
        based_on=based_on,
        **_shipped_columns(shipped),
        conflicts=as_conflicts(conflicts),
        at=stamp(at),
        live_from=stamp(at) if state == "live" else None,
    )
    for row in rows:
        verb = state if state == "live" else "draft"
        _note(db, clinic_id, row["number"], 1, verb, state, by, at, reason)
    return int(rows[0]["number"]) if rows else None


def _shipped_columns(shipped: Mapping[str, str] | None) -> dict[str, str | None]:
    if shipped is None:
        return {"shipped_digest": None, "shipped": None}
    return {"shipped_digest": digest_of(shipped), "shipped": as_stored(shipped)}


def move(
    db: Database,
    found: RuleSet,
    verb: str,
    to_state: str,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    columns: Mapping[str, Any] | None = None,
) -> bool:
    """Change how a set stands, if it is as it was read; False when somebody else did meanwhile.

    The one writer of a set's state, with its audit event. The text of a set can only be given
    while it is a draft.
    """
    given = {**(columns or {}), "state": to_state}
    names = ", ".join(f"{name} = :{name}" for name in given)
    draft_only = " and state = 'draft'" if "files" in given else ""
    changed = db.run(
        f"update rulesets set {names}, version = version + 1 where clinic_id = :c "  # noqa: S608 - our own column names
        f"and number = :n and version = :v and state = :was{draft_only}",
        c=found.clinic_id,
        n=found.number,
        v=found.version,
        was=found.state,
        **given,
    )
    if changed:
        version = found.version + 1
        _note(db, found.clinic_id, found.number, version, verb, to_state, by, at, reason)
    return changed == 1


def _note(
    db: Database,
    clinic_id: str,
    number: int,
    version: int,
    verb: str,
    state: str,
    by: Actor,
    at: datetime,
    reason: str,
) -> None:
    db.run(
        "insert into ruleset_moves (clinic_id, number, version, verb, by_kind, by_id, by_name, at, "
        "to_state, reason) values (:c, :n, :v, :verb, :kind, :by, :name, :at, :state, :reason)",
        c=clinic_id,
        n=number,
        v=version,
        verb=verb,
        kind=by.kind,
        by=by.id or None,
        name=by.name,
        at=stamp(at),
        state=state,
        reason=reason,
    )
    kept = get(db, clinic_id, number)
    record(db, clinic_id, by, f"ruleset.{verb}", str(number), at, state=state, digest=kept.digest)


def get(db: Database, clinic_id: str, number: int) -> RuleSet:
    """Raise NotThere for a number that this clinic has not given."""
    row = db.one(COLUMNS + "where clinic_id = :c and number = :n", c=clinic_id, n=number)
    if row is None:
        raise NotThere(f"There is no rule set {number} here.")
    return _from_row(row)


def live(db: Database, clinic_id: str) -> RuleSet | None:
    row = db.one(COLUMNS + "where clinic_id = :c and state = 'live'", c=clinic_id)
    return _from_row(row) if row else None


def listed(db: Database, clinic_id: str) -> tuple[RuleSet, ...]:
    """All sets, the newest first."""
    rows = db.query(COLUMNS + "where clinic_id = :c order by number desc", c=clinic_id)
    return tuple(map(_from_row, rows))


def files(db: Database, clinic_id: str, number: int) -> dict[str, str]:
    row = db.one(
        "select files from rulesets where clinic_id = :c and number = :n", c=clinic_id, n=number
    )
    if row is None:
        raise NotThere(f"There is no rule set {number} here.")
    found: dict[str, str] = json.loads(row["files"])
    return found


def history(db: Database, clinic_id: str, number: int) -> tuple[Step, ...]:
    """All that was done about one set, oldest first."""
    rows = db.query(
        "select version, verb, by_id, by_name, at, to_state, reason from ruleset_moves "
        "where clinic_id = :c and number = :n order by version",
        c=clinic_id,
        n=number,
    )
    return tuple(Step(**{**row, "at": instant(row["at"])}) for row in rows)


COLUMNS = """
select clinic_id, number, ruleset, digest, state, origin, based_on, created_at, proposed_at,
       proposed_by, reason, approved_at, approved_by, live_from, tested, shipped_digest, conflicts,
       version from rulesets
"""


def _from_row(row: Row) -> RuleSet:
    times = ("proposed_at", "approved_at", "live_from")
    return RuleSet(
        **{
            **row,
            "created_at": instant(row["created_at"]),
            **{name: maybe_instant(row[name]) for name in times},
            "tested": json.loads(row["tested"]) if row["tested"] else None,
            "conflicts": tuple(Conflict(**one) for one in json.loads(row["conflicts"] or "[]")),
        }
    )
