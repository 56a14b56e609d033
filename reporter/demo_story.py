"""The script of the demo: the days before, and the scenes that wait in the queue right now."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from reporter import demo_face
from reporter.clinic import clinics, drafts, front_desk, hours, on_call_test, staff
from reporter.clinic.hours import at_local, local
from reporter.demo_life import MINUTE, Life
from reporter.demo_mail import serve_inbox
from reporter.demo_pager import pages, serve_pager
from reporter.demo_people import CLINIC, FINE, PASSWORD, STAFF
from reporter.demo_scenes import LEFT, LEFT_ANSWERS, LEFT_BY, SCENES, Scene
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.records.ids import new_id
from reporter.rules import knowledge, questions
from reporter.settings import Settings
from reporter.supervise import free_port

TREATMENTS, DAYS = 180, 60
# Mail of the last two days lies in the inbox; older mail was read and thrown away long ago.
SHOWN_MAIL = timedelta(days=2)


def play(db: Database, settings: Settings, inbox: Path, now: datetime, pager: str) -> None:
    """Make the clinic and live its sixty days. Mail and pages go to this computer's own inbox.

    `pager` is the address of the on-call receiver.
    """
    life = _begin(db, replace(settings, smtp_url=""), now, pager)
    _plan_days(life)
    _plan_scenes(life)
    port, secret = free_port(20_025), life.clinic.on_call_secret
    with serve_pager(inbox, urlsplit(pager).port or 0, lambda: secret):
        life.live(now - SHOWN_MAIL)
        for old in pages(inbox):
            (inbox / old.name).unlink()
        with serve_inbox(inbox, port):
            life.settings = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")
            life.live(now)
            life.tick(now)


def _begin(db: Database, settings: Settings, now: datetime, pager: str) -> Life:
    start = now - timedelta(days=DAYS + 5)
    clinic = clinics.create(db, {**CLINIC, "on_call_webhook": pager}, at=start)
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
        at = _when(life, scene)
        life.later(at, lambda when, scene=scene: _open(life, scene, when))  # type: ignore[misc]
    life.later(life.now - timedelta(days=3), lambda at: _by_telephone(life, at))
    life.later(life.now - timedelta(days=6), lambda at: _moved_away(life, at))
    life.later(life.now - timedelta(hours=7), lambda at: _pager_tried(life, at))
    life.later(life.now - LEFT, lambda at: _begun_and_left(life, at))


def _when(life: Life, scene: Scene) -> datetime:
    if not scene.clock:
        return life.now - scene.ago
    zone = life.clinic.hours.zone
    return at_local(zone, local(zone, life.now).date() - scene.ago, scene.clock)


def _open(life: Life, scene: Scene, at: datetime) -> None:
    visit = life.somebody(scene.told, at, scene.language)
    if scene.with_photos:
        life.show(visit, demo_face.pictures(), at)
    life.report(visit, scene.told, at)
    _send_pages(life, at)
    for number, (who, verb, details) in enumerate(scene.moves):
        by = life.people[who].actor
        given = {
            name: life.now + value if isinstance(value, timedelta) else value
            for name, value in details.items()
        }
        then = at + (4 + 2 * number) * MINUTE
        _send_pages(life, then)
        life.later(
            then,
            lambda when, verb=verb, by=by, given=given: life.move(visit, verb, when, by, **given),  # type: ignore[misc]
        )


def _send_pages(life: Life, at: datetime) -> None:
    """A page to on-call does not wait for the next round of check-ins."""
    if at > life.now - SHOWN_MAIL and not hours.is_open(life.clinic.hours, at):
        life.later(at + MINUTE, life.tick)


def _by_telephone(life: Life, at: datetime) -> None:
    """Somebody without e-mail rings; the nurse writes down what they say."""
    quiet = [one for one in life.treated if not one.patient.may_email]
    life.report(quiet[-1], FINE, at, channel="phone", by=life.people["nurse"].actor)


def _moved_away(life: Life, at: datetime) -> None:
    manager = life.people["manager"].actor
    front_desk.stop(life.db, life.clinic, life.treated[-9], reason="moved_away", by=manager, at=at)


def _pager_tried(life: Life, at: datetime) -> None:
    """The director tries the line to on-call before the night depends on it."""
    on_call_test.run(life.db, life.clinic, by=life.people["director"].actor, at=at)


def _begun_and_left(life: Life, at: datetime) -> None:
    """Somebody answers two pages and puts the phone away: they wait under "Unfinished"."""
    visit = life.somebody(LEFT_BY, at, "en")
    drafts.save(life.db, visit, new_id(at), LEFT_ANSWERS, at)
