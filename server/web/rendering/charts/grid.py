"""The round numbers at which a chart draws its grid, and how they read."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

STEPS = (1, 2, 5, 10)  # times a power of ten
DIGITS_MOST = 9  # characters of a number that is written out
SHORT = 3  # digits of one that is not


@dataclass(frozen=True)
class GridLine:
    """A number of the axis, and how it reads."""

    value: float
    text: str


def round_grid(low: float, high: float, *, most: int = 5) -> list[GridLine]:
    """Evenly spaced round numbers from `low` to `high`, both included: at most `most` + 1, in their order.

    Few or none where so many digits would be needed that two would read the same.

    >>> [line.text for line in round_grid(0.5431, 0.7455)]
    ['0.55', '0.60', '0.65', '0.70']
    >>> [line.text for line in round_grid(0, 1240)]
    ['0', '500', '1,000']
    """
    span = high - low
    if not (isfinite(span) and span > 0):
        return []
    power = floor(log10(span / most))
    factor = next(each for each in STEPS if each * 10.0**power >= span / most * (1 - 1e-9))
    step = factor * 10.0**power
    if step == 0 or low + step == low:
        return []
    decimals = max(0, -power - (factor == STEPS[-1]))
    slack = 1e-9 * step
    numbers = range(ceil((low - slack) / step), floor((high + slack) / step) + 1)
    return _legible([GridLine(number * step, _text(number * step, decimals)) for number in numbers])


def count_grid(highest: float, *, most: int = 3) -> list[GridLine]:
    """Round whole numbers from 0 to `highest`, for what is counted.

    >>> [line.text for line in count_grid(2)], [line.text for line in count_grid(1240)]
    (['0', '1', '2'], ['0', '500', '1,000'])
    """
    whole = [line.value for line in round_grid(0, highest, most=most) if line.value.is_integer()]
    return [GridLine(value, f"{value:,.0f}") for value in whole]


def power_grid(low: float, high: float) -> list[GridLine]:
    """The powers of ten from `low` to `high`, both above 0; every so many, so that they are five at most.

    >>> [line.text for line in power_grid(0.0087, 1000)]
    ['0.01', '0.1', '1', '10', '100', '1,000']
    """
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    step = -(-(last - first + 1) // 6) or 1
    powers = range(first, last + 1, step)
    return _legible([GridLine(10.0**power, _text(10.0**power, max(0, -power))) for power in powers])


def _text(value: float, decimals: int) -> str:
    text = f"{value:z,.{decimals}f}" if abs(value) < 10**DIGITS_MOST else ""
    return text if 0 < len(text) <= DIGITS_MOST else f"{value:.{SHORT}g}"


def _legible(lines: Sequence[GridLine]) -> list[GridLine]:
    return list(lines) if len({line.text for line in lines}) == len(lines) else []
