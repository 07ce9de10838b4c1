"""Cells of the CSV files that staff open in a spreadsheet: no text is a formula, numbers are plain digits."""

from decimal import Decimal

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")  # what a spreadsheet takes for a formula


def text_cell(text: str) -> str:
    """A cell of text; what a spreadsheet would run gets an apostrophe in front (OWASP ASVS 5.0, 1.2.10)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def number_cell(number: float | None) -> str:
    """A number in plain digits, without an exponent or a trailing '.0'; empty for None.

    >>> number_cell(1e-07), number_cell(2.0), number_cell(-0.5), number_cell(None)
    ('0.0000001', '2', '-0.5', '')
    """
    if number is None:
        return ""
    plain = format(Decimal(repr(number)), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
