"""Strict reading of one JSON object: what is of the wrong type is refused, never guessed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from reporter.rules.levels import nearest

LONGEST_FOLLOW_UP_DAYS: Final = 36_500
"""A day count above a hundred years is a slip of the keyboard, not a date."""


class ReportError(ValueError):
    """A report that cannot be decided as it stands; the text is one sentence that says why."""


class Answers:
    """One JSON object that is read strictly: what is of the wrong type is refused, not guessed."""

    def __init__(self, obj: object, where: str) -> None:
        if not isinstance(obj, Mapping):
            raise ReportError(f"{where} must be a JSON object, not {_shown(obj)}")
        self._obj = obj
        self._where = where

    def wrong(self, key: str, what: str) -> ReportError:
        """The error to raise about one key."""
        place = key if self._where == "the report" else f"{self._where}.{key}"
        return ReportError(f"{place} {what}")

    def text(self, key: str, null: bool = False) -> str | None:
        """A text without broken characters; a missing key gives None."""
        value = self._given(key, null)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(key, f"must be text, not {_shown(value)}")
        return self._whole_characters(key, value)

    def flag(self, key: str, null: bool = True) -> bool | None:
        """True, false, or None where it was not asked."""
        value = self._given(key, null)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(key, f"must be true or false, not {_shown(value)}")

    def whole(self, key: str) -> int | None:
        """A whole number of days, or None where the day is not known."""
        value = self._given(key, null=True)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, f"must be a whole number, not {_shown(value)}")
        if not 0 <= value <= LONGEST_FOLLOW_UP_DAYS:
            raise self.wrong(key, f"must lie between 0 and {LONGEST_FOLLOW_UP_DAYS} days")
        return value

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """One of the known ids, or None where nothing was answered."""
        value = self.text(key, null=True)
        return None if value is None else self._known(key, value, known)

    def items(self, key: str) -> list[object]:
        """A list; a missing key is an empty one."""
        value = self._given(key, null=False)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise self.wrong(key, f"must be a list, not {_shown(value)}")
        return list(value)

    def ids(self, key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of ids, each among the known ones unless any is kept."""
        return tuple(self._id(key, item, known) for item in self.items(key))

    def _id(self, key: str, item: object, known: Collection[str] | None) -> str:
        if not isinstance(item, str):
            raise self.wrong(key, f"must hold ids as text, not {_shown(item)}")
        self._whole_characters(key, item)
        return item if known is None else self._known(key, item, known)

    def _known(self, key: str, value: str, known: Collection[str]) -> str:
        if value not in known:
            raise self.wrong(key, f"has an unknown id {_shown(value)}; {nearest(value, known)}")
        return value

    def _given(self, key: str, null: bool) -> object:
        value = self._obj.get(key)
        if value is None and key in self._obj and not null:
            raise self.wrong(key, "must not be null")
        return value

    def _whole_characters(self, key: str, value: str) -> str:
        # Half a surrogate pair can be neither stored nor shown, so nobody could read this text.
        try:
            value.encode()
        except UnicodeEncodeError as error:
            what = "holds a broken character (half of a surrogate pair)"
            raise self.wrong(key, what) from error
        return value


def _shown(value: object) -> str:
    """A short, printable picture of a refused value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "a number"
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:60]}…"
