"""Rules in the units in which people read and type them: sizes in MB, shares in percent; to the last digit.

Numbers stay decimal on both ways, so that what a form shows comes back as exactly what is stored.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from grader.homeworks.rules import keys_of
from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.setup.rule_fields import Rules

MEGABYTE, PERCENT = Decimal(1_000_000), Decimal("0.01")
UNITS: Mapping[str, Decimal] = {  # what one of what is shown is of what is stored
    "upload_limit_bytes": MEGABYTE,
    "code_limit_bytes": MEGABYTE,
    "late_penalty": PERCENT,
}
KEYS = keys_of(Rules)
SIGNS: Mapping[Decimal, str] = {MEGABYTE: "MB", PERCENT: "%"}
DIGITS_MOST = 15  # before the point; beyond every bound of a rule


def typed(value: float | None, rule: str) -> str:
    """A rule's value as its field shows it; empty for None.

    >>> typed(2_000_000, "code_limit_bytes"), typed(1_048_576, "code_limit_bytes"), typed(5, "daily_limit")
    ('2', '1.048576', '5')
    >>> typed(1.0, "late_penalty"), typed(0.125, "late_penalty"), typed(None, "ladder_step")
    ('100', '12.5', '')
    """
    if value is None:
        return ""
    unit = UNITS.get(rule)
    return str(value) if unit is None else f"{(Decimal(str(value)) / unit).normalize():f}"


def stored(text: str, rule: str, kind: type[int] | type[float], *, name: str) -> int | float:
    """The value that the text of a rule's field means. name: what people call the rule.

    Raises Invalid for no number, one beyond the rule's bounds, and a size that is no whole number of bytes.

    >>> stored("2", "upload_limit_bytes", int, name="largest file")
    2000000
    >>> stored("12.5", "late_penalty", float, name="share")
    0.125
    """
    unit = UNITS.get(rule, Decimal(1))
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > DIGITS_MOST:
        raise Invalid(Message("{rule}: '{text}' is no number.", rule=name, text=text))
    value = kind(number * unit)
    if kind is int and value != number * unit:
        if unit == MEGABYTE:
            raise Invalid(Message("{rule}: '{text}' MB are no whole number of bytes.", rule=name, text=text))
        raise Invalid(Message("{rule}: '{text}' is no whole number.", rule=name, text=text))
    _require_within(value, text, rule, name=name)
    return value


def _require_within(value: float, text: str, rule: str, *, name: str) -> None:
    """Raise Invalid, in the unit of the field, where a rule that has one is beyond its bounds."""
    unit, bounds = UNITS.get(rule), KEYS[rule].kind if rule in UNITS else None
    if unit is None or bounds is None or bounds.least is None or bounds.most is None:
        return  # a rule without a unit is refused with all others, in its own numbers
    if not bounds.least <= value <= bounds.most:
        raise Invalid(
            Message(
                "{rule}: {text} {unit} is beyond the bounds; it may be {least} to {most} {unit}.",
                rule=name,
                text=text.strip(),
                unit=SIGNS[unit],
                least=typed(bounds.least, rule),
                most=typed(bounds.most, rule),
            )
        )
