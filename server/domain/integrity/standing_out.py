"""Which pairs of a comparison stand out, so that staff are shown them first and hear of them at night.

The index that ranks pairs is the most powerful look at them, and its stated odds are a little too small where
a class has files of several kinds: two that mix the same two baselines vary more than others do. So of labels
a pair must also share more wrong answers than the plain count of them explains, which no weight can move.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

UNUSUAL = 0.02  # pairs expected by chance, up to which one stands out: one innocent in fifty reports
COUNTED = 1.0  # pairs of the whole class that would share so many wrong answers by chance, at the most
NORMAL = NormalDist()


def stands_out(pair: Mapping[str, Any], *, compared: int) -> bool:
    """Whether a pair of a report stands out among so many; of numbers, which have no count, by its index.

    >>> copied = {"expected": 1e-9, "shared": 900, "expected_shared": 400.0, "give_or_take": 20.0}
    >>> stands_out(copied, compared=10_000), stands_out(copied | {"shared": 440}, compared=10_000)
    (True, False)
    """
    if pair["expected"] > UNUSUAL:
        return False
    if pair.get("expected_shared") is None or not pair["give_or_take"]:
        return True
    beyond = (pair["shared"] - pair["expected_shared"]) / pair["give_or_take"]
    return compared * NORMAL.cdf(-beyond) <= COUNTED
