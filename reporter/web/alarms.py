"""Emergencies that come in while a staff page stays open, whatever that page shows.

A page holds those that stood as it was drawn, a poll brings those of now, and alarm.js says aloud
what is new among them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g

from reporter.clinic import queue
from reporter.clinic.unchanged import once
from reporter.rules.knowledge import Knowledge
from reporter.web import headline, staff_words
from reporter.web.at_hand import known as rules_now
from reporter.web.at_hand import store
from reporter.web.staff_words import Badge

# One poll spells out so many, the latest first; a page knows of all.
SPELLED_OUT = 50
SIGNS = 3


@dataclass(frozen=True)
class Alarm:
    """One open emergency as it is said aloud; a screen on the wall says only the reference."""

    case_id: str
    badge: Badge
    reference: str
    name: str
    signs: str


@dataclass(frozen=True)
class Watch:
    """What a page begins with: the revision that it shows, and which emergencies stood then."""

    revision: str
    known: str


def words() -> dict[str, Callable[[], Watch]]:
    """For templates: `watch()`."""
    return {"watch": watch}


def watch() -> Watch:
    revision = queue.revision(store(), g.clinic.id, g.now)
    return Watch(revision, " ".join(queue.emergency_ids(store(), g.clinic.id)))


def now() -> tuple[Alarm, ...]:
    """The open emergencies, the latest first: read once for all who ask after the same change."""
    rules, clinic_id = rules_now(), g.clinic.id
    revision = queue.revision(store(), clinic_id, g.now)
    return once(store(), clinic_id, revision, ("alarms", rules.ruleset), lambda: _read(rules))


def _read(rules: Knowledge) -> tuple[Alarm, ...]:
    return tuple(
        Alarm(
            case_id=row.case.id,
            badge=staff_words.badge(row.case),
            reference=row.treatment.reference,
            name=row.treatment.patient.name,
            signs=", ".join(sign.text for sign in _signs(rules, row.said)),
        )
        for row in queue.latest_emergencies(store(), g.clinic.id, SPELLED_OUT)
    )


def _signs(rules: Knowledge, said: headline.Said) -> tuple[headline.Sign, ...]:
    return headline.shown(headline.headline(rules, said), SIGNS)
