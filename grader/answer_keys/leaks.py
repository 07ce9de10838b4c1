"""Does the order of the rows, the order of the ids, or Usage give the labels away?

Students see the ids and the row order in sample_submission.csv. A test file written class by class, or sorted
by its target, hands out a perfect score. Each check asks for an effect that is large and that chance would
show in less than one honest, shuffled key in a million. Neighbours with equal labels (frames of an utterance)
are no leak: only an order of the file as a whole is.

A forecast has an order of its own: its ids are times, its values may have a trend, and it is split in time.
Who hosts one says so in competition.toml, and what would refuse the key is a warning then.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import lgamma, log, sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Problem
from grader.messages import Message, joined
from grader.metrics.fields import NumberField
from grader.spec import USAGE_COLUMN, GradingSpec

STRONG = 0.5  # rank correlation, or association of Usage with the label, that is called a leak
DEVIATIONS = 6.0  # standard errors; chance exceeds this once in 500 million keys
CHANCE = 1e-7  # the same for runs, as a probability
EXTRA_RUNS = 2
SHUFFLE = Message(
    "Shuffle the test rows and give them fresh ids in the new order, before any file is written."
)
DRAW = Message("Draw Public and Private at random, or stratified by the target.")
ACCEPT = Message(
    "If the rows have an order of their own, as in a forecast, accept it in competition.toml with the "
    'reason: leaks_accepted = "ids are dates".'
)
ROW_ORDER = {  # by what shows in an order
    "rise": Message("The row order gives away '{name}', which rises with it: a trend, or a sorted file."),
    "fall": Message("The row order gives away '{name}', which falls with it: a trend, or a sorted file."),
    "blocks": Message("The row order gives away '{name}', whose values come one after the other."),
}
ID_ORDER = {
    "rise": Message(
        "The order of the ids gives away '{name}', which rises with it: a trend, or a sorted file."
    ),
    "fall": Message(
        "The order of the ids gives away '{name}', which falls with it: a trend, or a sorted file."
    ),
    "blocks": Message("The order of the ids gives away '{name}', whose values come one after the other."),
}
DATE_ORDER = {
    "rise": Message(
        "The order of the ids, which are dates, gives away '{name}', which rises with it: a trend, or a "
        "sorted file."
    ),
    "fall": Message(
        "The order of the ids, which are dates, gives away '{name}', which falls with it: a trend, or a "
        "sorted file."
    ),
    "blocks": Message(
        "The order of the ids, which are dates, gives away '{name}', whose values come one after the other."
    ),
}
NUMBER_ORDER = {
    "rise": Message(
        "The order of the ids as numbers gives away '{name}', which rises with it: a trend, or a sorted file."
    ),
    "fall": Message(
        "The order of the ids as numbers gives away '{name}', which falls with it: a trend, or a sorted file."
    ),
    "blocks": Message(
        "The order of the ids as numbers gives away '{name}', whose values come one after the other."
    ),
}
DATE = r"^[0-9]{4}[-/.]?(0[1-9]|1[0-2])[-/.]?([0-2][0-9]|3[01])"

Floats = NDArray[np.float64]
Order = tuple[
    dict[str, Message], Floats
]  # what is said where it shows a target, and the ranks of the rows, (n,)


def leaks(columns: dict[str, pa.StringArray], spec: GradingSpec) -> Iterator[Problem]:
    """A problem for each order in which the targets show. columns: the well-formed key's fields as text."""
    usage = columns[USAGE_COLUMN]
    orders = _orders(columns[spec.id_column])
    for name in spec.target_columns:
        codes = arrow.numpy(columns[name].dictionary_encode().indices)
        ranks = _ranks_of(columns[name], codes, spec)
        yield from _order_leak(name, codes, ranks, orders)
        yield from _usage_leak(name, codes, ranks, usage, orders)


def split_leaks(
    columns: dict[str, pa.StringArray], spec: GradingSpec
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The leaks that refuse the key, and those that staff have accepted, as warnings."""
    problems = tuple(leaks(columns, spec))
    if not spec.leaks_accepted.strip():
        return problems, ()
    hint = Message("Accepted by leaks_accepted: {reason}", reason=spec.leaks_accepted.strip())
    return (), tuple(replace(problem, hint=hint) for problem in problems)


def _orders(ids: pa.StringArray) -> list[Order]:
    """The orders that students see."""
    are_dates = bool(pc.all(pc.match_substring_regex(ids, pattern=DATE)).as_py())
    orders = [
        (ROW_ORDER, np.arange(len(ids))),
        (DATE_ORDER if are_dates else ID_ORDER, _places(arrow.numpy(pc.array_sort_indices(ids)))),
    ]
    if pc.all(pc.match_substring_regex(ids, pattern="^[0-9]{1,18}$")).as_py():
        orders.append((NUMBER_ORDER, arrow.numpy(ids.cast(pa.int64()))))
    return [(messages, _ranks(order)) for messages, order in orders]


def _ranks_of(column: pa.StringArray, codes: NDArray[np.integer], spec: GradingSpec) -> Floats | None:
    """The ranks of a target's values, (n,); None where they have no order."""
    if _is_numeric(column) or isinstance(spec.definition.answers, NumberField):
        return _ranks(arrow.numpy(column.cast(pa.float64())))
    return None


def _order_leak(
    name: str, codes: NDArray[np.integer], ranks: Floats | None, orders: list[Order]
) -> Iterator[Problem]:
    for messages, order in orders:
        if ranks is not None and _is_correlated(order, ranks):
            message = messages["rise" if _correlation(order, ranks) > 0.0 else "fall"]
        elif _is_in_blocks(codes[np.argsort(order, kind="stable")]):
            message = messages["blocks"]
        else:
            continue
        yield Problem("order_leak", message.filled(name=name), joined(SHUFFLE, ACCEPT))
        return


def _usage_leak(
    name: str,
    codes: NDArray[np.integer],
    ranks: Floats | None,
    usage: pa.StringArray,
    orders: list[Order],
) -> Iterator[Problem]:
    is_public = arrow.numpy(pc.equal(usage, arrow.text("Public")))
    in_a_split = is_public | arrow.numpy(pc.equal(usage, arrow.text("Private")))
    split = _ranks(is_public[in_a_split])
    do_ranks_correlate = ranks is not None and _is_correlated(split, _ranks(ranks[in_a_split]))
    if do_ranks_correlate or _is_associated(is_public[in_a_split], codes[in_a_split]):
        in_time = any(_is_correlated(split, _ranks(order[in_a_split])) for _, order in orders)
        message = Message("Usage and '{name}' go together: the splits hold different values.")
        if in_time:
            message = Message(
                "Usage and '{name}' go together: the splits hold different values, and one split comes "
                "before the other, as in a split in time."
            )
        yield Problem("usage_leak", message.filled(name=name), joined(DRAW, ACCEPT))


def _is_correlated(first: Floats, second: Floats) -> bool:
    """Whether two columns of ranks correlate strongly, and far beyond chance."""
    correlation = abs(_correlation(first, second))
    return correlation > STRONG and correlation * sqrt(len(first) - 1) > DEVIATIONS


def _correlation(first: Floats, second: Floats) -> float:
    """The correlation of two columns of ranks; 0.0 where one is constant."""
    first, second = first - first.mean(), second - second.mean()
    scale = sqrt(float((first**2).sum()) * float((second**2).sum()))
    return float((first * second).sum()) / scale if scale else 0.0


def _is_in_blocks(codes: NDArray[np.integer]) -> bool:
    """Whether the labels come in hardly more runs than there are classes, which shuffled rows never do.

    At most C(n - 1, r - 1) * k**r sequences over k classes have r runs, of n! / (n1! n2! ...) that are
    equally likely after a shuffle; the quotient bounds the probability from above.
    """
    counts = np.bincount(codes)
    counts = counts[counts > 0]
    rows, classes = len(codes), len(counts)
    runs = int(np.count_nonzero(np.diff(codes))) + 1
    if classes < 2 or runs > classes + EXTRA_RUNS:
        return False
    log_orders_in_runs = lgamma(rows) - lgamma(runs) - lgamma(rows - runs + 1) + runs * log(classes)
    log_orders = lgamma(rows + 1) - sum(lgamma(int(count) + 1) for count in counts)
    return log_orders_in_runs - log_orders < log(CHANCE / (EXTRA_RUNS + 1))


def _is_associated(split: NDArray[np.bool_], codes: NDArray[np.integer]) -> bool:
    """Whether class and split go together: Cramer's V is large, and chi-squared far beyond chance."""
    classes, codes = np.unique(codes, return_inverse=True)
    if len(classes) < 2 or split.all() or not split.any():
        return False
    table = np.bincount(codes * 2 + split, minlength=2 * len(classes)).reshape(-1, 2)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(codes)
    chi_squared = float(((table - expected) ** 2 / expected).sum())
    degrees_of_freedom = len(classes) - 1
    # Wilson and Hilferty: the cube root of chi-squared over its mean is close to normal.
    variance = 2.0 / (9.0 * degrees_of_freedom)
    deviations = ((chi_squared / degrees_of_freedom) ** (1 / 3) - (1.0 - variance)) / sqrt(variance)
    return sqrt(chi_squared / len(codes)) > STRONG and deviations > DEVIATIONS


def _ranks(values: NDArray[np.generic]) -> Floats:
    """Ranks from 0, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts + 1) / 2.0)[inverse]
    return ranks


def _places(order: NDArray[np.integer]) -> NDArray[np.int64]:
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def _is_numeric(column: pa.StringArray) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern=r"^-?[0-9]+$")).as_py())
