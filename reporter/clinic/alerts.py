"""Who is told that a case waits: staff by e-mail, on-call by a webhook. Never what is wrong."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from reporter.clinic import places, rates, staff, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise, is_open, local
from reporter.clinic.roles import CLINICIANS, DIRECTOR, NURSE, PRACTITIONER
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import messages, outbox
from reporter.records.db import Database
from reporter.rules.levels import Level

TOLD_BY_EMAIL = frozenset({NURSE, PRACTITIONER})
POSTER_FIRST, POSTER_SPAN = 5, timedelta(minutes=10)
WORDS = {
    Level.EMERGENCY: "emergency",
    Level.URGENT: "urgent",
    Level.CALL_BACK: "call-back",
    Level.SELF_CARE: "self-care",
}


def raise_alert(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, kept: Promise, at: datetime
) -> None:
    """Write the messages in the transaction of the report, so that neither comes without the other.

    One e-mail a case for each nurse and practitioner, from urgent upwards; a page to on-call
    where somebody must act while the clinic is closed.
    """
    if case.level < Level.URGENT and not case.undecided:
        return
    if enough_of_posters(db, clinic, case, "poster alerts", at):
        return
    due = local(clinic.hours.zone, case.due_at or kept.due_at)
    _tell_staff(db, clinic, treatment, case, due, at)
    if clinic.has_on_call and not kept.open_now:
        _page_on_call(db, clinic, treatment, case, due, at)


def enough_of_posters(db: Database, clinic: Clinic, case: Case, name: str, at: datetime) -> bool:
    """Whether staff have been told of enough from the poster lately; the queue holds every case.

    Anybody may stand before a poster: the first few are told at once, then one in ten minutes.
    """
    if treatments.get(db, clinic.id, case.treatment_id).matching != places.UNMATCHED:
        return False
    lately = rates.count(db, clinic.id, name, at, POSTER_SPAN)
    if lately <= POSTER_FIRST:
        return False
    return rates.count(db, clinic.id, f"{name} beyond", at, POSTER_SPAN) > 1


def raised(db: Database, clinic: Clinic, case: Case, at: datetime) -> None:
    """A colleague found it graver than it was: as for a report of that level."""
    tell(db, clinic, case, "raised", of_roles(db, clinic.id, TOLD_BY_EMAIL), at)
    if case.gravity >= Level.URGENT:
        page_when_closed(db, clinic, case, at)


def asked_for(db: Database, clinic: Clinic, case: Case, at: datetime) -> None:
    """A colleague asks a practitioner to decide."""
    medics = [one for one in those_who_answer(db, clinic.id) if one.id != case.escalated_by]
    tell(db, clinic, case, "asked", medics or those_who_answer(db, clinic.id), at)
    if case.gravity >= Level.URGENT:
        page_when_closed(db, clinic, case, at)


def to_confirm(db: Database, clinic: Clinic, case: Case, at: datetime) -> None:
    """A colleague closed an emergency; it stays open until another one has looked."""
    tell(db, clinic, case, "confirm", others(db, case, TOLD_BY_EMAIL), at)


def others(db: Database, case: Case, roles: Collection[str]) -> list[Staff]:
    """Those of these roles who may confirm a close: not whoever made it. Else any clinician."""
    found = (of_roles(db, case.clinic_id, one) for one in (roles, CLINICIANS))
    lists = ([one for one in people if one.id != case.closing_by] for people in found)
    return next((people for people in lists if people), [])


def of_roles(db: Database, clinic_id: str, roles: Collection[str]) -> list[Staff]:
    return [one for one in staff.everybody(db, clinic_id) if one.role in roles]


def those_who_answer(db: Database, clinic_id: str) -> list[Staff]:
    """The practitioners, or the director where there is none."""
    return of_roles(db, clinic_id, {PRACTITIONER}) or of_roles(db, clinic_id, {DIRECTOR})


def tell(
    db: Database, clinic: Clinic, case: Case, what: str, people: Iterable[Staff], at: datetime
) -> int:
    """One e-mail to each, in the open transaction: late, asked, raised, confirm and so on."""
    addresses = {one.email for one in people}
    for address in sorted(addresses):
        write(db, clinic, case, what, address, at)
    return len(addresses)


def write(db: Database, clinic: Clinic, case: Case, what: str, to: str, at: datetime) -> None:
    messages.post(
        db,
        clinic.id,
        name="case_step",
        language="en",
        to=to,
        at=at,
        priority=outbox.ALERT,
        clinic_name=clinic.name,
        reply_to=clinic.reply_to,
        what=what,
        word=_word(case),
        due=local(clinic.hours.zone, case.due_at or at),
        reference=treatments.get(db, clinic.id, case.treatment_id).reference,
        case_id=case.id,
    )


def page_when_closed(db: Database, clinic: Clinic, case: Case, at: datetime) -> bool:
    """Whether on-call was paged: only where one is set, and only while nobody is at the clinic."""
    if not clinic.has_on_call or is_open(clinic.hours, at):
        return False
    treatment = treatments.get(db, clinic.id, case.treatment_id)
    _page_on_call(db, clinic, treatment, case, local(clinic.hours.zone, case.due_at or at), at)
    return True


def _word(case: Case) -> str:
    return "undecided" if case.undecided else WORDS[case.level]


def _tell_staff(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, due: datetime, at: datetime
) -> None:
    for person in staff.everybody(db, clinic.id):
        if person.role in TOLD_BY_EMAIL:
            messages.post(
                db,
                clinic.id,
                name="staff_alert",
                language="en",
                to=person.email,
                at=at,
                priority=outbox.ALERT,
                clinic_name=clinic.name,
                reply_to=clinic.reply_to,
                word=_word(case),
                due=due,
                reference=treatment.reference,
                case_id=case.id,
            )


def _page_on_call(
    db: Database, clinic: Clinic, treatment: Treatment, case: Case, due: datetime, at: datetime
) -> None:
    row_id = outbox.add_webhook(
        db,
        clinic.id,
        name="on_call",
        url=clinic.on_call_webhook,
        secret=clinic.on_call_secret,
        payload={
            "clinic": clinic.name,
            "urgency": _word(case),
            "reference": treatment.reference,
            "due_at": stamp(due),
        },
        at=at,
    )
    db.run(
        "insert into pages (clinic_id, outbox_id, case_id, paged_at) values (:c, :o, :case, :at)",
        c=clinic.id,
        o=row_id,
        case=case.id,
        at=stamp(at),
    )
