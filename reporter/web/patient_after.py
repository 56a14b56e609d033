"""After a report: what to do now, what the patient adds to it, and the receipt of the same link.

Whatever is added here is noted on the case and lowers nothing: level, clock and advice stay.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic import (
    checkin_waits,
    checkins,
    entries,
    own_rates,
    remarks,
    reports,
    told,
    wishes,
)
from reporter.clinic.intake import Receipt
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import CALLED, CALLED_CRISIS, GONE, MISTAKE, OVER, After
from reporter.rules.levels import Level
from reporter.web import how_common, receipt_page, results, sending, unlock, visit
from reporter.web.how_common import Common
from reporter.web.patient_page import ours, page, url
from reporter.web.results import ResultPage, Since
from reporter.web.sending import at_hand

ADDED = frozenset({CALLED, CALLED_CRISIS, GONE, MISTAKE})
MASK = "••• ••• "
# The link shows the receipt first for so long; later it begins a new report.
RECEIPT_FIRST = timedelta(hours=24)


def add_to(blueprint: Blueprint) -> None:
    rule = blueprint.add_url_rule
    rule("/c/<slug>/done/<key>/told", "tell", tell, methods=["POST"])
    rule("/c/<slug>/receipt", "receipt", receipt)
    rule("/c/<slug>/receipt", "over", over, methods=["POST"])
    rule("/c/<slug>/better-time", "wish", wish)
    rule("/c/<slug>/better-time", "keep_wish", keep_wish, methods=["POST"])


def result(key: str, sent: Receipt, said: Sequence[StoredReport]) -> ResultPage:
    """All that the page with what to do now shows."""
    here, draft = at_hand(), sending.draft(key)
    return results.page(
        g.visit,
        sent,
        said,
        draft.answers if draft else {},
        here.knowledge,
        here.questions,
        here.advice,
        replace(_since(said), common=_common(sent.level, said), next_checkin=_next(sent)),
    )


def _next(sent: Receipt) -> str:
    """The day of the next check-in, where no call is promised before it."""
    return receipt_page.next_checkin(g.visit, _coming()) if sent.level is Level.SELF_CARE else ""


def _coming() -> tuple[checkins.Checkin, ...]:
    """The check-ins that are to come; an open case of this person pauses all of them."""
    here = g.visit.treatment
    waits = checkin_waits.has_open_case(at_hand().db, here.clinic_id, here.patient.id)
    return () if waits else _checkins()


def _since(said: Sequence[StoredReport]) -> Since:
    db, treatment = at_hand().db, g.visit.treatment
    case = sending.open_case()
    # A wish is noted on a case; without one there may be one from before staff matched it.
    after = told.of_case(db, treatment.clinic_id, case.id) if case else After(wished=True)
    number = wishes.number_to_call(db, treatment, said, wished=after.wished)
    return Since(case, after, number)


def _common(level: Level | None, said: Sequence[StoredReport]) -> tuple[Common, ...]:
    """How common it is; nothing is counted unless it may be told."""
    here, clinic = at_hand(), g.visit.clinic
    if level is not Level.SELF_CARE or not any(one.report.symptoms for one in said):
        return ()
    own = None
    if not g.visit.treatment.day_unknown:
        treated = g.visit.treatment
        group = (treated.product, frozenset(dose.area for dose in treated.areas))
        own = own_rates.around(here.db, here.own_rates, clinic.id, g.visit.day, g.visit.now, group)
    return how_common.told(g.visit, level, said, here.knowledge, here.expected, own)


@ours
def tell(key: str) -> ResponseReturnValue:
    """ "I have called 911", "it has gone now", "I ticked this by mistake"."""
    what = request.form.get("what", "")
    if what in ADDED and sending.receipt(key):
        _note(what)
    return redirect(url("done", key=key) + "#noted", 303)


def _note(what: str) -> None:
    here = g.visit.treatment
    remarks.remark(at_hand().db, here.clinic_id, here.id, what, at=g.visit.now)


def _said() -> tuple[StoredReport, ...]:
    """All that was said by or for this patient and that this device may see, newest first."""
    every = reports.of_treatment(at_hand().db, g.visit.clinic.id, g.visit.treatment.id)
    if unlock.opened(g.visit):
        return every
    return tuple(one for one in every if visit.is_ours(g.visit, one.key))


def comes_first() -> bool:
    """Whether the link shows the receipt before it asks anything: somebody is to call, or a report
    has just been sent. A check-in that waits for its answer is asked first."""
    if _waits_for_answer():
        return False
    said = [one for one in _said() if one.channel != UNFINISHED]
    if not said:
        return False
    case = sending.open_case()
    return bool(case and case.is_open) or g.visit.now - said[0].received_at < RECEIPT_FIRST


def _waits_for_answer() -> bool:
    asked = g.visit.checkin_id
    return asked is not None and any(
        one.id == asked and one.answered_at is None for one in _checkins()
    )


def _checkins() -> tuple[checkins.Checkin, ...]:
    return checkins.of_treatment(at_hand().db, g.visit.clinic.id, g.visit.treatment.id)


@unlock.required
def receipt() -> ResponseReturnValue:
    said = _said()
    if not said:
        return redirect(url("first"), 303)
    here = at_hand()
    keys = dict.fromkeys(one.key for one in said)
    drafts = {key: draft.answers for key in keys if (draft := sending.draft(key))}
    shown = receipt_page.page(
        g.visit,
        said,
        drafts,
        _since(said),
        wishes.latest(here.db, g.visit.treatment),
        here.knowledge,
        here.questions,
        _coming(),
    )
    ask = not unlock.opened(g.visit) and not g.visit.from_poster
    elsewhere = unlock.to(request.path) if ask else ""
    return page("receipt", _("We have your message"), page=shown, elsewhere=elsewhere)


@unlock.required
def over() -> ResponseReturnValue:
    """ "It is over": noted for the nurse, who still calls. Nothing is closed."""
    if request.form.get("what") == OVER:
        _note(OVER)
    return redirect(url("receipt") + "#noted", 303)


@unlock.required
def wish() -> ResponseReturnValue:
    case = sending.open_case()
    if case is None or not case.is_open:
        return redirect(url("receipt"), 303)
    kept = wishes.latest(at_hand().db, g.visit.treatment)
    return _wish_page(kept.time if kept else wishes.ANY, _shown_number())


def _wish_page(time: str, number: str, problem: str = "") -> ResponseReturnValue:
    said = _said()
    return page(
        "wish",
        _("A better time or number"),
        422 if problem else 200,
        times=time_words(),
        chosen=time,
        number=number,
        problem=problem,
        called=receipt_page.call(g.visit, said, _since(said)),
    )


def time_words() -> dict[str, str]:
    return {
        wishes.ANY: _("Any time"),
        "before_noon": _("Before noon"),
        "noon_to_three": _("From noon to 3 pm"),
        "after_three": _("After 3 pm"),
    }


def _shown_number() -> str:
    """Only the last digits: the phone may be in other hands."""
    number = wishes.number_to_call(at_hand().db, g.visit.treatment, _said())
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"{MASK}{digits[-4:]}" if digits else ""


@unlock.required
def keep_wish() -> ResponseReturnValue:
    """Sealed, and shown to whoever calls. The promised time stays."""
    time, typed = request.form.get("time", wishes.ANY), request.form.get("number", "")
    time = time if time in wishes.TIMES else wishes.ANY
    new = "" if typed.strip() == _shown_number() else typed.strip()
    try:
        number = entries.mobile(new, "", "US")
    except entries.Fault:
        return _wish_page(time, typed, _("Enter a phone number, like 301 555 0142"))
    if wishes.add(at_hand().db, g.visit.treatment, number=number, time=time, at=g.visit.now):
        flash(_("We have noted your wish."))
    return redirect(url("receipt"), 303)
