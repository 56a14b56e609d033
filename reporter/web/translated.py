"""The `_` of the templates: each sentence is looked up once in a language, and then remembered.

flask-babel asks for the locale, the domain and the catalogue anew at every sentence: a fifth of
the time of a patient's page. A patient's pages are also compiled once for each language, with the
sentences already in them.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import Translations
from flask import Flask, current_app, g
from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Macro
from markupsafe import Markup

from reporter.web.language import LANGUAGES

FOLDER = Path(__file__).parent / "locale"


class Catalogue:
    """All sentences of one language, ready to stand in a page."""

    def __init__(self, language: str) -> None:
        self._found = Translations.load(FOLDER, [language])
        self._plain: dict[str, Markup] = {}
        self._open: dict[str, Markup] = {}

    def plain(self, text: str) -> Markup:
        """A sentence without anything to fill in."""
        made = self._plain.get(text)
        if made is None:
            made = self._plain[text] = self.open(text) % {}
        return made

    def open(self, text: str) -> Markup:
        """A sentence as it stands in the catalogue, with its places to fill in."""
        made = self._open.get(text)
        if made is None:
            made = self._open[text] = Markup(self._found.ugettext(text))  # noqa: S704 - our own sentences
        return made

    def said(self, text: str, /, **values: object) -> Markup:
        """A sentence with all that is to fill in."""
        return self.open(text) % values if values else self.plain(text)


# Templates whose macros every page may use without importing them.
SHARED = ("patient/form.html", "patient/number_form.html", "patient/the_call.html")
# The same, of which what was drawn once for some values is remembered: nothing of a person.
REMEMBERED = ("patient/advice.html",)
KEPT_DRAWN = 512
# `{{ _("A sentence") }}`, with nothing to fill in and nothing behind it.
PLAIN = ("variable_begin", "name", "lparen", "string", "rparen", "variable_end")


class WrittenOut(Extension):
    """Sentences that need nothing filled in stand in the compiled template as they are."""

    catalogue: Catalogue

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        tokens, at = list(stream), 0
        while at < len(tokens):
            found = tokens[at : at + len(PLAIN)]
            if tuple(one.type for one in found) == PLAIN and found[1].value == "_":
                yield Token(found[0].lineno, "data", str(self.catalogue.plain(found[3].value)))
                at += len(PLAIN)
            else:
                yield tokens[at]
                at += 1


class Speaker:
    """Draws the templates of one language, from one compilation of each."""

    def __init__(self, env: Environment, language: str, catalogue: Catalogue) -> None:
        self._parts: dict[str, Callable[..., Any]] = {}
        # A name of its own, by which whoever keeps compiled templates tells the languages apart.
        own = type(f"WrittenOutIn_{language}", (WrittenOut,), {"catalogue": catalogue})
        self._env = env.overlay(extensions=[own])
        self._said = catalogue.said

    def draw(self, name: str, shown: dict[str, Any]) -> str:
        if not self._parts:
            drawn = {k: v for part in SHARED for k, v in self._macros(part).items()}
            kept = {k: v for part in REMEMBERED for k, v in self._macros(part).items()}
            remembering = lru_cache(KEPT_DRAWN, typed=True)
            self._parts = {**drawn, **{name: remembering(made) for name, made in kept.items()}}
        return self._env.get_template(name).render(self._parts, _=self._said, **shown)

    def _macros(self, name: str) -> dict[str, Macro]:
        """By their names: an import would look for them anew at each page."""
        module = vars(self._env.get_template(name).make_module({"_": self._said}))
        return {macro: made for macro, made in module.items() if isinstance(made, Macro)}


def draw(name: str, language: str, shown: dict[str, Any]) -> str:
    """As Flask's render_template, in this language."""
    speaker: Speaker = current_app.extensions["reporter.speakers"][language]
    current_app.update_template_context(shown)
    return speaker.draw(name, shown)


def add_to(app: Flask) -> None:
    """After Babel, whose own is still there for Python and for e-mails."""
    catalogues = {language: Catalogue(language) for language in LANGUAGES}

    def said(text: str, /, **values: object) -> Markup:
        return catalogues[g.get("language", "en")].said(text, **values)

    app.jinja_env.globals.update({"_": said, "gettext": said})
    app.extensions["reporter.speakers"] = {
        language: Speaker(app.jinja_env, language, catalogue)
        for language, catalogue in catalogues.items()
    }
