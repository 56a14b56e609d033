"""The forms of a case, one for each move that a person can make. What was typed is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.widgets import HiddenInput

from reporter.clinic.case_verbs import Refused
from reporter.clinic.hours import at_local, local
from reporter.rules.levels import Level
from reporter.web.staff_words import ANSWERED, BADGES, CALL_RESULTS, DECISIONS, OUTCOMES, REGULATOR

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
SKIPPED = "The clocks go forward over {there:%H:%M} that night: choose an earlier or later time."
UNREADABLE_TIME = "Give the day and time like 2026-11-24 17:30."
MOST_MOVES = 2**31
# What a form carries that nobody typed.
OWN = frozenset({"version", "csrf_token"})
LEVELS = {str(int(level)): badge.word for level, badge in BADGES.items()}


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
        """Raise Refused for a time that the clock skips when summer time begins."""
        there: datetime | None = self.data
        if there is None:
            return None
        at = at_local(zone, there.date(), f"{there:%H:%M}")
        if local(zone, at).time().replace(second=0) != there.time().replace(second=0):
            raise Refused(SKIPPED.format(there=there), self.short_name)
        return at


class MoveForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A move of a case as it stood at `version`: who moved it meanwhile is named, nobody loses."""

    verb = ""
    name = ""
    version = IntegerField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:  # one page holds many forms: ids must differ, names stay plain
            field.id = f"{self.verb}-{field.name}"
            field.label.field_id = field.id

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "MoveForm":
        """The form with what was typed in it."""
        return cls(formdata=MultiDict(fields))

    @property
    def seen(self) -> int:
        """The version that the page showed; one that no case has, where it was tampered with."""
        version = int(self.version.data or 0)
        return version if 0 < version < MOST_MOVES else 0

    def details(self, zone: str) -> dict[str, Any]:
        """What `cases.move` asks of this verb."""
        return {
            field.name: field.instant(zone) if isinstance(field, ClinicTime) else field.data
            for field in self
            if field.name not in OWN
        }

    def refuse(self, refused: Refused) -> None:
        """Put the sentence beside its field, or above them all."""
        self._fields.get(refused.field, self.version).errors = [str(refused)]


def _note(label: str) -> TextAreaField:
    return TextAreaField(label, filters=[_plain_lines])


def _line(label: str) -> StringField:
    return StringField(label, filters=[lambda text: _plain_lines(text).strip()])


def _plain_lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\x00", "")


def _choices(words: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


class ClaimForm(MoveForm):
    verb, name = "claim", "Claim"


class ReleaseForm(MoveForm):
    verb, name = "release", "Release"
    note = _note("Why")


class AskedForm(MoveForm):
    """Asked of whoever should call the emergency number; the page puts its number in."""

    emergency_call = RadioField("911 called?", choices=_choices(ANSWERED), validate_choice=False)


class CallForm(AskedForm):
    verb, name = "call", "Call"
    result = RadioField("What happened?", choices=_choices(CALL_RESULTS), validate_choice=False)
    number = _line("Number dialled")
    interpreter = _line("Interpreter, if any")
    note = _note("Note")
    next_due = ClinicTime("If not reached: call again at", format=TIME_FORMATS)


class NoteForm(MoveForm):
    verb, name = "note", "Note"
    note = _note("Note")


class FollowUpForm(MoveForm):
    verb, name = "follow_up", "Follow up later"
    due_at = ClinicTime("Look again at", format=TIME_FORMATS)
    note = _note("What to look at")


class CloseForm(AskedForm):
    verb, name = "close", "Close"
    outcome = RadioField("What came of it?", choices=_choices(OUTCOMES), validate_choice=False)
    red_flags_asked = BooleanField("I asked the warning signs again")
    taught_back = BooleanField("They said back when to call for help")
    regulator = RadioField(
        "Does the regulator get a report?", choices=_choices(REGULATOR), validate_choice=False
    )
    note = _note("Note")


class ReopenForm(MoveForm):
    verb, name = "reopen", "Open again"
    note = _note("Why")


class EscalateForm(MoveForm):
    verb, name = "escalate", "Escalate"
    note = _note("For the practitioner")


class AcknowledgeForm(MoveForm):
    verb, name = "acknowledge", "Acknowledge"


class ReturnForm(MoveForm):
    verb, name = "return", "Return with a decision"
    decision = RadioField("What do you decide?", choices=_choices(DECISIONS), validate_choice=False)
    note = _note("Advice, or what was done")
    next_due = ClinicTime("Next step at", format=TIME_FORMATS)


class LevelForm(MoveForm):
    """Its choices are the levels that lie above, or below, the one that the case has."""

    level = RadioField("To", choices=_choices(LEVELS), validate_choice=False)
    note = _note("Why")

    def details(self, zone: str) -> dict[str, Any]:
        chosen = self.level.data or ""
        level = Level(int(chosen)) if chosen in LEVELS else None
        return {**super().details(zone), "level": level}


class RaiseForm(LevelForm):
    verb, name = "raise_level", "Raise the level"


class LowerForm(LevelForm):
    verb, name = "lower_level", "Lower the level"


class ConfirmForm(MoveForm):
    verb, name = "confirm_close", "Confirm the close"
    note = _note("Note")


class KeepOpenForm(MoveForm):
    verb, name = "keep_open", "Keep it open"
    note = _note("Why")


KINDS: tuple[type[MoveForm], ...] = (
    ClaimForm,
    ReleaseForm,
    CallForm,
    NoteForm,
    FollowUpForm,
    CloseForm,
    ReopenForm,
    EscalateForm,
    AcknowledgeForm,
    ReturnForm,
    RaiseForm,
    LowerForm,
    ConfirmForm,
    KeepOpenForm,
)
BY_VERB: Mapping[str, type[MoveForm]] = {kind.verb: kind for kind in KINDS}
