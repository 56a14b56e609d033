"""Who is there to act on a case: everybody whose account is open and who has set a password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reporter.clinic.roles import CLINICIANS, DIRECTOR, PRACTITIONER
from reporter.clock import stamp
from reporter.records.db import Database

# Those who answer an escalation and decide what a nurse may not.
MEDICS = frozenset({PRACTITIONER, DIRECTOR})
# Whoever runs this machine has no account; they may give a case back, never answer for one.
COMMAND_LINE = "command line"
# Whoever was seen so lately is at the desk; a session ends when its owner rests for longer.
HERE = timedelta(minutes=15)


@dataclass(frozen=True)
class Team:
    """Role by id of account; `present` are those who are at the desk now."""

    roles: Mapping[str, str] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def role(self, person_id: str) -> str:
        """Empty for somebody whose account is closed, or of another clinic."""
        return self.roles.get(person_id, "") if person_id else COMMAND_LINE

    def others(self, person_id: str | None) -> bool:
        """Whether somebody else here may act on cases."""
        return any(role in CLINICIANS and one != person_id for one, role in self.roles.items())

    def others_here(self, person_id: str | None) -> bool:
        """Whether somebody else who may act on cases is at the desk now."""
        here = {one: self.roles[one] for one in self.present & self.roles.keys()}
        return Team(here).others(person_id)

    @property
    def has_medic(self) -> bool:
        return not MEDICS.isdisjoint(self.roles.values())


def at_work(db: Database, clinic_id: str, at: datetime | None = None) -> Team:
    """Everybody whose account is open; with a time, also who is at the desk then."""
    rows = db.query(
        "select id, role from staff where clinic_id = :c and disabled_at is null "
        "and password_hash <> ''",
        c=clinic_id,
    )
    return Team({row["id"]: row["role"] for row in rows}, _present(db, clinic_id, at))


def _present(db: Database, clinic_id: str, at: datetime | None) -> frozenset[str]:
    if at is None:
        return frozenset()
    rows = db.query(
        "select distinct staff_id from sessions where clinic_id = :c and half = 0 "
        "and ended_at is null and seen_at > :since",
        c=clinic_id,
        since=stamp(at - HERE),
    )
    return frozenset(row["staff_id"] for row in rows)
