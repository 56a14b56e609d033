"""The `_` of the templates: each sentence is looked up once in a language, and then remembered.

flask-babel asks for the locale, the domain and the catalogue anew at every sentence: a fifth of
the time of a patient's page.
"""

from pathlib import Path

from babel.support import Translations
from flask import Flask, g
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


def add_to(app: Flask) -> None:
    """After Babel, whose own is still there for Python and for e-mails."""
    catalogues = {language: Catalogue(language) for language in LANGUAGES}

    def said(text: str, /, **values: object) -> Markup:
        known = catalogues[g.get("language", "en")]
        return known.open(text) % values if values else known.plain(text)

    app.jinja_env.globals.update({"_": said, "gettext": said})
