"""Cells of the CSV files that staff open in a spreadsheet: no text is a formula, numbers are plain digits."""

import re
from decimal import Decimal

# Where a spreadsheet would see a formula begin, in full width, too: at the start of a cell, and, where lists
# are parted by semicolons or tabs, as in much of Europe, after each of them. Apostrophes in front count as
# well, so that one more can be taken away again, and quotation marks, which such a spreadsheet takes away.
FORMULA = r"(?=[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
CONTROL = r"(?='*[\t\r\n\0])"
HARMFUL = re.compile(f"^{CONTROL}|(?:^|(?<=[;\t])){FORMULA}")
HARMLESS = re.compile(f"^'{CONTROL}|(?:^|(?<=[;\t]))'{FORMULA}")


def text_cell(text: str) -> str:
    """A cell of text; what a spreadsheet would run gets an apostrophe in front (OWASP ASVS 5.0, 1.2.10).

    >>> text_cell("=1+1"), text_cell("x;=1+1"), text_cell("A-B; C"), len(text_cell('x;"=1'))
    ("'=1+1", "x;'=1+1", 'A-B; C', 6)
    """
    return HARMFUL.sub("'", text)


def text_of(cell: str) -> str:
    """The text that `text_cell` wrote so.

    >>> text_of("'-Ann"), text_of("'Abd"), text_of(text_cell("'=1"))
    ('-Ann', "'Abd", "'=1")
    """
    return HARMLESS.sub("", cell)


def number_cell(number: float | None) -> str:
    """A number in plain digits, without an exponent or a trailing '.0'; empty for None.

    >>> number_cell(1e-07), number_cell(2.0), number_cell(-0.5), number_cell(None)
    ('0.0000001', '2', '-0.5', '')
    """
    if number is None:
        return ""
    plain = format(Decimal(repr(number)), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
