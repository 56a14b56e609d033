"""What the patient would read about a made-up report: the words of the result page, in short."""

from dataclasses import dataclass

from reporter.clinic.clinics import Clinic
from reporter.rules.advice import Advice
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.web.at_hand import advice

HEADINGS = {
    "do": "Do this now",
    "dont": "Do not",
    "watch_911": "Call {emergency} if",
    "watch_us": "Call us if",
    "next": "What happens next",
}
# Emergencies that have a page of their own.
OWN_PAGE = {"suicidal_thoughts": "self_harm"}


@dataclass(frozen=True)
class Told:
    title: str
    lead: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def patient(level: Level, report: Report, clinic: Clinic) -> Told:
    """In English, as while the clinic is open."""
    words: Advice = advice()
    reported = {entry.symptom for entry in report.symptoms}
    own = next((OWN_PAGE[id] for id in OWN_PAGE if id in reported), "")
    page = own if level is Level.EMERGENCY else ""
    result = words.results[page or _result(level, report)]
    lists = (
        (heading, tuple(line.en for line in words.of(kind, level, reported, page)))
        for kind, heading in HEADINGS.items()
    )

    def filled(text: str) -> str:
        return text.replace("{emergency}", clinic.emergency_number)

    return Told(
        filled(result.title_en),
        filled(result.lead_en),
        tuple((filled(h), tuple(map(filled, lines))) for h, lines in lists if lines),
    )


def _result(level: Level, report: Report) -> str:
    return "fine" if level is Level.SELF_CARE and not report.symptoms else level.id
