"""Cases, open and closed, found by what people say on the telephone: a name or the beginning of
one, a telephone number or its end, a reference, a lot.

Names and numbers are sealed. `patients` keeps keyed hashes of their beginnings and ends, under the
clinic's own key, which stays the same when the master key is changed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reporter.clinic import casebook, treatments
from reporter.clinic.casebook import COLUMNS, Case
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.records.seal import folded

LONGEST = 100
SHOWN = 50
# A case that came by the poster belongs to the treatment that it was matched to.
VISITS = """
with visits as (
  select t.id from treatments t
    where t.clinic_id = :c and (t.reference = :reference or t.lot = :lot)
  union
  select t.id from patient_lookups x
    join patient_lookups y on y.clinic_id = x.clinic_id and y.patient_id = x.patient_id
      and y.kind = x.kind and y.hash = :second
    join patient_lookups z on z.clinic_id = x.clinic_id and z.patient_id = x.patient_id
      and z.kind = x.kind and z.hash = :third
    join treatments t on t.clinic_id = x.clinic_id and t.patient_id = x.patient_id
    where x.clinic_id = :c and x.kind = :kind and x.hash = :first)
"""
OF_VISITS = """
where clinic_id = :c and treatment_id in (select v.id from visits v union
  select h.id from visits v join treatments h on h.clinic_id = :c and h.matched_id = v.id)
order by is_open desc, undecided desc, level desc, due_at, closed_at desc, id limit :n
"""
FOUND = VISITS + COLUMNS + OF_VISITS


@dataclass(frozen=True)
class Found:
    """A case and why it is here, in the words of the desk: `name begins with “mar”`."""

    case: Case
    because: str


@dataclass(frozen=True)
class Finds:
    """What a search found: cases, and treatments that have none. `is_cut`: there may be more."""

    cases: tuple[Found, ...]
    without: tuple[tuple[Treatment, str], ...]
    is_cut: bool


def find(db: Database, clinic_id: str, text: str) -> Finds:
    """By part of a name, telephone number, reference or lot. Too short a text finds nothing."""
    text = " ".join(text[:LONGEST].replace("\0", "").split()).encode(errors="replace").decode()
    rows = db.query(FOUND, c=clinic_id, n=SHOWN, **_asked(db, clinic_id, text))
    cases = [casebook.from_row(row) for row in rows]
    held = treatments.some(db, clinic_id, tuple(case.treatment_id for case in cases))
    real = _real(db, clinic_id, held.values())
    found = (Found(case, because(real(held[case.treatment_id]), text)) for case in cases)
    cased = {one.id for one in held.values()} | {real(one).id for one in held.values()}
    visits = treatments.find(db, clinic_id, text)
    without = ((one, because(one, text)) for one in visits if one.id not in cased)
    return Finds(
        tuple(found),
        tuple(pair for pair in without if not pair[0].is_placeholder),
        SHOWN in {len(cases), len(visits)},
    )


def _asked(db: Database, clinic_id: str, text: str) -> dict[str, str]:
    """What was typed, as the store knows it. Where it is no name nor number, no hash matches."""
    wanted = treatments.wanted(db.clinic_key(clinic_id), text) or [("name", "")]
    (kind, first), (_, second), (_, third) = (wanted * 3)[:3]
    names = {"kind": kind, "first": first, "second": second, "third": third}
    return {**names, "reference": treatments.as_reference(text), "lot": text.upper()}


def _real(
    db: Database, clinic_id: str, held: Iterable[Treatment]
) -> Callable[[Treatment], Treatment]:
    """For what came by the poster and was matched: the treatment that it is about."""
    matched = tuple(one.matched_id for one in held if one.matched_id)
    found = treatments.some(db, clinic_id, matched) if matched else {}
    return lambda one: found.get(one.matched_id or "", one)


def because(visit: Treatment, text: str) -> str:
    """Why this treatment came up for these words."""
    return " · ".join(_reasons(visit, text)) or "name or number as it was written before"


def _reasons(visit: Treatment, text: str) -> Iterator[str]:
    if _signs(text) == _signs(visit.reference):
        yield f"reference {visit.reference}"
    if text.upper() == visit.lot:
        yield f"lot {visit.lot}"
    digits, mobile = re.sub(r"\D", "", text), re.sub(r"\D", "", visit.patient.mobile)
    if len(digits) >= 4 and mobile.endswith(digits[-10:]):
        yield f"phone ends in {digits[-4:]}"
    parts = {folded(word) for word in re.split(r"[\s\-']+", visit.patient.name)}
    words = [word for word in re.split(r"[\s\-']+", text) if len(folded(word)) >= 2]
    begun = [word for word in words if any(part.startswith(folded(word)) for part in parts)]
    if begun and not digits:
        yield f"name: {' '.join(f'“{word}”' for word in begun)}"


def _signs(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
