"""What one enrolment says, checked the same way whether it was typed or came in a file. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reporter.clinic import entries
from reporter.clinic.entries import Fault
from reporter.rules.knowledge import Knowledge

Parser = Callable[[str, str], Any]
# Suggestions only: whatever stands on the vial is what must be found again in a recall.
PRODUCTS = (
    "Botox Cosmetic",
    "Botox",
    "Daxxify",
    "Dysport",
    "Jeuveau",
    "Letybo",
    "Myobloc",
    "Xeomin",
)
# Each field and how people call it, in the order of the form and of the CSV template.
FIELDS = {
    "name": "The name",
    "born": "The date of birth",
    "email": "The e-mail address",
    "mobile": "The mobile number",
    "language": "The language",
    "may_voicemail": "“May leave voicemail”",
    "may_email": "“May e-mail”",
    "given_on": "The treatment date",
    "product": "The product",
    "lot": "The lot",
    "expiry": "The expiry",
    "areas": "The areas with units",
    "injector": "The injector",
    "factors": "The patient factors",
}
# Rimabotulinumtoxin is dosed in thousands of its units; more than this is a slip of the hand.
MOST_UNITS = 25_000
ADULT = 18


@dataclass(frozen=True)
class AreaDose:
    """Where and how much, in the units of that product."""

    area: str
    units: float


@dataclass(frozen=True)
class Enrolment:
    """One person and one visit. `email` or `mobile` may be empty, not both.

    `expiry` is a month (2027-05) or a day, as on the label.
    """

    name: str
    born: date
    email: str
    mobile: str
    language: str
    may_voicemail: bool
    may_email: bool
    given_on: date
    product: str
    lot: str
    expiry: str
    areas: tuple[AreaDose, ...]
    injector: str
    factors: tuple[str, ...]


class EnrolmentErrors(Exception):
    """Everything that is wrong at once: (field, sentence that says how to mend it)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in faults))
        self.faults = tuple(faults)


def check(
    raw: Mapping[str, str],
    knowledge: Knowledge,
    *,
    today: date,
    day_first: bool = False,
    month_first: bool = False,
    earliest: date | None = None,
    region: str = "US",
) -> Enrolment:
    """The enrolment that the texts of `raw` say. Raise EnrolmentErrors with all that is wrong.

    `earliest` is the oldest treatment date to take, a year ago unless given.
    """
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    parsers = _parsers(knowledge, day_first=day_first, month_first=month_first, region=region)
    for field, parse in parsers.items():
        try:
            values[field] = parse(raw.get(field) or "", FIELDS[field])
        except Fault as fault:
            faults.append((field, str(fault)))
    faults += _contact_faults(values, faults)
    faults += _day_faults(values, today, earliest or today - timedelta(days=366))
    if faults:
        order = list(FIELDS)
        raise EnrolmentErrors(sorted(faults, key=lambda fault: order.index(fault[0])))
    values["factors"] = _with_age(values)
    values["expiry"], _ = values["expiry"]
    return Enrolment(**values)


def _parsers(
    knowledge: Knowledge, *, day_first: bool, month_first: bool, region: str
) -> dict[str, Parser]:
    def day(text: str, what: str) -> date:
        return entries.day(text, what, day_first=day_first, month_first=month_first)

    return {
        "name": entries.name,
        "born": day,
        "email": entries.email,
        "mobile": lambda text, what: entries.mobile(text, what, region),
        "language": entries.language,
        "may_voicemail": entries.yes_or_no,
        "may_email": entries.yes_or_no,
        "given_on": day,
        "product": _product,
        "lot": _lot,
        "expiry": lambda text, what: entries.expiry(
            text, what, day_first=day_first, month_first=month_first
        ),
        "areas": lambda text, what: _areas(text, what, knowledge),
        "injector": lambda text, what: entries.needed(text, what, hint="Write who injected."),
        "factors": lambda text, what: _factors(text, what, knowledge),
    }


def _product(text: str, what: str) -> str:
    """As the label writes it: the same product must not look like two."""
    shown = entries.needed(text, what, hint="Write the brand, like Botox Cosmetic.")
    return {known.casefold(): known for known in PRODUCTS}.get(shown.casefold(), shown)


def _lot(text: str, what: str) -> str:
    hint = "Copy it from the vial: a recall finds patients by it."
    return entries.needed(text, what, 40, hint).upper()


def _areas(text: str, what: str, knowledge: Knowledge) -> tuple[AreaDose, ...]:
    """ "glabella:20; forehead:10", in the order given."""
    shown = entries.line(text.replace("\n", ";"), what, 1000)
    # A comma parts two areas, except between two digits: there it is a decimal comma.
    parts = [part for part in re.split(r"[;|]|,(?!\d)", shown) if part.strip()]
    doses = [_dose(part, knowledge) for part in parts]
    if not doses:
        raise Fault("No area is given. Give the units of at least one, like glabella:20.")
    seen = [dose.area for dose in doses]
    if twice := next((area for area in seen if seen.count(area) > 1), None):
        raise Fault(f"“{twice}” stands twice. Write it once with all its units.")
    return tuple(doses)


def _dose(part: str, knowledge: Knowledge) -> AreaDose:
    found = re.fullmatch(
        r"\s*(.*?[^\s:=\d])\s*[:=\s]\s*(\d+(?:[.,]\d+)?)\s*(?:u|units?)?\s*", part, re.I
    )
    if not found:
        raise Fault(f"“{part.strip()}” has no units. Write area and units, like glabella:20.")
    area, near = entries.known(found[1], knowledge.areas)
    if area is None:
        mend = f"Did you mean {near}?" if near else f"Known: {', '.join(knowledge.areas)}."
        raise Fault(f"There is no area “{found[1]}”. {mend}")
    units = float(found[2].replace(",", "."))
    if not 0 < units <= MOST_UNITS:
        raise Fault(f"“{part.strip()}”: units go from 0.1 to {MOST_UNITS}. Check the number.")
    return AreaDose(area, units)


def _factors(text: str, what: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Known factors by id; another one is kept as it was written, for the nurse to see."""
    shown = entries.line(text.replace("\n", ";"), what, 1000)
    parts = [part.strip() for part in re.split(r"[;,|]", shown) if part.strip()]
    return tuple(dict.fromkeys(_factor(part, knowledge) for part in parts))


def _factor(part: str, knowledge: Knowledge) -> str:
    factor, near = entries.known(part, knowledge.factors, cutoff=0.75)
    if factor is None and near:
        # Kept as an unknown one it would raise nothing, so a slip of the pen must not pass.
        raise Fault(f"There is no factor “{part}”. Did you mean {near}?")
    return factor or entries.as_id(part)[:60]


def _with_age(values: Mapping[str, Any]) -> tuple[str, ...]:
    """A child is one by the date of birth, whether or not somebody ticked it."""
    born, given_on = values["born"], values["given_on"]
    birthday_ahead = (given_on.month, given_on.day) < (born.month, born.day)
    child = ("child",) if given_on.year - born.year - birthday_ahead < ADULT else ()
    return tuple(dict.fromkeys((*values["factors"], *child)))


def _contact_faults(
    values: Mapping[str, Any], faults: list[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    wrong = {field for field, _ in faults}
    if wrong & {"email", "mobile"}:
        return
    if not values["email"] and not values["mobile"]:
        yield "email", "Give an e-mail address or a mobile number: a nurse must be able to call."
    elif values.get("may_email") and not values["email"]:
        yield "email", "E-mail is allowed, but there is no address. Write it, or say no to e-mail."


def _day_faults(
    values: Mapping[str, Any], today: date, earliest: date
) -> Iterator[tuple[str, str]]:
    born, given_on, expiry = (values.get(name) for name in ("born", "given_on", "expiry"))
    if born and not today.replace(year=today.year - 121, day=min(today.day, 28)) < born <= today:
        yield "born", f"The date of birth {born} cannot be right. Check the year."
    elif born and given_on and born > given_on:
        yield "born", "The date of birth is after the treatment. Check both dates."
    if given_on and given_on > today:
        yield "given_on", f"The treatment date {given_on} is in the future. Check it."
    elif given_on and given_on < earliest:
        yield "given_on", f"The treatment date {given_on} is over a year ago. Check the year."
    if given_on and expiry and expiry[1] < given_on:
        yield "expiry", f"The expiry {expiry[0]} is before the treatment. Check the vial's label."
