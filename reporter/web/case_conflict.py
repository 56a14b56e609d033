"""What somebody typed beside what others did meanwhile: both are shown, neither is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.casebook import Case, Move
from reporter.clinic.note_drafts import NoteDraft
from reporter.web import clock_words, timeline
from reporter.web.move_forms import BY_VERB, MoveForm
from reporter.web.timeline import Entry
from reporter.web.typed_forms import filled_in

RESTORED = "This case has moved on since you typed this. Nothing of it was saved."


@dataclass(frozen=True)
class Since:
    """`typed` is what stands in the form, by label; `done` is what was done since, oldest first."""

    heading: str
    sentence: str
    typed: tuple[tuple[str, str], ...]
    done: tuple[Entry, ...]
    verb: str

    @property
    def note(self) -> bool:
        """Whether there is text that can be saved as a plain note, when its own form is gone."""
        return any(len(words) > 0 for _, words in self.typed)


@dataclass(frozen=True)
class Kept:
    """One form that was typed into and not saved, in words."""

    verb: str
    name: str
    when: str


def refused(
    sentence: str, sent: MoveForm, moves: Sequence[Move], now: datetime, zone: str
) -> Since:
    """A save that came too late."""
    done = _done(moves, sent.seen, now, zone)
    return Since("Somebody was first", sentence, filled_in(sent), done, sent.verb)


def restored(
    drafts: Sequence[NoteDraft],
    case: Case,
    moves: Sequence[Move],
    me: str,
    now: datetime,
    zone: str,
) -> Since | None:
    """What was typed and not saved, where others have moved the case since."""
    late = [one for one in drafts if one.case_version < case.version and one.verb in BY_VERB]
    seen = min((one.case_version for one in late), default=case.version)
    if all(one.by_id == me for one in moves if one.version > seen):
        return None
    typed = tuple(pair for one in late for pair in filled_in(from_draft(one)))
    return Since(
        "Others went on meanwhile", RESTORED, typed, _done(moves, seen, now, zone), late[0].verb
    )


def _done(moves: Sequence[Move], seen: int, now: datetime, zone: str) -> tuple[Entry, ...]:
    later = [move for move in moves if move.version > seen]
    return timeline.entries(later, (), now, zone)[::-1]


def from_draft(draft: NoteDraft) -> MoveForm:
    """The form as it was left."""
    return BY_VERB[draft.verb].of(draft.fields)


def kept(drafts: Sequence[NoteDraft], now: datetime, zone: str) -> tuple[Kept, ...]:
    return tuple(
        Kept(one.verb, BY_VERB[one.verb].name, clock_words.moment(one.at, now, zone))
        for one in drafts
        if one.verb in BY_VERB
    )
