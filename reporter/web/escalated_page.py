"""For practitioners: only what was escalated to them, the four lines on top, three answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, g, render_template

from reporter.clinic import casebook, escalated, note_drafts, queue
from reporter.clinic.casebook import Case, NotThere
from reporter.clinic.escalated import Asked, ToConfirm, to_confirm
from reporter.clinic.team import MEDICS
from reporter.web import clock_words, sbar, staff_words
from reporter.web.at_hand import note_look, store
from reporter.web.clock_words import Due
from reporter.web.log_in import let_in
from reporter.web.nurse import desk, not_there
from reporter.web.nurse_forms import next_step
from reporter.web.queue_page import Desk
from reporter.web.sbar import Told
from reporter.web.staff_words import Badge

blueprint = Blueprint("escalated", __name__, url_prefix="/desk/escalated")
blueprint.before_request(let_in)
blueprint.register_error_handler(NotThere, not_there)


@dataclass(frozen=True)
class Card:
    """One question: number and age, no name. `asked` is what the nurse wrote."""

    case: Case
    badge: Badge
    reference: str
    due: Due | None
    asked: str
    by: str
    when: str
    facts: str
    acknowledged: str
    may_acknowledge: bool
    today_at: str
    advice: str
    advice_by: str


@dataclass(frozen=True)
class Close:
    """One emergency that waits for a second person's yes."""

    case_id: str
    badge: Badge
    reference: str
    by: str
    outcome: str
    due: Due | None


@blueprint.get("")
def listed() -> str:
    note_look("escalated.viewed", "escalated")
    here = desk()
    with store().snapshot():
        cards = [_card(here, one) for one in escalated.waiting(store(), here.clinic.id)]
        closes = [_close(here, one) for one in to_confirm(store(), here.clinic.id, here.staff.id)]
        stands = queue.escalated_now(store(), here.clinic.id)
    return render_template(
        "nurse/escalated.html",
        cards=cards,
        closes=closes,
        stands=stands,
        may_answer=g.staff.role in MEDICS,
    )


def _close(here: Desk, one: ToConfirm) -> Close:
    zone, due_at = here.clinic.hours.zone, one.case.due_at
    return Close(
        case_id=one.case.id,
        badge=staff_words.badge(one.case),
        reference=one.reference,
        by=one.closed_by,
        outcome=staff_words.inside(staff_words.named(staff_words.OUTCOMES, one.case.outcome)),
        due=clock_words.due(due_at, here.now, zone) if due_at else None,
    )


def _card(here: Desk, one: Asked) -> Card:
    case, zone = one.case, here.clinic.hours.zone
    moves = casebook.history(store(), here.clinic.id, case.id)
    asked = next((move for move in reversed(moves) if move.verb == "escalate"), None)
    told = Told(case, one.treatment, one.reports, moves)
    begun, proposed = _begun(here, case), f"{next_step(here.clinic, case, here.now):%Y-%m-%dT%H:%M}"
    is_advice = begun.get("decision") != "see_today"
    return Card(
        case=case,
        badge=staff_words.badge(case),
        reference=one.treatment.reference,
        due=clock_words.due(case.due_at, here.now, zone) if case.due_at else None,
        asked=asked.note if asked else sbar.proposed(here, told),
        by=asked.by_name if asked else "",
        when=clock_words.moment(asked.at, here.now, zone) if asked else "",
        facts=sbar.situation(here, told),
        acknowledged=_acknowledged(here, one),
        may_acknowledge=case.acknowledged_by != here.staff.id,
        advice=begun.get("note", "") if is_advice else "",
        advice_by=begun.get("next_due", proposed) if is_advice else proposed,
        today_at=proposed if is_advice else begun.get("next_due", proposed),
    )


def _begun(here: Desk, case: Case) -> Mapping[str, str]:
    """The answer that this person began to give and did not send."""
    drafts = note_drafts.of(store(), case, here.staff.id)
    return next((one.fields for one in drafts if one.verb == "return"), {})


def _acknowledged(here: Desk, one: Asked) -> str:
    at = one.case.acknowledged_at
    if at is None:
        return ""
    when = clock_words.moment(at, here.now, here.clinic.hours.zone)
    mine = one.case.acknowledged_by == here.staff.id
    return f"{'You have' if mine else f'{one.acknowledged_name} has'} it since {when}"
