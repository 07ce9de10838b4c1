"""QR codes, for what a phone is to read off a page."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """The code as SVG, dark on light in any scheme, as phones expect it."""
    drawn = segno.make(text, micro=False).svg_inline(scale=5, light="#fff", dark="#000", svgclass="qr")
    return Markup(drawn)  # noqa: S704  # segno's own drawing, in which no text of others stands
