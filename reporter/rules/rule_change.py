"""One rule changed in a rule set's files; the levels that its cases state follow."""

from __future__ import annotations

from collections.abc import Mapping

from reporter.rules.knowledge import Knowledge, read
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import read_cases
from reporter.rules.rule_text import Value, with_case_level, with_keys
from reporter.rules.triage import decide

Keys = Mapping[str, Value]


def changed(files: Mapping[str, str], rule_id: str, keys: Keys) -> dict[str, str]:
    """The files with these keys of one rule. Raise KnowledgeError when the set cannot hold them.

    Only expected levels of cases follow, and they show as changes: a case that begins or ceases
    to fire must be rewritten by hand, since it says what the rule is for.
    """
    rules = with_keys(files["rules.toml"], rule_id, keys)
    after = {**files, "rules.toml": rules}
    return {**after, CASES: _cases_following(files, read(files), read(after))}


def _cases_following(files: Mapping[str, str], before: Knowledge, after: Knowledge) -> str:
    text = files[CASES]
    for case in read_cases(text, before):
        old, new = (decide(case.report, rules, case.words).level for rules in (before, after))
        if case.level == old != new:
            text = with_case_level(text, case.place, new.id)
    return text
