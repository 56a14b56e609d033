"""The body of `reporter words`: one text a line in, its readings as one JSON array a line out."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TextIO

from reporter.rules.lexicon import Lexicon, load
from reporter.rules.words import phrase_status, read

DONE = 0
REFUSED = 2


class BadLineError(ValueError):
    """A line that cannot be answered."""


def words_lines(
    lines: Iterable[str], lexicon: Lexicon, out: TextIO, err: TextIO, *, phrase: bool
) -> int:
    """Answer every line; exit status 2 when one was refused."""
    result = DONE
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\n").removesuffix("\r")
        try:
            answer = _status(text, lexicon) if phrase else _readings(text, lexicon)
        except BadLineError as error:
            print(f"line {number}: {error}", file=err)
            result = REFUSED
        else:
            print(answer, file=out)
    return result


def word_lines(lines: Iterable[str], out: TextIO, err: TextIO) -> int:
    """`reporter words` with the lists that ship with the product."""
    return words_lines(lines, load(), out, err, phrase=False)


def phrase_lines(lines: Iterable[str], out: TextIO, err: TextIO) -> int:
    """`reporter words --phrase` with the lists that ship with the product."""
    return words_lines(lines, load(), out, err, phrase=True)


def _readings(text: str, lexicon: Lexicon) -> str:
    _refuse_surrogates(text)
    return json.dumps([asdict(m) for m in read(text, lexicon)], ensure_ascii=False)


def _status(line: str, lexicon: Lexicon) -> str:
    _refuse_surrogates(line)
    phrase, tab, text = line.partition("\t")
    if not tab:
        raise BadLineError("no tab between the phrase and the text")
    if not phrase.strip():
        raise BadLineError("the phrase before the tab is empty")
    return phrase_status(phrase, text, lexicon)


def _refuse_surrogates(text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadLineError("half a character (a lone surrogate): the text is not valid Unicode")
