"""Forms of the treatment pages. What an enrolment may say is checked in clinic.enrolment."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from markupsafe import Markup
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from reporter.clinic.enrolment import FIELDS, EnrolmentErrors
from reporter.clinic.treatments import Treatment
from reporter.rules.knowledge import Knowledge
from reporter.web import staff_words

UNITS = "units_"
LANGUAGES = [("en", "English"), ("es", "Español (Spanish)")]
STOP_REASONS = [
    ("entered_by_mistake", "It was entered by mistake"),
    ("asked_to_stop", "The patient asked us to stop"),
    ("moved_away", "Somebody else follows up"),
    ("died", "The patient has died"),
    ("other", "Another reason"),
]


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Answers to choose from, as wtforms takes them: what is sent, and what people read."""
    return [SelectChoice(value, label) for value, label in pairs]


class EnrolFields(FlaskForm):  # type: ignore[misc]
    """One patient and one visit; `enrol_form` adds a field for the units of each area."""

    name = StringField("Full name")
    born = StringField("Date of birth")
    mobile = StringField("Mobile phone")
    email = StringField("E-mail")
    language = RadioField("Language for messages", choices=options(LANGUAGES), default="en")
    may_voicemail = BooleanField("We may leave a voicemail (name and number only)")
    may_email = BooleanField("The patient agrees to check-in e-mails")
    given_on = StringField("Date of treatment")
    product = StringField("Product")
    lot = StringField("Lot")
    expiry = StringField("Expiry")
    injector = StringField("Injector")
    factors = SelectMultipleField(
        "Patient factors", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    other_factors = StringField("Other factors")
    version = HiddenField()

    def units(self) -> list[Any]:
        """The fields of the areas, in the order of the knowledge."""
        return [field for field in self if field.name.startswith(UNITS)]

    def raw(self) -> dict[str, str]:
        """The entries as `enrolment.check` takes them."""
        texts = {name: str(self[name].data or "") for name in FIELDS if name in self}
        doses = [(field.name.removeprefix(UNITS), field.data) for field in self.units()]
        return texts | {
            "may_voicemail": "yes" if self.may_voicemail.data else "no",
            "may_email": "yes" if self.may_email.data else "no",
            "areas": "; ".join(f"{area}:{units.strip()}" for area, units in doses if units),
            "factors": "; ".join([*(self.factors.data or ()), self.other_factors.data or ""]),
        }

    def show(self, errors: EnrolmentErrors) -> None:
        """Put each sentence beside the field that it is about."""
        for name, sentence in errors.faults:
            field = self[name] if name in self else self.units()[0]
            field.errors = [*field.errors, sentence]


def enrol_form(
    knowledge: Knowledge, treatment: Treatment | None = None, *, typed: bool = True
) -> EnrolFields:
    """The form, empty or with what a treatment says now; what was just typed wins if it may."""
    fields = {
        UNITS + area: StringField(
            Markup("{} <span class='t-lay'>{}</span>").format(
                _capital(staff_words.area(area)), named.en
            )
        )
        for area, named in knowledge.areas.items()
    }
    source = {} if typed else {"formdata": None}
    kind = type("EnrolForm", (EnrolFields,), fields)
    form: EnrolFields = kind(data=_now(treatment, knowledge), **source)
    form.factors.choices = options((f.id, _capital(f.en)) for f in knowledge.factors.values())
    return form


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _now(treatment: Treatment | None, knowledge: Knowledge) -> dict[str, Any]:
    if treatment is None:
        return {}
    patient, known = treatment.patient, knowledge.factors
    return {
        "name": patient.name,
        "born": patient.born.isoformat() if patient.born else "",
        "mobile": staff_words.phone(patient.mobile),
        "email": patient.email,
        "language": patient.language,
        "may_voicemail": patient.may_voicemail,
        "may_email": patient.may_email,
        "given_on": treatment.given_on.isoformat(),
        "product": treatment.product,
        "lot": treatment.lot,
        "expiry": treatment.expiry,
        "injector": treatment.injector,
        "factors": [factor for factor in treatment.factors if factor in known],
        "other_factors": "; ".join(
            f.replace("_", " ") for f in treatment.factors if f not in known
        ),
        "version": str(treatment.version),
        **{UNITS + dose.area: f"{dose.units:g}" for dose in treatment.areas},
    }


def differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[tuple[str, str]]:
    """What somebody else's version says where mine says something else: (label, theirs)."""
    names = {"may_voicemail": "May leave voicemail", "may_email": "May e-mail"}
    return [
        (names.get(field, label.removeprefix("The ").capitalize()), theirs[field] or "empty")
        for field, label in FIELDS.items()
        if mine[field] != theirs[field]
    ]


class SearchForm(FlaskForm):  # type: ignore[misc]
    text = StringField("Name, phone, reference or lot")


class StopForm(FlaskForm):  # type: ignore[misc]
    reason = RadioField(
        "Why does the follow-up end?",
        choices=options(STOP_REASONS),
        validators=[InputRequired("Choose why the follow-up ends.")],
    )


class ResumeForm(FlaskForm):  # type: ignore[misc]
    how = StringField("Who agreed, and how?")


class ZoneForm(FlaskForm):  # type: ignore[misc]
    zone = StringField("The patient's time zone")


class ImportForm(FlaskForm):  # type: ignore[misc]
    """`sheet` is a file that was tried before and rides along until somebody says yes."""

    file = FileField("CSV file", validators=[FileRequired("Choose a CSV file.")])
    day_first = RadioField(
        "How are dates written in it?",
        choices=options([("no", "2026-11-20 or 11/20/2026"), ("yes", "20/11/2026 (day first)")]),
        default="no",
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The second step of an import."""

    sheet = TextAreaField()
    day_first = HiddenField()
