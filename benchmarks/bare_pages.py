"""The ceiling for pages.py: the same fields on a bare Flask + Flask-WTF page, drawn by Jinja.

One page for each of the product's: as many tick boxes, answer buttons, radios and text fields, with
the words that stand beside them, a form token and a session. No patient, no store, no rules.
"""

from flask import Flask, render_template
from flask_wtf import FlaskForm
from jinja2 import DictLoader
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>
<link rel="stylesheet" href="/static/patient.css"></head><body><main><h1>Page</h1>
<form method="post">{{ form.hidden_tag() }}
{% for field in form if field.type not in ("CSRFTokenField", "HiddenField") %}
<div>{{ field.label }} {{ field() }}</div>{% endfor %}
{% for name in buttons %}<button name="answer" value="{{ name }}">{{ name }}</button>{% endfor %}
<button>Continue</button></form></main></body></html>"""
FLAGS = [(f"flag-{number}", f"Trouble with something, number {number}") for number in range(9)]
YES_NO = [("yes", "Yes"), ("no", "No")]


class Ticks(SelectMultipleField):  # type: ignore[misc]  # wtforms has no types
    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


class FirstForm(FlaskForm):  # type: ignore[misc]
    flags = Ticks(choices=FLAGS)
    key = HiddenField()


class QuestionForm(FlaskForm):  # type: ignore[misc]
    step = HiddenField()


class CheckForm(FlaskForm):  # type: ignore[misc]
    words = TextAreaField("Anything else?")
    number = StringField("Which number?")
    voicemail = RadioField("May we leave a voicemail?", choices=YES_NO)
    writer = RadioField("Who is writing?", choices=[("self", "I am"), ("other", "For somebody")])


class ResultForm(FlaskForm):  # type: ignore[misc]
    key = HiddenField()


FORMS = {
    "first": (FirstForm, ()),
    "question": (QuestionForm, ("mild", "moderate", "severe")),
    "check": (CheckForm, ()),
    "result": (ResultForm, ()),
}
app = Flask(__name__)
# Loaded by name: a template that is given as a string would be compiled anew for every page.
app.jinja_loader = DictLoader({"page.html": PAGE})
app.config.update(SECRET_KEY="bare", WTF_CSRF_TIME_LIMIT=None)


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/<name>")
def page(name: str) -> str:
    form, buttons = FORMS[name]
    return render_template("page.html", form=form(), buttons=buttons)
