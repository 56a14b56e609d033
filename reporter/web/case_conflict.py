"""What somebody typed beside what others did meanwhile: both are shown, neither is lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.casebook import Case, Move
from reporter.clinic.clinics import Clinic
from reporter.clinic.note_drafts import NoteDraft
from reporter.clinic.reports import StoredReport
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
    """One form that was half filled in and not saved, in words. `is_here`: it stands on the page,
    or what was written in it stands in the note."""

    verb: str
    name: str
    when: str
    is_here: bool


@dataclass(frozen=True)
class Past:
    """What was done about the case and said by its patient, as of now."""

    clinic: Clinic
    moves: Sequence[Move]
    told: Sequence[StoredReport]
    now: datetime

    def since(self, seen: int) -> tuple[Entry, ...]:
        """What was done after that version, oldest first."""
        later = [move for move in self.moves if move.version > seen]
        return tuple(timeline.of_moves(self.clinic, later, self.told, self.now))


def refused(sentence: str, sent: MoveForm, past: Past) -> Since:
    """A save that came too late."""
    return Since("Somebody was first", sentence, filled_in(sent), past.since(sent.seen), sent.verb)


def restored(drafts: Sequence[NoteDraft], case: Case, past: Past, me: str) -> Since | None:
    """What was typed and not saved, where others have moved the case since."""
    late = [one for one in drafts if one.case_version < case.version and one.verb in BY_VERB]
    seen = min((one.case_version for one in late), default=case.version)
    if all(one.by_id == me for one in past.moves if one.version > seen):
        return None
    typed = tuple(pair for one in late for pair in filled_in(from_draft(one)))
    return Since("Others went on meanwhile", RESTORED, typed, past.since(seen), late[0].verb)


def from_draft(draft: NoteDraft) -> MoveForm:
    """The form as it was left."""
    return BY_VERB[draft.verb].of(draft.fields)


def kept(
    drafts: Sequence[NoteDraft], forms: Collection[str], now: datetime, zone: str
) -> tuple[Kept, ...]:
    """`forms` are those that the page shows."""
    return tuple(
        Kept(
            one.verb,
            BY_VERB[one.verb].name,
            clock_words.moment(one.at, now, zone),
            one.verb in forms or bool(one.fields.get("note")),
        )
        for one in drafts
        if one.verb in BY_VERB
    )
