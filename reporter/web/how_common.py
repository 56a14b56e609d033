"""On mild results: how common this is, and when it has usually gone. In plain words, with sources.

Never beside a warning sign, and never above self-care: there it would only calm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from reporter.clinic.own_rates import OwnRates
from reporter.clinic.reports import StoredReport
from reporter.rules.expected import Effect, Expected
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.web import summary
from reporter.web.visit import Visit

# "1 in 8" is read easily, "1 in 17" is not.
EASY = (3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 200)
MANY = 280  # of a thousand; from here on it is "3 in 10"
MOST_TOLD = 3


@dataclass(frozen=True)
class Common:
    """What is told of one symptom; empty texts are left out."""

    often: str
    here: str
    gone: str


def told(
    visit: Visit,
    level: Level,
    said: Sequence[StoredReport],
    knowledge: Knowledge,
    expected: Expected,
    own: OwnRates | None,
) -> tuple[Common, ...]:
    """One for each mild symptom of which something is known."""
    if not _is_mild(level, said, knowledge):
        return ()
    ids = dict.fromkeys(entry.symptom for one in said for entry in one.report.symptoms)
    effects = [effect for id in ids if (effect := expected.effect(id))]
    found = [_common(visit, effect, expected, own) for effect in effects[:MOST_TOLD]]
    return tuple(one for one in found if one.often or one.here or one.gone)


def _is_mild(level: Level, said: Sequence[StoredReport], knowledge: Knowledge) -> bool:
    entries = [entry.symptom for one in said for entry in one.report.symptoms]
    flagged = any(
        knowledge.symptoms[id].red_flag for id in entries if id in knowledge.symptoms
    ) or any(one.report.unsure for one in said)
    return level is Level.SELF_CARE and bool(entries) and not flagged


def _common(visit: Visit, effect: Effect, expected: Expected, own: OwnRates | None) -> Common:
    treatment, name = visit.treatment, summary.name(effect, visit.language)
    areas = tuple(dose.area for dose in treatment.areas)
    rate = expected.rate(effect.id, treatment.product, areas)
    here = own.per_1000(effect.id) if own else None
    return Common(
        often=_often(rate.per_1000, name) if rate else "",
        here=_here(here, own, bool(rate), name) if here and own else "",
        gone=_gone(effect, visit),
    )


def _often(per_1000: int, name: str) -> str:
    few, many = share(per_1000)
    if few == 1:
        return str(_("About 1 in %(many)s people get %(what)s.", many=many, what=name))
    return str(_("About %(few)s in %(many)s people get %(what)s.", few=few, many=many, what=name))


def _here(per_1000: int, own: OwnRates, repeats: bool, name: str) -> str:
    """Of those who answered about the same days, which is not all who were treated."""
    few, many = share(per_1000)
    told = {"few": few, "many": many, "first": own.first, "last": own.last, "what": name}
    if own.alike:
        return str(
            _(
                "We asked people treated like you here how they were on days %(first)s to "
                "%(last)s. About %(few)s in %(many)s who answered had %(what)s.",
                **told,
            )
        )
    if repeats:
        return str(
            _(
                "At this clinic it was about %(few)s in %(many)s of people who answered on "
                "days %(first)s to %(last)s.",
                **told,
            )
        )
    return str(
        _(
            "At this clinic, about %(few)s in %(many)s of people who answered on days "
            "%(first)s to %(last)s had %(what)s.",
            **told,
        )
    )


def _gone(effect: Effect, visit: Visit) -> str:
    """Nothing once that day has come, or where nobody knows which day it is."""
    by = effect.gone_by_day
    if by is None or visit.treatment.day_unknown or visit.day >= by:
        return ""
    if by <= 14:
        return str(_("It is usually gone by day %(day)s after the treatment.", day=by))
    if by < 90:
        return str(_("It is usually gone after about %(weeks)s weeks.", weeks=by // 7))
    return str(_("It is usually gone after about %(months)s months.", months=round(by / 30)))


def share(per_1000: int) -> tuple[int, int]:
    """As one says it: (1, 20) for 50, (3, 10) for 300."""
    if per_1000 >= MANY:
        return max(round(per_1000 / 100), 3), 10
    wanted = 1000 / per_1000
    return 1, min(EASY, key=lambda many: abs(many - wanted) / many)
