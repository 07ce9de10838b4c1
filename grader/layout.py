"""What a submission must hold, derived from an answer key or from sample_submission.csv."""

from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from grader.ids import IdIndex
from grader.metrics import Kind
from grader.spec import Limits

WHOLE = r"^(0|-?[1-9][0-9]*)$"  # a whole number in its only accepted spelling
LARGEST = 1e100  # squares of such numbers, summed over any file, are still finite


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A column of finite numbers between two ends, both included."""

    lowest: float = -LARGEST
    highest: float = LARGEST


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A column of class labels, compared as text.

    known: the labels of the answer key (or sample), which get the class numbers 0, 1, 2, ...
    allowed: the labels that staff declared; empty: any. whole_numbers: the labels are written as whole
    numbers, so '7.0' and '07' are slips for '7' and are refused; learnt from the public rows alone.
    """

    known: pa.StringArray
    allowed: tuple[str, ...] = ()
    whole_numbers: bool = False


Rule: TypeAlias = NumberRule | LabelRule


def number_rule(kind: Kind) -> NumberRule:
    """What numbers a column of this kind may hold in a submission."""
    return NumberRule(0.0, 1.0) if kind is Kind.PROBABILITY else NumberRule()


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, a rule for each target, the ids it must name once each, and its caps."""

    id_column: str
    target_columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    ids: IdIndex
    limits: Limits

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, id first."""
        return (self.id_column, *self.target_columns)
