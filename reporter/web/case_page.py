"""One case as the desk shows it: why it is flagged, what was said, the treatment, what was done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reporter.clinic import (
    casebook,
    contact,
    matching,
    reports,
    rule_signatures,
    team,
    treatments,
    wishes,
)
from reporter.clinic import told as told_since
from reporter.clinic.casebook import Case, Move
from reporter.clinic.contact import Contact
from reporter.clinic.reports import StoredReport
from reporter.clinic.rule_signatures import Signature
from reporter.clinic.staff import everybody
from reporter.clinic.team import Team
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from reporter.web import (
    call_log,
    call_script,
    case_ways,
    clock_words,
    emergency_call,
    patient_says,
    photo_page,
    poster_part,
    queue_page,
    said,
    sbar,
    staff_words,
    timeline,
)
from reporter.web.call_log import Call
from reporter.web.call_script import Step
from reporter.web.case_person import Person, Visit, as_wished, person_of, visit_of
from reporter.web.case_ways import Allowed
from reporter.web.clock_words import Due
from reporter.web.emergency_call import EmergencyCall
from reporter.web.photo_page import Shown
from reporter.web.poster_part import PosterPart
from reporter.web.queue_page import Desk
from reporter.web.said import Said
from reporter.web.staff_words import Badge
from reporter.web.timeline import Entry

WAITS = {
    "waiting": ", next call is due then",
    "monitoring": ", follow-up is due then",
    "escalated": ", a practitioner was asked",
    "closing": ", closed by one person",
}


@dataclass(frozen=True)
class Why:
    """One rule that fired. `signed` names the clinician who did, or is empty."""

    rule: str
    badge: Badge
    because: str
    source: str
    signed: str


@dataclass(frozen=True)
class CasePage:
    """All that the page shows; `is_mine`, `is_free` say what this member of staff may do."""

    case: Case
    badge: Badge
    person: Person
    due: Due | None
    told: str
    emergency: EmergencyCall | None
    stands: str
    may: Allowed
    spoke: bool
    call_number: int
    tries: int
    calls: str
    why: tuple[Why, ...]
    rules_failed: bool
    unsigned: bool
    said: tuple[Said, ...]
    visit: Visit
    script: tuple[Step, ...]
    voicemail: str
    timeline: tuple[Entry, ...]
    longest_wait: str
    longest_follow_up: str
    poster: PosterPart | None
    says: tuple[str, ...]
    call_log: tuple[Call, ...]
    proposed: Mapping[str, Mapping[str, Any]]
    initials: str
    photos: tuple[Shown, ...]

    @property
    def is_mine(self) -> bool:
        return self.case.owner_id == self.may.staff_id

    @property
    def verbs(self) -> frozenset[str]:
        return self.may.verbs

    @property
    def forms(self) -> frozenset[str]:
        """The verbs with a form of their own; a note is a kind of call where calls are logged."""
        return self.verbs - {"note"} if "call" in self.verbs else self.verbs

    @property
    def two_people(self) -> bool:
        """Whether a second person confirms a close."""
        return self.case.gravity is Level.EMERGENCY and not self.may.alone

    @property
    def asks_regulator(self) -> bool:
        return self.case.gravity >= Level.URGENT


@dataclass(frozen=True)
class Held:
    """What the store knows about one case. `visit` is the treatment that it is about, with the
    number to call as the patient said it last."""

    case: Case
    held: Treatment
    visit: Treatment
    wish: Contact
    told: tuple[StoredReport, ...]
    moves: tuple[Move, ...]
    added: tuple[told_since.Told, ...]
    written: tuple[told_since.Told, ...]
    asked: wishes.Wish | None
    team: Team
    names: Mapping[str, str]


def page(db: Database, desk: Desk, case_id: str) -> CasePage:
    """Raise casebook.NotThere for an id of no case here."""
    found = _look_up(db, desk.clinic.id, case_id)
    case, told, visit, zone = found.case, found.told, found.visit, desk.clinic.hours.zone
    why = tuple(_why(told, rule_signatures.of(db, desk.clinic.id, desk.knowledge)))
    person, waits = person_of(desk, visit, found.wish), desk.clinic.waits.of(case.gravity)
    proposed = sbar.proposed(desk, sbar.Told(case, visit, told, found.moves))
    return CasePage(
        case=case,
        badge=staff_words.badge(case),
        person=replace(person, reference=found.held.reference),
        due=clock_words.due(case.due_at, desk.now, zone) if case.due_at else None,
        told=_was_told(desk, told),
        emergency=emergency_call.of(desk.clinic, told, found.written, desk.now),
        stands=_stands(desk, case, found.names),
        may=case_ways.allowed(desk, case, found.team, found.moves, found.names),
        spoke=timeline.spoke(found.moves),
        call_number=case.attempts + 1,
        calls=queue_page.calls(case, desk.clinic),
        tries=desk.clinic.waits.tries,
        why=why,
        rules_failed=any(one.level is None for one in told),
        unsigned=any(not one.signed for one in why),
        said=said.views(desk.knowledge, desk.clinic, told, found.added, desk.now),
        visit=visit_of(desk, visit),
        script=call_script.steps(desk.clinic, visit, told),
        voicemail=call_script.voicemail(desk.clinic, desk.staff, visit),
        timeline=timeline.entries(desk.clinic, found.moves, told, desk.now),
        longest_wait=clock_words.span(waits.longest_wait),
        longest_follow_up=clock_words.span(waits.longest_follow_up),
        poster=poster_part.part(db, found.held),
        says=patient_says.lines(desk.clinic, found.added, found.asked, desk.now),
        call_log=call_log.calls(found.moves, desk.now, zone),
        proposed={"escalate": {"note": proposed}},
        initials=sbar.initials(visit),
        photos=photo_page.shown(db, desk.clinic, told, desk.now),
    )


def _look_up(db: Database, clinic_id: str, case_id: str) -> Held:
    case = casebook.get(db, clinic_id, case_id)
    held = treatments.get(db, clinic_id, case.treatment_id)
    since = told_since.of_case(db, clinic_id, case.id)
    told = reports.of_treatment(db, clinic_id, held.id)
    asked = wishes.latest(db, held)
    wish = contact.latest(wishes.with_reports(told, asked))
    return Held(
        case=case,
        held=held,
        visit=as_wished(treatments.shown(db, held), wish),
        wish=wish,
        told=told,
        moves=casebook.history(db, clinic_id, case.id),
        added=since.told,
        written=(*since.told, *since.by_staff),
        asked=asked,
        team=team.at_work(db, clinic_id),
        names={one.id: one.name for one in everybody(db, clinic_id)},
    )


def _was_told(desk: Desk, told: Sequence[StoredReport]) -> str:
    """What the page said to whoever sent the worst; what staff decided again, nobody was shown."""
    seen = [one for one in told if one.channel != matching.CHANNEL]
    return said.told(desk.clinic, reports.worst(seen), desk.now) if seen else ""


def _why(told: Sequence[StoredReport], signed: Mapping[str, Signature]) -> Iterator[Why]:
    """Each rule once, however many reports set it off; the most urgent first."""
    found = {reason.rule: reason for one in told for reason in one.reasons}
    for reason in sorted(found.values(), key=lambda reason: -reason.level):
        yield Why(
            rule=reason.rule,
            badge=staff_words.BADGES[reason.level],
            because=reason.because,
            source=reason.source,
            signed=signed[reason.rule].name if reason.rule in signed else "",
        )


def _stands(desk: Desk, case: Case, names: Mapping[str, str]) -> str:
    """Whose it is and what it waits for, in one sentence."""
    if not case.is_open:
        outcome = staff_words.named(staff_words.OUTCOMES, case.outcome)
        return f"Closed: {staff_words.inside(outcome)}"
    if case.owner_id is None:
        return f"Nobody has this case yet{WAITS.get(case.state, '')}"
    mine = case.owner_id == desk.staff.id
    owner = "You have" if mine else f"{names.get(case.owner_id, 'Somebody who left')} has"
    return f"{owner} this case{WAITS.get(case.state, '')}"
