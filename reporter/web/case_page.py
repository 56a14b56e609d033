"""One case as the desk shows it: why it is flagged, what was said, the treatment, what was done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from reporter.clinic import (
    case_verbs,
    casebook,
    contact,
    matching,
    reports,
    rule_signatures,
    treatments,
    wishes,
)
from reporter.clinic import told as told_since
from reporter.clinic.casebook import Case
from reporter.clinic.contact import Contact
from reporter.clinic.hours import local
from reporter.clinic.reports import StoredReport
from reporter.clinic.rule_signatures import Signature
from reporter.clinic.staff import everybody
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from reporter.web import (
    call_script,
    clock_words,
    patient_says,
    poster_part,
    queue_page,
    said,
    staff_words,
    timeline,
)
from reporter.web.call_script import Step
from reporter.web.clock_words import Due
from reporter.web.poster_part import PosterPart
from reporter.web.queue_page import Desk
from reporter.web.said import Said
from reporter.web.staff_words import Badge
from reporter.web.timeline import Entry


@dataclass(frozen=True)
class Why:
    """One rule that fired. `signed` names the clinician who did, or is empty."""

    rule: str
    badge: Badge
    because: str
    source: str
    signed: str


@dataclass(frozen=True)
class Visit:
    """The treatment, in the desk's words."""

    id: str
    given: str
    injector: str
    product: str
    lot: str
    expiry: str
    areas: str
    total: str
    risks: tuple[str, ...]
    stopped: bool


@dataclass(frozen=True)
class Person:
    name: str
    first_name: str
    born: str
    age: int | None
    reference: str
    language: str
    needs_interpreter: bool
    phone: str
    dial: str
    email: str


@dataclass(frozen=True)
class CasePage:
    """All that the page shows; `is_mine`, `is_free` say what this member of staff may do."""

    case: Case
    badge: Badge
    person: Person
    due: Due | None
    told: str
    stands: str
    is_mine: bool
    is_free: bool
    verbs: frozenset[str]
    spoke: bool
    call_number: int
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


def page(db: Database, desk: Desk, case_id: str) -> CasePage:
    """Raise casebook.NotThere for an id of no case here."""
    case = casebook.get(db, desk.clinic.id, case_id)
    held = treatments.get(db, desk.clinic.id, case.treatment_id)
    visit = treatments.shown(db, held)
    told = reports.of_treatment(db, desk.clinic.id, held.id)
    asked, added = wishes.latest(db, held), told_since.of_case(db, desk.clinic.id, case.id).told
    wish = contact.latest(wishes.with_reports(told, asked))
    visit = _as_wished(visit, wish)
    moves = casebook.history(db, desk.clinic.id, case.id)
    names = {one.id: one.name for one in everybody(db, desk.clinic.id)}
    why = tuple(_why(told, rule_signatures.of(db, desk.clinic.id, desk.knowledge)))
    zone = desk.clinic.hours.zone
    return CasePage(
        case=case,
        badge=staff_words.badge(case),
        person=replace(_person(desk, visit, wish), reference=held.reference),
        due=clock_words.due(case.due_at, desk.now, zone) if case.due_at else None,
        told=patient_says.confirmed(_was_told(desk, told), desk.clinic, added, desk.now),
        stands=_stands(desk, case, names),
        is_mine=case.owner_id == desk.staff.id,
        is_free=case.owner_id is None,
        verbs=_verbs(desk, case),
        spoke=timeline.spoke(moves),
        call_number=case.attempts + 1,
        calls=queue_page.calls(case),
        why=why,
        rules_failed=any(one.level is None for one in told),
        unsigned=any(not one.signed for one in why),
        said=tuple(said.view(desk.knowledge, desk.clinic, one, desk.now) for one in told),
        visit=_visit(desk, visit),
        script=call_script.steps(desk.clinic, visit, _symptoms(told)),
        voicemail=call_script.voicemail(desk.clinic, desk.staff, visit),
        timeline=timeline.entries(moves, told, desk.now, zone),
        longest_wait=_longest(case, case_verbs.LONGEST_WAIT),
        longest_follow_up=_longest(case, case_verbs.LONGEST_MONITORING),
        poster=poster_part.part(db, held),
        says=patient_says.lines(desk.clinic, added, asked, desk.now),
    )


def _was_told(desk: Desk, told: Sequence[StoredReport]) -> str:
    """What the page said to whoever sent the worst; what staff decided again, nobody was shown."""
    seen = [one for one in told if one.channel != matching.CHANNEL]
    return said.told(desk.clinic, reports.worst(seen), desk.now) if seen else ""


def _verbs(desk: Desk, case: Case) -> frozenset[str]:
    """The forms that the page offers; `cases.move` has the last word."""
    if not case.is_open:
        return frozenset({"note", "reopen"})
    if case.owner_id is None:
        return frozenset({"claim", "call", "follow_up", "close"})
    if case.owner_id == desk.staff.id:
        return frozenset({"call", "follow_up", "close", "release"})
    return frozenset({"note", "release"})


def _longest(case: Case, limits: Mapping[Level, timedelta]) -> str:
    """The guard of `clinic.case_verbs`, said before it must refuse."""
    return clock_words.span(limits[Level.EMERGENCY if case.undecided else case.level])


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


def _symptoms(told: Sequence[StoredReport]) -> set[str]:
    return {entry.symptom for one in told for entry in one.report.symptoms}


def _stands(desk: Desk, case: Case, names: Mapping[str, str]) -> str:
    """Whose it is and what it waits for, in one sentence."""
    if not case.is_open:
        return f"Closed: {staff_words.named(staff_words.OUTCOMES, case.outcome).lower()}"
    if case.owner_id is None:
        return "Nobody has this case yet"
    mine = case.owner_id == desk.staff.id
    owner = "You have" if mine else f"{names.get(case.owner_id, 'Somebody who left')} has"
    waits = {"waiting": ", next call is due then", "monitoring": ", follow-up is due then"}
    return f"{owner} this case{waits.get(case.state, '')}"


def _as_wished(visit: Treatment, wish: Contact) -> Treatment:
    """The number to call and whether to leave a voicemail, as the patient said last."""
    patient = visit.patient
    voicemail = patient.may_voicemail if wish.voicemail is None else wish.voicemail
    number = contact.number(wish, patient)
    return replace(visit, patient=replace(patient, mobile=number, may_voicemail=voicemail))


def _person(desk: Desk, visit: Treatment, wish: Contact) -> Person:
    patient, zone = visit.patient, desk.clinic.hours.zone
    return Person(
        name=patient.name,
        first_name=patient.first_name,
        born=clock_words.day(patient.born) if patient.born else "",
        age=patient.age(local(zone, desk.now).date()),
        reference=visit.reference,
        language=staff_words.named(staff_words.LANGUAGES, patient.language),
        needs_interpreter=patient.language != "en"
        if wish.interpreter is None
        else wish.interpreter,
        phone=staff_words.phone(patient.mobile),
        dial=patient.mobile,
        email=patient.email,
    )


def _visit(desk: Desk, visit: Treatment) -> Visit:
    return Visit(
        id=visit.id,
        given=f"{visit.given_on:%a} {clock_words.day(visit.given_on)}",
        injector=visit.injector,
        product=visit.product,
        lot=visit.lot,
        expiry=visit.expiry,
        areas=", ".join(f"{staff_words.area(dose.area)} {dose.units:g}" for dose in visit.areas),
        total=staff_words.units(sum(dose.units for dose in visit.areas)),
        risks=tuple(staff_words.factor(desk.knowledge, one) for one in visit.factors),
        stopped=visit.stopped_at is not None,
    )
