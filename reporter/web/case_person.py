"""Who it is and what was given, in the desk's words."""

from dataclasses import dataclass, replace

from reporter.clinic import contact
from reporter.clinic.contact import Contact
from reporter.clinic.hours import local
from reporter.clinic.treatments import Treatment
from reporter.web import clock_words, staff_words
from reporter.web.queue_page import Desk


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


def as_wished(visit: Treatment, wish: Contact) -> Treatment:
    """The number to call and whether to leave a voicemail, as the patient said last."""
    patient = visit.patient
    voicemail = patient.may_voicemail if wish.voicemail is None else wish.voicemail
    number = contact.number(wish, patient)
    return replace(visit, patient=replace(patient, mobile=number, may_voicemail=voicemail))


def person_of(desk: Desk, visit: Treatment, wish: Contact) -> Person:
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


def visit_of(desk: Desk, visit: Treatment) -> Visit:
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
