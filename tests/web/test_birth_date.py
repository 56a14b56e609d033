"""A date of birth as people write it: nobody is kept out for a format."""

import re
from datetime import date

import pytest

from reporter.web import birth_date
from tests.conftest import NOW

MARCH_5, MAY_3 = date(1982, 3, 5), date(1982, 5, 3)
# What is typed, into the first box or into all three; read in English (month first), in Spanish.
WRITTEN = {
    "3/5/82": (MARCH_5, MAY_3),
    "03-05-1982": (MARCH_5, MAY_3),
    "03.05.1982": (MARCH_5, MAY_3),
    "03051982": (MARCH_5, MAY_3),
    "3|5|1982": (MARCH_5, MAY_3),
    "3 May 1982": (MAY_3, MAY_3),
    "May 3rd, 1982": (MAY_3, MAY_3),
    "5 de marzo de 1982": (MARCH_5, MARCH_5),
    "mar|5|82": (MARCH_5, MARCH_5),
    "MARZO 5, 1982": (MARCH_5, MARCH_5),
    "1982-03-05": (MARCH_5, MARCH_5),
    "27|3|1962": (date(1962, 3, 27), date(1962, 3, 27)),  # each in the other's box
    "3/27/62": (date(1962, 3, 27), date(1962, 3, 27)),
    "1 1 26": (date(1926, 1, 1), date(1926, 1, 1)),
    "1 1 14": (date(2014, 1, 1), date(2014, 1, 1)),
    "1 1 00": (date(2000, 1, 1), date(2000, 1, 1)),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_what_can_mean_one_date_is_taken_and_the_rest_read_in_the_page_s_order(
    written: str,
) -> None:
    for language, meant in zip(("en", "es"), WRITTEN[written], strict=True):
        boxes = birth_date.order(language) if "|" in written else (birth_date.order(language)[0],)
        form = dict(zip(boxes, written.split("|"), strict=True))
        assert birth_date.typed(form, NOW, language) == meant, (language, form)


NONE = """
1982|3 1982|31/2/1982|13/13/1982|ma 5 1982|5 smarch 1982|1/1/2030|1 2 3 1982|5 3 0|5 March 99999
²/³/82|may may 1982|1/1/1850
"""


@pytest.mark.parametrize("written", ["", "x" * 999, *re.split(r"[|\n]", NONE.strip())])
def test_what_is_no_date_is_none(written: str) -> None:
    for language in ("en", "es"):
        assert birth_date.typed({"month": written}, NOW, language) is None


def test_the_year_of_a_treatment_is_this_one() -> None:
    form = {"month": "11", "day": "20", "year": "26"}
    assert birth_date.typed(form, NOW, birth=False) == date(2026, 11, 20)
