"""Formulas of TeX as MathML, which browsers set themselves: no script, and screen readers can read them."""

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element
from markupsafe import escape

LENGTH_MOST = 2000  # characters; nobody writes a longer formula by hand
MONEY = re.compile(r"\d[\d.,]*\s+[^\W\d_]{2,}")  # as in "$20 today, 30$ tomorrow"
COMMAND = re.compile(r"\\[A-Za-z]+|\\$")
TAGS = {
    *(
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "ms",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "merror",
    ),
    *(
        "mpadded",
        "mphantom",
        "mfenced",
        "menclose",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
    ),
    *("mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mlabeledtr", "mtd"),
}
ATTRIBUTES = {
    *("accent", "accentunder", "align", "columnalign", "columnlines", "columnspacing", "depth", "display"),
    *("displaystyle", "fence", "form", "frame", "height", "largeop", "linethickness", "lspace", "mathsize"),
    *("mathvariant", "maxsize", "minsize", "movablelimits", "notation", "open", "close", "separator"),
    *("separators", "rowalign", "rowlines", "rowspacing", "rspace", "scriptlevel", "stretchy", "symmetric"),
    *("voffset", "width"),
}
# What the converter raises for a text that is no formula: its own errors, and those of Python where it has
# not thought of one.
UNREADABLE: tuple[type[Exception], ...] = (
    *(each for each in vars(exceptions).values() if isinstance(each, type) and issubclass(each, Exception)),
    *(AttributeError, IndexError, KeyError, RecursionError, StopIteration, TypeError, ValueError),
)


class UnreadableFormula(Exception):
    """The text between dollar signs is no formula that can be set."""


@lru_cache(maxsize=512)
def formula(source: str, *, is_block: bool) -> str:
    """MathML of a formula in TeX, or its source as code where it cannot be read; money stays money.

    >>> formula("x^2", is_block=False)
    '<math display="inline"><msup><mi>x</mi><mn>2</mn></msup></math>'
    >>> formula("5 for me, 6", is_block=False)
    '$5 for me, 6$'
    """
    mark = "$$" if is_block else "$"
    written = escape(f"{mark}{source}{mark}")
    if not is_block and MONEY.match(source):
        return written
    try:
        return _mathml(source, display="block" if is_block else "inline")
    except UnreadableFormula:
        return f"<code>{written}</code>"


def _mathml(source: str, *, display: str) -> str:
    if len(source) > LENGTH_MOST:
        raise UnreadableFormula
    try:
        root = convert_to_element(source, display=display)
        root.attrib.pop("xmlns", None)  # HTML needs none
        for element in root.iter():
            _clean(element)
        return tostring(_without_needless_row(root), encoding="unicode", short_empty_elements=False)
    except UNREADABLE as error:
        raise UnreadableFormula from error


def _clean(element: Element) -> None:
    """Let the element have characters where the converter writes their HTML names, and known attributes."""
    if element.text:
        element.text = html.unescape(element.text)
        if COMMAND.search(element.text) and element.tag != "mtext":
            raise UnreadableFormula  # a command that the converter does not know
    for name in _unknown(element.attrib):
        del element.attrib[name]


def _unknown(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in ATTRIBUTES]


def _without_needless_row(root: Element) -> Element:
    """The formula without a row that holds one thing alone."""
    if len(root) == 1 and root[0].tag == "mrow" and len(root[0]) == 1:
        root[:] = root[0][:]
    return root
