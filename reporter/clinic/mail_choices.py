"""Whether a person wants check-in e-mails: agreed, declined, stopped, resumed; each is kept.

Stopping needs one press on the link of an e-mail and no log-in (RFC 8058). It ends check-ins only:
what a person is owed because of a case still comes. Going on needs somebody who agreed, by name.
"""

from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import checkin_plan, checkins, patients, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import new_id, new_token
from reporter.records.seal import Unreadable, token_hash
from reporter.rules.knowledge import Knowledge

AGREED, DECLINED, STOPPED, RESUMED = "agreed", "declined", "stopped", "resumed"
SHORTEST_HOW, LONGEST_HOW = 10, 500


class ChoiceError(Exception):
    """One sentence for the member of staff who wants to go on with the e-mails."""


class StopEnded(Exception):
    """No such stop link was ever made, or its person has been erased."""


@dataclass(frozen=True)
class Choice:
    """One line of the history. `how` is what staff typed, empty when nobody did."""

    choice: str
    at: datetime
    by_name: str
    channel: str
    how: str


@dataclass(frozen=True)
class StopLink:
    """What a stop link opens. An ended one went to an address that is no longer written to.

    `stopped`: the e-mails have stopped already, by whatever way.
    """

    clinic_id: str
    patient_id: str
    treatment_id: str
    language: str
    ended: bool
    stopped: bool


def make_link(db: Database, treatment: Treatment, at: datetime) -> str:
    """A new token that stops this person's check-in e-mails and opens nothing else."""
    token = new_token()
    db.run(
        "insert into stop_links (clinic_id, token_hash, patient_id, treatment_id, language, "
        "created_at) values (:c, :hash, :p, :t, :language, :at)",
        c=treatment.clinic_id,
        hash=token_hash(token),
        p=treatment.patient.id,
        t=treatment.id,
        language=treatment.patient.language,
        at=stamp(at),
    )
    return token


def follow(db: Database, token: str) -> StopLink:
    """What a token stops. Reads only. Raise StopEnded when it is none of ours."""
    row = db.one(
        "select s.clinic_id, s.patient_id, s.treatment_id, s.language, s.ended_at, "
        "p.checkins_stopped_at from stop_links s "
        "join patients p on p.clinic_id = s.clinic_id and p.id = s.patient_id "
        "where s.clinic_id in (select clinic_id from clinics) and s.token_hash = :hash "
        "and p.erased_at is null",
        hash=token_hash(token),
    )
    if row is None:
        raise StopEnded
    return StopLink(
        row["clinic_id"],
        row["patient_id"],
        row["treatment_id"],
        row["language"],
        bool(row["ended_at"]),
        bool(row["checkins_stopped_at"]),
    )


def end_links(db: Database, clinic_id: str, patient_id: str, at: datetime) -> int:
    """In the open transaction: whoever holds an older e-mail can stop nothing any more."""
    return db.run(
        "update stop_links set ended_at = :at "
        "where clinic_id = :c and patient_id = :p and ended_at is null",
        c=clinic_id,
        p=patient_id,
        at=stamp(at),
    )


def stop(
    db: Database, clinic_id: str, patient_id: str, *, by: Actor, at: datetime, channel: str
) -> bool:
    """No more check-in e-mails to this person. False, changing nothing, when it was so already.

    `channel` says by which way: one_click, page, reply, complaint or desk.
    """

    def work() -> bool:
        changed = db.run(
            "update patients set checkins_stopped_at = :at, version = version + 1 "
            "where clinic_id = :c and id = :p and checkins_stopped_at is null",
            c=clinic_id,
            p=patient_id,
            at=stamp(at),
        )
        if not changed:
            return False
        for visit in treatments.of_person(db, clinic_id, patient_id):
            checkins.stop(db, clinic_id, visit.id, at)
        note(db, clinic_id, patient_id, STOPPED, by=by, at=at, channel=channel)
        return True

    return db.atomically(work)


def resume(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    treatment: Treatment,
    *,
    how: str,
    by: Actor,
    at: datetime,
) -> bool:
    """Go on with check-in e-mails because this person agreed again; `how` says who and how.

    Raise ChoiceError when that is not said. False when nothing had been stopped.
    """
    how = " ".join(how.split())
    if not SHORTEST_HOW <= len(how) <= LONGEST_HOW:
        raise ChoiceError(
            "Write who agreed and how, for example “Maria herself, by telephone today”: "
            f"{SHORTEST_HOW} to {LONGEST_HOW} letters."
        )
    person = treatment.patient

    def work() -> bool:
        changed = db.run(
            "update patients set checkins_stopped_at = null, version = version + 1 "
            "where clinic_id = :c and id = :p and checkins_stopped_at is not null",
            c=clinic.id,
            p=person.id,
        )
        if not changed:
            return False
        note(db, clinic.id, person.id, RESUMED, by=by, at=at, channel="desk", how=how)
        for visit in treatments.of_person(db, clinic.id, person.id):
            if not visit.stopped_at and not visit.is_placeholder:
                checkin_plan.replan(db, clinic, visit, knowledge, at)
        return True

    return db.atomically(work)


def note(
    db: Database,
    clinic_id: str,
    patient_id: str,
    choice: str,
    *,
    by: Actor,
    at: datetime,
    channel: str,
    how: str = "",
) -> None:
    """Keep one choice and its audit event, in the open transaction."""
    key = patients.key_of_id(db, clinic_id, patient_id) if how else None
    db.run(
        "insert into mail_choices (clinic_id, id, patient_id, choice, at, by_kind, by_id, by_name, "
        "channel, sealed_how) values (:c, :id, :p, :choice, :at, :kind, :by, :name, :channel, "
        ":how)",
        c=clinic_id,
        id=new_id(at),
        p=patient_id,
        choice=choice,
        at=stamp(at),
        kind=by.kind,
        by=by.id,
        name=by.name,
        channel=channel,
        how=key.seal("how", how) if key else None,
    )
    record(db, clinic_id, by, f"checkin_mail.{choice}", patient_id, at, channel=channel)


def history(db: Database, treatment: Treatment) -> tuple[Choice, ...]:
    """All that this person, or staff for them, chose about check-in e-mails; oldest first."""
    rows = db.query(
        "select choice, at, by_name, channel, sealed_how from mail_choices "
        "where clinic_id = :c and patient_id = :p order by at, id",
        c=treatment.clinic_id,
        p=treatment.patient.id,
    )
    return tuple(
        Choice(
            row["choice"],
            instant(row["at"]),
            row["by_name"],
            row["channel"],
            _opened(db, treatment, row["sealed_how"]),
        )
        for row in rows
    )


def _opened(db: Database, treatment: Treatment, sealed: str | None) -> str:
    if sealed is None:
        return ""
    try:
        return patients.key_of(db, treatment.patient).open("how", sealed)
    except Unreadable:
        return "(cannot be read)"
