"""A call that stands for what was told before, beside a new report that needs none. Pure."""

from reporter.clinic.casebook import Case
from reporter.rules.advice import Advice
from reporter.rules.levels import Level
from reporter.web.promised import Called

NEW_MESSAGE = ("We have your new message", "Recibimos su nuevo mensaje")


def stands(case: Case | None) -> bool:
    """Whether somebody is to call anyway."""
    return case is not None and case.is_open and case.level >= Level.CALL_BACK


def title(advice: Advice, called: Called, language: str) -> str:
    """In the place of "no call today": the call, where its time can be said."""
    if not called.by or called.spoke or called.late:
        return NEW_MESSAGE[language == "es"]
    texts = advice.results["call_back"]
    return texts.title_es if language == "es" else texts.title_en
