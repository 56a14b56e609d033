"""What a page asks: a tick box of the second page, a question, and an answer with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporter.rules.levels import Severity
from reporter.rules.symptoms import Named


@dataclass(frozen=True)
class Notice(Named):
    """A tick box of "What have you noticed?"; `about_*` is how a follow-up speaks of it."""

    group: str
    about_en: str
    about_es: str
    symptoms: tuple[str, ...]
    ask: tuple[str, ...]
    call_me: bool
    needs_words: bool
    untimed: bool
    since: bool
    since_also: tuple[str, ...]


@dataclass(frozen=True)
class Option(Named):
    """One answer and what it says in a report; None and () leave everything as it was."""

    hint_en: str
    hint_es: str
    short_en: str
    short_es: str
    severity: Severity | None
    side: str | None
    extent: str | None
    trend: str | None
    covers_pupil: bool | None
    eye_closes: bool | None
    sight_changed: bool | None
    fluids_pass: bool | None
    instead: tuple[str, ...]
    adds: tuple[str, ...]
    denies: tuple[str, ...]
    factors: tuple[str, ...]
    always: bool
    says: bool
    days_ago: int | None
    onset_day: int | None
    from_day: int
    unknown_from_day: int | None

    def onset(self, day: int) -> int | None:
        """The day after treatment on which it started, answered on this `day`; None: unknown."""
        if self.unknown_from_day is not None and day >= self.unknown_from_day:
            return None
        if self.days_ago is not None:
            return max(day - self.days_ago, 0)
        return self.onset_day


@dataclass(frozen=True)
class Question(Named):
    """One page. `many` are tick boxes; `only_after` is the option that makes it worth asking,
    `not_with` the notice that makes it needless. `map`: places on a picture of a face."""

    options: Mapping[str, Option]
    only_after: str
    not_with: str
    many: bool
    map: bool
