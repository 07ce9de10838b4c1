"""Why a number is refused, seen from the numbers beside it: logits, percentages, an infinity."""

import numpy as np
from numpy.typing import NDArray

from grader.messages import Message, Text, counted
from grader.metrics.fields import LARGEST, NONNEGATIVE, POSITIVE, NumberField

ROUNDING = 1e-3  # beyond 0 or 1, by which a probability may stray in float32 arithmetic
LOGIT_MOST = 100.0  # a logit beyond it would be a probability of exactly 0 or 1
PERCENT_MOST = 100.0
FIND_NAN = Message("Find them with df[df['{name}'].isna()]; a merge or a division may have made them.")
FIND_INFINITE = Message(
    "Find them with df[~np.isfinite(df['{name}'])]; a division by 0 or an overflow makes them."
)
DIVERGED = Message("Clip the predictions, or look for a prediction that has diverged.")


def out_of_range(name: str, rule: NumberField, values: NDArray[np.float64]) -> Text:
    """Which numbers a column holds, and in how many rows it does not. values: those outside of the range."""
    if values.max(initial=0.0) <= LARGEST:
        if rule == NONNEGATIVE:
            return counted(
                "Column '{name}' must hold numbers of 0 or more; {count:,} row does not.",
                "Column '{name}' must hold numbers of 0 or more; {count:,} rows do not.",
                len(values),
                name=name,
            )
        if rule == POSITIVE:
            return counted(
                "Column '{name}' must hold numbers above 0; {count:,} row does not.",
                "Column '{name}' must hold numbers above 0; {count:,} rows do not.",
                len(values),
                name=name,
            )
    return counted(
        "Column '{name}' must hold numbers between {lowest:g} and {highest:g}; {count:,} row does not.",
        "Column '{name}' must hold numbers between {lowest:g} and {highest:g}; {count:,} rows do not.",
        len(values),
        name=name,
        lowest=rule.lowest,
        highest=rule.highest,
    )


def hint_out_of_range(name: str, rule: NumberField, values: NDArray[np.float64]) -> Text:
    """What to do about these numbers outside of the column's range."""
    if (rule.lowest, rule.highest) == (0.0, 1.0):
        return _hint_of_probabilities(name, values)
    if rule.lowest == 0.0 and values.max() < rule.lowest:
        return Message(
            "If the model may predict below 0, clip: df['{name}'] = df['{name}'].clip(lower=0).", name=name
        )
    if rule == POSITIVE and values.max() <= 0.0:
        return Message("Clip at a small number: df['{name}'] = df['{name}'].clip(lower=1e-6).", name=name)
    return DIVERGED


def hint_not_finite(name: str, spellings: list[str]) -> Text:
    """How to find values that are no number. spellings: what stands there."""
    if any("inf" in spelling.lower() for spelling in spellings):
        return FIND_INFINITE.filled(name=name)
    return FIND_NAN.filled(name=name)


def _hint_of_probabilities(name: str, values: NDArray[np.float64]) -> Text:
    lowest, highest = values.min(), values.max()
    if lowest >= -ROUNDING and highest <= 1.0 + ROUNDING:
        return Message("Clip the rounding: df['{name}'] = df['{name}'].clip(0, 1).", name=name)
    if lowest >= 0.0 and highest <= PERCENT_MOST:
        return Message(
            "Do these run from 0 to 100? Then divide by 100; "
            "if they are logits, apply a sigmoid (softmax for several classes)."
        )
    if lowest < -ROUNDING and max(-lowest, highest) <= LOGIT_MOST:
        return Message(
            "These look like logits: apply a sigmoid (softmax for several classes). "
            "Clip only a rounding such as 1.0000001."
        )
    return Message(
        "These are no probabilities: look at what the model's last layer gives, and clip only a rounding."
    )
