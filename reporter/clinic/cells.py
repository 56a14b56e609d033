"""The cells of a CSV file as Excel, LibreOffice and practice systems write it. Pure."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from reporter.clinic.enrolment import FIELDS

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
NEEDED = ("name", "born", "given_on", "product", "lot", "expiry", "areas", "injector")
# How other systems head these columns; compared without case, spaces and accents.
OTHER_HEADERS = {
    "patient": "name",
    "patientname": "name",
    "fullname": "name",
    "nombre": "name",
    "dateofbirth": "born",
    "birthdate": "born",
    "birthday": "born",
    "dob": "born",
    "fechadenacimiento": "born",
    "emailaddress": "email",
    "mail": "email",
    "correo": "email",
    "correoelectronico": "email",
    "phone": "mobile",
    "mobilephone": "mobile",
    "mobilenumber": "mobile",
    "phonenumber": "mobile",
    "cell": "mobile",
    "cellphone": "mobile",
    "telephone": "mobile",
    "telefono": "mobile",
    "movil": "mobile",
    "idioma": "language",
    "voicemail": "may_voicemail",
    "mayleavevoicemail": "may_voicemail",
    "emailconsent": "may_email",
    "consenttoemail": "may_email",
    "consent": "may_email",
    "date": "given_on",
    "treatmentdate": "given_on",
    "dateoftreatment": "given_on",
    "fecha": "given_on",
    "producto": "product",
    "brand": "product",
    "lotnumber": "lot",
    "batch": "lot",
    "lote": "lot",
    "expirydate": "expiry",
    "expires": "expiry",
    "expirationdate": "expiry",
    "expiration": "expiry",
    "caducidad": "expiry",
    "areaswithunits": "areas",
    "areasandunits": "areas",
    "areas": "areas",
    "injectedby": "injector",
    "practitioner": "injector",
    "patientfactors": "factors",
    "riskfactors": "factors",
    "risks": "factors",
}


class SheetError(Exception):
    """The file as a whole cannot be read; one sentence with the mend."""


@dataclass(frozen=True)
class Line:
    """One row as the spreadsheet numbers it; `trouble` says why its cells could not be parted."""

    number: int
    raw: Mapping[str, str]
    trouble: str = ""


@dataclass(frozen=True)
class Cells:
    """`headers` gives each field's column as the file calls it; `notes` is good to know."""

    headers: Mapping[str, str]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def read(data: bytes) -> Cells:
    """All rows of the file. Raise SheetError when it is no CSV file with these columns."""
    text, notes = _decoded(data)
    first, _, rest = text.partition("\n")
    skipped = 1 if (told := re.fullmatch(r"sep=(.)\s*", first)) else 0
    delimiter = told[1] if told else _delimiter(first)
    records = _records(rest if told else text, delimiter)
    header = next(records, [])
    if not isinstance(header, list) or not any(cell.strip() for cell in header):
        raise SheetError("The first row must name the columns. Start from the template.")
    columns, strange = _columns([cell.strip() for cell in header])
    if strange:
        notes = (*notes, f"Not read: {_listed('column', strange)}.")
    lines = tuple(_lines(records, columns, len(header), skipped + 2))
    headers = {field: header[at].strip() for at, field in columns.items()}
    return Cells(headers, lines, notes)


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    if not data.strip():
        raise SheetError("The file is empty. Start from the template.")
    if len(data) > MOST_BYTES:
        raise SheetError("The file is larger than 5 MB. Split it and import the parts.")
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise SheetError("This is an Excel workbook. In Excel choose Save as, CSV UTF-8.")
    encoding = _encoding(data)
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError:
        return _as_windows(data if encoding == "utf-8-sig" else b"\x81")


def _encoding(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    # Without a mark: Latin letters in UTF-16 have every second byte zero.
    odd = data[1:400:2]
    return "utf-16-le" if odd.count(0) > len(odd) * 0.6 else "utf-8-sig"


def _as_windows(data: bytes) -> tuple[str, tuple[str, ...]]:
    note = "The file is not UTF-8, so it was read as Windows-1252. Check names with accents."
    try:
        return data.decode("cp1252"), (note,)
    except UnicodeDecodeError:
        raise SheetError(
            "The file is not text that can be read. In Excel choose Save as, CSV UTF-8."
        ) from None


def _delimiter(first: str) -> str:
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=bare.count)


def _records(text: str, delimiter: str) -> Iterator[list[str] | str]:
    """Each row's cells, or what is wrong with its quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield 'Its quotes do not match. Close every “"”, and write two for one inside a cell.'


def _columns(header: list[str]) -> tuple[dict[int, str], list[str]]:
    """Which field stands in which column, and the columns that are nobody's."""
    found = {at: field for at, cell in enumerate(header) if (field := _field(cell))}
    for field in found.values():
        twice = [header[at] for at, other in found.items() if other == field]
        if len(twice) > 1:
            raise SheetError(f"{_listed('Column', twice)} are the same. Take one of them out.")
    strange = [cell for at, cell in enumerate(header) if cell and at not in found]
    _refuse_misspelt(strange, set(found.values()))
    missing = [field for field in NEEDED if field not in found.values()]
    if not {"email", "mobile"} & set(found.values()):
        missing.append("email")
    if missing:
        raise SheetError(
            f"{_listed('Column', missing)} is missing. Add it, or start from the template: "
            f"{', '.join(FIELDS)}."
        )
    return found, strange


def _refuse_misspelt(strange: list[str], found: set[str]) -> None:
    """A column that nobody reads may say that a patient is at risk: a near miss must not pass."""
    for cell in strange:
        open_names = {_plain(field): field for field in FIELDS if field not in found}
        open_names |= {o: field for o, field in OTHER_HEADERS.items() if field not in found}
        near = get_close_matches(_plain(cell), open_names, n=1, cutoff=0.75)
        if near:
            raise SheetError(
                f"There is no column “{cell}”. Did you mean “{open_names[near[0]]}”? "
                "Rename it, or take it out."
            )


def _field(cell: str) -> str | None:
    plain = _plain(cell)
    return next((f for f in FIELDS if _plain(f) == plain), None) or OTHER_HEADERS.get(plain)


def _plain(text: str) -> str:
    return "".join(s for s in unicodedata.normalize("NFKD", text).casefold() if s.isalnum())


def _listed(what: str, names: list[str]) -> str:
    shown = [f"“{name[:40]}”" for name in names[:8]]
    return f"{what} {' and '.join(shown) if len(shown) < 3 else ', '.join(shown)}"


def _lines(
    records: Iterator[list[str] | str], columns: Mapping[int, str], width: int, start: int
) -> Iterator[Line]:
    for number, cells in enumerate(records, start=start):
        if number >= MOST_ROWS + start:
            raise SheetError(f"The file has over {MOST_ROWS} rows. Split it and import the parts.")
        if isinstance(cells, str):
            yield Line(number, {}, cells)
        elif any(cell.strip() for cell in cells[width:]):
            yield Line(number, {}, f"It has {len(cells)} cells, but there are {width} columns.")
        elif any(cell.strip() for cell in cells):
            yield Line(number, {f: cells[at] for at, f in columns.items() if at < len(cells)})
