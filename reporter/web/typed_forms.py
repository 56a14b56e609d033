"""What was typed into a form of a case: to be kept, and in words."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField, StringField, TextAreaField

from reporter.web.move_forms import OWN, ClinicTime, MoveForm

WRITTEN = (StringField, TextAreaField)


def typed(form: MoveForm, sent: Mapping[str, str]) -> dict[str, str]:
    """What stands in this form, to be kept; nothing where nobody has written anything."""
    names = [field.name for field in form if field.name not in OWN]
    found = {name: sent[name] for name in names if sent.get(name, "").strip()}
    written = [name for name in found if isinstance(form[name], WRITTEN) and name != "number"]
    return found if written else {}


def filled_in(form: MoveForm) -> tuple[tuple[str, str], ...]:
    """The same in words: label and answer."""
    pairs = [(field.label.text, _in_words(field)) for field in form if field.name not in OWN]
    return tuple((label, words) for label, words in pairs if words)


def _in_words(field: Any) -> str:
    if isinstance(field, RadioField):
        return next((choice.label for choice in field.choices if choice.value == field.data), "")
    if isinstance(field, BooleanField):
        return "yes" if field.data else ""
    if isinstance(field, ClinicTime):
        return f"{field.data:%Y-%m-%d %H:%M}" if field.data else ""
    return str(field.data or "").strip()
