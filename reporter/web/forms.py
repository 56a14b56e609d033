"""The patient's forms. Each page asks one thing, so each form has one or two fields.

WTForms costs more than the page when it builds many fields: tick boxes are one field here, and
the templates draw them from the questions. The token is checked once, for all POSTs, by
CSRFProtect.
"""

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, TextAreaField, ValidationError

from reporter.rules import interview
from reporter.rules.interview import NONE, Answers, Step
from reporter.rules.questions import Questions

UNSURE = "unsure"
LONGEST_WORDS = 4000


class PatientForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    class Meta:
        csrf = False  # CSRFProtect has checked the token before any view

    @property
    def problem(self) -> str:
        """The first thing to mend, in one sentence; empty when all is well."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


def tidy(text: str | None) -> str | None:
    """As it came, but for what no keyboard types: NUL, half characters, three kinds of line end."""
    if text is None:
        return None
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


class FlagsForm(PatientForm):
    """The red-flag page. A symptom beside "No" is acted on: the symptom wins."""

    flags = SelectMultipleField(validate_choice=False)
    key = HiddenField()

    @property
    def says_none(self) -> bool:
        return NONE in (self.flags.data or ())

    def answers(self, questions: Questions) -> Answers:
        ticked = set(self.flags.data or ())
        flags = [id for id in questions.red_flags if id in ticked]
        unsure = UNSURE in ticked
        return {
            "flags": flags,
            "unsure": unsure,
            "no_flags": NONE in ticked and not flags and not unsure,
        }


class NoticedForm(PatientForm):
    noticed = SelectMultipleField(validate_choice=False)

    def chosen(self, questions: Questions) -> list[str]:
        ticked = set(self.noticed.data or ())
        return [id for id in questions.notices if id in ticked]


class AnswerForm(PatientForm):
    """A follow-up: one button, or tick boxes."""

    answer = SelectMultipleField(validate_choice=False)

    def chosen(self, step: Step, day: int) -> list[str]:
        """The answers that this page offers today, in its order."""
        ticked = set(self.answer.data or ())
        assert step.question is not None  # noqa: S101 - the other pages have forms of their own
        found = [id for id in interview.options(step.question, day) if id in ticked]
        if not step.question.many:
            return found[:1]
        return [id for id in found if id != NONE] or found  # a symptom beside "No" counts


class WordsForm(PatientForm):
    words = TextAreaField(filters=[tidy])

    def validate_words(self, field: TextAreaField) -> None:
        if len(field.data or "") > LONGEST_WORDS:
            raise ValidationError(
                _(
                    "Use %(most)s letters or fewer. You wrote %(written)s.",
                    most=LONGEST_WORDS,
                    written=len(field.data),
                )
            )
