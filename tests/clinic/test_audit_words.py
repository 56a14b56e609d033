"""Every kind of event that the code writes has plain words and a kind to be looked for by."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reporter.clinic import audit_words, mail_choices
from reporter.clinic.audit_trail import KINDS
from reporter.clinic.case_verbs import VERBS
from reporter.web.looks import LOOKS

ROOT = Path(__file__).parents[2] / "reporter"
CODE = sorted(ROOT.rglob("*.py"))
WRITERS = {"record": 3, "note_look": 0, "note": 2}  # and where the kind stands
KIND = re.compile(r"[a-z_]+\.[a-z_]+|log_in|log_out")
CHOICES = {mail_choices.AGREED, mail_choices.DECLINED, mail_choices.STOPPED, mail_choices.RESUMED}
RULESETS = {"live", "draft", "edit", "choose", "merge", "retire"}
# Those made of two parts: the first, and all that the second may be.
FAMILIES = {"case": {*VERBS, "open"}, "checkin_mail": CHOICES, "ruleset": RULESETS}
# Handed on by whoever calls, under a name: these modules hold all kinds that they hand on.
HANDED_ON = {"log_ins.py", "passkey_log_ins.py", "unlocking.py"}
THROUGH = {"looks.py", "at_hand.py", "mail_choices.py"}


def written() -> Iterator[tuple[str, str]]:
    """Every kind of event in the code, with the file that writes it."""
    for path in CODE:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from ((path.name, kind) for kind in kinds_of(path, node))
        if path.name in HANDED_ON:
            constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found = [one.value for one in constants if isinstance(one.value, str)]
            yield from ((path.name, one) for one in found if KIND.fullmatch(one))
    yield from (("looks.py", verb) for verb, _ in LOOKS.values())
    for first, seconds in FAMILIES.items():
        yield from ((first, f"{first}.{second}") for second in seconds)


def kinds_of(path: Path, call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in {"moved", "move"} and path.name.startswith("ruleset"):
        if isinstance(call.args[2], ast.Constant):
            yield f"ruleset.{call.args[2].value}"
        return
    if name not in WRITERS or len(call.args) <= WRITERS[name] or path.name == "audit.py":
        return
    kind = call.args[WRITERS[name]]
    if isinstance(kind, ast.Constant):
        if KIND.fullmatch(str(kind.value)):
            yield str(kind.value)
    elif isinstance(kind, ast.JoinedStr):
        first = kind.values[0]
        assert isinstance(first, ast.Constant) and str(first.value).strip(".") in FAMILIES, (
            f"{path.name}:{kind.lineno} writes a family of events: name its members here"
        )
    elif name != "note":
        assert path.name in HANDED_ON | THROUGH, f"{path.name}:{kind.lineno} hands a kind on"


def test_every_kind_has_words_and_is_found_by_a_kind() -> None:
    kinds = {kind: path for path, kind in written()}
    assert len(kinds) > 90
    wordless = {kind: path for kind, path in kinds.items() if kind not in audit_words.WORDS}
    assert not wordless, "give them words in audit_words.WORDS"
    assert not set(audit_words.WORDS) - set(kinds), "nothing writes these any more"
    likes = [like for _, some in KINDS.values() for like in some]
    shapes = [re.compile(like.replace(".", r"\.").replace("%", ".*")) for like in likes]
    assert not [kind for kind in kinds if not any(one.fullmatch(kind) for one in shapes)]


def test_words_read_like_words() -> None:
    for kind, words in audit_words.WORDS.items():
        assert re.fullmatch(r"[a-z][a-z0-9 ,'-]+( \| [^|_]*(\{[a-z_]+\}[^|_]*)+)?", words), kind


@pytest.mark.parametrize(
    ("verb", "details", "words"),
    [
        ("report.received", '{"level": "call_back", "case": null}', "call-back"),
        ("case.close", '{"state": "closing"}', "a second person confirms"),
        ("case.close", '{"state": "closed"}', ""),
        ("log_in", "{}", ""),
        ("staff.role", '{"before": "nurse", "after": "director"}', "from nurse to director"),
        (
            "clinic.setting",
            '{"setting": "duty_nurse", "before": "", "after": "Dana"}',
            "duty nurse: from “nothing” to “Dana”",
        ),
        ("on_call.tested", '{"said": "It answered."}', "It answered."),
        ("an_old.one", "{}", "an old.one"),
    ],
)
def test_what_was_written_with_it_is_said(verb: str, details: str, words: str) -> None:
    assert audit_words.more(verb, details) == words
    assert "_" not in audit_words.did(verb)
