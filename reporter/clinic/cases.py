"""What is done about a report: the only code that moves a case.

Every move names the version it saw. Of two people acting at once exactly one wins, and the
other is told who. An open case always has a due time; nothing closes by itself.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reporter.clinic import casebook, clinics, patient_mail, reports, staff, told, treatments
from reporter.clinic.case_verbs import LONGEST_NOTE, OUTCOMES, VERBS, Refused, Verb
from reporter.clinic.casebook import Asked, Case, Move, NotThere, all_open, get, history
from reporter.clinic.hours import local, soonest_call
from reporter.clinic.hours import promise as promise_for
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import Told
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM, Actor
from reporter.records.db import Database
from reporter.records.ids import new_id
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
    "queue",
    "reported",
]


READS = frozenset({"claim", "close"})


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
    """Move a case: the only way. Details by verb: call(result, note, next_due),
    follow_up(due_at, note), close(outcome, red_flags_asked, taught_back, note), release(note),
    note(note), reopen(note).

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
    if case.version != expected_version:
        raise Conflict(_who_was_first(db, case), case)
    rule = _allowed(db, case, verb, asked)
    if verb == "reopen":
        due_at = _due_on_reopening(db, case, asked.at)
        asked = replace(asked, details={**asked.details, "due_at": due_at})
    after = replace(rule.step(case, asked), version=case.version + 1)
    if not casebook.change(db, after, case.version):
        raise Conflict(_who_was_first(db, case), get(db, clinic_id, case_id))
    casebook.note_move(db, verb, case, after, asked)
    if verb in READS:
        _words_read(db, case, asked)
    if after.attempts > case.attempts:
        treatment = treatments.shown(db, treatments.get(db, clinic_id, case.treatment_id))
        patient_mail.missed_call(db, treatment, after.attempts, asked.at)
    return after


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
    if case.state not in rule.from_states:
        raise Refused(_not_from(case))
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


def _not_from(case: Case) -> str:
    if case.is_open:
        return "This case is open."
    return "This case is closed. Open it again first, and say why."


def _due_on_reopening(db: Database, case: Case, at: datetime) -> datetime:
    clinic = clinics.get(db, case.clinic_id)
    level = max(case.level, Level.CALL_BACK)
    kept = promise_for(level, at, clinic.hours, clinic.has_on_call)
    return (kept or soonest_call(at, clinic.hours, clinic.has_on_call)).due_at


DID = {
    "open": "opened this case",
    "claim": "took this case",
    "release": "released this case",
    "call": "logged a call",
    "note": "wrote a note",
    "follow_up": "set a new due time",
    "close": "closed this case",
    "reopen": "opened this case again",
    "match": "matched this case",
    "unknown_person": "marked this case as an unknown person's",
    "report_again": "reported again",
    "remark": "added something",
}


def _who_was_first(db: Database, case: Case) -> str:
    last = history(db, case.clinic_id, case.id)[-1]
    clinic = clinics.get(db, case.clinic_id)
    clock = local(clinic.hours.zone, last.at).strftime("%-I:%M %p").lower()
    return f"{last.by_name} {DID[last.verb]} at {clock}. Nothing of yours was saved; look again."


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
        case = _new(treatment, asked)
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


def _new(treatment: Treatment, asked: Asked) -> Case:
    return Case(
        clinic_id=treatment.clinic_id,
        id=new_id(asked.at),
        treatment_id=treatment.id,
        state="new",
        level=asked.details["level"],
        undecided=asked.details["undecided"],
        owner_id=None,
        due_at=asked.details["due_at"],
        attempts=0,
        outcome=None,
        opened_at=asked.at,
        closed_at=None,
        version=1,
    )


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue. `said` is newest first and never empty; `told` was added since."""

    case: Case
    treatment: Treatment
    said: tuple[StoredReport, ...]
    owner_name: str
    told: tuple[Told, ...] = ()


def queue(db: Database, clinic_id: str) -> tuple[QueueRow, ...]:
    """Every open case, who to call first on top: undecided, then level, then time left."""
    open_now = all_open(db, clinic_id)
    names = {one.id: one.name for one in staff.everybody(db, clinic_id)}
    said = defaultdict(list)
    for one in reports.of_open_cases(db, clinic_id):
        said[one.treatment_id].append(one)
    visits = {one.id: one for one in treatments.with_open_case(db, clinic_id)}
    added = told.of_open_cases(db, clinic_id)
    return tuple(
        QueueRow(
            case,
            treatments.shown(db, visits[case.treatment_id]),
            tuple(said[case.treatment_id]),
            names.get(case.owner_id or "", ""),
            added.get(case.id, ()),
        )
        for case in open_now
        if case.treatment_id in visits  # else it was closed between two of these reads
    )
