"""What was typed into a form of a case: to be kept, and in words."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField

from reporter.web.move_forms import OWN, ClinicTime, MoveForm

# The script names the fields in which something else stands than what the page proposed.
CHANGED = "changed"


def typed(form: MoveForm, sent: Mapping[str, str]) -> dict[str, str]:
    """What stands in this form, to be kept: text, choices, ticks and times. Nothing where all of it
    is what the page itself proposed."""
    names = [field.name for field in form if field.name not in OWN]
    found = {name: sent[name] for name in names if sent.get(name, "").strip()}
    changed = sent.get(CHANGED, "").split()
    own = [name for name in found if name in changed or not _is_proposed(form[name])]
    return found if own else {}


def _is_proposed(field: Any) -> bool:
    return isinstance(field, ClinicTime) or field.short_name == "number"


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
