"""The check-in protocol: five days, at most seven mails, none of them late."""

import json
from itertools import pairwise

import pytest

from reporter.rules import knowledge
from reporter.rules.knowledge import Knowledge, KnowledgeError

PROTOCOL = knowledge.load().checkins


def test_the_days_and_hours_are_those_of_the_protocol() -> None:
    assert [checkin.day for checkin in PROTOCOL] == [1, 3, 7, 14, 28]
    assert {checkin.hour for checkin in PROTOCOL} == {"10:30"}


def test_only_days_1_and_3_are_exact() -> None:
    assert [checkin.day for checkin in PROTOCOL if checkin.exact] == [1, 3]


def test_only_days_3_and_7_are_reminded() -> None:
    reminded = {checkin.day: checkin.reminder_hour for checkin in PROTOCOL}
    assert reminded == {1: None, 3: "17:30", 7: "17:30", 14: None, 28: None}


def test_a_treatment_gets_at_most_seven_mails() -> None:
    reminders = [checkin for checkin in PROTOCOL if checkin.reminder_hour]
    assert len(PROTOCOL) + len(reminders) == 7


def test_each_window_ends_before_the_next_check_in() -> None:
    for first, second in pairwise(PROTOCOL):
        assert 0 < first.window_hours <= 24 * (second.day - first.day)


def test_each_day_has_its_wording_reason_and_source() -> None:
    assert [checkin.wording for checkin in PROTOCOL] == [f"day_{c.day}" for c in PROTOCOL]
    for checkin in PROTOCOL:
        assert checkin.because.endswith(".")
        assert checkin.source


# Protocols for some --------------------------------------------------------------------------

DAY = """
[[protocol.checkin]]
day = 2
hour = "09:00"
exact = true
window_hours = 12
wording = "any_day"
because = "Test."
sources = ["a paper"]
"""


def protocol(name: str, days: str = DAY, **asked: list[str]) -> str:
    lists = "\n".join(f"{key} = {json.dumps(value)}" for key, value in asked.items())
    head = f'[[protocol]]\nid = "{name}"\n{lists}\nbecause = "Test."\nsources = ["a paper"]\n'
    return head + days


def read(*protocols: str) -> Knowledge:
    files = {name: (knowledge.HOME / name).read_text("utf-8") for name in knowledge.FILES}
    standard = files["checkins.toml"].split("\n[[protocol]]\n", maxsplit=1)[0]
    return knowledge.read({**files, "checkins.toml": "\n".join([standard, *protocols])})


def test_a_treatment_gets_the_most_specific_protocol() -> None:
    known = read(
        protocol("product", products=["Dysport"]),
        protocol("area", areas=["neck", "platysma"]),
        protocol("factor", factors=["child"]),
        protocol("both", areas=["neck"], products=["Dysport"]),
        protocol("other_area", areas=["masseter"]),
    )
    for product, areas, factors, wanted in (
        ("Botox", ["glabella"], [], "standard"),
        ("Botox", [], [], "standard"),
        ("dysport 300 U", ["glabella"], [], "product"),
        ("Dysportish", ["glabella"], [], "standard"),
        ("Botox", ["glabella", "platysma"], [], "area"),
        ("Dysport", ["platysma"], [], "area"),
        ("Dysport", ["platysma"], ["child"], "factor"),
        ("Dysport", ["neck"], ["child"], "both"),
        ("Botox", ["masseter", "neck"], ["anticoagulant"], "area"),
    ):
        assert known.protocol(product, areas, factors).id == wanted, (product, areas, factors)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (protocol("x"), "is for everybody"),
        (protocol("x", areas=["nekc"]), "'neck'"),
        (protocol("x", factors=["chilld"]), "'child'"),
        (protocol("x", days="", areas=["neck"]), r"has no \[\[protocol.checkin\]\]"),
        (protocol("x", areas=["neck"]) + DAY, "stands here twice"),
        (protocol("x", areas=["neck"], poducts=["Botox"]), "'poducts'"),
        (protocol("x", areas=["neck"]).replace("any_day", "day_2"), "wording"),
        (protocol("x", areas=["neck"]).replace("09:00", "9 am"), "not an hour"),
        (protocol("x", areas=["neck"]).replace('sources = ["a paper"]', "", 1), "no sources"),
        (protocol("x", areas=["neck"]) + DAY.replace("day = 2", "day = 1"), "sort the days"),
        (protocol("x", areas=["neck"]).replace("any_day", "day_28")
         + DAY.replace("day = 2", "day = 3"), "says that it is the last"),
        (protocol("x", areas=["neck"], days="".join(
            DAY.replace("day = 2", f"day = {n}") for n in range(2, 10))), "at most 7"),
        ("[[protocl]]\nid = 'x'\n", "unknown part"),
        ("[protocol]\nid = 'x'\n", "entries"),
    ],
)  # fmt: skip
def test_a_protocol_that_cannot_be_trusted_is_refused(written: str, words: str) -> None:
    with pytest.raises(KnowledgeError, match=words):
        read(written)


def test_two_protocols_for_the_same_people_are_refused() -> None:
    with pytest.raises(KnowledgeError, match="same people as 'one'"):
        read(protocol("one", areas=["neck"]), protocol("two", areas=["neck"]))
    with pytest.raises(KnowledgeError, match="same people"):
        read(protocol("standard", areas=["neck"]))


def test_every_shipped_protocol_has_its_reason_and_its_source() -> None:
    for one in knowledge.load().protocols[1:]:
        assert one.because and one.source
        assert 1 <= len(one.days) + sum(bool(day.reminder_hour) for day in one.days) <= 7
