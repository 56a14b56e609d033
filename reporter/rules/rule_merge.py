"""Two changed copies of one rule set brought together, entry by entry, over what both grew from.

Pure. What only one side changed is taken from that side. What both changed otherwise stays as it
is in `ours` and is named as a conflict, for a clinician to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reporter.rules import knowledge
from reporter.rules.entries import KnowledgeError
from reporter.rules.rule_blocks import Block, blocks, content, joined, same
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import read_cases
from reporter.rules.rule_text import with_case_level
from reporter.rules.triage import decide

Files = Mapping[str, str]
RULES: Final = "rules.toml"


@dataclass(frozen=True)
class Conflict:
    """One entry that both changed. An empty text: that side has taken it out.

    ``against`` says in plain words whose `theirs` is.
    """

    file: str
    name: str
    ours: str
    theirs: str
    our_cases: str = ""
    their_cases: str = ""
    against: str = ""


@dataclass(frozen=True)
class Merged:
    files: Mapping[str, str]
    conflicts: tuple[Conflict, ...]


def brought_together(base: Files, ours: Files, theirs: Files, against: str) -> Merged:
    """Both changes in files that can be read, cases included."""
    found = merged(base, ours, theirs)
    try:
        files = cases_following(found.files, ours)
    except KnowledgeError:
        # Each for itself could be read: together a rule is shadowed, or two ask the same.
        found = theirs_with_conflicts(base, ours, theirs)
        files = dict(found.files)
    return Merged(files, tuple(replace(one, against=against) for one in found.conflicts))


def merged(base: Files, ours: Files, theirs: Files) -> Merged:
    """Both changes together. The files may still be refused by `knowledge.read`."""
    files: dict[str, str] = {}
    conflicts: list[Conflict] = []
    for name in knowledge.FILES:
        files[name], found = _merged_file(name, base[name], ours[name], theirs[name])
        conflicts += found
    kept = {one.name for one in conflicts if one.file == RULES}
    files[CASES] = _merged_cases(base[CASES], ours[CASES], theirs[CASES], files[RULES], kept)
    return Merged(files, tuple(_with_cases(one, ours, theirs) for one in conflicts))


def theirs_with_conflicts(base: Files, ours: Files, theirs: Files) -> Merged:
    """Where both together are no readable set: theirs, with each change of ours as a conflict."""
    conflicts = []
    for file in knowledge.FILES:
        was, our, their = (dict(_by_key(one[file])) for one in (base, ours, theirs))
        for key in dict.fromkeys([*was, *our]):
            changed = not same(was.get(key), our.get(key))
            if changed and not same(our.get(key), their.get(key)):
                conflicts.append(_conflict(file, key, our.get(key), their.get(key)))
    return Merged(dict(theirs), tuple(_with_cases(one, ours, theirs) for one in conflicts))


def chosen(files: Files, conflict: Conflict, ours: bool) -> dict[str, str]:
    """The files with one side of a conflict. They may still be refused by `knowledge.read`."""
    text = conflict.ours if ours else conflict.theirs
    after = {**files, conflict.file: _with_entry(files[conflict.file], conflict.name, text)}
    if conflict.file == RULES:
        cases = conflict.our_cases if ours else conflict.their_cases
        after[CASES] = _with_group(files[CASES], conflict.name, cases)
    return after


def cases_following(files: Files, other: Files) -> dict[str, str]:
    """The files with the levels of their cases as these rules decide.

    A case that would be lower than it says and than `other` decides is left to fail: somebody
    must look at it.
    """
    known, before = knowledge.read(files), knowledge.read(other)
    text = files[CASES]
    for case in read_cases(text, known):
        level = decide(case.report, known, case.words).level
        told = {entry.symptom for entry in case.report.symptoms} | {*case.report.unsure}
        agreed = (
            told <= before.symptoms.keys()
            and decide(case.report, before, case.words).level == level
        )
        if level > case.level or (level < case.level and agreed):
            text = with_case_level(text, case.place, level.id)
    return {**files, CASES: text}


def _by_key(text: str) -> Iterator[tuple[str, Block]]:
    yield from ((one.key, one) for one in blocks(text)[1])


def _merged_file(file: str, base: str, ours: str, theirs: str) -> tuple[str, list[Conflict]]:
    if ours == base:
        return theirs, []
    if theirs == base:
        return ours, []
    was, our = dict(_by_key(base)), dict(_by_key(ours))
    head, their_blocks = blocks(theirs)
    kept: list[Block] = []
    conflicts: list[Conflict] = []
    for their in their_blocks:
        pick, conflict = _pick(file, was.get(their.key), our.get(their.key), their)
        kept.append(Block(their.kind, their.name, pick.body if pick else "", their.tail))
        conflicts += [conflict] if conflict else []
    their_keys = {one.key for one in their_blocks}
    for key, mine in our.items():
        if key not in their_keys:
            pick, conflict = _pick(file, was.get(key), mine, None)
            kept += [pick] if pick else []
            conflicts += [conflict] if conflict else []
    return joined(head, kept), conflicts


def _pick(
    file: str, was: Block | None, our: Block | None, their: Block | None
) -> tuple[Block | None, Conflict | None]:
    """Which side's entry stands, and the conflict where both changed it otherwise."""
    if same(our, was) and not (same(their, was) and our):
        return their, None
    if same(their, was) or same(our, their):
        return our, None
    found = our or their
    return our, _conflict(file, found.key, our, their) if found else None


def _conflict(file: str, key: str, our: Block | None, their: Block | None) -> Conflict:
    return Conflict(file, key, our.body if our else "", their.body if their else "")


def _with_cases(one: Conflict, ours: Files, theirs: Files) -> Conflict:
    if one.file != RULES:
        return one
    name = one.name.partition(" ")[2]
    cases = _group(ours[CASES], name), _group(theirs[CASES], name)
    return replace(one, our_cases=cases[0], their_cases=cases[1])


def _group(cases: str, rule: str) -> str:
    return "\n".join(one.body for one in blocks(cases)[1] if one.name == rule)


def _merged_cases(base: str, ours: str, theirs: str, rules: str, kept: set[str]) -> str:
    """The cases of each rule from the side that changed them; from both where both did."""
    head = blocks(theirs)[0]
    was, our, their = (_groups(blocks(text)[1]) for text in (base, ours, theirs))
    found: list[Block] = []
    for rule in dict.fromkeys([*their, *our]):
        mine, others = our.get(rule, []), their.get(rule, [])
        if f"rule {rule}" in kept or _alike(others, was.get(rule, [])):
            found += mine
        elif _alike(mine, was.get(rule, [])):
            found += others
        else:
            old = [content(one) for one in (*was.get(rule, []), *others)]
            found += [*others, *(one for one in mine if content(one) not in old)]
    named = {one.name for one in blocks(rules)[1]}
    return joined(head, [one for one in found if one.name in named])


def _groups(found: list[Block]) -> dict[str, list[Block]]:
    groups: dict[str, list[Block]] = {}
    for one in found:
        groups.setdefault(one.name, []).append(one)
    return groups


def _alike(first: list[Block], second: list[Block]) -> bool:
    return [content(one) for one in first] == [content(one) for one in second]


def _with_entry(text: str, key: str, body: str) -> str:
    head, found = blocks(text)
    if key in {one.key for one in found}:
        swapped = [
            Block(one.kind, one.name, body if one.key == key else one.body, one.tail)
            for one in found
        ]
        return joined(head, swapped)
    return text.rstrip("\n") + f"\n\n{body}" if body else text


def _with_group(text: str, key: str, cases: str) -> str:
    head, found = blocks(text)
    rule = key.partition(" ")[2]
    rest = joined(head, [one for one in found if one.name != rule])
    return rest.rstrip("\n") + f"\n\n{cases}" if cases else rest
