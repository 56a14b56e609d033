"""CSV files as they come: from Excel, with accents, with slips, and twice."""

import csv
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clinic import cells, front_desk, sheet, treatments
from reporter.clinic.cells import SheetError
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import check
from reporter.clinic.sheet import (
    RowFault,
    SheetResult,
    enrol_file,
    import_sheet,
)
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge

HEADER = (
    "name,born,email,mobile,language,may_voicemail,may_email,given_on,product,lot,expiry,areas,"
    "injector,factors"
)
MARIA = (
    "Maria Álvarez,1968-03-02,maria@example.org,301 555 0142,es,yes,yes,2026-11-20,"
    "Botox Cosmetic,C8123F2,2027-05,glabella:20; forehead:10,Dr. Lin,"
)
ROBERT = (
    "Robert Hale,1965-01-25,,240-555-0188,en,no,no,2026-11-19,Dysport,D77,2027-01,masseter:60,"
    "Dr. Lin,anticoagulant"
)

Import = Callable[..., SheetResult]


def text(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


@pytest.fixture
def run(db: Database, clinic: Clinic, knowledge: Knowledge, now: datetime) -> Import:
    def imported(data: str | bytes, **options: Any) -> SheetResult:
        raw = data.encode() if isinstance(data, str) else data
        return import_sheet(db, clinic, knowledge, raw, by=SYSTEM, at=now, **options)

    return imported


@pytest.fixture
def kept(db: Database, clinic: Clinic) -> Callable[[], list[str]]:
    """The names of all stored patients, by treatment."""
    return lambda: sorted(one.patient.name for one in treatments.recent(db, clinic.id))


def test_rows_become_treatments(run: Import, db: Database, clinic: Clinic) -> None:
    assert run(text(MARIA, ROBERT)) == SheetResult(2, 0, ())
    maria = treatments.find(db, clinic.id, "álva")[0]
    assert (maria.lot, maria.patient.email, maria.given_on) == (
        "C8123F2",
        "maria@example.org",
        date(2026, 11, 20),
    )


def test_running_again_is_safe(run: Import, kept: Callable[[], list[str]]) -> None:
    run(text(MARIA, ROBERT))
    assert run(text(MARIA, ROBERT)) == SheetResult(0, 2, ())
    assert kept() == ["Maria Álvarez", "Robert Hale"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_row_that_stands_twice_makes_one(run: Import, dry_run: bool) -> None:
    twin = MARIA.replace("Maria Álvarez", "MARIA ALVAREZ").replace("Botox C", "botox c")
    assert run(text(MARIA, twin), dry_run=dry_run) == SheetResult(1, 1, ())


def test_a_dry_run_keeps_nothing_and_says_the_same(
    run: Import, kept: Callable[[], list[str]]
) -> None:
    data = text(MARIA, ROBERT, MARIA.replace("C8123F2", ""))
    dry = run(data, dry_run=True)
    assert kept() == []
    assert dry == run(data)


def test_good_rows_are_kept_and_bad_ones_named_with_their_mend(
    run: Import, kept: Callable[[], list[str]]
) -> None:
    no_lot = MARIA.replace("C8123F2", "")
    worse = ROBERT.replace("masseter", "maseter").replace("2026-11-19", "2027-11-19")
    result = run(text(no_lot, ROBERT, worse))
    assert kept() == ["Robert Hale"]
    assert [(f.row, f.column) for f in result.faults] == [
        (2, "lot"),
        (4, "given_on"),
        (4, "expiry"),
        (4, "areas"),
    ]
    assert result.need_fixing == 2
    assert "Did you mean masseter?" in result.faults[3].sentence
    assert str(result).startswith("1 new, 0 already here, 2 need fixing (row 2, lot: The lot")


def test_the_file_is_mended_and_run_again(run: Import, kept: Callable[[], list[str]]) -> None:
    run(text(MARIA.replace("C8123F2", ""), ROBERT))
    assert run(text(MARIA, ROBERT)) == SheetResult(1, 1, ())
    assert kept() == ["Maria Álvarez", "Robert Hale"]


def test_excel_s_own_csv(run: Import, kept: Callable[[], list[str]]) -> None:
    rows = [HEADER.split(","), MARIA.split(","), ROBERT.split(",")]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    data = out.getvalue().replace("2026-11-20", "20/11/2026").replace("1968-03-02", "02/03/1968")
    result = run(b"\xef\xbb\xbf" + data.encode(), day_first=True)
    assert result == SheetResult(2, 0, ())
    assert kept() == ["Maria Álvarez", "Robert Hale"]


ENCODINGS = [
    ("utf-8", 0),
    ("utf-8-sig", 0),
    ("utf-16", 0),
    ("utf-16-le", 0),
    ("cp1252", 1),
]


@pytest.mark.parametrize(("encoding", "notes"), ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, notes: int, end: str) -> None:
    read = cells.read(text(MARIA).replace("\n", end).encode(encoding))
    assert read.lines[0].raw["name"] == "Maria Álvarez"
    assert len(read.notes) == notes
    assert all("Windows-1252" in note for note in read.notes)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_separators(sign: str) -> None:
    told = f"sep={sign}\n" if sign == "|" else ""
    rows = [HEADER.split(","), MARIA.split(",")]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sign).writerows(rows)
    line = cells.read((told + out.getvalue()).encode()).lines[0]
    assert line.raw["areas"] == "glabella:20; forehead:10"
    assert line.number == (3 if told else 2)


def test_headers_are_forgiving() -> None:
    named = HEADER.replace("born", " Date of Birth ").replace("given_on", "Treatment-date")
    named = named.replace("email,", "E-MAIL,").replace("mobile", "Teléfono", 1)
    read = cells.read(f"{named}\n{MARIA}\n".encode())
    assert read.lines[0].raw["born"] == "1968-03-02"
    assert read.headers["given_on"] == "Treatment-date"
    assert set(read.headers) == set(HEADER.split(","))


def test_a_fault_names_the_column_as_the_file_does(run: Import) -> None:
    data = text(MARIA.replace("C8123F2", "")).replace(",lot,", ",Lot number,")
    assert run(data).faults[0].column == "Lot number"


def test_a_column_that_is_nobodys_is_named_and_left_out(run: Import) -> None:
    result = run(f"{HEADER},Room\n{MARIA},12\n")
    assert result.created == 1
    assert result.notes == ("Not read: column “Room”.",)


FILES = [
    (b"", "empty"),
    (b"  \n ", "empty"),
    (b"PK\x03\x04rest of a workbook", "Excel workbook"),
    (b"\xd0\xcf\x11\xe0 an old workbook", "Excel workbook"),
    (b"\x81\x8d\x8f\x90,\xff", "not text"),
    (b"\xff\xfea", "not text"),
    (b"\n" + MARIA.encode(), "first row must name the columns"),
    (b"a,b,c\n1,2,3\n", "“name”, “born”, “given_on”"),
    (HEADER.replace("lot", "lott").encode(), "Did you mean “lot”?"),
    (HEADER.replace("factors", "facotrs").encode(), "Did you mean “factors”?"),
    (HEADER.replace(",injector", "").encode(), "“injector” is missing"),
    (HEADER.replace("email,mobile,", "").encode(), "“email” is missing"),
    ((HEADER + ",E-mail").encode(), "are the same"),
    (b"x" * (cells.MOST_BYTES + 1), "larger than 5 MB"),
]


@pytest.mark.parametrize(("data", "said"), FILES, ids=range(len(FILES)))
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(SheetError) as error:
        cells.read(data)
    assert said in str(error.value)


def test_too_many_rows() -> None:
    assert len(cells.read(text(*["Maria"] * cells.MOST_ROWS).encode()).lines) == cells.MOST_ROWS
    with pytest.raises(SheetError, match="Split it"):
        cells.read(text(*["Maria"] * (cells.MOST_ROWS + 1)).encode())


def test_rows_are_numbered_as_the_spreadsheet_does() -> None:
    two_lines = MARIA.replace("Dr. Lin", '"Dr.\nLin"')
    read = cells.read(text(two_lines, "", ",,,", ROBERT).encode())
    assert [line.number for line in read.lines] == [2, 5]


def test_a_row_whose_cells_cannot_be_parted_is_named(run: Import) -> None:
    shifted = MARIA.replace("Dr. Lin", "Lin, Dr., on, Monday")
    quoted = ROBERT.replace("Robert Hale", '"Robert "Bob" Hale"')
    result = run(text(shifted, quoted, MARIA))
    assert result.created == 1
    assert [fault.row for fault in result.faults] == [2, 3]
    assert "17 cells" in result.faults[0].sentence
    assert "quotes" in result.faults[1].sentence


def test_a_short_row_lacks_its_last_cells_only(run: Import) -> None:
    assert run(text(MARIA.removesuffix(","))).created == 1
    assert run(text("Maria,1968-03-02")).faults[0].column == "email"


def test_month_first_dates_are_read_when_the_file_proves_it(run: Import) -> None:
    maria = MARIA.replace("1968-03-02", "03/02/1968").replace("2026-11-20", "11/20/2026")
    assert run(text(maria)).created == 1
    alone = ROBERT.replace("1965-01-25", "03/02/1965")
    assert "two ways" in run(text(alone)).faults[0].sentence


def test_a_known_patient_with_another_address_is_pointed_out(run: Import) -> None:
    run(text(MARIA))
    later = MARIA.replace("2026-11-20", "2026-11-23").replace("maria@", "m.alvarez@")
    result = run(text(later))
    assert result.created == 1
    assert "another e-mail address, which was kept" in result.notes[0]
    assert "@" not in result.notes[0]


def test_a_faulty_row_never_stops_the_next(run: Import, kept: Callable[[], list[str]]) -> None:
    bad = [MARIA.replace("Maria", f"M{sign}a") for sign in ("\x00", "\x1b", "\x85")]
    result = run(text(*bad, ROBERT))
    assert [fault.row for fault in result.faults] == [2, 3, 4]
    assert kept() == ["Robert Hale"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", HEADER.encode() + b"\n"):
        try:
            read = cells.read(start + data)
        except SheetError as error:
            assert str(error)
        else:
            assert all(line.trouble or line.raw for line in read.lines)


def test_four_desks_at_one_instant_make_one(
    db: Database, clinic: Clinic, knowledge: Knowledge, now: datetime
) -> None:
    raw = cells.read(text(MARIA).encode()).lines[0].raw
    entry = check(raw, knowledge, today=now.date())
    start = threading.Barrier(4)

    def enrol(_: int) -> bool:
        start.wait()
        return front_desk.enrol(db, knowledge, clinic, entry, by=SYSTEM, at=now)[1]

    with ThreadPoolExecutor(4) as desks:
        created = list(desks.map(enrol, range(4)))
    assert sorted(created) == [False, False, False, True]
    assert len(treatments.recent(db, clinic.id)) == 1


def test_the_template_is_read_back(run: Import, now: datetime) -> None:
    assert run(sheet.template(now.date())) == SheetResult(1, 0, ())


Say = list[str]


@pytest.fixture
def enrol(
    db: Database, clinic: Clinic, knowledge: Knowledge, now: datetime, tmp_path: Path
) -> Callable[..., tuple[int, Say]]:
    def run_file(data: str | None, **options: Any) -> tuple[int, Say]:
        path, said = tmp_path / "november.csv", []
        if data is not None:
            path.write_text(data, "utf-8")
        status = enrol_file(
            db, clinic, knowledge, path, by=SYSTEM, at=now, say=said.append, **options
        )
        return status, said

    return run_file


def test_the_command_says_what_came_of_it(enrol: Callable[..., tuple[int, Say]]) -> None:
    assert enrol(text(MARIA, ROBERT)) == (0, ["2 new, 0 already here, 0 need fixing"])


def test_the_command_in_a_dry_run(enrol: Callable[..., tuple[int, Say]]) -> None:
    status, said = enrol(text(MARIA, ROBERT.replace("D77", "")), dry_run=True)
    assert status == 1
    assert said == [
        "Dry run, nothing was kept: 1 new, 0 already here, 1 need fixing (row 3, lot: The lot is "
        "missing. Copy it from the vial: a recall finds patients by it.)"
    ]


def test_the_command_tells_day_first_from_the_other(
    enrol: Callable[..., tuple[int, Say]],
) -> None:
    data = text(MARIA.replace("2026-11-20", "20/11/2026"))
    status, said = enrol(data)
    assert status == 1
    assert "--day-first" in said[-1]
    assert enrol(data, day_first=True)[0] == 0


@pytest.mark.parametrize("data", [None, "", "a,b\n1,2\n"])
def test_the_command_on_a_file_that_is_none(
    enrol: Callable[..., tuple[int, Say]], data: str | None
) -> None:
    status, said = enrol(data)
    assert status == 2
    assert said[0].startswith("november.csv")


def test_a_row_fault_reads_as_a_sentence() -> None:
    assert str(RowFault(7, "lot", "It is missing.")) == "row 7, lot: It is missing."
    assert str(RowFault(7, "", "Its quotes do not match.")) == "row 7: Its quotes do not match."
