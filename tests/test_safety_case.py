"""The safety case names real tests, and leaves no hazard without its parts."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/safety-case.md").read_text("utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PARTS = ("Cause", "Harm", "Rating", "Control", "Tests", "Residual risk")
# Every hazard has a heading like "## H04 A promise nobody keeps".
SECTIONS = {
    part.partition("\n")[0]: part.partition("\n")[2]
    for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)
    if re.match(r"H\d\d ", part)
}


def parts_of(section: str) -> dict[str, str]:
    found = re.split(r"^- \*\*([A-Z][a-z ]+)\.\*\* ", section, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_hazards_are_numbered_without_gaps() -> None:
    numbers = [int(title[1:3]) for title in SECTIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20


@pytest.mark.parametrize("title", SECTIONS)
def test_each_hazard_has_all_its_parts(title: str) -> None:
    parts = parts_of(SECTIONS[title])
    assert tuple(parts) == PARTS
    assert all(words.strip() for words in parts.values())
    assert TEST.search(parts["Tests"]), "no test shows the control"
    assert re.match(r"Severity [1-5] × likelihood [1-5]\.", parts["Rating"])


@pytest.mark.parametrize("path", sorted({path for path, _ in TEST.findall(TEXT)}))
def test_every_test_that_is_named_exists(path: str) -> None:
    named = {name for file, name in TEST.findall(TEXT) if file == path}
    assert (ROOT / path).is_file()
    assert named <= names_in(ROOT / path)


def test_nothing_that_looks_like_a_test_is_left_unchecked() -> None:
    assert len(re.findall(r"tests?/\S*::", TEXT)) == len(TEST.findall(TEXT))
