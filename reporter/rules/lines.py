"""The body of ``reporter triage``: one report a line in, one decision a line out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn, TextIO

from reporter.rules.explain import changes, matched
from reporter.rules.knowledge import Knowledge
from reporter.rules.mention import Mention
from reporter.rules.report import ReportError, from_json
from reporter.rules.triage import Decision, Reason, decide_with_words

EVERY_LINE_DECIDED: Final = 0
A_LINE_REFUSED: Final = 2


def triage_lines(
    lines: Iterable[str],
    knowledge: Knowledge,
    out: TextIO,
    err: TextIO,
    *,
    explain: bool = False,
) -> int:
    """Decide each JSON line, in order; blank lines are skipped.

    A line that cannot be decided is named on ``err`` with what is wrong, and the others are still
    answered. Returns the exit status: 0 when every line was decided, 2 when one was refused.
    With ``explain`` each answer also says what each rule fired on, and which other answers would
    have changed the level.
    """
    status = EVERY_LINE_DECIDED
    for number, line in enumerate(lines, start=1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        try:
            answer = _answer(line, knowledge, explain)
        except ReportError as error:
            status = A_LINE_REFUSED
            err.write(f"line {number}: {error}\n")
        else:
            out.write(json.dumps(answer) + "\n")
    return status


def decision_to_json(report_id: str, decision: Decision) -> dict[str, object]:
    """The answer of the vocabulary: level, reasons, words, needs_reading and ruleset."""
    return {
        "id": report_id,
        "level": decision.level.id,
        "reasons": [_reason(reason) for reason in decision.reasons],
        "words": [_word(mention) for mention in decision.words],
        "needs_reading": decision.needs_reading,
        "ruleset": decision.ruleset,
    }


def _answer(line: str, knowledge: Knowledge, explain: bool) -> dict[str, object]:
    report = from_json(_decoded(line), knowledge)
    decision = decide_with_words(report, knowledge)
    answer = decision_to_json(report.id, decision)
    if explain:
        answer["matched"] = [
            {"rule": one.rule, "answers": list(one.answers)}
            for one in matched(report, knowledge, decision)
        ]
        answer["would_change"] = list(changes(report, decision, knowledge))
    return answer


def _reason(reason: Reason) -> dict[str, str]:
    return {
        "rule": reason.rule,
        "level": reason.level.id,
        "because": reason.because,
        "source": reason.source,
    }


def _word(mention: Mention) -> dict[str, object]:
    return {
        "symptom": mention.symptom,
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "status": mention.status,
    }


def _decoded(line: str) -> object:
    try:
        return json.loads(
            line.strip("\ufeff \t\r\n"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_once_each,
        )
    except ReportError:
        raise
    except json.JSONDecodeError as error:
        raise ReportError(f"is not JSON: {error.msg} at character {error.pos + 1}") from error
    except ValueError as error:
        # Python refuses to read a number of thousands of digits.
        raise ReportError("holds a number that is too long") from error
    except RecursionError as error:
        raise ReportError("is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ReportError(f"holds {name}, which is not JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The last of two equal keys would win in silence, and with it perhaps an empty symptom list.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ReportError("names one key twice")
    return found
