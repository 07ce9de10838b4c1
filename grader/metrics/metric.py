"""What a metric is: a function of true and predicted values, the values it takes, and where they stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from grader.errors import BadSpec
from grader.messages import Message, Text
from grader.metrics.fields import Field
from grader.metrics.lists import Lists
from grader.metrics.row_terms import RowTerms

# Finite numbers, float64; (n_rows,) where a metric takes one column, (n_rows, n_columns) where it takes more.
Numbers: TypeAlias = NDArray[np.float64]
# Class numbers 0, 1, 2, ... of any integer type, (n_rows,). Equal labels have equal numbers on both sides.
Codes: TypeAlias = NDArray[np.integer]
Mask: TypeAlias = NDArray[np.bool_]
Argument: TypeAlias = bool | int | float | str | tuple[float, ...]

__all__ = [
    "Argument",
    "Codes",
    "Columns",
    "Lists",
    "Mask",
    "Metric",
    "Need",
    "Numbers",
    "Parameter",
    "RowTerms",
]


OTHER_TYPE = Message("{name} must be {expected}; found {value}.")


class Columns(StrEnum):
    """How the upload's columns follow from the key's target columns."""

    ONE = "one column"  # one target, under the same name in both
    MANY = "one or more columns"  # one or more targets, under the same names in both
    PER_CLASS = "one column a class"  # one label in the key; one column a declared label in the upload
    ANY = "any columns"  # a custom metric's: what the spec names, in both
    OWN = "columns of its own"  # one number in the key; several columns in the upload, named by the spec


def mean_of_rows(terms: Numbers, weights: Numbers | None) -> Numbers:
    """The mean over the rows, by their weights where they have some; (n_columns,), or a number of (n_rows,).

    >>> float(mean_of_rows(np.array([1.0, 5.0]), np.array([3.0, 1.0])))
    2.0
    """
    means: Numbers = terms.mean(axis=0) if weights is None else np.average(terms, axis=0, weights=weights)
    return means


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of a metric that competition.toml may give. default None: it must be given.

    is_label: given as a label's text and handed to the function as its class number. per_column: a list with
    a number for each of the upload's columns.
    """

    type: type
    default: Argument | None
    summary: Text
    lowest: float = -np.inf
    highest: float = np.inf
    choices: tuple[str, ...] = ()
    is_label: bool = False
    per_column: bool = False

    def convert(self, name: str, value: Any) -> Argument:
        """The value as the function takes it. Raises BadSpec with what was expected."""
        if self.type is float and type(value) is int:
            value = float(value)
        if self.type is tuple and isinstance(value, list):
            value = tuple(float(item) for item in value)
        is_text = self.is_label or self.type is str
        if not isinstance(value, str if is_text else self.type) or (
            isinstance(value, bool) and self.type is not bool
        ):
            expected = self.type.__name__
            if is_text or self.type is tuple:
                expected = Message("text") if is_text else Message("a list of numbers")
            raise BadSpec(OTHER_TYPE.filled(name=name, expected=expected, value=repr(value)))
        numbers = value if isinstance(value, tuple) else [value] if isinstance(value, int | float) else []
        if not all(self.lowest <= number <= self.highest for number in numbers):
            raise BadSpec(
                Message(
                    "{name} must be between {lowest:g} and {highest:g}; found {value}.",
                    name=name,
                    lowest=self.lowest,
                    highest=self.highest,
                    value=repr(value),
                )
            )
        if self.choices and value not in self.choices:
            raise BadSpec(
                Message(
                    "{name} must be one of {choices}; found {value}.",
                    name=name,
                    choices=", ".join(self.choices),
                    value=repr(value),
                )
            )
        return cast(Argument, value)


@dataclass(frozen=True, slots=True)
class Need:
    """What the answers of each split must have, or the metric has no value there; refused with the key.

    met: (answers, **arguments and auxiliary columns, classes) -> whether it is so; classes: how many labels
    are declared. message: what is wrong when it is not, put after the name of the split. of_rows: one row
    breaks it by itself, so that the rows can be named.
    """

    code: str
    message: Text
    hint: Text
    met: Callable[..., bool]
    of_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One way to turn true and predicted values of one split into a number.

    function: (answers, predictions, **arguments, **auxiliary) -> score, of rows in the key's order; shapes
    as `columns` and the fields say: Numbers, Codes for labels, Lists for lists and runs, pyarrow text else.
    best, worst: the ends of the range, either may be infinite. summary: one line for people. edges: what
    happens at the edges, one line for people.
    shares: the upload's numbers of a row are shares of one and are divided by their sum, which must not be 0.
    rising: the numbers of a row should rise from column to column, by the levels in the argument of this name
    or, where it is "", as the columns stand; None: they have no order.
    parameters: keyword arguments that competition.toml may set. auxiliary: keyword arguments that come from
    columns of the key, and what these hold; those in `optional` may be left out.
    terms: of a mean of rows or a ratio of sums, what takes as `function` does and gives the rows' terms,
    whose score is the same number.
    """

    function: Callable[..., float]
    answers: Field
    predictions: Field
    best: float
    worst: float
    summary: Text
    edges: str = ""
    columns: Columns = Columns.ONE
    aliases: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    shares: bool = False
    rising: str | None = None
    width: int | None = None  # how many columns the upload has beside the id, where that is fixed
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    auxiliary: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    optional: frozenset[str] = frozenset()
    library: str = ""  # which must be installed, of the extra `text`
    terms: Callable[..., RowTerms] | None = None

    @property
    def higher_is_better(self) -> bool:
        """The direction of the metric."""
        return self.best > self.worst
