"""The loader: what it gives, and that everything it cannot trust stops the start with a mend."""

import re
from pathlib import Path

import pytest

from reporter.rules import knowledge
from reporter.rules.knowledge import KnowledgeError
from reporter.rules.levels import JUDGEMENT, Level

SYMPTOMS = """
[[symptom]]
id = "headache"
clinical = "Headache"
en = "a headache"
es = "dolor de cabeza"
usual_until_day = 3
sources = ["a paper"]

[[symptom]]
id = "trouble_swallowing"
clinical = "Dysphagia"
en = "trouble swallowing"
es = "dificultad para tragar"
domain = "bulbar"
red_flag = true
sources = ["a label"]
"""
PATIENTS = """
[[area]]
id = "neck"
en = "the neck"
es = "el cuello"

[[factor]]
id = "child"
en = "age under 18"
es = "menor de 18"
"""
RULES = """
[[rule]]
id = "swallowing"
level = "emergency"
when.any_of = ["trouble_swallowing"]
because = "Trouble swallowing."
sources = ["a label"]
reviewed_by = ""
reviewed_on = ""

[[rule]]
id = "headache"
level = "call_back"
when.any_of = ["headache"]
when.day_from = 4
because = "Headache."
sources = ["clinical judgement, not verified"]
"""
CHECKINS = """
[[checkin]]
day = 1
hour = "10:30"
exact = true
window_hours = 12
wording = "day_1"
because = "Peak."
sources = ["a paper"]

[[checkin]]
day = 3
hour = "10:30"
exact = true
reminder_hour = "17:30"
window_hours = 24
wording = "day_3"
because = "Onset."
sources = ["a paper"]
"""
FILES = {
    "symptoms.toml": SYMPTOMS,
    "patients.toml": PATIENTS,
    "rules.toml": RULES,
    "checkins.toml": CHECKINS,
}


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file]
    return FILES | {file: FILES[file].replace(old, new, 1)}


def refusal(file: str, old: str, new: str) -> str:
    with pytest.raises(KnowledgeError) as refused:
        knowledge.read(changed(file, old, new))
    return str(refused.value)


def test_the_small_knowledge_is_read() -> None:
    small = knowledge.read(FILES)
    assert [rule.id for rule in small.rules] == ["swallowing", "headache"]
    assert small.rules[0].level is Level.EMERGENCY
    assert small.red_flags == ("trouble_swallowing",)
    assert [checkin.day for checkin in small.checkins] == [1, 3]


HEAD = 'when.any_of = ["headache"]'
REFUSED = [
    # file, what stands there, what stands there instead, what the sentence must say
    ("rules.toml", '["headache"]', '["headake"]', ["rules.toml", "'headache'", "'headake'"]),
    ("rules.toml", "when.any_of", "when.any_off", ["swallowing", "unknown key", "'any_of'"]),
    ("rules.toml", "because", "becuase", ["swallowing", "has no because"]),
    ("rules.toml", 'reviewed_by = ""', 'reviewd_by = ""', ["unknown key", "'reviewed_by'"]),
    ("rules.toml", '"call_back"', '"callback"', ["unknown id", "'call_back'"]),
    ("rules.toml", '"call_back"', '"self_care"', ["needs level"]),
    ("rules.toml", 'sources = ["a label"]', "", ["has no sources", JUDGEMENT]),
    ("rules.toml", 'sources = ["a label"]', "sources = []", ["empty list"]),
    ("rules.toml", 'sources = ["a label"]', 'sources = [" "]', ["list of texts"]),
    ("rules.toml", 'because = "Headache."', 'because = " "', ["because", "blank"]),
    ("rules.toml", 'id = "headache"', 'id = "swallowing"', ["'swallowing'", "twice"]),
    ("rules.toml", "[[rule]]", "[[rules]]", ["unknown part", "'rule'"]),
    ("rules.toml", "[[rule]]", "[[rule]", ["rules.toml", "not TOML"]),
    ("rules.toml", 'reviewed_on = ""', 'reviewed_on = "soon"', ["date such as"]),
    ("rules.toml", 'reviewed_by = ""', 'reviewed_by = "Dr. Lin"', ["need each other"]),
    ("rules.toml", HEAD, 'when.any_of = ["headache", "headache"]', ["names one thing twice"]),
    ("rules.toml", HEAD, "when.any_of = []", ["empty list"]),
    ("rules.toml", HEAD, 'when.any_of = "headache"', ["list of texts"]),
    ("rules.toml", HEAD, 'when.severity_at_least = "mild"', ["needs a symptom"]),
    ("rules.toml", HEAD, 'when.trend = ["worse"]', ["trend needs a symptom"]),
    ("rules.toml", f"{HEAD}\nwhen.day_from = 4", "when = {}", ["asks nothing"]),
    ("rules.toml", f"{HEAD}\nwhen.day_from = 4", "when = 4", ["must be a table"]),
    ("rules.toml", f"{HEAD}\nwhen.day_from = 4", "", ["has no when"]),
    ("rules.toml", HEAD, f"{HEAD}\nwhen.any_symptom = true", ["any_symptom makes any_of"]),
    ("rules.toml", HEAD, f"{HEAD}\nwhen.any_symptom = 1", ["true or false"]),
    ("rules.toml", "day_from = 4", "day_from = -4", ["whole number"]),
    ("rules.toml", "day_from = 4", "day_from = true", ["whole number"]),
    ("rules.toml", "day_from = 4", "day_from = 4\nwhen.day_to = 3", ["never fire", "day_to 3"]),
    ("rules.toml", "day_from = 4", "onset_from = 4\nwhen.onset_to = 3", ["never fire", "onset"]),
    ("rules.toml", "day_from = 4", 'none_of = ["headache"]', ["can never fire"]),
    ("rules.toml", "day_from = 4", 'factors = ["kid"]', ["unknown id", "factors"]),
    ("rules.toml", "day_from = 4", 'areas = ["nek"]', ["unknown id", "'neck'"]),
    ("rules.toml", "day_from = 4", 'domains = ["bulbar"]', ["need each other"]),
    ("rules.toml", HEAD, 'when.domains = ["bulbar"]\nwhen.domains_at_least = 2', ["never fire"]),
    ("rules.toml", HEAD, 'when.domains = ["eye"]\nwhen.domains_at_least = 1', ["never fire"]),
    ("rules.toml", HEAD, 'when.any_of = ["trouble_swallowing"]', ["'headache'", "shadowed"]),
    ("rules.toml", HEAD, 'when.all_of = ["headache", "trouble_swallowing"]', ["shadowed"]),
    ("rules.toml", HEAD, 'when.any_domain = ["throat"]', ["unknown id", "any_domain"]),
    ("rules.toml", HEAD, "when.words_deny = true", ["words_deny needs a symptom"]),
    ("rules.toml", HEAD, "when.answered_no = true", ["answered_no needs a symptom"]),
    ("rules.toml", HEAD, "when.unless_fluids_pass = true", ["needs a symptom"]),
    ("rules.toml", "day_from = 4", 'words = ["kid"]', ["unknown id", "words"]),
    ("rules.toml", "day_from = 4", 'words_of_another = ["child"]', ["unknown id"]),
    ("rules.toml", "day_from = 4", 'words_of_another = ["trouble_swallowing"]', ["shadowed"]),
    ("rules.toml", "day_from = 4", 'words = ["trouble_swallowing"]', ["'headache'", "shadowed"]),
    ("rules.toml", "day_from = 4", 'last_any_of = ["headake"]', ["unknown id", "'headache'"]),
    ("rules.toml", "day_from = 4", 'last_any_domain = ["throat"]', ["unknown id"]),
    ("rules.toml", "day_from = 4", "words = []", ["empty list"]),
    ("symptoms.toml", 'domain = "bulbar"', 'domain = "bulbous"', ["'bulbar'", "swallowing"]),
    ("symptoms.toml", 'sources = ["a paper"]', "", ["symptoms.toml", "headache", "no sources"]),
    ("symptoms.toml", 'en = "a headache"\n', "", ["has no en"]),
    ("symptoms.toml", "usual_until_day", "usual_day", ["unknown key", "'usual_until_day'"]),
    ("patients.toml", 'id = "neck"', "id = 4", ["patients.toml", "area", "id must be a text"]),
    ("patients.toml", "[[factor]]", "[[area]]", ["no [[factor]]"]),
    ("patients.toml", "[[factor]]", "[factor]", ["written as [[factor]]"]),
    ("checkins.toml", '"17:30"', '"5:30 pm"', ["checkins.toml", "not an hour"]),
    ("checkins.toml", "day = 3", "day = 1", ["twice"]),
    ("checkins.toml", "day = 1", "day = 7", ["sort the days"]),
    ("checkins.toml", "day = 3\n", "", ["has no day"]),
    ("checkins.toml", "window_hours = 12", "window_hours = 49", ["before the window"]),
    ("checkins.toml", "window_hours = 12", "window_hours = 0", ["at least 1"]),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), REFUSED)
def test_what_cannot_be_trusted_is_refused(file: str, old: str, new: str, said: list[str]) -> None:
    sentence = refusal(file, old, new)
    for part in (file, *said):
        assert part in sentence


def test_two_rules_that_ask_the_same_are_refused() -> None:
    copy = '[[rule]]\nid = "again"\nlevel = "urgent"\nwhen.any_of = ["trouble_swallowing"]\n'
    copy += 'because = "Again."\nsources = ["a label"]\n\n'
    second = '[[rule]]\nid = "headache"'
    sentence = refusal("rules.toml", second, copy + second)
    assert "'again'" in sentence
    assert "asks the same as 'swallowing'" in sentence


def test_none_of_is_refused_where_an_added_symptom_would_lower_the_level() -> None:
    lowering = 'when.any_of = ["trouble_swallowing"]\nwhen.none_of = ["headache"]'
    sentence = refusal("rules.toml", 'when.any_of = ["trouble_swallowing"]', lowering)
    assert "'swallowing'" in sentence
    assert "would lower the level" in sentence


def test_none_of_is_accepted_where_a_rule_as_urgent_takes_over() -> None:
    alone = 'when.day_from = 4\nwhen.none_of = ["trouble_swallowing"]'
    files = changed("rules.toml", "when.day_from = 4", alone)
    assert len(knowledge.read(files).rules) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"symptoms\.toml: cannot be read"):
        knowledge.load(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "rules.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(KnowledgeError, match=r"rules\.toml: cannot be read"):
        knowledge.load(tmp_path)


def test_the_ruleset_id_follows_content_and_not_layout() -> None:
    plain = knowledge.read(FILES).ruleset
    assert re.fullmatch("[0-9a-f]{12}", plain)
    commented = changed("rules.toml", "[[rule]]", "# a remark\n\n[[rule]]")
    assert knowledge.read(commented).ruleset == plain
    first, second = RULES.split("[[rule]]\n")[1:]
    swapped = FILES | {"rules.toml": f"[[rule]]\n{second}\n[[rule]]\n{first}"}
    assert knowledge.read(swapped).ruleset == plain


def test_a_signature_leaves_the_ruleset_id_as_it_is() -> None:
    unsigned = 'reviewed_by = ""\nreviewed_on = ""'
    signed = 'reviewed_by = "Dr. Lin"\nreviewed_on = "2026-11-20"'
    read = knowledge.read(changed("rules.toml", unsigned, signed))
    assert read.ruleset == knowledge.read(FILES).ruleset
    assert read.rules[0].reviewed_by == "Dr. Lin"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules.toml", "day_from = 4", "day_from = 5"),
        ("rules.toml", '"call_back"', '"urgent"'),
        ("rules.toml", "Headache.", "A headache."),
        ("symptoms.toml", "usual_until_day = 3", "usual_until_day = 4"),
    ],
)
def test_every_change_of_what_decides_changes_the_ruleset_id(file: str, old: str, new: str) -> None:
    assert knowledge.read(changed(file, old, new)).ruleset != knowledge.read(FILES).ruleset


@pytest.mark.parametrize(
    "asked",
    [
        'when.words = ["headache", "child"]',
        'when.words_of_another = ["headache"]',
        'when.any_of = ["headache"]\nwhen.words_deny = true',
        'when.any_of = ["headache"]\nwhen.answered_no = true',
        'when.any_of = ["headache"]\nwhen.last_any_domain = ["bulbar"]',
        'when.any_of = ["headache"]\nwhen.last_any_of = ["trouble_swallowing"]',
    ],
)
def test_what_words_and_the_last_report_say_may_be_asked(asked: str) -> None:
    """Each of these fires on some report, and on one that no more urgent rule takes."""
    files = changed("rules.toml", f"{HEAD}\nwhen.day_from = 4", asked)
    assert len(knowledge.read(files).rules) == 2


def test_a_key_that_asks_nothing_is_not_part_of_the_ruleset_id() -> None:
    said = changed("rules.toml", "when.day_from = 4", "when.day_from = 4\nwhen.call_me = false")
    assert knowledge.read(said).ruleset == knowledge.read(FILES).ruleset
