"""Many enrolments from a CSV file: good rows are kept, bad ones named with their mend."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from reporter.clinic import cells, front_desk, patients, treatments
from reporter.clinic.cells import Cells, Line, SheetError
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import FIELDS, Enrolment, EnrolmentErrors, check
from reporter.clinic.entries import month_order
from reporter.clinic.hours import local
from reporter.clinic.treatments import Treatment
from reporter.records.audit import Actor
from reporter.records.db import Database, StorageError
from reporter.records.seal import folded
from reporter.rules.knowledge import Knowledge

__all__ = ["RowFault", "SheetError", "SheetResult", "enrol_file", "import_sheet", "template"]

DAYS = ("born", "given_on", "expiry")
EXAMPLE = (
    "Maria Example,1968-03-02,maria@example.org,301 555 0142,es,yes,yes,{day},Botox Cosmetic,"
    "C8123F2,{year}-12,glabella:20; forehead:10,Dr. Lin,"
)


@dataclass(frozen=True)
class RowFault:
    """`row` as the spreadsheet numbers it, `column` as the file heads it."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.sentence}"


@dataclass(frozen=True)
class SheetResult:
    """`notes` is what a person should look at although it stopped nothing."""

    created: int
    already: int
    faults: tuple[RowFault, ...]
    notes: tuple[str, ...] = ()

    @property
    def need_fixing(self) -> int:
        """Rows, not faults: one row may have several."""
        return len({fault.row for fault in self.faults})

    def __str__(self) -> str:
        said = f"{self.created} new, {self.already} already here, {self.need_fixing} need fixing"
        return f"{said} ({'; '.join(map(str, self.faults))})" if self.faults else said


def template(today: date) -> str:
    """A CSV file with the columns and one example row."""
    return f"{','.join(FIELDS)}\n{EXAMPLE.format(day=today, year=today.year + 1)}\n"


@dataclass
class _Import:
    """One run over one file."""

    db: Database
    clinic: Clinic
    knowledge: Knowledge
    sheet: Cells
    by: Actor
    at: datetime
    dry_run: bool
    day_first: bool
    created: int = 0
    already: int = 0
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: set[tuple[object, ...]] = field(default_factory=set)

    def run(self) -> SheetResult:
        dates = (line.raw.get(day, "") for line in self.sheet.lines for day in DAYS)
        month_first = not self.day_first and month_order(dates)
        for line in self.sheet.lines:
            if line.trouble:
                self.faults.append(RowFault(line.number, "", line.trouble))
            elif entry := self._checked(line, month_first):
                self._keep(line, entry)
        return SheetResult(
            self.created, self.already, tuple(self.faults), (*self.sheet.notes, *self.notes)
        )

    def _checked(self, line: Line, month_first: bool) -> Enrolment | None:
        today = local(self.clinic.hours.zone, self.at).date()
        try:
            return check(
                line.raw,
                self.knowledge,
                today=today,
                day_first=self.day_first,
                month_first=month_first,
            )
        except EnrolmentErrors as errors:
            for name, sentence in errors.faults:
                column = self.sheet.headers.get(name, name)
                self.faults.append(RowFault(line.number, column, sentence))
            return None

    def _keep(self, line: Line, entry: Enrolment) -> None:
        if self.dry_run:
            treatment, created = self._would_keep(entry)
        else:
            treatment, created = front_desk.enrol(
                self.db, self.knowledge, self.clinic, entry, by=self.by, at=self.at
            )
        self.created += created
        self.already += not created
        if treatment and (differs := other_contact(treatment, entry)):
            self.notes.append(f"Row {line.number}: {differs}")

    def _would_keep(self, entry: Enrolment) -> tuple[Treatment | None, bool]:
        twin = (folded(entry.name), entry.born, entry.given_on, entry.product)
        known = find_same(self.db, self.clinic.id, entry)
        created = known is None and twin not in self.seen
        self.seen.add(twin)
        return known, created


def find_same(db: Database, clinic_id: str, entry: Enrolment) -> Treatment | None:
    """The treatment that enrolling this would find instead of making one."""
    patient_id = patients.find(db, clinic_id, entry)
    visits = treatments.of_person(db, clinic_id, patient_id) if patient_id else []
    wanted = (entry.given_on, entry.product)
    return next((one for one in visits if (one.given_on, one.product) == wanted), None)


def other_contact(treatment: Treatment, entry: Enrolment) -> str:
    """A sentence when the patient is known here with another way to reach them, else nothing."""
    kept = treatment.patient
    differing = [
        name
        for name, new, old in (
            ("e-mail address", entry.email, kept.email),
            ("mobile number", entry.mobile, kept.mobile),
        )
        if new and new.casefold() != old.casefold()
    ]
    if not differing:
        return ""
    return (
        f"this patient is here already with another {' and '.join(differing)}, which was kept. "
        f"Correct treatment {treatment.reference} if the new one is right."
    )


def import_sheet(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    data: bytes,
    *,
    by: Actor,
    at: datetime,
    dry_run: bool = False,
    day_first: bool = False,
) -> SheetResult:
    """Enrol the rows of a CSV file, each in its own transaction, so that running again is safe.

    Raise SheetError, keeping nothing, when the file as a whole cannot be read.
    """
    sheet = cells.read(data)
    return _Import(db, clinic, knowledge, sheet, by, at, dry_run, day_first).run()


def enrol_file(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    path: Path,
    *,
    by: Actor,
    at: datetime,
    say: Callable[[str], None],
    dry_run: bool = False,
    day_first: bool = False,
) -> int:
    """`reporter enrol`: say what came of it. 1 when rows need fixing, 2 when nothing was read."""
    try:
        data = path.read_bytes()
        result = import_sheet(
            db, clinic, knowledge, data, by=by, at=at, dry_run=dry_run, day_first=day_first
        )
    except OSError as trouble:
        say(f"{path.name} cannot be read: {trouble.strerror}.")
        return 2
    except SheetError as trouble:
        say(f"{path.name}: {trouble}")
        return 2
    except StorageError as trouble:
        say(f"Stopped: {trouble} Rows before it were kept; run the command again.")
        return 1
    for note in result.notes:
        say(note)
    say(f"{'Dry run, nothing was kept: ' if dry_run else ''}{result}")
    if any("day first" in fault.sentence for fault in result.faults):
        say("If dates in this file are written like 20/11/2026, add --day-first.")
    return 1 if result.faults else 0
