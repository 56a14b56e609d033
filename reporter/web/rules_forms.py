"""The forms about rules: a step with its reason, a draft's text, one rule, a made-up report."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from reporter.rules.answers import LONGEST_FOLLOW_UP_DAYS
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import EXTENTS, SEVERITIES, SIDES, TRENDS, Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.rule_change import Keys
from reporter.rules.wording import LEVELS, area, capital, factor, symptom

ROWS = 3
DAYS = ("onset_from", "onset_to", "day_from", "day_to")
NUMBER = "Give a whole number of days."


def _choices(pairs: list[tuple[str, str]], none: str = "") -> list[SelectChoice]:
    first = [SelectChoice("", none)] if none else []
    return [*first, *(SelectChoice(value, label) for value, label in pairs)]


def _same(ids: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one, capital(one)) for one in ids]


class StepForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A step of a set as it stood at `version`, with a reason where one is needed."""

    version = IntegerField(widget=HiddenInput())
    reason = TextAreaField("Why")

    @property
    def seen(self) -> int:
        return int(self.version.data or 0)


class SignForm(StepForm):
    read = BooleanField(
        "I have read each of these rules with its sources, and sign it with my name",
        validators=[InputRequired("Read the rules, then tick the box.")],
    )


class TextForm(StepForm):
    rules = TextAreaField("rules.toml")
    cases = TextAreaField("rules.cases.toml")

    def texts(self) -> dict[str, str]:
        """The two files as they are kept: lines end as they did before the browser sent them."""
        given = {"rules.toml": self.rules.data, "rules.cases.toml": self.cases.data}
        return {name: (text or "").replace("\r\n", "\n") for name, text in given.items()}


def _day(label: str) -> IntegerField:
    within = NumberRange(0, LONGEST_FOLLOW_UP_DAYS, NUMBER)
    return IntegerField(label, validators=[Optional(), within])


class RuleForm(StepForm):
    """Level and thresholds of one rule. An empty field asks nothing."""

    level = SelectField(
        "Level", choices=_choices([(one.id, LEVELS[one]) for one in list(Level)[1:]])
    )
    severity = SelectField(
        "Severity at least", choices=_choices(_same(SEVERITIES), "any"), default=""
    )
    onset_from = _day("Began on this day or later")
    onset_to = _day("Began by this day")
    day_from = _day("Reported on this day or later")
    day_to = _day("Reported by this day")
    sign = BooleanField("I have read this rule and its sources, and sign it with my name")

    def show(self, rule: Rule) -> None:
        """Fill in how the rule is now."""
        least = rule.when.severity_at_least
        self.level.data, self.severity.data = rule.level.id, "" if least is None else least.id
        for name in DAYS:
            self[name].data = getattr(rule.when, name)

    def keys(self, rule: Rule, name: str, today: str) -> Keys:
        """What differs from the rule as it is. A changed rule is unsigned until signed again."""
        least = rule.when.severity_at_least
        before = {"level": rule.level.id, "when.severity_at_least": least and least.id}
        before |= {f"when.{key}": getattr(rule.when, key) for key in DAYS}
        now = {"level": self.level.data, "when.severity_at_least": self.severity.data or None}
        now |= {f"when.{key}": self[key].data for key in DAYS}
        changed = {key: now[key] for key in now if now[key] != before[key]}
        if self.sign.data:
            return {**changed, "reviewed_by": name, "reviewed_on": today}
        unsigned = {"reviewed_by": "", "reviewed_on": ""} if changed else {}
        return {**changed, **unsigned}


class TryForm(FlaskForm):  # type: ignore[misc]
    """A made-up report: up to three symptoms, the treatment, the patient. Nothing of it is kept."""

    day = _day("Days since the treatment")
    areas = SelectMultipleField(
        "Treated", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    factors = SelectMultipleField(
        "Patient factors", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    call_me = BooleanField("The patient asks for a call")

    def rows(self) -> list[dict[str, Any]]:
        """The fields of each symptom."""
        return [{name: self[f"{name}_{n}"] for name in PARTS} for n in range(1, ROWS + 1)]

    def report(self) -> Report:
        told = (self._symptom(row) for row in self.rows() if row["symptom"].data)
        return Report(
            day=self.day.data,
            areas=tuple(self.areas.data or ()),
            factors=tuple(self.factors.data or ()),
            symptoms=tuple(told),
            call_me=bool(self.call_me.data),
        )

    @staticmethod
    def _symptom(row: dict[str, Any]) -> ReportedSymptom:
        severity = row["severity"].data
        return ReportedSymptom(
            row["symptom"].data,
            severity=Severity.from_id(severity) if severity else None,
            trend=row["trend"].data or None,
            side=row["side"].data or None,
            extent=row["extent"].data or None,
        )


PARTS = ("symptom", "severity", "trend", "side", "extent")


def try_form(known: Knowledge) -> TryForm:
    """The form with the symptoms, areas and factors that these rules know."""
    form_class: type[TryForm] = type("KnownTryForm", (TryForm,), dict(_rows(known)))
    form = form_class()
    form.areas.choices = _choices([(one, capital(area(one))) for one in known.areas])
    form.factors.choices = _choices([(one, capital(factor(known, one))) for one in known.factors])
    return form


def _rows(known: Knowledge) -> list[tuple[str, SelectField]]:
    symptoms = sorted((capital(symptom(known, one)), one) for one in known.symptoms)
    answers = {
        "symptom": ("Symptom", [(one, name) for name, one in symptoms], "none"),
        "severity": ("How bad", _same(SEVERITIES), "not rated"),
        "trend": ("Trend", _same(TRENDS), "not asked"),
        "side": ("Side", _same(SIDES), "not asked"),
        "extent": ("How far", _same(EXTENTS), "not asked"),
    }
    return [
        (f"{part}_{n}", SelectField(f"{label} {n}", choices=_choices(pairs, none), default=""))
        for n in range(1, ROWS + 1)
        for part, (label, pairs, none) in answers.items()
    ]
