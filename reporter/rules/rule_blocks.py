"""A rules file cut into its entries as text, so that comments and order stay as they are. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

HEAD: Final = re.compile(r"^\[\[(\w+)\]\][ \t]*$", re.M)
SIGNATURE: Final = ("reviewed_by", "reviewed_on")


@dataclass(frozen=True)
class Block:
    """One entry. `tail` are the blank lines and comments that stand behind it."""

    kind: str
    name: str
    body: str
    tail: str = ""

    @property
    def key(self) -> str:
        """`rule drooling`: an area and a factor may have one id."""
        return f"{self.kind} {self.name}"


def blocks(text: str) -> tuple[str, list[Block]]:
    """What stands before the first entry, and the entries. The text must have been read once."""
    heads = list(HEAD.finditer(text))
    if not heads:
        return text, []
    ends = [one.start() for one in heads[1:]] + [len(text)]
    found = [_block(one[1], text[one.start() : end]) for one, end in zip(heads, ends, strict=True)]
    return text[: heads[0].start()], found


def _block(kind: str, text: str) -> Block:
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    body = "\n".join(lines) + "\n"
    table = _table(body)
    name = table.get("id", table.get("day", table.get("rule", "")))
    return Block(kind, str(name), body, text[len(body) :])


@lru_cache(maxsize=4096)
def _table(body: str) -> dict[str, Any]:
    (found,) = tomllib.loads(body).values()
    table: dict[str, Any] = found[0]
    return table


def content(block: Block) -> dict[str, Any]:
    """What an entry says, without who signed it; of a case, without the level that follows."""
    apart = {*SIGNATURE, "level"} if block.kind == "case" else {*SIGNATURE}
    return {key: value for key, value in _table(block.body).items() if key not in apart}


def same(first: Block | None, second: Block | None) -> bool:
    """Whether two entries say the same, whoever signed them."""
    if first is None or second is None:
        return first is second
    return content(first) == content(second)


def joined(head: str, found: list[Block]) -> str:
    """The file again. An entry without a body was taken out."""
    *rest, last = found or [Block("", "", "")]
    text = "".join(one.body + (one.tail or "\n") for one in rest)
    return head + text + last.body + last.tail
