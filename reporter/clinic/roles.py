"""Who may do what. Every staff page asks this table; what stands nowhere is allowed to nobody."""

from collections.abc import Mapping
from enum import Enum

ROLES = ("nurse", "practitioner", "director", "manager", "auditor", "admin")
NURSE, PRACTITIONER, DIRECTOR, MANAGER, AUDITOR, ADMIN = ROLES
LEADERS = frozenset({DIRECTOR, ADMIN})


class May(Enum):
    """One thing that some may do. Its words end the sentence "Only … may …"."""

    SEE_CASES = "see cases"
    WORK_CASES = "act on cases"
    SEE_TREATMENTS = "see treatments"
    ENROL = "enrol and change treatments"
    SEE_RULES = "see the rules"
    CHANGE_RULES = "change the rules"
    EXPORT = "take data out of the product"
    MANAGE_PEOPLE = "manage accounts"
    SEE_SETTINGS = "see the settings of the clinic"
    CHANGE_SETTINGS = "change the settings of the clinic"
    SEE_AUDIT = "see who did what"
    OWN_ACCOUNT = "change their own account"


CLINICIANS = frozenset({NURSE, PRACTITIONER, DIRECTOR})
# An admin sees no patient, an auditor changes nothing, a manager works on no case.
TABLE: Mapping[May, frozenset[str]] = {
    May.SEE_CASES: CLINICIANS | {AUDITOR},
    May.WORK_CASES: CLINICIANS,
    May.SEE_TREATMENTS: CLINICIANS | {MANAGER, AUDITOR},
    May.ENROL: CLINICIANS | {MANAGER},
    May.SEE_RULES: CLINICIANS | {MANAGER, AUDITOR},
    May.CHANGE_RULES: frozenset({PRACTITIONER, DIRECTOR}),
    May.EXPORT: frozenset({DIRECTOR, MANAGER, AUDITOR}),
    May.MANAGE_PEOPLE: frozenset({ADMIN}),
    May.SEE_SETTINGS: frozenset({DIRECTOR, MANAGER}),
    May.CHANGE_SETTINGS: frozenset({DIRECTOR}),
    May.SEE_AUDIT: frozenset({DIRECTOR, AUDITOR}),
    May.OWN_ACCOUNT: frozenset(ROLES),
}
CALLED = {
    NURSE: "a nurse",
    PRACTITIONER: "a practitioner",
    DIRECTOR: "the director",
    MANAGER: "a manager",
    AUDITOR: "an auditor",
    ADMIN: "an administrator",
}


def may(role: str, what: May) -> bool:
    return role in TABLE.get(what, frozenset())


def only(what: May) -> str:
    """Who may, in one sentence, for whoever may not."""
    names = [CALLED[role] for role in ROLES if may(role, what)]
    told = " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    return f"Only {told} may {what.value}."
