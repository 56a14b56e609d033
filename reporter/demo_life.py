"""Sixty days of the invented clinic, lived through the product's own doors, in order of time.

Treatments are enrolled, the scheduler's own tick sends the check-ins over a real local SMTP
server, patients answer or stay silent, nurses claim, call and close. Nothing is written past it.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from random import Random
from typing import Any

import scheduler
from reporter.clinic import casebook, cases, checkin_waits, front_desk, intake, photos
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import is_open, local, next_opening
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.demo_people import FINE, Story, person, story
from reporter.mail.delivery import Postman, deliver
from reporter.mail.smtp import Connection, server
from reporter.records.audit import PATIENT, Actor
from reporter.records.db import Database
from reporter.rules import heard
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.questions import Questions
from reporter.settings import Settings

SEED = 20261121
# Cases of chance are all closed before this; the last scenes stand in the queue by themselves.
SETTLED = timedelta(hours=40)
MINUTE = timedelta(minutes=1)

WORKER, SENDER = "demo", "nurses@epec.test"

Happening = Callable[[datetime], None]


class PaperBin(Connection):
    """Takes any message and keeps none: no network, no file."""

    @property
    def is_open(self) -> bool:
        return True

    def ready(self) -> None:
        pass

    def send(self, sender: str, to: str, message: bytes) -> None:  # noqa: ARG002 - thrown away
        self.begun()
        self.handed_over()


@dataclass
class Life:
    """What happens is kept by time; what happens may make more happen later."""

    db: Database
    settings: Settings
    clinic: Clinic
    people: dict[str, Staff]
    now: datetime
    knowledge: Knowledge
    questions: Questions
    rng: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - a play, no secret
    treated: list[Treatment] = field(default_factory=list)
    _on_stage: set[str] = field(default_factory=set)
    _ahead: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def later(self, at: datetime, happening: Happening) -> None:
        """It happens at its time; what would lie ahead of now does not happen."""
        if at < self.now:
            heapq.heappush(self._ahead, (at, next(self._order), happening))

    def live(self, until: datetime) -> None:
        while self._ahead and self._ahead[0][0] < until:
            at, _, happening = heapq.heappop(self._ahead)
            happening(at)

    # --- what the clinic and its scheduler do

    def enrol(self, number: int, at: datetime) -> None:
        entry = person(number, local(self.clinic.hours.zone, at).date(), self.rng)
        treatment, created = front_desk.enrol(
            self.db, self.knowledge, self.clinic, entry, by=self.people["manager"].actor, at=at
        )
        if created:
            self.treated.append(treatment)

    def tick(self, at: datetime) -> None:
        """One round of the scheduler; some of those who got a check-in answer it."""
        before = {row["id"] for row in self._sent()}
        if self.settings.smtp_url:
            scheduler.tick(self.db, self.settings, at)
        else:
            self._tick_without_mail(at)
        for row in self._sent():
            if row["id"] not in before:
                self._will_answer(row, at)

    def _tick_without_mail(self, at: datetime) -> None:
        """The same round, but what is handed over is thrown away: it was read long ago."""
        scheduler.queue_checkins(self.db, at, WORKER)
        deliver(self.db, self.clinic.id, self._thrown_away, at)
        self.db.atomically(lambda: checkin_waits.settle(self.db, self.clinic.id, at))

    @cached_property
    def _thrown_away(self) -> Postman:
        return Postman(WORKER, SENDER, PaperBin(server("smtp://127.0.0.1")))

    def _sent(self) -> list[dict[str, Any]]:
        return self.db.query(
            "select id, treatment_id, day from checkins where clinic_id = :c and state = 'sent' "
            "and kind = 'checkin' order by id",
            c=self.clinic.id,
        )

    def _will_answer(self, row: dict[str, Any], at: datetime) -> None:
        chance = self.rng.random()
        if chance < 0.56:
            wait = timedelta(minutes=self.rng.randint(10, 390))
        elif chance < 0.64 and row["day"] in {3, 7}:
            wait = timedelta(hours=31, minutes=self.rng.randint(5, 170))  # after the reminder
        else:
            return
        visit = next(one for one in self.treated if one.id == row["treatment_id"])
        self.later(at + wait, lambda when: self.answer(visit, row["id"], when))

    # --- what patients and nurses do

    def answer(self, visit: Treatment, checkin_id: str, at: datetime) -> None:
        told = story(self._day(visit, at), visit.lot, visit.patient.language, self.rng)
        worked = self._office_time(at)
        if told.level > Level.SELF_CARE and worked > self.now - SETTLED:
            told = FINE
        self.report(visit, told, at, checkin_id=checkin_id)
        if told.level > Level.SELF_CARE:
            self.later(worked, lambda when: self.look_after(visit, when))

    def report(self, visit: Treatment, told: Story, at: datetime, **how: Any) -> None:
        day = self._day(visit, at)
        facts = {
            "product": visit.product,
            "lot": visit.lot,
            "areas": tuple(dose.area for dose in visit.areas),
            "factors": visit.factors,
            "language": visit.patient.language,
        }
        if told.is_fine:
            report = heard.fine(self.questions, day=day, **facts)
        else:
            report = heard.report(self.questions, dict(told.answers), day, **facts)
        given = {"channel": "link", "by": PATIENT, **how}
        intake.submit(
            self.db,
            self.knowledge,
            self.clinic,
            visit,
            report,
            key=self._form(visit, at),
            at=at,
            language=visit.patient.language,
            **given,
        )

    def show(self, visit: Treatment, pictures: tuple[bytes, ...], at: datetime) -> None:
        """Photos on the form that is sent next."""
        for picture in pictures:
            photos.add(self.db, visit, self._form(visit, at), picture, at)

    def look_after(self, visit: Treatment, at: datetime) -> None:
        """A nurse takes the case, reaches the patient and closes, some after a second look."""
        case = casebook.of_treatment(self.db, self.clinic.id, visit.id)
        if case is None or not case.is_open or case.owner_id:
            return
        mine, other = self.rng.sample(("nurse", "nurse2"), 2)
        nurse = self.people[mine].actor
        self.move(visit, "claim", at, nurse)
        reached = at + 6 * MINUTE
        note = "Asked all warning signs again: none."
        self.later(
            reached, lambda t: self.move(visit, "call", t, nurse, result="reached", note=note)
        )
        closing = reached + 2 * MINUTE
        if case.level is Level.CALL_BACK and self.rng.random() < 0.3:
            due = self._office_time(at + timedelta(days=2))
            self.later(closing, lambda t: self.move(visit, "follow_up", t, nurse, due_at=due))
            closing = due - 5 * MINUTE
        grave = case.level is Level.EMERGENCY
        done = {
            "outcome": "sent_to_er" if grave else "improving",
            "red_flags_asked": True,
            "taught_back": True,
            "regulator": "reported" if grave else "no_report",
        }
        self.later(closing, lambda t: self.move(visit, "close", t, nurse, **done))
        if grave:
            second = self.people[other].actor
            self.later(closing + MINUTE, lambda t: self.move(visit, "confirm_close", t, second))

    def move(self, visit: Treatment, verb: str, at: datetime, by: Actor, **details: Any) -> None:
        case = casebook.of_treatment(self.db, self.clinic.id, visit.id)
        if case is not None and case.is_open:
            cases.move(
                self.db,
                self.clinic.id,
                case.id,
                verb,
                by=by,
                at=at,
                expected_version=case.version,
                **details,
            )

    def somebody(self, told: Story, at: datetime, language: str) -> Treatment:
        """A patient on one of the story's days, in that language if there, in no other scene."""
        fit = [
            one
            for one in self.treated
            if self._day(one, at) in told.days
            and one.id not in self._on_stage
            and casebook.of_treatment(self.db, self.clinic.id, one.id) is None
        ]
        found = next((one for one in reversed(fit) if one.patient.language == language), fit[-1])
        self._on_stage.add(found.id)
        return found

    def _form(self, visit: Treatment, at: datetime) -> str:
        """The key of a form that is sent at this time."""
        return f"{visit.id}-{at.timestamp():.0f}"

    def _day(self, visit: Treatment, at: datetime) -> int:
        return visit.day(at, self.clinic.hours.zone)

    def _office_time(self, at: datetime) -> datetime:
        """Twenty minutes later, or soon after the clinic opens."""
        soon = at + 20 * MINUTE
        open_hours = self.clinic.hours
        return soon if is_open(open_hours, soon) else next_opening(open_hours, soon) + 10 * MINUTE
