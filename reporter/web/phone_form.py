"""The form on which staff write down what a patient says by telephone, and its report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from reporter.clinic import entries
from reporter.clinic.treatments import Treatment
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import EXTENTS, SIDES, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.web import staff_words
from reporter.web.manager_forms import options
from reporter.web.phone_questions import (
    ASKED,
    DETAILS,
    FLAG_ANSWERS,
    FOR_THE_PATIENT,
    GROUPS,
    HOW_BAD,
    SPEAKERS,
    TOLD_TO_CALL,
    TRENDS,
)


@dataclass(frozen=True)
class Row:
    """One symptom's line on the page."""

    id: str
    how: Any
    since: Any
    trend: Any
    details: tuple[Any, ...]

    @property
    def is_filled(self) -> bool:
        return any(field.data for field in (self.how, self.since, self.trend, *self.details))


class PhoneFields(FlaskForm):  # type: ignore[misc]
    """`phone_form` adds a question for each red flag and each symptom that is known."""

    key = HiddenField()
    speaker = RadioField("Who is speaking?", choices=options(SPEAKERS), default="patient")
    told_to_call = RadioField(
        "Told to call 911?", choices=options(TOLD_TO_CALL), validate_choice=False
    )
    words = TextAreaField("What they say, in their own words")
    call_me = BooleanField("They ask to be called back")


def phone_form(
    knowledge: Knowledge, key: str, before: Mapping[str, str] = MappingProxyType({})
) -> PhoneFields:
    """The form, with its submission key: sending it twice makes one report.

    `before` is what stood in it when it was left.
    """
    fields: dict[str, Any] = {}
    for flag in knowledge.red_flags:
        label = staff_words.symptom(knowledge, flag)
        fields[f"flag_{flag}"] = RadioField(
            label, choices=options(FLAG_ANSWERS), validate_choice=False
        )
    for symptom in _symptoms(knowledge):
        fields |= dict(_questions(symptom, staff_words.symptom(knowledge, symptom)))
    form: PhoneFields = type("PhoneForm", (PhoneFields,), fields)(data={**before, "key": key})
    return form


def _symptoms(knowledge: Knowledge) -> list[str]:
    return [one.id for one in knowledge.symptoms.values() if not one.red_flag]


def _questions(symptom: str, name: str) -> Iterator[tuple[str, Any]]:
    yield f"how_{symptom}", SelectField(name, choices=options(HOW_BAD), validate_choice=False)
    yield f"since_{symptom}", StringField("Since")
    yield f"trend_{symptom}", SelectField("Now", choices=options(TRENDS), validate_choice=False)
    for detail in ASKED.get(symptom, ()):
        label, answers = DETAILS[detail]
        asked = SelectField(label, choices=options(answers), validate_choice=False)
        yield f"{detail}_{symptom}", asked


def groups(form: PhoneFields, knowledge: Knowledge) -> list[tuple[str, list[Row]]]:
    """The symptoms in the order of the page; one that is new to us is asked at the end."""
    placed = [(name, ids.split()) for name, ids in GROUPS]
    seen = {id for _, ids in placed for id in ids}
    placed[-1][1].extend(id for id in _symptoms(knowledge) if id not in seen)
    return [(name, [_row(form, id) for id in ids if f"how_{id}" in form]) for name, ids in placed]


def _row(form: PhoneFields, symptom: str) -> Row:
    details = tuple(form[f"{detail}_{symptom}"] for detail in ASKED.get(symptom, ()))
    return Row(
        symptom,
        form[f"how_{symptom}"],
        form[f"since_{symptom}"],
        form[f"trend_{symptom}"],
        details,
    )


def flags(form: PhoneFields) -> list[Any]:
    return [field for field in form if field.name.startswith("flag_")]


def complete(form: PhoneFields, treatment: Treatment, today: date) -> bool:
    """Whether it can be sent as it stands. A red flag is never held up by the rest of the form."""
    asked = flags(form)
    if any(field.data == "yes" for field in asked):
        return True
    open_ones = [field for field in asked if field.data not in {"no", "unsure"}]
    if len(open_ones) == len(asked):
        asked[0].errors = ["Ask these first, and choose Yes, No or Not sure for each."]
    else:
        for field in open_ones:
            field.errors = [f"{field.label.text}: ask, and choose Yes, No or Not sure."]
    for field in form:
        if field.name.startswith("since_") and field.data:
            _check_since(field, treatment, today)
    return not form.errors


def _check_since(field: Any, treatment: Treatment, today: date) -> None:
    try:
        since = entries.day(field.data, "The day it began")
    except entries.Fault as fault:
        field.errors = [str(fault)]
        return
    if not treatment.given_on <= since <= today:
        field.errors = [
            f"The day it began must lie from the treatment ({treatment.given_on}) until today."
        ]


def report_of(form: PhoneFields, knowledge: Knowledge, treatment: Treatment, day: int) -> Report:
    """What was said, as the rules read it."""
    said = {id: form[f"how_{id}"].data or "" for id in _symptoms(knowledge)}
    answers = {field.name.removeprefix("flag_"): field.data for field in flags(form)}
    red = [ReportedSymptom(id) for id, answer in answers.items() if answer == "yes"]
    told = [
        _reported(form, id, treatment, day)
        for id, how in said.items()
        if how not in {"", "no"} or _has_details(form, id)
    ]
    denied = [id for id, answer in (answers | said).items() if answer == "no"]
    reported = {one.symptom for one in told}
    return Report(
        day=day,
        product=treatment.product,
        lot=treatment.lot,
        areas=tuple(dose.area for dose in treatment.areas),
        factors=treatment.factors,
        symptoms=(*red, *told),
        denied=tuple(id for id in denied if id not in reported),
        unsure=tuple(id for id, answer in answers.items() if answer == "unsure"),
        free_text=_words(form),
        call_me=bool(form.call_me.data),
        language=treatment.patient.language,
    )


def _has_details(form: PhoneFields, symptom: str) -> bool:
    """Somebody who filled in since when meant that it is there."""
    row = _row(form, symptom)
    return any(field.data for field in (row.since, row.trend, *row.details))


def _words(form: PhoneFields) -> str:
    words = (form.words.data or "").strip()
    return f"{FOR_THE_PATIENT}\n{words}" if form.speaker.data == "other" else words


def _reported(form: PhoneFields, id: str, treatment: Treatment, day: int) -> ReportedSymptom:
    asked = {detail: _answer(form[f"{detail}_{id}"].data) for detail in ASKED.get(id, ())}
    how, trend = form[f"how_{id}"].data, form[f"trend_{id}"].data
    known: dict[str, Any] = {key: value for key, value in asked.items() if value is not None}
    return ReportedSymptom(
        id,
        severity=Severity.from_id(how) if how in {"mild", "moderate", "severe"} else None,
        onset_day=_onset(form[f"since_{id}"].data, treatment, day),
        trend=trend if trend in {"better", "same", "worse"} else None,
        **known,
    )


def _answer(text: str | None) -> bool | str | None:
    if text in {"yes", "no"}:
        return text == "yes"
    return text if text in (*SIDES, *EXTENTS) else None


def _onset(text: str | None, treatment: Treatment, day: int) -> int | None:
    try:
        onset = (entries.day(text or "", "Since") - treatment.given_on).days
    except entries.Fault:
        return None
    return onset if 0 <= onset <= day else None
