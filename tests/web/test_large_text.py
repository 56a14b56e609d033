"""Large text: kept once chosen, and on by itself for whoever reports that they see badly."""

import pytest

from tests.web.phone import Phone

LARGE = 'class="large"'


def test_blurred_sight_switches_large_text_on(phone: Phone) -> None:
    phone.none_of_the_flags()
    assert LARGE not in phone.html
    phone.press(noticed=["vision"])
    assert LARGE in phone.html
    kept = phone.client.get_cookie("text")
    assert kept is not None and kept.value == "large" and (kept.max_age or 0) > 300 * 86400


@pytest.mark.parametrize(("said", "large"), [("double", True), ("blurred", True), ("no", False)])
def test_it_is_also_asked_under_a_drooping_lid(phone: Phone, said: str, large: bool) -> None:
    phone.report(["eyelid"], "right", "little")
    assert "Is your sight blurred or double?" in phone.text
    assert LARGE not in phone.html
    phone.press(said)
    assert (LARGE in phone.html) is large


def test_sudden_loss_of_sight_does_so_on_the_page_of_what_to_do(phone: Phone) -> None:
    phone.press(flags=["sight_loss_or_eye_pain"])
    assert "911" in phone.text and LARGE in phone.html


def test_a_tick_is_enough(phone: Phone) -> None:
    home = phone.path
    phone.press(path=home + "tick", flags=["sight_loss_or_eye_pain"])
    assert LARGE in phone.open(home + "?new=1").html


def test_other_signs_leave_the_text_as_it_is(phone: Phone) -> None:
    phone.press(flags=["trouble_breathing"])
    assert LARGE not in phone.html and phone.client.get_cookie("text") is None


def test_whoever_chose_the_usual_size_keeps_it(phone: Phone) -> None:
    phone.open(phone.path + "?text=usual")
    phone.none_of_the_flags().press(noticed=["vision"])
    assert LARGE not in phone.html


def test_it_can_be_switched_off_and_stays_off(phone: Phone) -> None:
    phone.none_of_the_flags().press(noticed=["vision"])
    phone.open(phone.path + "?text=usual")
    assert LARGE not in phone.html
    phone.press("double")
    assert LARGE not in phone.html


@pytest.mark.parametrize(
    ("words", "large"), [("I see everything double", True), ("My sight is fine, I itch", False)]
)
def test_words_alone_are_enough(phone: Phone, words: str, large: bool) -> None:
    phone.report(["something_else"]).press(words=words).press("today").press("same")
    assert LARGE not in phone.html
    phone.press()
    assert (LARGE in phone.html) is large
