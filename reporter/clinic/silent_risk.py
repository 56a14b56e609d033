"""How much a silence weighs: what may be wrong, and how much can still be done about it. Pure.

Spread and its warning signs come hours to weeks after the injection (boxed warning of the FDA
label); of clusters of botulism the last patients fell ill after about four weeks. The points and
weights are clinical judgement, not verified; they order a list and decide nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reporter.clinic.treatments import Treatment
from reporter.rules.levels import Level

# Spread is gravest with these (FDA boxed warning); swallowing and voice suffer from these areas.
FACTORS = frozenset(
    {
        "myasthenia_gravis",
        "lambert_eaton",
        "als",
        "neuromuscular_other",
        "swallowing_problem_before",
        "breathing_problem_before",
        "aminoglycoside",
        "muscle_relaxant",
        "unlicensed_injector",
        "dose_above_label",
        "child",
    }
)
AREAS = frozenset({"neck", "platysma", "masseter", "lips", "axilla", "limb", "bladder"})
# The most units in one session, by product; units of one are not those of another.
MOST_UNITS = {"dysport": 1000, "azzalure": 1000, "myobloc": 10_000}
USUAL_MOST = 400
POINTS = {"reported": 8, "bounced": 4, "factor": 4, "area": 2}
# Up to which day after the treatment the points count how often, and what is said of later days.
WEIGHTS = ((14, 4, ""), (28, 2, "after two weeks little begins anew"))
LATER = (1, "after four weeks effects wear off")


@dataclass(frozen=True)
class Risk:
    """`points` order the list. `because` says in a few words each what puts somebody higher,
    `lower` what puts them below others with the same reasons; it is empty in the first weeks."""

    points: int
    because: tuple[str, ...]
    lower: str


def risk_of(treatment: Treatment, level: Level | None, bounced: bool, day: int) -> Risk:
    """`level` is the most urgent that they ever reported."""
    reasons = list(_reasons(treatment, level, bounced))
    weight, lower = next(((n, words) for last, n, words in WEIGHTS if day <= last), LATER)
    points = sum(points for points, _ in reasons) * weight
    return Risk(points, tuple(words for _, words in reasons), lower and f"day {day}: {lower}")


def _reasons(treatment: Treatment, level: Level | None, bounced: bool) -> Iterator[tuple[int, str]]:
    if level is not None and level >= Level.CALL_BACK:
        yield POINTS["reported"] + int(level), f"reported {level.id.replace('_', ' ')} before"
    for factor in sorted(FACTORS & set(treatment.factors)):
        yield POINTS["factor"], factor.replace("_", " ")
    for area in sorted(AREAS & {dose.area for dose in treatment.areas}):
        yield POINTS["area"], f"treated: {area.replace('_', ' ')}"
    units, most = sum(dose.units for dose in treatment.areas), _most(treatment.product)
    if units * 4 >= most:
        yield min(int(units * 4 // most), 4), f"{units:g} units"
    if bounced:
        yield POINTS["bounced"], "e-mail does not reach them"


def _most(product: str) -> int:
    words = product.casefold().split()
    return next((most for name, most in MOST_UNITS.items() if name in words), USUAL_MOST)
