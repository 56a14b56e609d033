"""How the writer of a report wants to be called, and whether they wrote for somebody else.

It holds for what is done about this report; the patient's own record is changed by staff only.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from reporter.clinic.patients import Patient


@dataclass(frozen=True)
class Contact:
    """Empty and None stand for what was not said: then the patient's record holds."""

    number: str = ""
    voicemail: bool | None = None
    interpreter: bool | None = None
    for_other: bool = False


def as_data(contact: Contact) -> dict[str, Any]:
    """Only what was said, so that nothing said is nothing kept."""
    return {name: value for name, value in asdict(contact).items() if value not in {"", None}}


def from_data(data: dict[str, Any]) -> Contact:
    return Contact(**data)


def latest(contacts: Iterable[Contact | None]) -> Contact:
    """What was said last, newest first; each wish stands until another one is said."""
    merged: dict[str, Any] = {}
    for one in contacts:
        merged = {**as_data(one or Contact()), **merged}
    return from_data(merged)


def number(contact: Contact, patient: Patient) -> str:
    """The number to call."""
    return contact.number or patient.mobile
