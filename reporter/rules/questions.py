"""What the patient's pages ask, in order, and what each answer means, read from questions.toml.

A question that the pages cannot ask, or an answer that means nothing, stops the start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from reporter.rules.entries import Entry, EntryFile, KnowledgeError
from reporter.rules.knowledge import HOME, Knowledge
from reporter.rules.levels import EXTENTS, SEVERITIES, SIDES, TRENDS, Severity
from reporter.rules.question_kinds import Notice, Option, Question
from reporter.rules.symptoms import Named

__all__ = ["FINE_DENIES", "KnowledgeError", "Notice", "Option", "Question", "Questions", "load"]

KINDS: Final = ("red_flag", "group", "notice", "question", "option", "spoken")
ONCE: Final = ("started", "trend")
"""Questions about everything that was noticed, asked once at the end."""
SINCE, NOW, NEW, DRINKS = "since", "now", "new", "drinks"
"""What changed since the treatment; how it is now, last time it was there; anything new; do drinks
go down."""
ASKED_BY_CODE: Final = (SINCE, NOW, NEW, DRINKS)
FINE_DENIES: Final = ("eyelid_droop", "blurred_vision", "double_vision")
"""What "I feel fine" is asked besides the red flags, so that it stores explicit negatives."""


@dataclass(frozen=True, eq=False)
class Questions:
    """All that the pages ask, each by id in the order of the file."""

    red_flags: Mapping[str, Named]
    groups: Mapping[str, Named]
    notices: Mapping[str, Notice]
    questions: Mapping[str, Question]
    spoken: Mapping[str, Named]
    names: Mapping[str, Named]

    @cached_property
    def by_group(self) -> tuple[tuple[Named, tuple[Notice, ...]], ...]:
        """The second page: each heading with its tick boxes."""
        return tuple(
            (group, tuple(one for one in self.notices.values() if one.group == group.id))
            for group in self.groups.values()
        )


def load(knowledge: Knowledge, folder: Path = HOME) -> Questions:
    """Read questions.toml; raise KnowledgeError that names the entry and its mend."""
    return read((folder / "questions.toml").read_text(encoding="utf-8"), knowledge)


def read(text: str, knowledge: Knowledge) -> Questions:
    file = EntryFile("questions.toml", text)
    file.expect(KINDS)
    found = Questions(
        red_flags={one.id: one for one in (_row(e) for e in file.entries("red_flag"))},
        groups={one.id: one for one in (_named(e) for e in file.entries("group"))},
        notices={one.id: one for one in (_notice(e, knowledge) for e in file.entries("notice"))},
        questions=_questions(file, knowledge),
        spoken={one.id: one for one in (_named(e) for e in file.entries("spoken"))},
        names=knowledge.symptoms,
    )
    _prove(found, knowledge)
    return found


def _named(entry: Entry) -> Named:
    named = Named(id=entry.text("id"), en=entry.text("en"), es=entry.text("es"))
    entry.done()
    return named


def _row(entry: Entry) -> Named:
    entry.sources()
    return _named(entry)


def _notice(entry: Entry, knowledge: Knowledge) -> Notice:
    notice = Notice(
        id=entry.text("id"),
        en=entry.text("en"),
        es=entry.text("es"),
        group=entry.text("group"),
        about_en=entry.text("about_en"),
        about_es=entry.text("about_es"),
        symptoms=entry.choices("symptoms", knowledge.symptoms),
        ask=entry.texts("ask"),
        call_me=entry.flag("call_me"),
        needs_words=entry.flag("needs_words"),
        untimed=entry.flag("untimed"),
        since=entry.flag("since"),
        since_also=entry.texts("since_also"),
    )
    entry.sources()
    entry.done()
    if bool(notice.symptoms) == notice.call_me:
        raise entry.wrong("needs either symptoms or call_me = true, or its tick would be lost")
    return notice


def _questions(file: EntryFile, knowledge: Knowledge) -> dict[str, Question]:
    options = [_option(entry, knowledge) for entry in file.entries("option")]
    found = {one.id: one for one in (_question(e, options) for e in file.entries("question"))}
    for option in options:
        if option.id.partition(".")[0] not in found:
            raise KnowledgeError(
                f"questions.toml, option {option.id!r}: belongs to no question; "
                "its id must be question.answer"
            )
    return found


def _question(entry: Entry, options: list[Option]) -> Question:
    id = entry.text("id")
    question = Question(
        id=id,
        en=entry.text("en"),
        es=entry.text("es"),
        options={o.id.partition(".")[2]: o for o in options if o.id.partition(".")[0] == id},
        only_after=entry.text("only_after", ""),
        not_with=entry.text("not_with", ""),
        many=entry.flag("many") or entry.flag("map"),
        map=entry.flag("map"),
    )
    entry.sources()
    entry.done()
    if len(question.options) < 2:
        raise entry.wrong("needs at least two options, or it asks nothing")
    return question


def _option(entry: Entry, knowledge: Knowledge) -> Option:
    severity = entry.choice("severity", SEVERITIES)
    option = Option(
        id=entry.text("id"),
        en=entry.text("en"),
        es=entry.text("es"),
        hint_en=entry.text("hint_en", ""),
        hint_es=entry.text("hint_es", ""),
        short_en=entry.text("short_en", ""),
        short_es=entry.text("short_es", ""),
        severity=None if severity is None else Severity.from_id(severity),
        side=entry.choice("side", SIDES),
        extent=entry.choice("extent", EXTENTS),
        trend=entry.choice("trend", TRENDS),
        covers_pupil=entry.answer("covers_pupil"),
        eye_closes=entry.answer("eye_closes"),
        sight_changed=entry.answer("sight_changed"),
        fluids_pass=entry.answer("fluids_pass"),
        instead=entry.choices("instead", knowledge.symptoms),
        adds=entry.choices("adds", knowledge.symptoms),
        denies=entry.choices("denies", knowledge.symptoms),
        factors=entry.choices("factors", knowledge.factors),
        always=entry.flag("always"),
        says=entry.flag("says"),
        days_ago=entry.whole("days_ago"),
        onset_day=entry.whole("onset_day"),
        from_day=entry.whole("from_day") or 0,
        unknown_from_day=entry.whole("unknown_from_day"),
    )
    entry.done()
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", option.id):
        raise entry.wrong("its id must be question.answer, in small letters")
    return option


def _prove(found: Questions, knowledge: Knowledge) -> None:
    """What no page would ask, or what a page would ask in vain, is refused."""
    place = "questions.toml"
    if tuple(found.red_flags) != knowledge.red_flags:
        raise KnowledgeError(
            f"{place}: red_flag must hold the red flags of symptoms.toml in the same order"
        )
    asked = {id for notice in found.notices.values() for id in notice.ask} | {*ONCE, *ASKED_BY_CODE}
    for id in sorted(asked ^ set(found.questions)):
        mend = "no notice asks it" if id in found.questions else "add it, or ask another"
        raise KnowledgeError(f"{place}, question {id!r}: {mend}")
    for notice in found.notices.values():
        if notice.group not in found.groups:
            raise KnowledgeError(f"{place}, notice {notice.id!r}: has no group {notice.group!r}")
        for id in notice.since_also:
            if id not in found.questions[SINCE].options:
                raise KnowledgeError(f"{place}, notice {notice.id!r}: {SINCE} has no answer {id!r}")
    known = {option.id for question in found.questions.values() for option in _all(question)}
    for question in found.questions.values():
        if question.only_after and question.only_after not in known:
            raise KnowledgeError(
                f"{place}, question {question.id!r}: only_after names no option, "
                "write it as question.answer"
            )
        if question.not_with and question.not_with not in found.notices:
            raise KnowledgeError(f"{place}, question {question.id!r}: not_with names no notice")
    for id in found.spoken:
        if id not in knowledge.symptoms:
            raise KnowledgeError(f"{place}, spoken {id!r}: is no symptom; take it out")


def _all(question: Question) -> tuple[Option, ...]:
    return tuple(question.options.values())
