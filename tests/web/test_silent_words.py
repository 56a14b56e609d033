"""What the list of the silent says of each check-in: asked in vain, came back, or never went."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from reporter.clinic.checkins import PLAIN, TIMES, Checkin, from_row
from reporter.clinic.silent import Silent
from reporter.clock import stamp
from reporter.web.silent_page import _asked
from tests.conftest import NOW


def checkin(day: int, *happened: str) -> Checkin:
    row: dict[str, Any] = dict.fromkeys((*PLAIN, *TIMES)) | {"day": day, "kind": "checkin"}
    row |= dict.fromkeys(("due_at", "closes_at", *happened), stamp(NOW))
    return from_row(row)


SENT, BACK = ("sent_at",), ("sent_at", "bounced_at")


@pytest.mark.parametrize(
    ("days", "bounced", "said"),
    [
        ([(1, SENT), (3, SENT)], False, "Asked on days 1 and 3 in vain"),
        ([(3, BACK)], False, "The e-mail of day 3 did not arrive"),
        ([(3, BACK[1:])], True, "The e-mail of day 3 did not arrive; to be asked by telephone"),
        (
            [(1, SENT), (3, BACK), (7, ("stopped_at",)), (14, ("stopped_at",))],
            True,
            "Asked on day 1 in vain; the e-mail of day 3 did not arrive; "
            "no e-mail could go for days 7 and 14; to be asked by telephone",
        ),
    ],
)  # fmt: skip
def test_only_who_was_asked_is_said_to_have_been(
    days: list[tuple[int, tuple[str, ...]]], bounced: bool, said: str
) -> None:
    unanswered = tuple(checkin(day, *happened) for day, happened in days)
    assert _asked(cast(Silent, SimpleNamespace(unanswered=unanswered, bounced=bounced))) == said
