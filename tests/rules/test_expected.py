"""How common mild effects are: a file that cannot be misread, and the closest rate wins."""

import pytest

from reporter.rules import expected
from reporter.rules.entries import KnowledgeError
from reporter.rules.knowledge import Knowledge

EFFECT = """
[[effect]]
id = "headache"
en = "a headache"
es = "dolor de cabeza"
gone_by_day = 3
sources = ["pubmed 34897957"]
"""
RATE = """
[[rate]]
id = "headache"
symptom = "headache"
per_1000 = 30
sources = ["jprasurg.com"]
"""


def test_the_shipped_file_names_only_mild_effects(knowledge: Knowledge) -> None:
    found = expected.load(knowledge)
    assert {"headache", "bruising", "injection_site_pain"} <= set(found.effects)
    for id, effect in found.effects.items():
        symptom = knowledge.symptoms[id]
        assert not symptom.red_flag and effect.en and effect.es
        assert (effect.gone_by_day or 0) <= (symptom.usual_until_day or 0)


@pytest.mark.parametrize(
    ("symptom", "product", "areas", "rate"),
    [
        ("headache", "Botox Cosmetic", (), "headache"),
        ("headache", "JEUVEAU 100 U", (), "headache_jeuveau"),
        ("headache", "Daxxify", ("glabella",), "headache_daxxify"),
        ("bruising", "Dysport", ("masseter", "chin"), "bruise_masseter"),
        ("bruising", "", (), "bruise"),
        ("chewing_weakness", "Botox", ("forehead",), None),
    ],
)
def test_the_rate_of_this_treatment_goes_before_that_of_all(
    knowledge: Knowledge, symptom: str, product: str, areas: tuple[str, ...], rate: str | None
) -> None:
    found = expected.load(knowledge).rate(symptom, product, areas)
    assert (found.id if found else None) == rate


def test_what_no_source_says_is_not_told(knowledge: Knowledge) -> None:
    judged = 'sources = ["clinical judgement, not verified"]'
    text = EFFECT.replace('sources = ["pubmed 34897957"]', judged)
    found = expected.read(text + RATE.replace('sources = ["jprasurg.com"]', judged), knowledge)
    assert "headache" in found.effects
    assert found.effect("headache") is None and found.rate("headache", "", ()) is None


@pytest.mark.parametrize(
    ("before", "after", "trouble"),
    [
        ("gone_by_day = 3", "gone_by_day = 9", "later than usual_until_day"),
        ('sources = ["pubmed 34897957"]', "", "has no sources"),
        ("per_1000 = 30", "per_1000 = 0", "at least 1"),
        ("per_1000 = 30", "per_1000 = 1001", "from 1 to 1000"),
        ("per_1000 = 30", "per_100 = 3", "per_1000"),
        ('symptom = "headache"', 'symptom = "headach"', "headache"),
        ("per_1000 = 30", 'per_1000 = 30\nproducts = ["Botox"]', "small letters"),
        ("per_1000 = 30", 'per_1000 = 30\nareas = ["knee"]', "unknown id 'knee'"),
        ("per_1000 = 30", "per_1000 = 30\ncolour = 1", "unknown key 'colour'"),
        ('id = "headache"\nen', 'id = "trouble_breathing"\nen', "warning sign"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_with_its_mend(
    knowledge: Knowledge, before: str, after: str, trouble: str
) -> None:
    text = (EFFECT + RATE).replace(before, after, 1)
    with pytest.raises(KnowledgeError, match=trouble):
        expected.read(text, knowledge)


def test_the_same_rate_may_not_stand_there_twice(knowledge: Knowledge) -> None:
    twice = RATE.replace('id = "headache"', 'id = "again"', 1)
    with pytest.raises(KnowledgeError, match="says again"):
        expected.read(EFFECT + RATE + twice, knowledge)
