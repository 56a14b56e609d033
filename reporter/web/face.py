"""The picture of a face: its places in a grid of three columns, for the patient as in a mirror.

The columns are the screen's for the patient, whose own right is on the right of a mirror. Staff
see the patient before them: there the same places stand the other way round.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reporter.rules.questions import Option
from reporter.rules.report import ReportedSymptom

# Rows from the top: the patient's left, the middle, the patient's right. Empty is no place.
ROWS = (
    ("forehead_left", "forehead_middle", "forehead_right"),
    ("brow_left", "between_brows", "brow_right"),
    ("eye_left", "nose", "eye_right"),
    ("cheek_left", "", "cheek_right"),
    ("mouth_left", "lips", "mouth_right"),
    ("jaw_left", "chin", "jaw_right"),
    ("neck_left", "", "neck_right"),
)


@dataclass(frozen=True)
class Place:
    """One place: where it stands in the grid, from 1; row 0 is not on the picture."""

    id: str
    name: str
    row: int
    column: int


def places(options: Mapping[str, Option], language: str) -> tuple[Place, ...]:
    """All places in the order of the questions, with where a mirror shows them."""
    return tuple(
        Place(id, option.es if language == "es" else option.en, *_cell(id))
        for id, option in options.items()
    )


def _cell(id: str) -> tuple[int, int]:
    for number, row in enumerate(ROWS, start=1):
        if id in row:
            return number, row.index(id) + 1
    return 0, 0


@dataclass(frozen=True)
class Spot:
    """One place that was ticked, in a drawing of 3 by 7 that faces the patient."""

    x: int
    y: int


def facing(zones: Iterable[str]) -> tuple[Spot, ...]:
    """Where staff see these places: the patient's right is on their left."""
    cells = [_cell(id) for id in zones]
    return tuple(Spot(3 - column, row - 1) for row, column in cells if row)


# Where a symptom with a side stands when nobody ticked a place.
SIDED: Mapping[str, str] = {
    **dict.fromkeys(("eyelid_droop", "eyelid_swelling", "incomplete_eye_closure"), "eye"),
    **dict.fromkeys(("dry_eye", "eye_pain", "watery_eye"), "eye"),
    "eyebrow_droop": "brow",
    "smile_asymmetry": "mouth",
}


def zones_of(entry: ReportedSymptom) -> tuple[str, ...]:
    """The places that were ticked; else the one that its side names."""
    place = SIDED.get(entry.symptom)
    if entry.zones or not place or not entry.side:
        return tuple(entry.zones)
    sides = ("left", "right") if entry.side == "both" else (entry.side,)
    return tuple(f"{place}_{side}" for side in sides)


def in_words(zones: Collection[str]) -> str:
    """`cheek (R), chin`, as nurses write it."""
    return ", ".join(_word(id) for id in zones)


def _word(id: str) -> str:
    name, _, side = id.rpartition("_")
    if side in {"left", "right"}:
        return f"{name} ({side[0].upper()})"
    words = {"between_brows": "glabella", "elsewhere": "not on the face"}
    return words.get(id, id.replace("_", " "))
