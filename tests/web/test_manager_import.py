"""Importing a CSV file: tried, looked at, kept."""

import csv
import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from reporter.clinic import treatments
from reporter.clinic.clinics import Clinic
from reporter.records.db import Database
from reporter.web.manager_import import RIDES_ALONG, harmless
from tests.web.treatment_desk import SQLITE, Desk, days_ago, desk, log_in_as, stranger, texts

__all__ = ["desk", "log_in_as", "stranger"]

HEADER = "name,born,email,mobile,language,may_email,given_on,product,lot,expiry,areas,injector\n"


def row(name: str, lot: str = "L1", given_on: str = "") -> str:
    day = given_on or days_ago(2)
    return f"{name},1970-01-02,n@example.org,,en,yes,{day},Botox,{lot},2099-01,chin:4,Dr. Lin\n"


def sent(desk: Desk, data: str | bytes, **fields: Any) -> TestResponse:
    raw = data.encode() if isinstance(data, str) else data
    return desk.post("/treatments/import", file=(io.BytesIO(raw), "november.csv"), **fields)


def riding(page: TestResponse) -> dict[str, str]:
    """The file that rides along in the page of a try."""
    return dict(re.findall(r'name="(sheet|day_first)" value="([^"]*)"', page.text))


def names(db: Database, clinic: Clinic) -> list[str]:
    return sorted(one.patient.name for one in treatments.recent(db, clinic.id))


def test_a_file_is_tried_first_and_then_kept(desk: Desk, db: Database, clinic: Clinic) -> None:
    tried = sent(desk, HEADER + row("Ana") + row("Bea") + row("Cleo", lot=""))
    assert "2 new 0 already here 1 needs fixing" in texts(tried)
    assert "Row 4 lot The lot is missing." in texts(tried)
    assert names(db, clinic) == []
    kept = desk.post("/treatments/import/keep", keep="yes", **riding(tried))
    assert "Imported 2 new" in texts(kept)
    assert names(db, clinic) == ["Ana", "Bea"]
    again = desk.post("/treatments/import/keep", keep="yes", **riding(tried))
    assert "0 new 2 already here" in texts(again)


@SQLITE
def test_a_clean_file_at_once(desk: Desk, db: Database, clinic: Clinic) -> None:
    answer = sent(desk, HEADER + row("Ana"), keep="yes")
    assert answer.location == "/treatments"
    assert "Imported: 1 new, 0 already here." in texts(desk.get(answer.location))
    assert names(db, clinic) == ["Ana"]


@SQLITE
def test_what_needs_fixing_as_a_file(desk: Desk) -> None:
    tried = sent(desk, HEADER + row("Ana", lot=""))
    answer = desk.post("/treatments/import/keep", failed="yes", **riding(tried))
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1][:2] == ["2", "lot"]


@SQLITE
def test_day_first_is_carried_along(desk: Desk, db: Database, clinic: Clinic) -> None:
    year, month, number = days_ago(2).split("-")
    data = HEADER + row("Ana", given_on=f"{number}/{month}/{year}")
    tried = sent(desk, data, day_first="yes")
    assert "1 new" in texts(tried)
    assert desk.post("/treatments/import/keep", keep="yes", **riding(tried)).status_code == 303
    assert treatments.recent(db, clinic.id)[0].given_on.isoformat() == days_ago(2)


@SQLITE
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"a,b\n1,2\n", "is missing. Add it"),
    ],
)
def test_a_file_that_cannot_be_read(desk: Desk, data: bytes, said: str) -> None:
    answer = sent(desk, data)
    assert answer.status_code == 422
    assert said in texts(answer)


@SQLITE
def test_no_file_at_all(desk: Desk) -> None:
    assert "Choose a CSV file." in texts(desk.post("/treatments/import"))


@SQLITE
def test_a_large_file_is_chosen_again(desk: Desk) -> None:
    tried = sent(desk, HEADER + row("Ana") + (" " * 99 + "\n") * (RIDES_ALONG // 100))
    assert "choose it again" in texts(tried)
    assert riding(tried) == {}


@SQLITE
@pytest.mark.parametrize("sheet", ["", "%%%", "YWJj"])
def test_a_file_that_did_not_ride_along_well(desk: Desk, sheet: str) -> None:
    answer = desk.post("/treatments/import/keep", sheet=sheet, day_first="no")
    assert answer.location == "/treatments/import"


@SQLITE
def test_the_template_can_be_imported(desk: Desk) -> None:
    template = desk.get("/treatments/import/template.csv")
    assert template.data.startswith(b"\xef\xbb\xbfname,born")
    assert "1 new" in texts(sent(desk, template.data))


@SQLITE
def test_what_stands_in_a_file_is_shown_as_text(desk: Desk) -> None:
    page = sent(desk, HEADER.replace("\n", ",<img src=x>\n") + row("Ana").replace("chin", "<b>x"))
    assert "<img src=x>" not in page.text
    assert "<b>x" not in page.text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("lot") == "lot"
