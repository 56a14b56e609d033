"""A patient's report as frozen answers, and its one way in from JSON and out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from reporter.rules.answers import Answers, ReportError
from reporter.rules.levels import EXTENTS, SEVERITIES, SIDES, TRENDS, Severity

if TYPE_CHECKING:
    from reporter.rules.knowledge import Knowledge

__all__ = [
    "Report",
    "ReportError",
    "ReportedSymptom",
    "from_json",
    "from_stored",
    "stored_symptom",
    "symptom_to_json",
    "to_json",
]


STORED_SEVERITY: Final[Mapping[str | None, Severity | None]] = {
    None: None,
    **{severity.id: severity for severity in Severity},
}


@dataclass(frozen=True)
class ReportedSymptom:
    """One symptom as the patient answered it. None means not asked or not answered.

    ``onset_day`` counts whole days after the treatment. ``covers_pupil``, ``eye_closes`` and
    ``sight_changed`` are the eye questions, ``extent`` the skin question; ``zones`` are the places
    that were ticked on the picture of a face. ``fluids_pass``: drinks go down in spite of trouble
    swallowing.
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
    zones: tuple[str, ...] = ()
    fluids_pass: bool | None = None


@dataclass(frozen=True)
class Report:
    """Everything that one report says. ``day`` counts whole days since the treatment.

    ``denied`` holds what was asked and answered no, ``unsure`` what was answered "I'm not sure".
    ``last_report`` are the symptoms of the last report before this one, of the same treatment.
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
    last_report: tuple[ReportedSymptom, ...] = ()


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
        symptoms=_symptoms(answers, "symptoms", day, knowledge),
        free_text=answers.text("free_text") or "",
        denied=answers.ids("denied", knowledge.symptoms),
        unsure=answers.ids("unsure", knowledge.symptoms),
        call_me=answers.flag("call_me", null=False) or False,
        lot=answers.text("lot", null=True),
        language=answers.text("language", null=True),
        last_report=_symptoms(answers, "last_report", None, knowledge),
    )


def to_json(report: Report) -> dict[str, object]:
    """The JSON object that ``from_json`` reads back to an equal report."""
    told: dict[str, object] = {
        "id": report.id,
        "days_since_treatment": report.day,
        "product": report.product,
        "areas": list(report.areas),
        "patient_factors": list(report.factors),
        "symptoms": [symptom_to_json(entry) for entry in report.symptoms],
        "free_text": report.free_text,
        "denied": list(report.denied),
        "unsure": list(report.unsure),
        "call_me": report.call_me,
        "lot": report.lot,
        "language": report.language,
    }
    if report.last_report:
        told["last_report"] = [symptom_to_json(entry) for entry in report.last_report]
    return told


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
        symptoms=tuple([stored_symptom(entry) for entry in answers["symptoms"]]),
        free_text=answers["free_text"],
        denied=tuple(answers["denied"]),
        unsure=tuple(answers["unsure"]),
        call_me=answers["call_me"],
        lot=answers["lot"],
        language=answers["language"],
        last_report=tuple([stored_symptom(entry) for entry in answers.get("last_report", ())]),
    )


def stored_symptom(entry: Mapping[str, Any]) -> ReportedSymptom:
    """The symptom that ``symptom_to_json`` wrote."""
    if "zones" in entry:
        return _as_stored({**entry, "zones": tuple(entry["zones"])})
    return _told_before(tuple(entry.items()))


# A back-test reads every symptom that was ever reported, and few differ from each other.
@lru_cache(maxsize=4096)
def _told_before(entry: tuple[tuple[str, Any], ...]) -> ReportedSymptom:
    return _as_stored(dict(entry))


def _as_stored(entry: Mapping[str, Any]) -> ReportedSymptom:
    get = entry.get
    return ReportedSymptom(
        entry["symptom"],
        STORED_SEVERITY[entry["severity"]],
        entry["onset_day"],
        get("side"),
        get("covers_pupil"),
        get("eye_closes"),
        get("sight_changed"),
        get("extent"),
        get("trend"),
        get("zones", ()),
        get("fluids_pass"),
    )


def symptom_to_json(entry: ReportedSymptom) -> dict[str, object]:
    """One symptom; what was not asked has no key."""
    severity = None if entry.severity is None else entry.severity.id
    asked: dict[str, object] = {
        "side": entry.side,
        "covers_pupil": entry.covers_pupil,
        "eye_closes": entry.eye_closes,
        "sight_changed": entry.sight_changed,
        "extent": entry.extent,
        "trend": entry.trend,
        "zones": list(entry.zones) or None,
        "fluids_pass": entry.fluids_pass,
    }
    answered = {key: value for key, value in asked.items() if value is not None}
    return {
        "symptom": entry.symptom,
        "severity": severity,
        "onset_day": entry.onset_day,
        **answered,
    }


def _symptoms(
    answers: Answers, key: str, day: int | None, knowledge: Knowledge
) -> tuple[ReportedSymptom, ...]:
    listed = answers.items(key)
    return tuple(
        _symptom(Answers(item, f"{key}[{place}]"), day, knowledge)
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
        zones=answers.ids("zones"),
        fluids_pass=answers.flag("fluids_pass"),
    )
