"""A clinic with many open cases and a long past, for benchmarks/desk.py.

A few patients report through the product's own functions; their rows are then copied by the store
itself under other ids, since a million reports taken in one by one would take an hour.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from benchmarks import prepared, serving
from reporter.clinic import casebook, cases, front_desk, intake, sessions, staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import shipped
from reporter.rules.report import Report, ReportedSymptom

# Of those whose case is open; one of each is copied again and again.
OPEN = (
    ("Ada Open", Report(day=4, areas=("glabella",), symptoms=(ReportedSymptom("hives"),))),
    (
        "Ben Open",
        Report(
            day=4,
            areas=("glabella",),
            symptoms=(ReportedSymptom("headache"), ReportedSymptom("fatigue")),
            free_text="It began on Tuesday evening and comes back each day.",
        ),
    ),
    ("Cy Open", Report(day=4, areas=("glabella",), symptoms=(ReportedSymptom("eyelid_droop"),))),
)
PAST = ("Dee Past", Report(day=4, areas=("glabella",), symptoms=(ReportedSymptom("hives"),)))
FINE = ("Eve Fine", Report(day=4, areas=("glabella",), symptoms=(ReportedSymptom("bruising"),)))
REPORTS_EACH = 5  # of each treatment of the past
NURSES = 50
# A long past need not be a large file: why each of it was decided so is left out.
SHORT = {"explanation": "null", "reasons": "'[]'", "promise": "'null'"}
# The check-ins of all were answered, but for every fortieth.
ANSWERED = {
    "state": "case when n % 40 = 0 then 'missed' else 'answered' end",
    "sent_at": "due_at",
    "answered_at": "case when n % 40 = 0 then null else due_at end",
}
HELD = {
    "outcome": "resolved",
    "red_flags_asked": True,
    "taught_back": True,
    "note": "",
    "regulator": "no_report",
}


def fill(path: Path, open_cases: int, past_reports: int, at: datetime) -> list[str]:
    """Make the store at this path. The log-in tokens of its fifty nurses."""
    url = f"sqlite:///{path}"
    with closing(open_database(url, Vault([serving.KEY]))) as db:
        db.migrate()
        clinic = prepared.found_clinic(db, at)
        dana = staff.everybody(db, clinic.id)[0]
        copied = [_reported(db, clinic, *one, at) for one in OPEN]
        past, fine = (_reported(db, clinic, *one, at) for one in (PAST, FINE))
        case = casebook.of_treatment(db, clinic.id, past.id)
        assert case
        for verb, details in (("claim", {}), ("close", HELD)):
            case = cases.move(
                db, clinic.id, case.id, verb, by=dana.actor, at=at,
                expected_version=case.version, **details,
            )  # fmt: skip
        tokens = [_nurse(db, clinic, number, at) for number in range(NURSES)]
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("pragma journal_mode = off")
        raw.execute("pragma synchronous = off")
        raw.execute("pragma cache_size = -500000")  # the indexes of a million rows stay at hand
        raw.execute("begin")
        for kind, visit in enumerate(copied):
            _copy(raw, visit, open_cases // len(copied), 1, f"o{kind}")
        treated = past_reports // REPORTS_EACH
        _copy(raw, past, treated // 4, REPORTS_EACH, "p")
        _copy(raw, fine, treated - treated // 4, REPORTS_EACH, "f")
        raw.execute("commit")
    return tokens


def _reported(db: Database, clinic: Clinic, name: str, said: Report, at: datetime) -> Treatment:
    entry = Enrolment(
        name=name,
        born=date(1968, 3, 2),
        email="",
        mobile="+12405550188",
        language="en",
        may_voicemail=True,
        may_email=False,
        given_on=at.date() - timedelta(days=4),
        product="Botox Cosmetic",
        lot="C8123F2",
        expiry="2028-08",
        areas=(AreaDose("glabella", 20),),
        injector="Dr. A. Lin",
        factors=(),
    )
    visit, _ = front_desk.enrol(db, shipped(), clinic, entry, by=SYSTEM, at=at)
    intake.submit(db, shipped(), clinic, visit, said, key=f"key {name}", channel="link", at=at)
    return visit


def _nurse(db: Database, clinic: Clinic, number: int, at: datetime) -> str:
    """Somebody who is logged in already: fifty log-ins would measure argon2."""
    with db.transaction():
        one = staff.keep(
            db, clinic.id, f"n{number}@staff.test", f"Nurse {number}", "nurse", "-", SYSTEM, at
        )
        return sessions.begin(db, one, at, "Benchmark")


def _copy(raw: Any, visit: Treatment, count: int, reports: int, mark: str) -> None:
    """This patient with treatment, case and all, `count` times more; their report so many times."""
    number = f"'{mark}' || printf('%08d', n)"
    parts: dict[str, Mapping[str, str]] = {
        "patients": {"id": number, "person_hash": number},
        "patient_lookups": {"patient_id": number},
        "treatments": {"id": number, "patient_id": number, "reference": number},
        "checkins": {"id": f"{number} || id", "treatment_id": number, **ANSWERED},
        "cases": {"id": number, "treatment_id": number, "due_at": _spread("due_at")},
        "case_moves": {"id": f"{number} || id", "case_id": number},
    }
    of_case = f"(select id from cases where treatment_id = '{visit.id}')"  # noqa: S608 - ours
    where = {
        "patients": f"id = '{visit.patient.id}'",
        "patient_lookups": f"patient_id = '{visit.patient.id}'",
        "treatments": f"id = '{visit.id}'",
        "checkins": f"treatment_id = '{visit.id}' and kind = 'checkin' and state = 'missed'",
        "cases": f"treatment_id = '{visit.id}'",
        "case_moves": f"case_id in {of_case}",
    }
    for table, changed in parts.items():
        _insert(raw, table, changed, where[table], count)
    for turn in range(reports):
        key = f"{number} || '-{turn}'"
        mine = f"treatment_id = '{visit.id}'"
        changed = {
            "id": key,
            "treatment_id": number,
            "submission_key": key,
            "digest": key,
            **({} if mark.startswith("o") else SHORT),
        }
        _insert(raw, "reports", changed, mine, count)
        _insert(raw, "unread_reports", {"report_id": key, "treatment_id": number}, mine, count)
        readings = {"report_id": key}
        read = f"report_id in (select id from reports where {mine})"  # noqa: S608 - ours
        _insert(raw, "report_readings", readings, read, count)


def _spread(column: str) -> str:
    """The same hour, but each second of it."""
    second = "printf('%02d:%02d', n / 60 % 60, n % 60)"
    return f"substr({column}, 1, 14) || {second} || substr({column}, 20)"


def _insert(raw: Any, table: str, changed: Mapping[str, str], where: str, count: int) -> None:
    names = [row[1] for row in raw.execute(f"pragma table_info({table})")]
    taken = ", ".join(changed.get(name, name) for name in names)
    raw.execute(
        f"insert into {table} ({', '.join(names)}) with recursive numbers (n) as "  # noqa: S608 - ours
        f"(select 1 union all select n + 1 from numbers where n < {count}) "
        f"select {taken} from (select * from {table} where {where}) one, numbers"
    )
