"""The clinic's own colour, made legible: text on it, and itself on white, at 4.5:1 or better."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

LEAST_CONTRAST = 4.5  # WCAG 2.2 AA for text
INK, PAPER = (0, 0, 0), (255, 255, 255)  # of the two, one always reaches 4.5:1

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Brand:
    """`css` goes into the page; `source` is what the content security policy allows it by."""

    css: str
    source: str
    theme: str


@lru_cache(maxsize=64)
def brand(colour: str) -> Brand:
    """The style of a clinic whose colour is, say, #0b4f6c."""
    own = _parsed(colour)
    on = PAPER if contrast(own, PAPER) >= LEAST_CONTRAST else INK
    css = f":root{{--clinic:{colour};--on-clinic:{_hex(on)};--strong:{_hex(_darkened(own))}}}"
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return Brand(css, f"'sha256-{digest}'", colour)


def _parsed(colour: str) -> Colour:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _darkened(colour: Colour) -> Colour:
    """The same hue, as dark as text on white needs it."""
    while contrast(colour, PAPER) < LEAST_CONTRAST:
        colour = (colour[0] * 9 // 10, colour[1] * 9 // 10, colour[2] * 9 // 10)
    return colour


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
