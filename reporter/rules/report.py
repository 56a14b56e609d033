"""A patient's report as frozen answers, and its one way in from JSON and out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reporter.rules.answers import Answers, ReportError
from reporter.rules.levels import EXTENTS, SEVERITIES, SIDES, TRENDS, Severity

if TYPE_CHECKING:
    from reporter.rules.knowledge import Knowledge

__all__ = ["Report", "ReportError", "ReportedSymptom", "from_json", "from_stored", "to_json"]


@dataclass(frozen=True)
class ReportedSymptom:
    """One symptom as the patient answered it. None means not asked or not answered.

    ``onset_day`` counts whole days after the treatment. ``covers_pupil``, ``eye_closes`` and
    ``sight_changed`` are the eye questions, ``extent`` the skin question.
    """

    symptom: str
    severity: Severity | None = None
    onset_day: int | None = None
    side: str | None = None
    covers_pupil: bool | None = None
    eye_closes: bool | None = None
    sight_changed: bool | None = None
    extent: str | None = None
    trend: str | None = None


@dataclass(frozen=True)
class Report:
    """Everything that one report says. ``day`` counts whole days since the treatment.

    ``denied`` holds what was asked and answered no, ``unsure`` what was answered "I'm not sure".
    """

    id: str = ""
    day: int | None = None
    product: str | None = None
    areas: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    symptoms: tuple[ReportedSymptom, ...] = ()
    free_text: str = ""
    denied: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    call_me: bool = False
    lot: str | None = None
    language: str | None = None


def from_json(obj: object, knowledge: Knowledge) -> Report:
    """Read one decoded JSON object, or raise ReportError with one sentence that says why not.

    An unknown patient factor is kept; an unknown further key is ignored.
    """
    answers = Answers(obj, "the report")
    day = answers.whole("days_since_treatment")
    return Report(
        id=answers.text("id") or "",
        day=day,
        product=answers.text("product", null=True),
        areas=answers.ids("areas", knowledge.areas),
        factors=answers.ids("patient_factors"),
        symptoms=_symptoms(answers, day, knowledge),
        free_text=answers.text("free_text") or "",
        denied=answers.ids("denied", knowledge.symptoms),
        unsure=answers.ids("unsure", knowledge.symptoms),
        call_me=answers.flag("call_me", null=False) or False,
        lot=answers.text("lot", null=True),
        language=answers.text("language", null=True),
    )


def to_json(report: Report) -> dict[str, object]:
    """The JSON object that ``from_json`` reads back to an equal report."""
    return {
        "id": report.id,
        "days_since_treatment": report.day,
        "product": report.product,
        "areas": list(report.areas),
        "patient_factors": list(report.factors),
        "symptoms": [_symptom_to_json(entry) for entry in report.symptoms],
        "free_text": report.free_text,
        "denied": list(report.denied),
        "unsure": list(report.unsure),
        "call_me": report.call_me,
        "lot": report.lot,
        "language": report.language,
    }


def from_stored(answers: Mapping[str, Any]) -> Report:
    """The report that ``to_json`` wrote, read without asking whether its ids are still known.

    A stored report must open for ever, also under rules that have dropped or renamed an id: one
    that did not would take the whole queue with it.
    """
    return Report(
        id=answers["id"],
        day=answers["days_since_treatment"],
        product=answers["product"],
        areas=tuple(answers["areas"]),
        factors=tuple(answers["patient_factors"]),
        symptoms=tuple(_stored_symptom(entry) for entry in answers["symptoms"]),
        free_text=answers["free_text"],
        denied=tuple(answers["denied"]),
        unsure=tuple(answers["unsure"]),
        call_me=answers["call_me"],
        lot=answers["lot"],
        language=answers["language"],
    )


def _stored_symptom(entry: Mapping[str, Any]) -> ReportedSymptom:
    severity = entry["severity"]
    return ReportedSymptom(
        **{**entry, "severity": None if severity is None else Severity.from_id(severity)}
    )


def _symptom_to_json(entry: ReportedSymptom) -> dict[str, object]:
    severity = None if entry.severity is None else entry.severity.id
    asked: dict[str, object] = {
        "side": entry.side,
        "covers_pupil": entry.covers_pupil,
        "eye_closes": entry.eye_closes,
        "sight_changed": entry.sight_changed,
        "extent": entry.extent,
        "trend": entry.trend,
    }
    answered = {key: value for key, value in asked.items() if value is not None}
    return {
        "symptom": entry.symptom,
        "severity": severity,
        "onset_day": entry.onset_day,
        **answered,
    }


def _symptoms(
    answers: Answers, day: int | None, knowledge: Knowledge
) -> tuple[ReportedSymptom, ...]:
    listed = answers.items("symptoms")
    return tuple(
        _symptom(Answers(item, f"symptoms[{place}]"), day, knowledge)
        for place, item in enumerate(listed)
    )


def _symptom(answers: Answers, day: int | None, knowledge: Knowledge) -> ReportedSymptom:
    symptom = answers.choice("symptom", knowledge.symptoms)
    if symptom is None:
        raise answers.wrong("symptom", "is missing")
    severity = answers.choice("severity", SEVERITIES)
    onset = answers.whole("onset_day")
    if onset is not None and day is not None and onset > day:
        raise answers.wrong("onset_day", f"is {onset}, after days_since_treatment, which is {day}")
    return ReportedSymptom(
        symptom=symptom,
        severity=None if severity is None else Severity.from_id(severity),
        onset_day=onset,
        side=answers.choice("side", SIDES),
        covers_pupil=answers.flag("covers_pupil"),
        eye_closes=answers.flag("eye_closes"),
        sight_changed=answers.flag("sight_changed"),
        extent=answers.choice("extent", EXTENTS),
        trend=answers.choice("trend", TRENDS),
    )
