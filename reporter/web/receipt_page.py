"""The receipt: what was heard, who will call by when, that a call was tried, or that it is late."""

from collections.abc import Sequence
from dataclasses import dataclass

from reporter.clinic.casebook import Case
from reporter.clinic.checkins import PLANNED, Checkin
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport, worst
from reporter.clinic.told import OVER, WISH, latest
from reporter.clinic.wishes import Wish
from reporter.rules.interview import Answers
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.questions import Questions
from reporter.web import own_pages, promised, results, summary, times
from reporter.web.promised import Called
from reporter.web.results import Noted, Since
from reporter.web.summary import Row
from reporter.web.visit import Visit

MOST_SHOWN = 5


@dataclass(frozen=True)
class Heard:
    """One report: when it came, what was said, and the key of its page with what to do."""

    at: str
    rows: tuple[Row, ...]
    symptoms: str
    key: str
    was_sent: bool


@dataclass(frozen=True)
class ReceiptPage:
    """`state` is one of: none, closed, emergency, urgent, call_back; `kind` also names a page of
    its own. Empty texts are left out."""

    state: str
    kind: str
    reference: str
    sent_at: str
    called: Called
    again_by: str
    late: bool
    heard: tuple[Heard, ...]
    noted: tuple[Noted, ...]
    is_over: bool
    wish: Wish | None
    wished_at: str
    next_checkin: str


def page(
    visit: Visit,
    said: Sequence[StoredReport],
    drafts: dict[str, Answers],
    since: Since,
    wish: Wish | None,
    knowledge: Knowledge,
    questions: Questions,
    checkins: Sequence[Checkin],
) -> ReceiptPage:
    """`said` is newest first and not empty; `drafts` holds the answers behind each key."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    called = call(visit, said, since)
    over = latest(since.after.told, OVER)
    wished = latest(since.after.told, WISH)
    newest, state = max(one.received_at for one in said), _state(since.case)
    return ReceiptPage(
        state=state,
        kind=(own_pages.which(said, Level.EMERGENCY, knowledge) or state)
        if state == Level.EMERGENCY.id
        else state,
        reference=visit.treatment.reference,
        sent_at=times.at(newest, now, zone, language),
        called=called,
        again_by=_again(visit, since.case),
        late=called.late or _is_late(visit, since),
        heard=tuple(_heard(visit, said, drafts, knowledge, questions)),
        noted=results.noted(visit, since.after),
        is_over=over is not None and not over.is_old,
        wish=wish if wished else None,
        wished_at=times.at(wished.at, now, zone, language) if wished else "",
        next_checkin=next_checkin(visit, checkins),
    )


def _state(case: Case | None) -> str:
    if case is None:
        return "none"
    if not case.is_open:
        return "closed"
    level = Level.URGENT if case.undecided and case.level < Level.URGENT else case.level
    return max(level, Level.CALL_BACK).id


def call(visit: Visit, said: Sequence[StoredReport], since: Since) -> Called:
    """What was promised with the latest form, as its own page says it."""
    latest_form = [one for one in said if one.key == said[0].key]
    return promised.called(visit, worst(latest_form).promise, since.number, since.after, since.case)


def _again(visit: Visit, case: Case | None) -> str:
    """By when somebody calls again, once somebody has called; nothing while the clinic is shut."""
    if case is None or case.state not in {"waiting", "monitoring"} or not case.due_at:
        return ""
    if case.due_at < visit.now:
        return ""
    zone = visit.clinic.hours.zone
    return times.by(case.due_at, visit.now, zone, visit.language)


def _is_late(visit: Visit, since: Since) -> bool:
    """A next call was set for a time that is past, or nobody called in time about what is urgent,
    whether or not a time was told."""
    case = since.case
    if case is None or not case.is_open or case.due_at is None or case.due_at >= visit.now:
        return False
    if case.state == "closing":  # what is due then is a colleague's second look, not a call
        return False
    if since.after.calls:
        return case.state == "waiting"
    return case.level >= Level.URGENT and visit.open_now


def _heard(
    visit: Visit,
    said: Sequence[StoredReport],
    drafts: dict[str, Answers],
    knowledge: Knowledge,
    questions: Questions,
) -> list[Heard]:
    """Each form once, the newest first, as it stands after its addenda."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    found: dict[str, Heard] = {}
    for one in said:
        if one.key in found:
            continue
        answers = drafts.get(one.key)
        found[one.key] = Heard(
            at=times.at(one.received_at, now, zone, language),
            rows=results.rows(questions, answers or {}, one.report, visit),
            symptoms="" if answers else _symptoms(one, knowledge, language),
            key=one.key,
            was_sent=one.channel != UNFINISHED and one.writer == "patient",
        )
    return list(found.values())[:MOST_SHOWN]


def _symptoms(one: StoredReport, knowledge: Knowledge, language: str) -> str:
    """Beside the warning signs, where no pages were answered: a nurse wrote it down."""
    ids = dict.fromkeys(entry.symptom for entry in one.report.symptoms)
    known = [knowledge.symptoms[id] for id in ids if id in knowledge.symptoms]
    names = [summary.name(symptom, language) for symptom in known if not symptom.red_flag]
    return summary.joined(names, language)


def next_checkin(visit: Visit, checkins: Sequence[Checkin]) -> str:
    """`on Friday`: when the next e-mail comes; nothing where none is planned."""
    coming = [
        one
        for one in checkins
        if one.kind == "checkin" and one.state == PLANNED and one.due_at > visit.now
    ]
    if not coming:
        return ""
    zone = visit.clinic.hours.zone
    return times.day(min(one.due_at for one in coming), visit.now, zone, visit.language)
