"""Why a number is refused, seen from the numbers beside it: logits, percentages, an infinity."""

import numpy as np
from numpy.typing import NDArray

from grader.metrics.fields import LARGEST, NONNEGATIVE, POSITIVE, NumberField

ROUNDING = 1e-3  # beyond 0 or 1, by which a probability may stray in float32 arithmetic
LOGIT_MOST = 100.0  # a logit beyond it would be a probability of exactly 0 or 1
PERCENT_MOST = 100.0
FIND_NAN = "Find them with df[df['{name}'].isna()]; a merge or a division may have made them."
FIND_INFINITE = "Find them with df[~np.isfinite(df['{name}'])]; a division by 0 or an overflow makes them."
DIVERGED = "Clip the predictions, or look for a prediction that has diverged."


def range_words(rule: NumberField, values: NDArray[np.float64]) -> str:
    """Which numbers a column holds, for the middle of a sentence. values: those outside of the range."""
    if values.max(initial=0.0) <= LARGEST:
        if rule == NONNEGATIVE:
            return "numbers of 0 or more"
        if rule == POSITIVE:
            return "numbers above 0"
    return f"numbers between {rule.lowest:g} and {rule.highest:g}"


def hint_out_of_range(name: str, rule: NumberField, values: NDArray[np.float64]) -> str:
    """What to do about these numbers outside of the column's range."""
    if (rule.lowest, rule.highest) == (0.0, 1.0):
        return _hint_of_probabilities(name, values)
    if rule.lowest == 0.0 and values.max() < rule.lowest:
        return f"If the model may predict below 0, clip: df['{name}'] = df['{name}'].clip(lower=0)."
    if rule == POSITIVE and values.max() <= 0.0:
        return f"Clip at a small number: df['{name}'] = df['{name}'].clip(lower=1e-6)."
    return DIVERGED


def hint_not_finite(name: str, spellings: list[str]) -> str:
    """How to find values that are no number. spellings: what stands there."""
    if any("inf" in spelling.lower() for spelling in spellings):
        return FIND_INFINITE.format(name=name)
    return FIND_NAN.format(name=name)


def _hint_of_probabilities(name: str, values: NDArray[np.float64]) -> str:
    lowest, highest = values.min(), values.max()
    if lowest >= -ROUNDING and highest <= 1.0 + ROUNDING:
        return f"Clip the rounding: df['{name}'] = df['{name}'].clip(0, 1)."
    if lowest >= 0.0 and highest <= PERCENT_MOST:
        return (
            "Do these run from 0 to 100? Then divide by 100; "
            "if they are logits, apply a sigmoid (softmax for several classes)."
        )
    if lowest < -ROUNDING and max(-lowest, highest) <= LOGIT_MOST:
        return (
            "These look like logits: apply a sigmoid (softmax for several classes). "
            "Clip only a rounding such as 1.0000001."
        )
    return "These are no probabilities: look at what the model's last layer gives, and clip only a rounding."
