"""What happens in the demo whatever the dice say: what stands in the queue now, and why."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reporter.demo_people import (
    BIG_BRUISE,
    BLURRED,
    CALL_ME,
    DROOP,
    JOGGING,
    MAKE_UP,
    QUESTION,
    RASH,
    SMILE,
    SWALLOWING,
    THANKS,
    Story,
)

Moves = tuple[tuple[str, str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Scene:
    """A report so long ago, and what was done about it: (who, verb, details).

    A length of time in the details is counted from now. With `clock`, it came at that time of
    its day.
    """

    ago: timedelta
    told: Story
    language: str
    moves: Moves = ()
    clock: str = ""
    with_photos: bool = False


TALKED = {"result": "reached", "note": "Sent to the emergency room; her husband drives."}
TO_ER = {
    "outcome": "sent_to_er",
    "red_flags_asked": True,
    "taught_back": True,
    "regulator": "reported",
}
EMERGENCY_BEFORE: Moves = (
    ("nurse", "claim", {}),
    ("nurse", "call", TALKED),
    ("nurse", "close", TO_ER),
    ("nurse2", "confirm_close", {}),
)
# A call-back that a practitioner found grave: a rule set that lowers it cannot go live.
SEEN_AND_TREATED: Moves = (
    ("nurse2", "claim", {}),
    (
        "nurse2",
        "call",
        {"result": "reached", "note": "Lid lower since this morning, sight normal."},
    ),
    (
        "nurse2",
        "escalate",
        {"note": "S: droop of the right lid, lower today. R: please see today."},
    ),
    ("practitioner", "acknowledge", {}),
    ("practitioner", "close", {**TO_ER, "outcome": "treated_here"}),
)
ASKED = (
    "S: rash beyond the places that were treated, since this morning. "
    "B: first treatment, no known allergies. A: no trouble breathing, asked again by telephone. "
    "R: please see today."
)
SCENES = (
    Scene(timedelta(days=41), SWALLOWING, "en", EMERGENCY_BEFORE),
    Scene(timedelta(days=19), SWALLOWING, "es", EMERGENCY_BEFORE),
    Scene(timedelta(days=9), DROOP, "en", SEEN_AND_TREATED, clock="11:20"),
    # In the evening, so that on-call is paged.
    Scene(timedelta(days=1), SWALLOWING, "en", EMERGENCY_BEFORE, clock="21:10"),
    Scene(timedelta(minutes=260), THANKS, "en"),
    Scene(timedelta(minutes=170), MAKE_UP, "es"),
    Scene(timedelta(minutes=55), JOGGING, "en"),
    Scene(
        timedelta(hours=26),
        SMILE,
        "en",
        (
            ("nurse", "call", {"result": "reached", "note": "Smile uneven, eats and drinks well."}),
            ("nurse", "follow_up", {"due_at": timedelta(days=1)}),
        ),
    ),
    Scene(
        timedelta(minutes=290),
        CALL_ME,
        "en",
        (("nurse2", "call", {"result": "no_answer", "next_due": timedelta(hours=3)}),),
    ),
    Scene(timedelta(minutes=200), QUESTION["es"], "es", (("nurse2", "claim", {}),)),
    Scene(timedelta(minutes=150), DROOP, "en"),
    Scene(timedelta(minutes=95), BIG_BRUISE, "en", with_photos=True),
    Scene(
        timedelta(minutes=65),
        RASH,
        "en",
        (
            ("nurse", "claim", {}),
            ("nurse", "call", {"result": "voicemail", "next_due": timedelta(hours=2)}),
        ),
    ),
    Scene(timedelta(minutes=22), BLURRED, "es"),
    Scene(
        timedelta(minutes=14),
        RASH,
        "en",
        (
            ("nurse2", "claim", {}),
            ("nurse2", "call", {"result": "reached", "note": "Breathes well, no swelling."}),
            ("nurse2", "escalate", {"note": ASKED}),
        ),
    ),
    Scene(timedelta(minutes=4), SWALLOWING, "en"),
)
# Begun and left: what somebody answered before they put their phone away, and when.
LEFT = timedelta(minutes=35)
LEFT_BY = THANKS  # somebody in their first week
LEFT_ANSWERS: dict[str, Any] = {
    "no_flags": True,
    "noticed": ["headache"],
    "said": {"headache.severity": ["mild"]},
}
