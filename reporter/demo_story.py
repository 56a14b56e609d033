"""The script of the demo: the days before, and the scenes that wait in the queue right now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reporter.clinic import clinics, front_desk, hours, staff
from reporter.clinic.hours import at_local, local
from reporter.demo_life import MINUTE, Life
from reporter.demo_mail import serve_inbox
from reporter.demo_people import (
    BLURRED,
    CALL_ME,
    CLINIC,
    DROOP,
    FINE,
    PASSWORD,
    QUESTION,
    RASH,
    SMILE,
    STAFF,
    SWALLOWING,
    Story,
)
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules import knowledge, questions
from reporter.settings import Settings
from reporter.supervise import free_port

TREATMENTS, DAYS = 180, 60
# Mail of the last two days lies in the inbox; older mail was read and thrown away long ago.
SHOWN_MAIL = timedelta(days=2)


Moves = tuple[tuple[str, str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Scene:
    """A report so long ago, and what was done about it: (who, verb, details).

    A length of time in the details is counted from now.
    """

    ago: timedelta
    told: Story
    language: str
    moves: Moves = ()


TALKED = {"result": "reached", "note": "Sent to the emergency room; her husband drives."}
TO_ER = {
    "outcome": "sent_to_er",
    "red_flags_asked": True,
    "taught_back": True,
    "regulator": "reported",
}
EMERGENCY_BEFORE: Moves = (
    ("nurse", "claim", {}),
    ("nurse", "call", TALKED),
    ("nurse", "close", TO_ER),
    ("nurse2", "confirm_close", {}),
)
ASKED = (
    "S: rash beyond the places that were treated, since this morning. "
    "B: first treatment, no known allergies. A: no trouble breathing, asked again by telephone. "
    "R: please see today."
)
SCENES = (
    Scene(timedelta(days=41), SWALLOWING, "en", EMERGENCY_BEFORE),
    Scene(timedelta(days=19), SWALLOWING, "es", EMERGENCY_BEFORE),
    Scene(
        timedelta(hours=26),
        SMILE,
        "en",
        (
            ("nurse", "call", {"result": "reached", "note": "Smile uneven, eats and drinks well."}),
            ("nurse", "follow_up", {"due_at": timedelta(days=1)}),
        ),
    ),
    Scene(
        timedelta(minutes=290),
        CALL_ME,
        "en",
        (("nurse2", "call", {"result": "no_answer", "next_due": timedelta(hours=3)}),),
    ),
    Scene(timedelta(minutes=200), QUESTION["es"], "es", (("nurse2", "claim", {}),)),
    Scene(timedelta(minutes=150), DROOP, "en"),
    Scene(
        timedelta(minutes=65),
        RASH,
        "en",
        (
            ("nurse", "claim", {}),
            ("nurse", "call", {"result": "voicemail", "next_due": timedelta(hours=2)}),
        ),
    ),
    Scene(timedelta(minutes=22), BLURRED, "es"),
    Scene(
        timedelta(minutes=14),
        RASH,
        "en",
        (
            ("nurse2", "claim", {}),
            ("nurse2", "call", {"result": "reached", "note": "Breathes well, no swelling."}),
            ("nurse2", "escalate", {"note": ASKED}),
        ),
    ),
    Scene(timedelta(minutes=4), SWALLOWING, "en"),
)


def play(db: Database, settings: Settings, inbox: Path, now: datetime) -> None:
    """Make the clinic and live its sixty days. Mail goes to a local server and nowhere else."""
    life = _begin(db, replace(settings, smtp_url=""), now)
    _plan_days(life)
    _plan_scenes(life)
    life.live(now - SHOWN_MAIL)
    port = free_port(20_025)
    with serve_inbox(inbox, port):
        life.settings = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")
        life.live(now)
        life.tick(now)


def _begin(db: Database, settings: Settings, now: datetime) -> Life:
    start = now - timedelta(days=DAYS + 5)
    clinic = clinics.create(db, CLINIC, at=start)
    people = {}
    for name, email, role in STAFF:
        person = staff.add(
            db,
            clinic.id,
            email=email,
            name=name,
            role=role,
            password=PASSWORD,
            by=SYSTEM,
            at=start,
        )
        people[f"{role}2" if role in people else role] = person
    known = knowledge.load()
    return Life(db, settings, clinic, people, now, known, questions.load(known))


def _plan_days(life: Life) -> None:
    """Who is treated when, and when the scheduler looks."""
    zone, today = life.clinic.hours.zone, local(life.clinic.hours.zone, life.now).date()
    every = [today - timedelta(days=ago) for ago in range(DAYS, -1, -1)]
    open_days = [
        day
        for day in every
        if hours.is_open_day(life.clinic.hours, day) and at_local(zone, day, "17:00") < life.now
    ]
    for number in range(TREATMENTS):
        day = open_days[number * len(open_days) // TREATMENTS]
        at = at_local(zone, day, "09:00") + life.rng.randint(0, 460) * MINUTE
        life.later(at, lambda when, number=number: life.enrol(number, when))  # type: ignore[misc]
    for day in every:
        for clock in ("10:31", "17:31"):
            life.later(at_local(zone, day, clock), life.tick)


def _plan_scenes(life: Life) -> None:
    """What is fixed whatever the dice say."""
    for scene in SCENES:
        life.later(life.now - scene.ago, lambda at, scene=scene: _open(life, scene, at))  # type: ignore[misc]
    life.later(life.now - timedelta(days=3), lambda at: _by_telephone(life, at))
    life.later(life.now - timedelta(days=6), lambda at: _moved_away(life, at))


def _open(life: Life, scene: Scene, at: datetime) -> None:
    visit = life.somebody(scene.told, at, scene.language)
    life.report(visit, scene.told, at)
    for number, (who, verb, details) in enumerate(scene.moves):
        by = life.people[who].actor
        given = {
            name: life.now + value if isinstance(value, timedelta) else value
            for name, value in details.items()
        }
        life.later(
            at + (4 + 2 * number) * MINUTE,
            lambda when, verb=verb, by=by, given=given: life.move(visit, verb, when, by, **given),  # type: ignore[misc]
        )


def _by_telephone(life: Life, at: datetime) -> None:
    """Somebody without e-mail rings; the nurse writes down what they say."""
    quiet = [one for one in life.treated if not one.patient.may_email]
    life.report(quiet[-1], FINE, at, channel="phone", by=life.people["nurse"].actor)


def _moved_away(life: Life, at: datetime) -> None:
    manager = life.people["manager"].actor
    front_desk.stop(life.db, life.clinic, life.treated[-9], reason="moved_away", by=manager, at=at)
