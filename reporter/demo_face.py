"""An invented face with a bruise, drawn here: no photograph, and nobody's likeness."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

SIDE = 900
SKIN, SHADE, LINE, HAIR, PAPER = "#e3b799", "#cf9f82", "#6b4636", "#4a3a33", "#dfe7ec"
EYE, IRIS, LIPS = "#fbf8f4", "#5a7fa0", "#b8675f"
# A bruise over the left brow of the one who sits there, drawn from the outside in.
BRUISE = (("#b8b06a", 1.0), ("#8d6f9b", 0.78), ("#6a4a86", 0.5))
BRUISED = (560, 290)


@cache
def pictures() -> tuple[bytes, ...]:
    """What a patient with a bruise over the brow would send: the whole face, then close up."""
    whole = _face()
    x, y = BRUISED
    close = whole.crop((x - 150, y - 130, x + 150, y + 130)).resize((900, 780))
    return _jpeg(whole), _jpeg(close)


def _face() -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((195, 70, 705, 700), fill=HAIR)
    draw.rectangle((380, 690, 520, 880), fill=SHADE)
    draw.ellipse((215, 110, 685, 790), fill=SKIN, outline=SHADE, width=6)
    draw.chord((228, 90, 672, 330), 190, 350, fill=HAIR)
    _bruise(picture)
    draw = ImageDraw.Draw(picture)
    for x in (350, 550):
        draw.ellipse((x - 52, 368, x + 52, 428), fill=EYE, outline=LINE, width=4)
        draw.ellipse((x - 24, 374, x + 24, 422), fill=IRIS)
        draw.ellipse((x - 9, 389, x + 9, 407), fill="#1d2226")
        draw.arc((x - 70, 320, x + 70, 400), 200, 340, fill=HAIR, width=12)
    draw.line((450, 420, 430, 530, 470, 540), fill=LINE, width=6, joint="curve")
    draw.chord((370, 600, 530, 670), 0, 180, fill=LIPS)
    draw.line((362, 634, 538, 634), fill=LINE, width=4)
    return picture


def _bruise(picture: Image.Image) -> None:
    """Three soft spots over each other."""
    x, y = BRUISED
    for colour, size in BRUISE:
        spot = Image.new("L", picture.size, 0)
        wide, high = 62 * size, 44 * size
        ImageDraw.Draw(spot).ellipse((x - wide, y - high, x + wide, y + high), fill=170)
        picture.paste(colour, mask=spot.filter(ImageFilter.GaussianBlur(16)))


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()
