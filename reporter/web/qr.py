"""QR codes for paper, drawn into the page itself: nothing is asked of anybody else."""

import segno
from markupsafe import Markup


def drawn(address: str) -> Markup:
    """An SVG that scales to its box. Level M still reads with a stain or a fold on it."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704 - segno's own drawing; the address is in it as squares only
