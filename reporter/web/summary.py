"""What somebody answered, read back to them in a few lines, in their language. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reporter.rules import interview
from reporter.rules.interview import FIRST, NOTICED, WORDS, Answers, Step
from reporter.rules.questions import DRINKS, NEW, NOW, SINCE, Notice, Option, Questions
from reporter.rules.report import ReportedSymptom
from reporter.rules.symptoms import Named

LABELS = {
    FIRST: ("Warning signs", "Señales de alarma"),
    NOTICED: ("You noticed", "Usted notó"),
    WORDS: ("Your words", "Sus palabras"),
    "started": ("Started", "Empezó"),
    "trend": ("Now", "Ahora"),
    SINCE: ("Since the treatment", "Desde el tratamiento"),
    NEW: ("Anything new", "Algo nuevo"),
    DRINKS: ("Drinks", "Al beber"),
}
NO_FLAGS = ("No, none of them", "No, ninguna")
UNSURE = ("I'm not sure", "No lo sé")


@dataclass(frozen=True)
class Row:
    """One line. `number` is the page to change it on; `asked` says what a change link changes."""

    label: str
    text: str
    number: int
    asked: str


def name(named: Named, language: str) -> str:
    return named.es if language == "es" else named.en


def rows(questions: Questions, answers: Answers, day: int, language: str) -> tuple[Row, ...]:
    """A line for each page that was answered."""
    every = interview.steps(questions, answers, day)
    found = []
    for number, label, text in _lines(questions, answers, every, day, language):
        asked = question(questions, every[number - 1], language) or label
        found.append(Row(label, text, number, asked))
    return tuple(found)


def _lines(
    questions: Questions, answers: Answers, every: tuple[Step, ...], day: int, language: str
) -> Iterator[tuple[int, str, str]]:
    """Number, label and text of each page that was answered."""
    for number, step in enumerate(every, start=1):
        text = _text(questions, answers, step, day, language)
        if text:
            yield number, _label(questions, step, language), text[0].upper() + text[1:]


def receipt(questions: Questions, answers: Answers, day: int, language: str) -> tuple[Row, ...]:
    """The same in fewer lines, to be read once more: all that was said of one thing together.
    Nothing is changed there, so no row says what a link would change."""
    found: dict[str, Row] = {}
    every = interview.steps(questions, answers, day)
    asked = {_label(questions, step, language) for step in every if step.notice}
    noticed = LABELS[NOTICED][language == "es"]
    for number, label, said in _lines(questions, answers, every, day, language):
        text, before = _without(said, asked) if label == noticed else said, found.get(label)
        if before:
            text = f"{before.text}, {text[0].lower()}{text[1:]}"
        if text:
            found[label] = Row(label, text, number, label)
    own, label = str(answers.get("words", "")).strip(), LABELS[WORDS][language == "es"]
    if own and label not in found:
        found[label] = Row(label, own, 0, label)
    return tuple(found.values())


def _without(text: str, asked: set[str]) -> str:
    """Of what was noticed only that which has no line of its own."""
    return "; ".join(one for one in text.split("; ") if one not in asked)


def question(questions: Questions, step: Step, language: str) -> str:
    """The question of a follow-up page, speaking of what it is about."""
    if step.question is None:
        return ""
    text = name(step.question, language)
    if step.before is not None and step.question.id == NOW:
        return text.replace("{about}", _last_time(questions, step.before, language))
    if step.before is not None:
        return _asked_about(text, _spoken(questions, step.before, language))
    if step.notice is None:
        return text
    about = step.notice.about_es if language == "es" else step.notice.about_en
    return _asked_about(text, about)


def _asked_about(text: str, about: str) -> str:
    return text.replace("{about}", about).replace(" de el ", " del ")


def _spoken(questions: Questions, before: ReportedSymptom, language: str) -> str:
    """`the bruise`: how a question speaks of it, else its plain name."""
    own = interview.about(questions, before)
    if isinstance(own, Notice):
        return own.about_es if language == "es" else own.about_en
    return name(own, language)


def _last_time(questions: Questions, before: ReportedSymptom, language: str) -> str:
    """`bruise, mild`."""
    about = name(interview.about(questions, before), language)
    parts = [about[0].lower() + about[1:]]
    if before.severity is not None:
        how_bad = questions.questions["severity"].options[before.severity.id]
        parts.append(name(how_bad, language).lower())
    return ", ".join(parts)


def _label(questions: Questions, step: Step, language: str) -> str:
    if step.before is not None:
        return name(interview.about(questions, step.before), language)
    if step.notice is not None:
        return name(step.notice, language)
    return LABELS[step.id][language == "es"]


def _text(questions: Questions, answers: Answers, step: Step, day: int, language: str) -> str:
    if step.id == FIRST:
        return flags(questions, answers, language)
    if step.id == NOTICED:
        return _listed(interview.ticked(questions, answers), language)
    if step.id == WORDS:
        return str(answers.get("words", ""))
    return ", ".join(_short(option, language) for option in interview.chosen(answers, step, day))


def flags(questions: Questions, answers: Answers, language: str) -> str:
    """What was answered to the red-flag page."""
    if answers.get("no_flags"):
        return NO_FLAGS[language == "es"]
    ticked = [one for one in questions.red_flags.values() if one.id in answers.get("flags", ())]
    unsure = [UNSURE[language == "es"]] if answers.get("unsure") else []
    return "; ".join([name(one, language) for one in ticked] + unsure)


def _listed(named: Iterable[Named], language: str) -> str:
    return "; ".join(name(one, language) for one in named)


def _short(option: Option, language: str) -> str:
    short = option.short_es if language == "es" else option.short_en
    return short or name(option, language)


def joined(names: list[str], language: str) -> str:
    """`a, b and c`."""
    pairs = zip(between(names, language), names, strict=True)
    return "".join(before + name for before, name in pairs)


def between(names: list[str], language: str) -> list[str]:
    """What stands before each name of a sentence: nothing, commas, and at last an `and`.

    Spanish says `e` and not `y` before the sound of an i.
    """
    if len(names) < 2:
        return [""] * len(names)
    spoken_i = names[-1].lower().startswith(("i", "hi"))
    last = " and " if language == "en" else (" e " if spoken_i else " y ")
    return ["", *([", "] * (len(names) - 2)), last]
