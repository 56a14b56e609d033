"""What was said, as the desk shows it: symptoms with how bad and since when, denials, own words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reporter.clinic.clinics import Clinic
from reporter.clinic.contact import Contact
from reporter.clinic.matching import CHANNEL
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import Told, is_only_ticked
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import ReportedSymptom
from reporter.web import clock_words, face, own_pages, staff_words
from reporter.web.explain_page import Explanation, explanation
from reporter.web.face import Spot
from reporter.web.headline import MARKS
from reporter.web.own_words import Piece, marked
from reporter.web.staff_words import Badge

# What was told, by channel or writer, where no page was shown.
WITHOUT_A_PAGE = {
    CHANNEL: "nothing of this; staff matched the report afterwards",
    "staff": "by telephone; no page was shown",
    UNFINISHED: "nothing yet; the pages were left before they were sent",
}
SEVERITIES = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe"}
EXTENTS = {
    "local": "only where injected",
    "elsewhere": "elsewhere too",
    "spreading": "spreading",
}
ANSWERS = (
    ("covers_pupil", True, "covers the pupil"),
    ("covers_pupil", False, "pupil is free"),
    ("eye_closes", True, "eye closes"),
    ("eye_closes", False, "eye does not close"),
    ("sight_changed", True, "sight changed"),
    ("sight_changed", False, "sight as before"),
)


@dataclass(frozen=True)
class SymptomRow:
    """One line of the table of what was reported. Empty texts were not asked or not answered."""

    name: str
    clinical: str
    details: str
    how_bad: str
    began: str
    mark: str
    trend: str


@dataclass(frozen=True)
class Said:
    """One report as the case page shows it."""

    id: str
    badge: Badge
    when: str
    day: str
    by: str
    way: str
    contact: tuple[str, ...]
    spots: tuple[Spot, ...]
    is_addendum: bool
    rows: tuple[SymptomRow, ...]
    denied: tuple[str, ...]
    unsure: tuple[str, ...]
    asks_for_call: bool
    words: str
    pieces: tuple[Piece, ...]
    words_unread: bool
    read: str
    told: str
    unconfirmed: bool
    explanation: Explanation | None


def views(
    knowledge: Knowledge,
    clinic: Clinic,
    said: Sequence[StoredReport],
    added: Iterable[Told],
    now: datetime,
) -> tuple[Said, ...]:
    """Each report, newest first; of the latest form also whether it is no more than a tick."""
    only_ticked, found = is_only_ticked(added), []
    for one in said:
        here = view(knowledge, clinic, one, now)
        if only_ticked and one.key == said[0].key and one.level is Level.EMERGENCY:
            here = replace(here, told="nothing yet; ticked, but has not seen the advice")
        found.append(here)
    return tuple(found)


def view(knowledge: Knowledge, clinic: Clinic, one: StoredReport, now: datetime) -> Said:
    report, zone = one.report, clinic.hours.zone
    return Said(
        id=one.id,
        badge=staff_words.level_badge(one.level),
        when=clock_words.moment(one.received_at, now, zone),
        day="" if report.day is None else f"Day {report.day}",
        by=_by(one),
        way=_way(one),
        contact=tuple(_contact(one.contact)),
        spots=face.facing(zone for entry in report.symptoms for zone in face.zones_of(entry)),
        is_addendum=one.amends_id is not None,
        rows=tuple(_row(knowledge, entry) for entry in report.symptoms),
        denied=tuple(staff_words.symptom(knowledge, d) for d in report.denied),
        unsure=tuple(staff_words.symptom(knowledge, u) for u in report.unsure),
        asks_for_call=report.call_me,
        words=one.words,
        pieces=marked(knowledge, one.words, one.mentions),
        words_unread=one.needs_reading and bool(one.words) and one.read_at is None,
        read=_read(one, now, zone),
        told=told(clinic, one, now),
        unconfirmed=one.unconfirmed,
        explanation=explanation(one, knowledge),
    )


def _by(one: StoredReport) -> str:
    if one.channel == CHANNEL:
        return f"decided again with the treatment that {one.staff_name or 'staff'} matched it to"
    if one.writer == "staff":
        return f"written down by {one.staff_name or 'a member of staff'}"
    if one.channel == UNFINISHED:
        return "left without sending; stored as it stood"
    if one.contact.for_other:
        return "sent by somebody who writes for the patient"
    return "sent by the patient"


def _way(one: StoredReport) -> str:
    """How it came, as the card's heading tells it apart."""
    if one.channel == CHANNEL:
        return CHANNEL
    if one.writer == "staff":
        return "phone"
    return UNFINISHED if one.channel == UNFINISHED else "page"


def _contact(said: Contact) -> Iterator[str]:
    """How the writer wants to be called, where they said so."""
    if said.number:
        yield f"Call {staff_words.phone(said.number)}"
    if said.voicemail is not None:
        yield "a voicemail is fine" if said.voicemail else "no voicemail"
    if said.interpreter is not None:
        yield "wants an interpreter" if said.interpreter else "no interpreter needed"


def _read(one: StoredReport, now: datetime, zone: str) -> str:
    if one.read_at is None:
        return ""
    return f"Read by {one.reader_name}, {clock_words.moment(one.read_at, now, zone)}"


def _row(knowledge: Knowledge, entry: ReportedSymptom) -> SymptomRow:
    known = knowledge.symptoms.get(entry.symptom)
    name = staff_words.symptom(knowledge, entry.symptom)
    severity = "" if entry.severity is None else entry.severity.id
    return SymptomRow(
        name=name,
        clinical=known.clinical if known and known.clinical != name else "",
        details=_details(entry),
        how_bad=SEVERITIES.get(severity, ""),
        began="" if entry.onset_day is None else f"Day {entry.onset_day}",
        mark=MARKS.get(entry.trend or "", ""),
        trend=entry.trend or "",
    )


def _details(entry: ReportedSymptom) -> str:
    parts = [{"both": "both sides"}.get(entry.side or "", entry.side or "")]
    parts += [words for name, answer, words in ANSWERS if getattr(entry, name) is answer]
    parts.append(EXTENTS.get(entry.extent or "", ""))
    parts.append(face.in_words(entry.zones))
    return ", ".join(part for part in parts if part)


def told(clinic: Clinic, one: StoredReport, now: datetime) -> str:
    """What the patient was told on the result page; nobody confirms that they did it."""
    no_page = WITHOUT_A_PAGE.get(one.channel) or WITHOUT_A_PAGE.get(one.writer)
    if no_page:
        return no_page
    if one.level is Level.EMERGENCY:
        harm = own_pages.is_self_harm([one])
        number = clinic.crisis_line if harm else clinic.emergency_number
        return f"call {number} now – not confirmed"
    if one.level is Level.SELF_CARE or one.promise is None:
        return "what to watch for; no call was promised"
    if one.promise.call_by:
        return f"a nurse calls by {clock_words.by(one.promise.call_by, now, clinic.hours.zone)}"
    paged = "; on-call was paged" if one.promise.pages_on_call else ""
    return (
        f"call {clinic.after_hours_phone} or go to an emergency room; "
        f"no call was promised, we were closed{paged}"
    )
