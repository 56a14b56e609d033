"""The forms about rules: a step with its reason, a draft's text, one rule, a made-up report."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from reporter.rules.answers import LONGEST_FOLLOW_UP_DAYS
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import DOMAINS, EXTENTS, SEVERITIES, SIDES, TRENDS, Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.rule_change import Keys
from reporter.rules.rule_text import Value
from reporter.rules.wording import LEVELS, area, capital, factor, symptom

ROWS = 3
LONGEST_REASON = 300
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


class ChooseForm(StepForm):
    """Which side of a conflict a draft takes."""

    entry = StringField(validators=[InputRequired("Say which rule.")])
    side = SelectField(
        choices=_choices([("ours", "Ours"), ("theirs", "Theirs")]),
        validators=[InputRequired("Choose one side.")],
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
    domains_at_least = IntegerField(
        "At least this many of them",
        validators=[Optional(), NumberRange(1, len(DOMAINS), "Give a whole number from 1.")],
    )
    lots = TextAreaField("Lots, one a line", validators=[Optional()])
    off = BooleanField("Switch this rule off")
    off_because = TextAreaField("Why it is switched off")
    sign = BooleanField("I have read this rule and its sources, and sign it with my name")

    def show(self, rule: Rule) -> None:
        """Fill in how the rule is now."""
        least = rule.when.severity_at_least
        self.level.data, self.severity.data = rule.level.id, "" if least is None else least.id
        for name in DAYS:
            self[name].data = getattr(rule.when, name)
        self.domains_at_least.data = rule.when.domains_at_least or None
        self.lots.data = "\n".join(rule.when.lots)
        self.off.data, self.off_because.data = bool(rule.switched_off), rule.switched_off

    def validate_off_because(self, field: TextAreaField) -> None:
        if self.off.data and not (field.data or "").strip():
            raise ValidationError("Write why this rule is switched off.")
        if len(field.data or "") > LONGEST_REASON:
            raise ValidationError(f"At most {LONGEST_REASON} letters.")

    def keys(self, rule: Rule) -> Keys:
        """What differs from the rule as it is. A changed rule is unsigned until signed again."""
        before, now = _as_it_is(rule), self._as_typed(rule)
        changed = {key: now[key] for key in now if now[key] != before[key]}
        if changed and rule.reviewed_by:
            return {**changed, "reviewed_by": "", "reviewed_on": ""}
        return changed

    def _as_typed(self, rule: Rule) -> dict[str, Value]:
        """A field that this rule's page does not show changes nothing."""
        off = " ".join((self.off_because.data or "").split()) if self.off.data else ""
        typed: dict[str, Value] = {"level": self.level.data, "switched_off": off or None}
        typed |= {f"when.{key}": self[key].data for key in ("day_from", "day_to")}
        if rule.when.any_of or rule.when.any_symptom:
            typed["when.severity_at_least"] = self.severity.data or None
            typed |= {f"when.{key}": self[key].data for key in ("onset_from", "onset_to")}
        if rule.when.domains:
            typed["when.domains_at_least"] = self.domains_at_least.data or 1
        if rule.when.lots:
            lots = dict.fromkeys(line.strip() for line in (self.lots.data or "").splitlines())
            typed["when.lots"] = tuple(lot for lot in lots if lot) or rule.when.lots
        return typed


def _as_it_is(rule: Rule) -> dict[str, Value]:
    least = rule.when.severity_at_least
    return {
        "level": rule.level.id,
        "switched_off": rule.switched_off or None,
        "when.severity_at_least": least and least.id,
        "when.domains_at_least": rule.when.domains_at_least or None,
        "when.lots": rule.when.lots,
        **{f"when.{key}": getattr(rule.when, key) for key in DAYS},
    }


class TryForm(FlaskForm):  # type: ignore[misc]
    """A made-up report: up to three symptoms, the treatment, the patient. Nothing of it is kept."""

    day = _day("Days since the treatment")
    areas = SelectMultipleField(
        "Treated", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    factors = SelectMultipleField(
        "Patient factors", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    lot = StringField("Lot")
    product = StringField("Product")
    words = TextAreaField("Own words, made up")
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
            lot=(self.lot.data or "").strip() or None,
            product=(self.product.data or "").strip() or None,
            free_text=(self.words.data or "").strip(),
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
            onset_day=row["onset"].data,
            **EYE.get(row["eye"].data or "", {}),
        )


PARTS = ("symptom", "severity", "onset", "trend", "side", "extent", "eye")
EYE: dict[str, dict[str, Any]] = {
    "sight": {"sight_changed": True},
    "pupil": {"covers_pupil": True},
    "open": {"eye_closes": False},
    "fine": {"sight_changed": False, "covers_pupil": False, "eye_closes": True},
}
EYE_WORDS = [
    ("sight", "sight changed"),
    ("pupil", "pupil covered"),
    ("open", "does not close"),
    ("fine", "none of these"),
]


def try_form(known: Knowledge) -> TryForm:
    """The form with the symptoms, areas and factors that these rules know."""
    form_class: type[TryForm] = type("KnownTryForm", (TryForm,), dict(_rows(known)))
    form = form_class()
    form.areas.choices = _choices([(one, capital(area(one))) for one in known.areas])
    form.factors.choices = _choices([(one, capital(factor(known, one))) for one in known.factors])
    return form


def _rows(known: Knowledge) -> list[tuple[str, Any]]:
    symptoms = sorted((capital(symptom(known, one)), one) for one in known.symptoms)
    answers = {
        "symptom": ("Symptom", [(one, name) for name, one in symptoms], "none"),
        "severity": ("How bad", _same(SEVERITIES), "not rated"),
        "trend": ("Trend", _same(TRENDS), "not asked"),
        "side": ("Side", _same(SIDES), "not asked"),
        "extent": ("How far", _same(EXTENTS), "not asked"),
        "eye": ("Eye", EYE_WORDS, "not asked"),
    }
    began = [(f"onset_{n}", _day(f"From day {n}")) for n in range(1, ROWS + 1)]
    return began + [
        (f"{part}_{n}", SelectField(f"{label} {n}", choices=_choices(pairs, none), default=""))
        for n in range(1, ROWS + 1)
        for part, (label, pairs, none) in answers.items()
    ]
