"""The result page: one of four levels, what to do now, and a promise that somebody will keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.intake import Receipt
from reporter.clinic.reports import StoredReport, worst
from reporter.clinic.told import CALLED, CALLED_CRISIS, GONE, MISTAKE, After
from reporter.rules.advice import Advice, Result
from reporter.rules.interview import Answers
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.questions import Questions
from reporter.rules.report import Report
from reporter.web import own_pages, promised, standing_call, summary, times
from reporter.web.how_common import Common
from reporter.web.promised import Called
from reporter.web.summary import Row
from reporter.web.visit import Visit

# More than these in one sentence is a list, and the list stands below.
MOST_NAMED = 3
# What may be added on which page. None of it lowers anything.
OFFERED = {
    "emergency": (CALLED, GONE, MISTAKE),
    "urgent": (GONE, MISTAKE),
    own_pages.SELF_HARM: (CALLED_CRISIS, MISTAKE),
    own_pages.INFANT: (CALLED, MISTAKE),
}


@dataclass(frozen=True)
class Lists:
    """The lines of each list, in the reader's language."""

    do: tuple[str, ...]
    dont: tuple[str, ...]
    watch_911: tuple[str, ...]
    watch_us: tuple[str, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class Noted:
    """What the patient has added on this page, and when."""

    what: str
    at: str


@dataclass(frozen=True)
class ResultPage:
    """All that the template of one result shows. `kind` is the level, or a page of its own."""

    level: str
    kind: str
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
    standing: bool
    common: tuple[Common, ...]
    noted: tuple[Noted, ...]
    may_note: tuple[str, ...]
    next_checkin: str


@dataclass(frozen=True)
class Since:
    """What has become of it: the open case, calls, what was added, and the number to call."""

    case: Case | None
    after: After
    number: str
    common: tuple[Common, ...] = ()
    next_checkin: str = ""


def page(
    visit: Visit,
    receipt: Receipt,
    said: Sequence[StoredReport],
    answers: Answers,
    knowledge: Knowledge,
    questions: Questions,
    advice: Advice,
    since: Since,
) -> ResultPage:
    """What its writer is told now; of `said`, a report and its addenda, the worst decides."""
    level = Level.URGENT if receipt.level is None else receipt.level
    own = own_pages.which(said, level, knowledge)
    badge, title, lead = _heading(advice, receipt, own, visit)
    called = promised.called(visit, receipt.promise, since.number, since.after, since.case)
    if standing := level is Level.SELF_CARE and standing_call.stands(since.case):
        title = standing_call.title(advice, called, visit.language)
    return ResultPage(
        level=level.id,
        kind=own or level.id,
        badge=badge,
        title=title,
        lead=lead,
        told=_told(_named(said, knowledge), knowledge, visit.language),
        say=_say(_named(said, knowledge), knowledge, questions, visit, own),
        sent_at=times.sent(receipt.received_at, visit.now, visit.clinic.hours.zone, visit.language),
        reference=receipt.reference,
        open_now=visit.open_now,
        called=called,
        lists=_lists(advice, level, _reported(said, knowledge), visit.language, own),
        rows=rows(questions, answers, receipt.report, visit),
        crisis=not own and bool(own_pages.CRISIS & _reported(said, knowledge)),
        unsure=bool(worst(said).report.unsure) and not worst(said).report.symptoms,
        worse_before=_worse_before(since.case, level, standing=standing),
        standing=standing,
        common=since.common,
        noted=noted(visit, since.after),
        may_note=_may_note(level, own, since),
        next_checkin=since.next_checkin,
    )


def _worse_before(case: Case | None, level: Level, *, standing: bool) -> bool:
    """Whether to say that something more serious is open; a standing call says it already."""
    if case is None or not case.is_open or case.level <= level:
        return False
    return not (standing and case.level is Level.CALL_BACK)


def _reported(said: Sequence[StoredReport], knowledge: Knowledge) -> frozenset[str]:
    """All that was ticked or is named in the own words."""
    ticked = {entry.symptom for one in said for entry in one.report.symptoms}
    return frozenset(ticked) | set(own_pages.named_in_words(said, knowledge))


def _heading(advice: Advice, receipt: Receipt, own: str, visit: Visit) -> tuple[str, str, str]:
    """Badge, title and first sentence."""
    level = Level.URGENT if receipt.level is None else receipt.level
    texts = advice.results[own] if own else _result(advice, receipt, level, visit.open_now)
    lead = advice.results["undecided"] if receipt.level is None else texts
    if visit.language == "es":
        return texts.badge_es, _filled(texts.title_es, visit.clinic), lead.lead_es
    return texts.badge_en, _filled(texts.title_en, visit.clinic), lead.lead_en


def _result(advice: Advice, receipt: Receipt, level: Level, open_now: bool) -> Result:
    if level is Level.URGENT:
        return advice.results["urgent" if open_now else "urgent_closed"]
    if level is Level.SELF_CARE and not receipt.report.symptoms:
        return advice.results["fine"]
    return advice.results[level.id]


def _filled(text: str, clinic: Clinic) -> str:
    return text.replace("{emergency}", clinic.emergency_number)


def _named(said: Sequence[StoredReport], knowledge: Knowledge) -> list[str]:
    """The symptoms that one sentence names, red flags first: ticked, else in the own words."""
    entries = worst(said).report.symptoms
    known = [entry.symptom for entry in entries if entry.symptom in knowledge.symptoms]
    ids = sorted(known, key=lambda id: not knowledge.symptoms[id].red_flag)
    ids = ids or list(own_pages.named_in_words(said, knowledge))
    return list(dict.fromkeys(ids))[:MOST_NAMED]


def _told(ids: Sequence[str], knowledge: Knowledge, language: str) -> tuple[tuple[str, str], ...]:
    """ "You told us you have …": plain names, each with what stands before it."""
    names = [summary.name(knowledge.symptoms[id], language) for id in ids]
    return tuple(zip(summary.between(names, language), names, strict=True))


def _say(
    ids: Sequence[str], knowledge: Knowledge, questions: Questions, visit: Visit, own: str
) -> str:
    """What to say to the emergency operator, in the first person."""
    language = visit.language
    named = [questions.spoken.get(id, knowledge.symptoms[id]) for id in ids]
    have = summary.joined([summary.name(one, language) for one in named], language)
    since = "" if visit.treatment.day_unknown else " " + times.since(visit.day, language)
    if language == "es":
        now = "Ahora hay aquí un bebé enfermo" if own else f"Ahora tengo {have}"
        return f"Me pusieron una inyección de toxina botulínica{since}. {now}."
    now = "Now a baby here is ill" if own else f"Now I have {have}"
    return f"I had a botulinum toxin injection{since}. {now}."


def noted(visit: Visit, after: After) -> tuple[Noted, ...]:
    """What was added since the last report, the latest of each."""
    last = {one.what: one.at for one in after.told if not one.is_old}
    zone, language = visit.clinic.hours.zone, visit.language
    return tuple(Noted(what, times.at(at, visit.now, zone, language)) for what, at in last.items())


def _may_note(level: Level, own: str, since: Since) -> tuple[str, ...]:
    """The buttons of this page: only on an open case, and none that was pressed."""
    if since.case is None or not since.case.is_open:
        return ()
    offered = OFFERED.get(own or level.id, ())
    pressed = {one.what for one in since.after.told if not one.is_old}
    return tuple(what for what in offered if what not in pressed)


@lru_cache(maxsize=512)
def _lists(
    advice: Advice, level: Level, reported: frozenset[str], language: str, own: str
) -> Lists:
    """Worked out once for all who reported the same; an advice file that was read anew is another
    `advice`."""

    def of(kind: str) -> tuple[str, ...]:
        lines = advice.of(kind, level, reported, own)
        return tuple(summary.name(line, language) for line in lines)

    return Lists(of("do"), of("dont"), of("watch_911"), of("watch_us"), of("next"))


def rows(questions: Questions, answers: Answers, report: Report, visit: Visit) -> tuple[Row, ...]:
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
