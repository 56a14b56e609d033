"""The forms of a case: one for each move that a person can make. What was typed is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectChoice,
    TextAreaField,
)
from wtforms.widgets import HiddenInput

from reporter.clinic.case_verbs import LONGEST_MONITORING, LONGEST_WAIT, Refused
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import at_local, is_open, local, next_opening
from reporter.rules.levels import Level
from reporter.web.staff_words import CALL_RESULTS, OUTCOMES

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
UNREADABLE_TIME = "Give the day and time like 2026-11-24 17:30."
# When to try again, as the form proposes it. Clinical judgement, not verified.
TRY_AGAIN = {
    Level.EMERGENCY: timedelta(minutes=10),
    Level.URGENT: timedelta(hours=1),
    Level.CALL_BACK: timedelta(hours=3),
    Level.SELF_CARE: timedelta(hours=3),
}
HALF_HOUR, A_MINUTE = timedelta(minutes=30), timedelta(minutes=1)


class ClinicTime(DateTimeLocalField):  # type: ignore[misc]
    """A day and time on the clinic's clock."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not "".join(valuelist).strip():
            self.data = None  # whether a time is needed depends on the move
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(UNREADABLE_TIME) from None
        there: datetime | None = self.data
        if there and not 2000 <= there.year <= 2999:
            self.data = None
            raise ValueError(UNREADABLE_TIME)

    def instant(self, zone: str) -> datetime | None:
        there: datetime | None = self.data
        return there and at_local(zone, there.date(), f"{there:%H:%M}")


class MoveForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A move of a case as it stood at `version`: who moved it meanwhile is named, nobody loses."""

    verb = ""
    version = IntegerField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:  # one page holds many forms: ids must differ, names stay plain
            field.id = f"{self.verb}-{field.name}"
            field.label.field_id = field.id

    @property
    def seen(self) -> int:
        """The version that the page showed; one that no case has, where it was tampered with."""
        return int(self.version.data or 0)

    def details(self, zone: str) -> dict[str, Any]:
        """What `cases.move` asks of this verb."""
        return {
            field.name: field.instant(zone) if isinstance(field, ClinicTime) else field.data
            for field in self
            if field.name not in {"version", "csrf_token"}
        }

    def refuse(self, refused: Refused) -> None:
        """Put the sentence beside its field, or above them all."""
        self._fields.get(refused.field, self.version).errors = [str(refused)]


def _note(label: str) -> TextAreaField:
    return TextAreaField(label, filters=[_plain_lines])


def _plain_lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\x00", "")


def _choices(words: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


class ClaimForm(MoveForm):
    verb = "claim"


class ReleaseForm(MoveForm):
    verb = "release"
    note = _note("Why")


class CallForm(MoveForm):
    verb = "call"
    result = RadioField("What happened?", choices=_choices(CALL_RESULTS), validate_choice=False)
    note = _note("Note")
    next_due = ClinicTime("If not reached: call again at", format=TIME_FORMATS)


class NoteForm(MoveForm):
    verb = "note"
    note = _note("Note")


class FollowUpForm(MoveForm):
    verb = "follow_up"
    due_at = ClinicTime("Look again at", format=TIME_FORMATS)
    note = _note("What to look at")


class CloseForm(MoveForm):
    verb = "close"
    outcome = RadioField("What came of it?", choices=_choices(OUTCOMES), validate_choice=False)
    red_flags_asked = BooleanField("I asked the warning signs again")
    taught_back = BooleanField("They said back when to call for help")
    note = _note("Note")


class ReopenForm(MoveForm):
    verb = "reopen"
    note = _note("Why")


KINDS: tuple[type[MoveForm], ...] = (
    ClaimForm,
    ReleaseForm,
    CallForm,
    NoteForm,
    FollowUpForm,
    CloseForm,
    ReopenForm,
)
BY_VERB: Mapping[str, type[MoveForm]] = {kind.verb: kind for kind in KINDS}


class Forms:
    """All forms of a case page by verb; the one that was sent keeps what was typed in it."""

    def __init__(self, clinic: Clinic, case: Case, at: datetime, sent: MoveForm | None) -> None:
        proposed = {
            "next_due": _on_the_clock(clinic, _next_call(clinic, case, at)),
            "due_at": _on_the_clock(clinic, _next_look(clinic, case, at)),
        }
        fresh = {kind.verb: kind(formdata=None, data=proposed) for kind in KINDS}
        self._forms = fresh | ({sent.verb: sent} if sent else {})

    def __getitem__(self, verb: str) -> MoveForm:
        return self._forms[verb]


def _next_call(clinic: Clinic, case: Case, at: datetime) -> datetime:
    """When to try again, in opening hours unless it cannot wait for them."""
    level = _level(case)
    again = _round(at + TRY_AGAIN[level])
    if level < Level.EMERGENCY and not is_open(clinic.hours, again):
        again = next_opening(clinic.hours, at) + HALF_HOUR
    return min(again, at + LONGEST_WAIT[level] - A_MINUTE)


def _next_look(clinic: Clinic, case: Case, at: datetime) -> datetime:
    """The morning of the next clinic day."""
    tomorrow = local(clinic.hours.zone, at).date() + timedelta(days=1)
    opens = next_opening(clinic.hours, at_local(clinic.hours.zone, tomorrow, "00:00"))
    return min(opens + HALF_HOUR, at + LONGEST_MONITORING[_level(case)] - A_MINUTE)


def _level(case: Case) -> Level:
    return Level.EMERGENCY if case.undecided else case.level


def _round(at: datetime) -> datetime:
    """Up to the next five minutes."""
    minutes = -(-at.minute // 5) * 5 - at.minute
    return at.replace(second=0, microsecond=0) + timedelta(minutes=minutes)


def _on_the_clock(clinic: Clinic, at: datetime) -> datetime:
    """As an input of the page holds it: the clinic's own clock, without a zone."""
    return local(clinic.hours.zone, at).replace(tzinfo=None, second=0, microsecond=0)
