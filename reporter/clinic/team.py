"""Who is there to act on a case: everybody whose account is open and who has set a password."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporter.clinic.roles import CLINICIANS, DIRECTOR, PRACTITIONER
from reporter.records.db import Database

# Those who answer an escalation and decide what a nurse may not.
MEDICS = frozenset({PRACTITIONER, DIRECTOR})
# Whoever runs this machine has no account; they may give a case back, never answer for one.
COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Team:
    """Role by id of account."""

    roles: Mapping[str, str] = field(default_factory=dict)

    def role(self, person_id: str) -> str:
        """Empty for somebody whose account is closed, or of another clinic."""
        return self.roles.get(person_id, "") if person_id else COMMAND_LINE

    def others(self, person_id: str | None) -> bool:
        """Whether somebody else here may act on cases."""
        return any(role in CLINICIANS and one != person_id for one, role in self.roles.items())

    @property
    def has_medic(self) -> bool:
        return not MEDICS.isdisjoint(self.roles.values())


def at_work(db: Database, clinic_id: str) -> Team:
    rows = db.query(
        "select id, role from staff where clinic_id = :c and disabled_at is null "
        "and password_hash <> ''",
        c=clinic_id,
    )
    return Team({row["id"]: row["role"] for row in rows})
