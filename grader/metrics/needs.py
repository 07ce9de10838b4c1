"""What a split's answers must have for a metric to have a value there; a key without it is refused.

Each is checked on public and private rows apart, when the answer key comes in.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from grader.messages import Message
from grader.metrics.counting.orders import concordance
from grader.metrics.lists import Lists
from grader.metrics.metric import Codes, Need, Numbers


def _both(answers: Numbers, **_: Any) -> bool:
    columns = answers.reshape(len(answers), -1)
    return bool((columns.min(axis=0) != columns.max(axis=0)).all())


BOTH_CLASSES = Need(
    "one_class",
    Message("a column has one class only; this metric needs rows of both."),
    Message("Split again, so that both splits have rows of both classes."),
    _both,
)


def _both_somewhere(answers: Numbers, **_: Any) -> bool:
    return bool(answers.min() != answers.max())


BOTH_CLASSES_SOMEWHERE = Need(
    "one_class",
    Message("all columns have one class only; this metric needs both."),
    Message("Split again, so that both splits have rows of both classes."),
    _both_somewhere,
)


def _nonzero(answers: Numbers, **_: Any) -> bool:
    return bool((answers != 0.0).all())


NO_ZERO = Need(
    "zero_answer",
    Message("a true value is 0, and this metric divides by it."),
    Message("Use mae or smape, or mark these rows Ignored."),
    _nonzero,
    of_rows=True,
)
VARIED = Need(
    "constant_answers",
    Message("all true values of a column are equal, and this metric is undefined there."),
    Message("Split again, or choose a metric such as rmse."),
    _both,
)


def _positive(answers: Numbers, **_: Any) -> bool:
    return bool((answers > 0.0).any())


SOME_POSITIVE = Need(
    "no_positive_answer",
    Message("no row is positive; this metric needs one."),
    Message("Split again, so that both splits have positive rows."),
    _positive,
)


def _weighty(answers: Numbers, *, weights: Numbers | None = None, **_: Any) -> bool:
    return weights is None or bool(weights.sum() > 0.0)


WEIGHABLE = Message("a column of the key may weigh the rows; the sum of the weights must not be 0")
SOME_WEIGHT = Need(
    "no_weight",
    Message("all weights are 0."),
    Message("Give some rows of each split a weight above 0."),
    _weighty,
)


def _has_positive(answers: Codes, *, positive: int, **_: Any) -> bool:
    return bool((answers == positive).any())


def _has_negative(answers: Codes, *, positive: int, **_: Any) -> bool:
    return bool((answers != positive).any())


def _in_ratings(answers: Numbers, *, lowest: int, highest: int, **_: Any) -> bool:
    return bool(answers.min() >= lowest and answers.max() <= highest)


HAS_POSITIVE = Need(
    "no_positive_label",
    Message("no row has the label that counts."),
    Message("Set metric_arguments.positive to that label, or split again so that both splits have it."),
    _has_positive,
)
HAS_NEGATIVE = Need(
    "no_negative_label",
    Message("all rows have the label that counts."),
    Message("Set metric_arguments.positive, or split again so that both splits have other labels."),
    _has_negative,
)
IN_RATINGS = Need(
    "rating_out_of_range",
    Message("a rating lies outside of lowest to highest."),
    Message("Set metric_arguments.lowest and metric_arguments.highest to the scale's ends."),
    _in_ratings,
    of_rows=True,
)


def _every_positive(answers: Numbers, **_: Any) -> bool:
    return bool((answers.reshape(len(answers), -1).max(axis=0) > 0.0).all())


def _every_class(answers: Codes, *, classes: int, **_: Any) -> bool:
    return len(np.unique(answers)) == classes


POSITIVE_EVERYWHERE = Need(
    "no_positive_row",
    Message("a column has no row of class 1; this metric needs one."),
    Message("Split again, so that both splits have positive rows."),
    _every_positive,
)
EVERY_CLASS = Need(
    "class_missing",
    Message("a declared label has no row; this metric needs every class in each split."),
    Message("Split again, or declare only the labels that the key has."),
    _every_class,
)


def _no_empty_list(answers: Lists, **_: Any) -> bool:
    return bool((answers.lengths > 0).all())


def _no_empty_text(answers: pa.StringArray, **_: Any) -> bool:
    return all(text.strip() for text in answers.to_pylist())


NO_EMPTY_LIST = Need(
    "empty_list",
    Message("a row has no relevant item, and no list could score there."),
    Message("Mark such rows Ignored."),
    _no_empty_list,
    of_rows=True,
)
NO_EMPTY_TEXT = Need(
    "empty_text",
    Message("a true text has no words, and an error rate would divide by their number."),
    Message("Mark such rows Ignored."),
    _no_empty_text,
    of_rows=True,
)


def _comparable(answers: Numbers, *, events: Numbers | None = None, **_: Any) -> bool:
    observed = np.ones(len(answers), dtype=np.bool_) if events is None else events > 0.5
    return concordance(answers, observed, np.zeros(len(answers)))[1] > 0


SOME_PAIR = Need(
    "no_pair",
    Message("no two rows can be compared: that needs an observed time and a later one."),
    Message("Split again, so that both splits have events at different times."),
    _comparable,
)


def _sortable(answers: Lists, **_: Any) -> bool:
    return bool((answers.lengths > 1).any())


def _no_item_twice(answers: Lists, **_: Any) -> bool:
    pairs = np.stack([answers.row_numbers, answers.flat])
    return bool(np.unique(pairs, axis=1).shape[1] == pairs.shape[1])


SOME_ORDER = Need(
    "no_order",
    Message("no row has two items to put in order."),
    Message("Split again, or drop the split."),
    _sortable,
)
NO_ITEM_TWICE = Need(
    "item_twice",
    Message("a row has an item twice, and its order is not defined."),
    Message("Name each item once."),
    _no_item_twice,
    of_rows=True,
)


def _some_item(answers: Lists, **_: Any) -> bool:
    return len(answers.flat) > 0


SOME_ITEM = Need(
    "no_item",
    Message("no row has an item, and the rate divides by their number."),
    Message("Split again."),
    _some_item,
)
