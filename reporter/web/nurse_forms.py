"""The forms that stand on a case page: fresh ones with what is proposed, and what was typed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import at_local, is_open, local, next_opening, span_at
from reporter.clinic.note_drafts import NoteDraft
from reporter.rules.levels import Level
from reporter.web.case_page import CasePage
from reporter.web.move_forms import BY_VERB, KINDS, LEVELS, MoveForm, ReturnForm

# When to try again, as the form proposes it. Clinical judgement, not verified.
TRY_AGAIN = {
    Level.EMERGENCY: timedelta(minutes=10),
    Level.URGENT: timedelta(hours=1),
    Level.CALL_BACK: timedelta(hours=3),
    Level.SELF_CARE: timedelta(hours=3),
}
CLOSED_THEN = " The clinic is closed at the time proposed."
# A practitioner decides for today; a later day is chosen on purpose.
SOON, A_WHILE = timedelta(hours=2), timedelta(minutes=15)
HALF_HOUR, A_MINUTE = timedelta(minutes=30), timedelta(minutes=1)


class Forms:
    """All forms of a case page by verb. The one that was sent keeps what was typed in it, and so
    does what was typed before and not saved; `opened` is the form to show open."""

    def __init__(
        self,
        clinic: Clinic,
        page: CasePage,
        at: datetime,
        sent: MoveForm | None,
        drafts: Sequence[NoteDraft] = (),
    ) -> None:
        proposed = _proposed(clinic, page, at)
        self._forms = {
            kind.verb: kind(formdata=None, data={**proposed, **page.proposed.get(kind.verb, {})})
            for kind in KINDS
        }
        later = next_step(clinic, page.case, at)
        self._forms["return"] = ReturnForm(formdata=None, next_due=later)
        call_at = _next_call(clinic, page.case, at)
        self.closed_then = "" if is_open(clinic.hours, call_at) else CLOSED_THEN
        for one in reversed(drafts):
            if one.verb in BY_VERB:
                self._put(BY_VERB[one.verb].of(one.fields), page)
        if sent:
            self._put(sent, page)
        _offer_levels(self._forms, page.case)
        if page.emergency:
            for verb in ("call", "close"):
                asked = self._forms[verb]["emergency_call"]
                asked.label.text = f"{page.emergency.number} called?"
        self.opened = sent.verb if sent else next((one.verb for one in drafts), "")

    def _put(self, form: MoveForm, page: CasePage) -> None:
        """In its place; where that form is gone, what was written stands in the plain note."""
        written = form["note"].data if "note" in form else ""
        if form.verb in page.forms or not written:
            self._forms[form.verb] = form
        elif "call" in page.forms:
            self._forms["call"]["note"].data = written
            self._forms["call"]["result"].data = "note"
        else:
            self._forms["note"]["note"].data = written

    def __getitem__(self, verb: str) -> MoveForm:
        return self._forms[verb]


def _proposed(clinic: Clinic, page: CasePage, at: datetime) -> dict[str, Any]:
    return {
        "next_due": _on_the_clock(clinic, _next_call(clinic, page.case, at)),
        "due_at": _on_the_clock(clinic, _next_look(clinic, page.case, at)),
        "number": page.person.phone,
    }


def _offer_levels(forms: dict[str, MoveForm], case: Case) -> None:
    """Only levels above can be raised to, and only those below down to a call-back."""
    here = case.gravity
    above = {key for key in LEVELS if int(key) > here or (case.undecided and int(key) == here)}
    below = {key for key in LEVELS if Level.CALL_BACK <= int(key) < here}
    for verb, some in (("raise_level", above), ("lower_level", below)):
        field = forms[verb]["level"]
        field.choices = [one for one in field.choices if one.value in some]


def _next_call(clinic: Clinic, case: Case, at: datetime) -> datetime:
    """When to try again, in opening hours unless it cannot wait for them."""
    level = case.gravity
    again = _round(at + TRY_AGAIN[level])
    if level < Level.EMERGENCY and not is_open(clinic.hours, again):
        again = next_opening(clinic.hours, at) + HALF_HOUR
    return min(again, at + clinic.waits.of(level).longest_wait - A_MINUTE)


def next_step(clinic: Clinic, case: Case, at: datetime) -> datetime:
    """For what a practitioner decides: within two hours, and before the clinic closes."""
    now_open = span_at(clinic.hours, at)
    soon = _round(at + SOON)
    if now_open:
        soon = max(min(soon, now_open[1]), at + A_WHILE)
    return _on_the_clock(clinic, min(soon, _latest_look(clinic, case, at)))


def _next_look(clinic: Clinic, case: Case, at: datetime) -> datetime:
    """The morning of the next clinic day."""
    tomorrow = local(clinic.hours.zone, at).date() + timedelta(days=1)
    opens = next_opening(clinic.hours, at_local(clinic.hours.zone, tomorrow, "00:00"))
    return min(opens + HALF_HOUR, _latest_look(clinic, case, at))


def _latest_look(clinic: Clinic, case: Case, at: datetime) -> datetime:
    return at + clinic.waits.of(case.gravity).longest_follow_up - A_MINUTE


def _round(at: datetime) -> datetime:
    """Up to the next five minutes."""
    minutes = -(-at.minute // 5) * 5 - at.minute
    return at.replace(second=0, microsecond=0) + timedelta(minutes=minutes)


def _on_the_clock(clinic: Clinic, at: datetime) -> datetime:
    """As an input of the page holds it: the clinic's own clock, without a zone."""
    return local(clinic.hours.zone, at).replace(tzinfo=None, second=0, microsecond=0)
