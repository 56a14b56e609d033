"""Changing one entry of a rules file as text, so that its comments and order stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reporter.rules.entries import KnowledgeError

Value = str | int | tuple[str, ...] | None


def with_keys(text: str, rule_id: str, keys: Mapping[str, Value]) -> str:
    """The text of rules.toml with these keys of one rule; None takes a key out.

    Keys are written as in the file: ``level``, ``when.day_from``. Only one-line values and lists
    of plain words are touched. Raise KnowledgeError when the rule is not there.
    """
    start, end = _block(text, rule_id)
    block = text[start:end]
    for key, value in keys.items():
        block = _with_key(block, key, value)
    return text[:start] + block + text[end:]


def _block(text: str, rule_id: str) -> tuple[int, int]:
    heads = [found.start() for found in re.finditer(r"^\[\[rule\]\]", text, re.M)]
    for start, end in zip(heads, [*heads[1:], len(text)], strict=True):
        if re.search(rf'^id = "{re.escape(rule_id)}"[ \t]*$', text[start:end], re.M):
            return start, end
    raise KnowledgeError(f"rules.toml: there is no [[rule]] with id {rule_id!a:.60}")


def _with_key(block: str, key: str, value: Value) -> str:
    line = re.compile(rf"^{re.escape(key)} = (?:[^\[\n]*|\[[^\]]*\][^\n]*)\n", re.M)
    written = "" if value is None else f"{key} = {_literal(value)}\n"
    if line.search(block):
        return line.sub(lambda _: written, block, count=1)
    head = re.compile(r"^level = .*\n", re.M)
    return head.sub(lambda found: found[0] + written, block, count=1)


def _literal(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    escaped = "".join(_escaped(sign) for sign in value)
    return f'"{escaped}"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else f"\\u{ord(sign):04X}"


def with_case_level(text: str, place: int, level: str) -> str:
    """The text of rules.cases.toml with another expected level for its case number `place`."""
    heads = [found.start() for found in re.finditer(r"^\[\[case\]\]", text, re.M)]
    ends = [*heads[1:], len(text)]
    start, end = heads[place - 1], ends[place - 1]
    block = re.sub(r"^level = .*$", f'level = "{level}"', text[start:end], count=1, flags=re.M)
    return text[:start] + block + text[end:]
