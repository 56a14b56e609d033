"""Two copies of one rule set brought together: nothing that one side changed is lost."""

import re
from collections.abc import Mapping

import pytest

from reporter.rules import knowledge
from reporter.rules.difference import changes
from reporter.rules.knowledge import HOME
from reporter.rules.levels import Level
from reporter.rules.rule_blocks import blocks, joined
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import failures, read_cases
from reporter.rules.rule_change import changed
from reporter.rules.rule_merge import brought_together, cases_following, chosen
from reporter.rules.rule_text import Value

FILES = {name: (HOME / name).read_text("utf-8") for name in (*knowledge.FILES, CASES)}
NEW_RULE = """
[[rule]]
id = "{id}"
level = "call_back"
when.any_of = ["{symptom}"]
when.products = ["Testotox"]
because = "A made-up rule."
sources = ["clinical judgement, not verified"]
reviewed_by = ""
reviewed_on = ""
"""
NEW_CASES = """
[[case]]
rule = "{id}"
fires = true
level = "call_back"
report = {{ product = "Testotox", symptoms = [{{ symptom = "{symptom}", severity = "mild" }}] }}

[[case]]
rule = "{id}"
fires = false
level = "self_care"
report = {{ symptoms = [{{ symptom = "{symptom}", severity = "mild" }}], days_since_treatment = 2 }}
"""

Files = Mapping[str, str]


def with_rule(files: Files, rule: str, **keys: Value) -> dict[str, str]:
    return changed(files, rule, {key.replace("__", "."): value for key, value in keys.items()})


def with_new(files: Files, id: str, symptom: str = "sweating") -> dict[str, str]:
    rules = files["rules.toml"] + NEW_RULE.format(id=id, symptom=symptom)
    return {
        **files,
        "rules.toml": rules,
        CASES: files[CASES] + NEW_CASES.format(id=id, symptom=symptom),
    }


def without(files: Files, rule: str) -> dict[str, str]:
    found = {}
    for name in ("rules.toml", CASES):
        head, entries = blocks(files[name])
        found[name] = joined(head, [one for one in entries if one.name != rule])
    return {**files, **found}


def together(ours: Files, theirs: Files) -> tuple[dict[str, str], list[str]]:
    found = brought_together(FILES, ours, theirs, "the upgrade")
    known = knowledge.read(found.files)
    assert failures(read_cases(found.files[CASES], known), known) == ()
    return dict(found.files), [one.name for one in found.conflicts]


def level(files: Files, rule: str) -> Level:
    return {one.id: one.level for one in knowledge.read(files).rules}[rule]


def test_cutting_a_file_and_joining_it_again_changes_nothing() -> None:
    for text in FILES.values():
        assert joined(*blocks(text)) == text


def test_a_clinic_that_changed_nothing_gets_exactly_what_ships() -> None:
    theirs = with_new(with_rule(FILES, "drooling", level="emergency"), "brand_new")
    files, conflicts = together(FILES, theirs)
    assert files == theirs and not conflicts


def test_both_changes_are_kept() -> None:
    ours = with_new(with_rule(FILES, "no_effect", when__day_from=21), "clinic_own")
    ours = cases_following(without(ours, "cough_type_b"), ours)
    theirs = with_new(with_rule(FILES, "drooling", level="emergency"), "brand_new", "dizziness")
    base = {one.id for one in knowledge.read(FILES).rules}
    found = brought_together(FILES, ours, theirs, "the upgrade")
    known = knowledge.read(found.files)
    ids = {one.id for one in known.rules}
    assert not found.conflicts
    assert ids == (base | {"clinic_own", "brand_new"}) - {"cough_type_b"}
    assert level(found.files, "drooling") is Level.EMERGENCY
    (rule,) = [one for one in known.rules if one.id == "no_effect"]
    assert rule.when.day_from == 21
    # What the shipped file says in its comments stays, and each rule has its cases.
    assert found.files["rules.toml"].count("\n# ----") == FILES["rules.toml"].count("\n# ----")
    assert {one.rule for one in read_cases(found.files[CASES], known)} == ids


def test_a_rule_that_both_changed_is_a_conflict_and_ours_until_chosen() -> None:
    ours = with_rule(FILES, "hoarse_voice", level="emergency")
    theirs = with_rule(FILES, "hoarse_voice", when__day_from=1)
    found = brought_together(FILES, ours, theirs, "the upgrade")
    (conflict,) = found.conflicts
    assert (conflict.name, conflict.against) == ("rule hoarse_voice", "the upgrade")
    assert level(found.files, "hoarse_voice") is Level.EMERGENCY
    kept = cases_following(chosen(found.files, conflict, ours=True), found.files)
    assert changes(knowledge.read(found.files), knowledge.read(kept)) == ()
    taken = cases_following(chosen(found.files, conflict, ours=False), found.files)
    assert changes(knowledge.read(theirs), knowledge.read(taken)) == ()
    assert "when.day_from = 1" in taken["rules.toml"]


@pytest.mark.parametrize("ours_removes", [True, False])
def test_taken_out_on_one_side_and_changed_on_the_other_is_a_conflict(ours_removes: bool) -> None:
    removed, other = (
        without(FILES, "cough_type_b"),
        with_rule(FILES, "cough_type_b", level="emergency"),
    )
    ours, theirs = (removed, other) if ours_removes else (other, removed)
    files, conflicts = together(ours, theirs)
    assert conflicts == ["rule cough_type_b"]
    assert ("cough_type_b" in {one.id for one in knowledge.read(files).rules}) is not ours_removes
    (conflict,) = brought_together(FILES, ours, theirs, "x").conflicts
    for side in (True, False):
        ids = {one.id for one in knowledge.read(chosen(files, conflict, side)).rules}
        assert ("cough_type_b" in ids) is (side is not ours_removes)


def test_the_same_change_on_both_sides_and_a_signature_are_no_conflict() -> None:
    ours = with_rule(FILES, "drooling", level="emergency")
    signed = with_rule(ours, "hives", reviewed_by="Ann Lin", reviewed_on="2026-11-20")
    theirs = with_rule(FILES, "drooling", level="emergency")
    theirs = {**theirs, "checkins.toml": theirs["checkins.toml"] + "# a remark\n"}
    files, conflicts = together(signed, theirs)
    assert not conflicts
    (hives,) = [one for one in knowledge.read(files).rules if one.id == "hives"]
    assert hives.reviewed_by == "Ann Lin"
    # A rule that says something else now was not signed by that.
    harsher = with_rule(theirs, "hives", level="emergency")
    files, conflicts = together(signed, harsher)
    assert not conflicts
    (hives,) = [one for one in knowledge.read(files).rules if one.id == "hives"]
    assert (hives.level, hives.reviewed_by) == (Level.EMERGENCY, "")


def test_what_cannot_stand_together_is_theirs_with_ours_to_choose() -> None:
    """Each set can be read; together two rules would ask the same."""
    ours, theirs = with_new(FILES, "clinic_own"), with_new(FILES, "brand_new")
    found = brought_together(FILES, ours, theirs, "the upgrade")
    assert found.files["rules.toml"] == theirs["rules.toml"]
    assert [one.name for one in found.conflicts] == ["rule clinic_own"]
    assert 'id = "clinic_own"' in found.conflicts[0].ours and not found.conflicts[0].theirs


def test_other_files_are_merged_too() -> None:
    name = "symptoms.toml"
    ours = {**FILES, name: re.sub(r'(?m)^en = "', 'en = "our ', FILES[name], count=1)}
    _, entries = blocks(FILES[name])
    last = entries[-1]
    theirs = {
        **FILES,
        name: FILES[name].replace(last.body, last.body.replace('en = "', 'en = "x ')),
    }
    files, conflicts = together(ours, theirs)
    assert not conflicts and 'en = "our ' in files[name] and 'en = "x ' in files[name]


def test_the_level_of_a_case_follows_up_but_not_silently_down() -> None:
    lower = {
        **FILES,
        "rules.toml": with_rule(FILES, "hoarse_voice", level="call_back")["rules.toml"],
    }
    known = knowledge.read(lower)
    assert failures(read_cases(cases_following(lower, FILES)[CASES], known), known)
    assert not failures(read_cases(cases_following(lower, lower)[CASES], known), known)
