"""A director changes the clinic's settings: all of them sound, each change seen, none undone."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from reporter.clinic import waits
from reporter.clinic.clinic_checks import Faults, faults
from reporter.clinic.clinic_settings import hours_of, kept, steps_of
from reporter.clinic.sessions import NEED_FACTOR
from reporter.clinic.settings_log import FACTOR, SECRET, Change, Changed, differences, since
from reporter.clock import stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row

TRIES = 5


class SettingsRefused(Exception):
    """Nothing was kept: `faults` holds one sentence for each setting that is wrong."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class SettingsMoved(Exception):
    """Somebody else saved in between; nothing was kept. `since` says who and what."""

    def __init__(self, since: list[Changed]) -> None:
        super().__init__("Somebody else changed the settings in between.")
        self.since = since


@dataclass(frozen=True)
class Stored:
    """The settings as they are now, in the shape in which they are given, and their version."""

    settings: dict[str, Any]
    version: int


def stored(db: Database, clinic_id: str) -> Stored:
    return _stored(_row(db, clinic_id))


def _row(db: Database, clinic_id: str) -> Row:
    found = db.query(
        "select settings, second_factor, settings_version from clinics where clinic_id = :c",
        c=clinic_id,
    )
    return found[0]


def _stored(row: Row) -> Stored:
    """Whole, also where an older version kept less."""
    raw = json.loads(row["settings"])
    steps = {level: asdict(steps) for level, steps in vars(steps_of(raw)).items()}
    whole = {
        "targets": asdict(hours_of(raw).targets),
        "on_call_email": "",
        "duty_nurse": "",
    }
    known = {**whole, **raw, "steps": steps, "waits": waits.whole(raw.get("waits") or {})}
    known = {**known, FACTOR: row["second_factor"]}
    return Stored(known, int(row["settings_version"]))


def wrong_with(given: Mapping[str, Any]) -> Faults:
    """One sentence for each setting that could not be kept."""
    found = faults(_typed(given))
    if given.get(FACTOR) not in NEED_FACTOR:
        found[FACTOR] = f"{FACTOR} must be one of {', '.join(NEED_FACTOR)}."
    return found


def change(
    db: Database, clinic_id: str, given: Mapping[str, Any], *, version: int, by: Actor, at: datetime
) -> tuple[Change, ...]:
    """Keep all of them, and answer what is different now.

    Raise SettingsRefused, or SettingsMoved when they are not those of `version` any more.
    """
    if wrong := wrong_with(given):
        raise SettingsRefused(wrong)
    settings = as_kept(given)
    return db.atomically(lambda: _keep(db, clinic_id, settings, version, by, at))


def as_kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """What would be stored of settings in which nothing is wrong."""
    return {**kept(_typed(given)), FACTOR: given[FACTOR]}


def _typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is stored beside the others; nobody types a secret."""
    return {name: value for name, value in given.items() if name not in {FACTOR, SECRET}}


def need_factor(
    db: Database, clinic_id: str, whom: str, *, by: Actor, at: datetime
) -> tuple[Change, ...]:
    """Who needs a second factor, whatever else was changed in between."""

    return _one(db, clinic_id, FACTOR, whom, by, at)


def new_secret(db: Database, clinic_id: str, *, by: Actor, at: datetime) -> str:
    """A new secret for signing pages to on-call: shown now and never again."""
    secret = secrets.token_hex(32)
    _one(db, clinic_id, SECRET, secret, by, at)
    return secret


def _one(
    db: Database, clinic_id: str, name: str, value: str, by: Actor, at: datetime
) -> tuple[Change, ...]:
    """One setting that stands by itself: whoever saved in between loses nothing by it."""

    def work() -> tuple[Change, ...]:
        now = stored(db, clinic_id)
        return _keep(db, clinic_id, {**now.settings, name: value}, now.version, by, at)

    for _ in range(TRIES):
        try:
            return db.atomically(work)
        except SettingsMoved:
            continue
    return db.atomically(work)


def _keep(
    db: Database, clinic_id: str, settings: dict[str, Any], version: int, by: Actor, at: datetime
) -> tuple[Change, ...]:
    """In the open transaction; of two who come at once one is told of the other."""
    before = _stored(_row(db, clinic_id))
    after = {SECRET: before.settings[SECRET], **settings}
    changes = tuple(differences(before.settings, after))
    if before.version == version and not changes:
        return ()
    text = json.dumps({name: value for name, value in after.items() if name != FACTOR})
    done = db.run(
        "update clinics set name = :name, settings = :settings, second_factor = :factor, "
        "settings_version = settings_version + 1 "
        "where clinic_id = :c and settings_version = :version",
        c=clinic_id,
        name=after["name"],
        settings=text,
        factor=after[FACTOR],
        version=version,
    )
    if not done:
        raise SettingsMoved(since(db, clinic_id, version))
    if {one.name for one in changes} & {"on_call_webhook", SECRET}:
        _forget_test(db, clinic_id)
    _note(db, clinic_id, version + 1, changes, by, at)
    return changes


def _forget_test(db: Database, clinic_id: str) -> None:
    """What was tried was another line."""
    db.run("update clinics set on_call_tested_at = null where clinic_id = :c", c=clinic_id)


def _note(
    db: Database,
    clinic_id: str,
    version: int,
    changes: tuple[Change, ...],
    by: Actor,
    at: datetime,
) -> None:
    db.run(
        "insert into setting_changes (clinic_id, version, at, by_name, changes) "
        "values (:c, :version, :at, :name, :changes)",
        c=clinic_id,
        version=version,
        at=stamp(at),
        name=by.name,
        changes=json.dumps([asdict(one) for one in changes]),
    )
    for one in changes:
        record(
            db,
            clinic_id,
            by,
            "clinic.setting",
            clinic_id,
            at,
            setting=one.name,
            before=one.before,
            after=one.after,
        )
