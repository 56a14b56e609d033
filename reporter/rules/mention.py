"""What a reading of words is, for those who judge readings and need not know who read."""

from typing import Protocol


class Mention(Protocol):
    """A reading of the patient's own words: a symptom, or a patient factor such as a pregnancy.

    ``start`` and ``end`` count code points of the text as it came, the end exclusive.
    """

    @property
    def symptom(self) -> str:
        """The id of the symptom or factor that was read."""

    @property
    def text(self) -> str:
        """The words themselves."""

    @property
    def start(self) -> int:
        """Where they begin."""

    @property
    def end(self) -> int:
        """Where they have ended."""

    @property
    def status(self) -> str:
        """``present``, ``negated``, ``past``, ``someone_else``, ``someone_else_now`` …"""
