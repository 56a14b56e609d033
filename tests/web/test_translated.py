"""Templates compiled once a language, and what is kept between pages: nothing stays old."""

from dataclasses import replace

from jinja2 import DictLoader, Environment, meta

from reporter.rules import advice, knowledge
from reporter.rules.levels import Level
from reporter.web import results, translated
from reporter.web.application import templates_folder
from reporter.web.translated import Catalogue, Speaker

PAGE = (
    '<p title="{{ _("Back") }}">{{ _("Back") }} {{ _("Call %(number)s", number=n) }}'
    '{{ _("Back")|upper }}{{ "<" }}</p>'
)


def speakers() -> dict[str, Speaker]:
    """Both languages from one environment, as the application makes them."""
    pages = {"page": PAGE, **dict.fromkeys((*translated.SHARED, *translated.REMEMBERED), "")}
    env = Environment(loader=DictLoader(pages), autoescape=True)
    return {language: Speaker(env, language, Catalogue(language)) for language in ("en", "es")}


def test_each_language_is_compiled_apart_and_filled_in_anew() -> None:
    made = speakers()
    for number in ("911", "<1>"):
        shown = number.replace("<", "&lt;").replace(">", "&gt;")
        assert made["en"].draw("page", {"n": number}) == (
            f'<p title="Back">Back Call {shown}BACK&lt;</p>'
        )
        spanish = made["es"].draw("page", {"n": number})
        assert spanish == f'<p title="Atrás">Atrás Llamar al {shown}ATRÁS&lt;</p>'


def test_lines_that_were_worked_out_once_follow_another_advice_file() -> None:
    shipped = advice.load(knowledge.shipped())
    told = results._lists(shipped, Level.URGENT, frozenset(), "en", "")
    assert told.watch_911
    assert results._lists(shipped, Level.URGENT, frozenset(), "es", "") != told
    assert results._lists(shipped, Level.SELF_CARE, frozenset({"bruise"}), "en", "") != told
    other = replace(shipped, lines=tuple(replace(one, en="Other") for one in shipped.lines))
    changed = results._lists(other, Level.URGENT, frozenset(), "en", "")
    assert set(changed.watch_911) == {"Other"}


def test_parts_whose_drawing_is_remembered_know_nothing_but_what_they_are_given() -> None:
    """A name or an answer that such a part could see would stand on the next person's page."""
    env = Environment(autoescape=True)
    env.filters["dial"] = str
    for name in translated.REMEMBERED:
        text = (templates_folder() / name).read_text("utf-8")
        assert meta.find_undeclared_variables(env.parse(text)) <= {"_", "icon"}
        assert "include" not in text and "import" not in text
