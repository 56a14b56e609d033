"""How soon somebody must call (Level), how bad a symptom is (Severity), and the fixed answer ids.

Every id here is public: stored reports, exports and the command line use it. Never rename one.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from enum import IntEnum
from typing import Final

JUDGEMENT: Final = "clinical judgement, not verified"
"""What stands in place of a source where no source states the fact."""

SIDES: Final = ("left", "right", "both")
EXTENTS: Final = ("local", "elsewhere", "spreading")
TRENDS: Final = ("better", "same", "worse")
DOMAINS: Final = ("eye", "face", "bulbar", "breathing", "weakness", "bladder", "dry_mouth")
"""The body's domains that distant spread of toxin is counted by (Rao, CID 2018; CDC HAN 507)."""


class Level(IntEnum):
    """How soon a human must act. A higher number is more urgent."""

    SELF_CARE = 0
    CALL_BACK = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def id(self) -> str:
        """The public id, such as ``call_back``."""
        return self.name.lower()

    @classmethod
    def from_id(cls, text: str) -> Level:
        """The level of a public id; ValueError naming the nearest one when there is none."""
        return cls(_position(text, [level.id for level in cls], "level"))


class Severity(IntEnum):
    """How bad the patient says it is at its worst. Not stated counts as moderate."""

    MILD = 0
    MODERATE = 1
    SEVERE = 2

    @property
    def id(self) -> str:
        """The public id, such as ``severe``."""
        return self.name.lower()

    @classmethod
    def from_id(cls, text: str) -> Severity:
        """The severity of a public id; ValueError naming the nearest one when there is none."""
        return cls(_position(text, SEVERITIES, "severity"))


SEVERITIES: Final = tuple(severity.id for severity in Severity)


def nearest(text: str, known: Collection[str]) -> str:
    """A closing half-sentence that names the known id nearest to a misspelt one."""
    close = get_close_matches(text[:80].lower(), list(known), n=1, cutoff=0.5)
    return f"the nearest known one is {close[0]!r}" if close else "no known one is near"


def _position(text: str, ids: Collection[str], what: str) -> int:
    if text not in ids:
        raise ValueError(f"unknown {what} {text!a:.60}; {nearest(text, ids)}")
    return list(ids).index(text)
