"""What a spreadsheet does to user names and student numbers that look like numbers or dates to it.

`0030001` is saved as `30001`, `30001.0` or `3.00E+04`, `may4` as `4-May`. What stood there before cannot be
told from the cell, but the members whom the file lacks may tell it.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

EXACT_DIGITS = 15  # that a spreadsheet keeps of a number
FRACTION = re.compile(r"(\d+)\.0+")
GROUPED = re.compile(r"\d{1,3}(?:([ ,.'\u2019])\d{3})(?:\1\d{3})*(?:[.,]0+)?")
EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?E\+(\d{1,3})", re.IGNORECASE)
SCIENTIFIC = re.compile(r"(\d+)E(\d{1,3})", re.IGNORECASE)
ERROR = re.compile(r"#+|#(?:N/A|NAME\?|REF!|VALUE!|NUM!|DIV/0!|NULL!)")
TRUTH = ("TRUE", "FALSE")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<day>\d{{1,2}})-{_MONTH}(?:-\d{{2,4}})?",
        rf"{_MONTH}-(?P<day>\d{{2,4}})",
        r"(?P<number>\d{1,2})月(?P<day>\d{1,2})日",
        r"\d{4}([-/.])(?P<number>\d{1,2})\1(?P<day>\d{1,2})(?: 0?0:00(?::00)?)?",
        r"(?P<number>\d{1,2})([/.])(?P<day>\d{1,2})\2\d{2,4}",
    )
)
# How a user name may look that a spreadsheet takes for a date.
BEFORE_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_MONTH}[- /]?(?P<day>\d{{1,4}})",
        rf"(?P<day>\d{{1,2}})[- /]?{_MONTH}",
        r"(?P<number>\d{1,2})[-/](?P<day>\d{1,2})",
    )
)


def is_error(text: str) -> bool:
    """Whether the cell is one of a spreadsheet's errors, as #NAME? or ####."""
    return ERROR.fullmatch(text) is not None


def is_damaged(text: str) -> bool:
    """Whether no user name and no number looks so unless a spreadsheet made it.

    >>> [is_damaged(text) for text in ("30001.0", "1.23E+08", "4-May", "1,234,567", "b12902001", "0030001")]
    [True, True, True, True, False, False]
    """
    if any(pattern.fullmatch(text) for pattern in (FRACTION, GROUPED, EXPONENT, *DATES)) or text in TRUTH:
        return True
    return text.isascii() and text.isdigit() and len(text) > EXACT_DIGITS and _is_rounded(text)


def _is_rounded(digits: str) -> bool:
    return digits.rstrip("0") == digits[:EXACT_DIGITS].rstrip("0")


class Originals:
    """User names and numbers, found by what a spreadsheet may have made of them.

    >>> originals = Originals(["0030001", "30002", "may4"])
    >>> originals.of("30001"), originals.of("3.00E+04"), originals.of("4-May"), originals.of("ann")
    (['0030001'], ['0030001', '30002'], ['may4'], [])
    """

    def __init__(self, numbers: Iterable[str]) -> None:
        self._values: dict[Decimal, list[str]] = {}
        self._days: list[tuple[tuple[int, int], str]] = []
        self._scientific: dict[int, dict[str, list[str]]] = {}
        self._truths: dict[str, list[str]] = {}
        for number in numbers:
            value = _original(number)
            if value is not None:
                self._values.setdefault(value, []).append(number)
            day = _day(number, BEFORE_DATES)
            if day is not None:
                self._days.append((day, number))
            self._truths.setdefault(number.upper(), []).append(number)

    def of(self, text: str) -> list[str]:
        """Those of the numbers that a spreadsheet may have turned into `text`."""
        exponent = EXPONENT.fullmatch(text)
        if exponent is not None:
            places = len(exponent[2] or "")
            value = Decimal(f"{exponent[1]}.{exponent[2] or '0'}E{exponent[3]}")
            return self._rounded_to(places).get(f"{value:.{places}E}", [])
        number = _value(text)
        if number is not None:
            return self._values.get(number, [])
        day = _day(text, DATES)
        if day is not None:
            return [number for other, number in self._days if _same_day(day, other)]
        return self._truths.get(text, []) if text in TRUTH else []

    def _rounded_to(self, places: int) -> dict[str, list[str]]:
        """The numbers by how they are shown with so many digits after the point."""
        if places not in self._scientific:
            shown: dict[str, list[str]] = {}
            for value, numbers in self._values.items():
                shown.setdefault(f"{value:.{places}E}", []).extend(numbers)
            self._scientific[places] = shown
        return self._scientific[places]


def _original(number: str) -> Decimal | None:
    """What a spreadsheet takes this for: `12E4` is 120000, and of a long number it keeps fifteen digits."""
    match = SCIENTIFIC.fullmatch(number)
    if match is not None:
        return Decimal(f"{match[1]}E{match[2]}")
    if not (number.isascii() and number.isdigit()):
        return None
    return Decimal(number[:EXACT_DIGITS] + "0" * (len(number) - EXACT_DIGITS))


def _value(text: str) -> Decimal | None:
    """The number that a spreadsheet shows so."""
    if GROUPED.fullmatch(text):
        whole = re.sub(r"[.,]0+$", "", text) if not re.search(r"[.,]\d{3}$", text) else text
        return Decimal(re.sub(r"\D", "", whole))
    fraction = FRACTION.fullmatch(text)
    digits = fraction[1] if fraction else text
    return Decimal(digits) if digits.isascii() and digits.isdigit() else None


def _day(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[int, int] | None:
    """Month and day, or month and year, that the text is for a spreadsheet."""
    for pattern in patterns:
        match = pattern.fullmatch(text)
        if match is not None:
            parts = match.groupdict()
            month = (
                int(parts["number"]) if "number" in parts else MONTHS.index(parts["month"][:3].lower()) + 1
            )
            return month, int(parts["day"])
    return None


def _same_day(day: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether both may be one date: month and day may be swapped, a year may be without its century.

    A month with a year is its first day.
    """
    parts = {day, day[::-1]}
    return other in parts or (other[0] == day[0] and (other[1] % 100 == day[1] % 100 or day[1] == 1))


def shortened(numbers: Iterable[str]) -> set[str]:
    """The numbers that may have lost zeros in front, seen from the others alone.

    Those are digits alone, most have one length of five or more, none is longer and none begins with a zero.

    >>> shortened(["1000001", "1000002", "1000003", "30001"]), shortened(["7", "10", "11"])
    ({'30001'}, set())
    """
    digits = [number for number in numbers if number.isascii() and number.isdigit()]
    longest = max(map(len, digits), default=0)
    full = sum(len(number) == longest for number in digits)
    if longest < 5 or 2 * full <= len(digits) or any(number.startswith("0") for number in digits):
        return set()
    return {number for number in digits if len(number) < longest}
