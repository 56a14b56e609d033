"""The result page: one of four levels, what to do now, and a promise that somebody will keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import hours
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise
from reporter.clinic.intake import Receipt
from reporter.clinic.reports import StoredReport, worst
from reporter.rules.advice import Advice, Line, Result
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.questions import Questions
from reporter.rules.report import Report
from reporter.web import summary, times
from reporter.web.interview import Answers
from reporter.web.summary import Row
from reporter.web.visit import Visit

# More than these in one sentence is a list, and the list stands below.
MOST_NAMED = 3
CRISIS = ("suicidal_thoughts", "low_mood", "anxiety")


@dataclass(frozen=True)
class Lists:
    """The lines of each list, in the reader's language."""

    do: tuple[str, ...]
    dont: tuple[str, ...]
    watch_911: tuple[str, ...]
    watch_us: tuple[str, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class Called:
    """Who will call, by when. Empty texts stand for nothing promised."""

    by: str
    late: bool
    ending: str
    closed_until: str
    pages_on_call: bool


@dataclass(frozen=True)
class ResultPage:
    """All that the template of one result shows."""

    level: str
    badge: str
    title: str
    lead: str
    told: tuple[tuple[str, str], ...]
    say: str
    sent_at: str
    reference: str
    open_now: bool
    called: Called
    lists: Lists
    rows: tuple[Row, ...]
    crisis: bool
    unsure: bool
    worse_before: bool


def page(
    visit: Visit,
    receipt: Receipt,
    said: Sequence[StoredReport],
    answers: Answers,
    knowledge: Knowledge,
    questions: Questions,
    advice: Advice,
    case: Case | None,
) -> ResultPage:
    """What this report's writer is told now. An undecided report is treated as urgent.

    `said` holds the addenda too: the worst of them decides, and all of them count for the advice.
    `case` is what is open on this treatment: earlier, graver advice still counts.
    """
    language, report = visit.language, worst(said).report
    level = Level.URGENT if receipt.level is None else receipt.level
    open_now = hours.is_open(visit.clinic.hours, visit.now)
    texts = _result(advice, receipt, level, open_now)
    lead = advice.results["undecided"] if receipt.level is None else texts
    reported = {entry.symptom for one in said for entry in one.report.symptoms}
    return ResultPage(
        level=level.id,
        badge=texts.badge_es if language == "es" else texts.badge_en,
        title=_filled(texts.title_es if language == "es" else texts.title_en, visit.clinic),
        lead=lead.lead_es if language == "es" else lead.lead_en,
        told=_told(report, knowledge, language),
        say=_say(report, knowledge, questions, visit),
        sent_at=times.clock(receipt.received_at, visit.clinic.hours.zone, language),
        reference=receipt.reference,
        open_now=open_now,
        called=_called(visit, receipt.promise, open_now),
        lists=_lists(advice, level, reported, visit),
        rows=_rows(questions, answers, receipt.report, visit),
        crisis=any(id in reported for id in CRISIS),
        unsure=bool(report.unsure) and not report.symptoms,
        worse_before=bool(case and case.is_open and case.level > level),
    )


def _result(advice: Advice, receipt: Receipt, level: Level, open_now: bool) -> Result:
    if level is Level.URGENT:
        return advice.results["urgent" if open_now else "urgent_closed"]
    if level is Level.SELF_CARE and not receipt.report.symptoms:
        return advice.results["fine"]
    return advice.results[level.id]


def _filled(text: str, clinic: Clinic) -> str:
    return text.replace("{emergency}", clinic.emergency_number)


def _first_told(report: Report, knowledge: Knowledge) -> list[str]:
    """The symptoms that one sentence names, red flags before the others."""
    entries = sorted(report.symptoms, key=lambda e: not knowledge.symptoms[e.symptom].red_flag)
    return list(dict.fromkeys(entry.symptom for entry in entries))[:MOST_NAMED]


def _told(report: Report, knowledge: Knowledge, language: str) -> tuple[tuple[str, str], ...]:
    """ "You told us you have …": plain names, each with what stands before it."""
    ids = _first_told(report, knowledge)
    names = [summary.name(knowledge.symptoms[id], language) for id in ids]
    return tuple(zip(summary.between(names, language), names, strict=True))


def _say(report: Report, knowledge: Knowledge, questions: Questions, visit: Visit) -> str:
    """What to say to the emergency operator, in the first person."""
    language = visit.language
    ids = _first_told(report, knowledge)
    named = [questions.spoken.get(id, knowledge.symptoms[id]) for id in ids]
    have = summary.joined([summary.name(one, language) for one in named], language)
    since = times.since(visit.day, language)
    if language == "es":
        return f"Me pusieron una inyección de toxina botulínica {since}. Ahora tengo {have}."
    return f"I had a botulinum toxin injection {since}. Now I have {have}."


def _called(visit: Visit, promise: Promise | None, open_now: bool) -> Called:
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    by = _kept_by(visit.clinic, promise)
    closed = "" if open_now else opening(visit.clinic, now, language)
    return Called(
        by=times.by(by, now, zone, language) if by else "",
        late=bool(by and by < now),
        ending="".join(sign for sign in visit.treatment.patient.mobile if sign.isdigit())[-4:],
        closed_until=closed,
        pages_on_call=bool(promise and promise.pages_on_call),
    )


def _kept_by(clinic: Clinic, promise: Promise | None) -> datetime | None:
    """The promised time, unless the clinic is shut then: nobody would keep it."""
    by = promise.call_by if promise else None
    if by is None or hours.is_open(clinic.hours, by - timedelta(minutes=1)):
        return by
    return hours.end_of_next_clinic_day(clinic.hours, by)


def opening(clinic: Clinic, now: datetime, language: str) -> str:
    """`until 8:30 am tomorrow, Wednesday`."""
    at = hours.next_opening(clinic.hours, now)
    return times.until(at, now, clinic.hours.zone, language)


def closing(clinic: Clinic, now: datetime, language: str) -> str:
    """`today until 5:30 pm`, while the clinic is open."""
    return times.today_until(hours.closing(clinic.hours, now), clinic.hours.zone, language)


def _lists(advice: Advice, level: Level, reported: set[str], visit: Visit) -> Lists:
    def of(kind: str) -> tuple[str, ...]:
        return tuple(_line(line, visit.language) for line in advice.of(kind, level, reported))

    return Lists(of("do"), of("dont"), of("watch_911"), of("watch_us"), of("next"))


def _line(line: Line, language: str) -> str:
    return summary.name(line, language)


def _rows(questions: Questions, answers: Answers, report: Report, visit: Visit) -> tuple[Row, ...]:
    """What was answered on the pages; without a draft, the red flags as they were stored."""
    stored = {**answers, **told_flags(questions, report)}
    return summary.receipt(questions, stored, visit.day, visit.language)


def told_flags(questions: Questions, report: Report) -> Answers:
    """The answers to the red-flag page, from the report that they made."""
    ids = {entry.symptom for entry in report.symptoms}
    flags = [id for id in questions.red_flags if id in ids]
    return {
        "flags": flags,
        "unsure": bool(report.unsure),
        "no_flags": not flags and not report.unsure,
    }
