"""What is done about a report: the only code that moves a case.

Every move names the version it saw. Of two people acting at once exactly one wins, and the
other is told who. An open case always has a due time; nothing closes by itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reporter.clinic import (
    alerts,
    case_sentences,
    case_times,
    casebook,
    clinics,
    patient_mail,
    reports,
    team,
    treatments,
)
from reporter.clinic.case_verbs import LONGEST_NOTE, OUTCOMES, VERBS, Refused, Verb, tries
from reporter.clinic.casebook import Asked, Case, Move, NotThere, get, history
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import Told
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM, Actor
from reporter.records.db import Database
from reporter.rules.levels import Level

__all__ = [
    "OUTCOMES",
    "Case",
    "Conflict",
    "Move",
    "NotThere",
    "QueueRow",
    "Refused",
    "get",
    "history",
    "move",
    "reported",
]


READS = frozenset({"claim", "close"})
# What the clock writes into the timeline changes nothing that anybody could have meant to keep.
CLOCK = frozenset({"overdue", "page_failed"})


class Conflict(Exception):
    """Somebody else moved this case after the page was opened; `case` is how it stands now."""

    def __init__(self, sentence: str, case: "Case") -> None:
        super().__init__(sentence)
        self.case = case


def move(
    db: Database,
    clinic_id: str,
    case_id: str,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int,
    **details: Any,
) -> Case:
    """Move a case: the only way. `case_verbs.VERBS` says what may be done from which state.

    Raise Conflict when somebody else moved it first, Refused when a guard says no; then nothing
    was changed.
    """

    asked = Asked(by, at, details)
    return db.atomically(lambda: _moved(db, clinic_id, case_id, verb, asked, expected_version))


def _moved(
    db: Database, clinic_id: str, case_id: str, verb: str, asked: Asked, expected_version: int
) -> Case:
    """The work of one transaction."""
    case = get(db, clinic_id, case_id)
    if case.version != expected_version and not _only_the_clock(db, case, expected_version):
        raise Conflict(_who_was_first(db, case), case)
    asked = _with_facts(db, case, verb, asked)
    rule = _allowed(db, case, verb, asked)
    after = replace(rule.step(case, asked), version=case.version + 1)
    if not casebook.change(db, after, case.version):
        raise Conflict(_who_was_first(db, case), get(db, clinic_id, case_id))
    casebook.note_move(db, verb, case, after, asked)
    _what_follows(db, verb, case, after, asked)
    return after


def _with_facts(db: Database, case: Case, verb: str, asked: Asked) -> Asked:
    """What the table must know beyond the form: who is here, the tries so far, the clinic's times.

    Times that it sets by itself stand in the details, so that the timeline tells them.
    """
    details, clinic = asked.details, clinics.get(db, case.clinic_id)
    asked = replace(asked, team=team.at_work(db, clinic.id, asked.at), waits=clinic.waits)
    if verb in case_times.SET_BY_CLINIC:
        details = {**details, "due_at": case_times.due(verb, case, asked, clinic)}
    if verb != "close":
        return replace(asked, details=details)
    tried = tries(history(db, case.clinic_id, case.id), clinic.waits.of(case.gravity).between_tries)
    return replace(asked, details=details, tries=tried)


def _only_the_clock(db: Database, case: Case, seen: int) -> bool:
    """Whether all that came since that version are lines of the clock: nobody acted."""
    since = casebook.verbs_since(db, case.clinic_id, case.id, seen)
    return 0 < seen < case.version and len(since) == case.version - seen and set(since) <= CLOCK


def _what_follows(db: Database, verb: str, case: Case, after: Case, asked: Asked) -> None:
    """In the same transaction: words count as read, the patient or a colleague gets a message."""
    if verb in READS:
        _words_read(db, case, asked)
    if after.attempts > case.attempts:
        treatment = treatments.shown(db, treatments.get(db, case.clinic_id, case.treatment_id))
        patient_mail.missed_call(db, treatment, after.attempts, asked.at)
    if verb == "escalate":
        alerts.asked_for(db, clinics.get(db, case.clinic_id), after, asked.at)
    if verb == "close" and after.is_open:
        alerts.to_confirm(db, clinics.get(db, case.clinic_id), after, asked.at)
    if verb == "raise_level":
        alerts.raised(db, clinics.get(db, case.clinic_id), after, asked.at)


def _words_read(db: Database, case: Case, asked: Asked) -> None:
    """Whoever takes or closes a case has the patient's words before them."""
    for one in reports.of_treatment(db, case.clinic_id, case.treatment_id):
        if one.needs_reading and one.read_at is None:
            reports.mark_read(db, case.clinic_id, one.id, by=asked.by, at=asked.at)


def _allowed(db: Database, case: Case, verb: str, asked: Asked) -> Verb:
    """The row of the table for this verb, when this person may use it from this state."""
    rule = VERBS.get(verb)
    if rule is None or rule.by_system != (asked.by.kind != "staff"):
        raise Refused(f"Nobody can {verb} a case by hand.")
    if not rule.by_system and asked.role not in rule.roles:
        raise Refused(case_sentences.only(rule.roles))
    if case.state not in rule.from_states:
        raise Refused(case_sentences.not_from(case, verb))
    if verb in {"close", "match", "unknown_person"}:
        _check_match(db, case, verb)
    if len(asked.note) > LONGEST_NOTE:
        raise Refused(f"The note is too long: at most {LONGEST_NOTE} letters.", "note")
    return rule


def _check_match(db: Database, case: Case, verb: str) -> None:
    """What came by the poster is matched, or marked as unknown, before it can be closed."""
    visit = treatments.get(db, case.clinic_id, case.treatment_id)
    if verb == "close" and visit.matching == "unmatched":
        raise Refused(
            "Match this report to a treatment first, or mark it as an unknown person.", "outcome"
        )
    if verb != "close" and not visit.is_placeholder:
        raise Refused("This case belongs to its treatment; only poster reports are matched.")


def _who_was_first(db: Database, case: Case) -> str:
    last = history(db, case.clinic_id, case.id)[-1]
    zone = clinics.get(db, case.clinic_id).hours.zone
    return case_sentences.was_first(last, zone)


def reported(
    db: Database,
    treatment: Treatment,
    level: Level,
    undecided: bool,
    due_at: datetime,
    at: datetime,
) -> tuple[Case, bool]:
    """Open, raise or open again the case of a treatment, in the transaction of the report.

    The case, and whether it now asks for more than before, so that staff must be told.
    """
    asked = Asked(SYSTEM, at, {"level": level, "undecided": undecided, "due_at": due_at})
    before = casebook.of_treatment(db, treatment.clinic_id, treatment.id)
    if before is None:
        case = casebook.fresh(treatment.clinic_id, treatment.id, asked)
        casebook.add(db, case, asked)
        return case, True
    case = move(
        db,
        treatment.clinic_id,
        before.id,
        "report_again",
        by=SYSTEM,
        at=at,
        expected_version=before.version,
        **asked.details,
    )
    return case, not before.is_open or case.state != before.state or _worse(case, before)


def _worse(case: Case, before: Case) -> bool:
    return (case.undecided, case.level) > (before.undecided, before.level)


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue. `said` is newest first and never empty; `told` was added since."""

    case: Case
    treatment: Treatment
    said: tuple[StoredReport, ...]
    owner_name: str
    told: tuple[Told, ...] = ()
