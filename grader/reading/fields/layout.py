"""What a submission must hold, derived from an answer key or from sample_submission.csv."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.arrow import NO_TEXTS
from grader.metrics.fields import (
    BoxesField,
    ClassMapField,
    Field,
    LabelField,
    ListField,
    NumberField,
    RunsField,
    TagsField,
)
from grader.metrics.lists import Lists
from grader.reading.fields.notation import Notation
from grader.reading.fields.text_slips import TextSlip
from grader.reading.ids.index import IdIndex
from grader.spec import Limits

NUMBER_BYTES = 512  # of one number in a file, digits, padding and quotes together
SPARE_BYTES = 1 << 20
SPARE_ROWS = 1_000  # up to which a file of few ids is read, so that its problems can be told
WHOLE = r"^(0|-?[1-9][0-9]*)$"  # a whole number in its only accepted spelling


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A column of class labels, compared as text.

    vocabulary: the labels of the answer key (or sample), which get the class numbers 0, 1, 2, ..., those of
    public rows first. allowed: the labels that staff declared; empty: any. whole_numbers: the labels are
    written as whole numbers, so '7.0' and '07' are slips for '7' and are refused. notation: how they are
    written otherwise, None where nothing tells it. Both are learnt from the public rows alone.
    """

    vocabulary: pa.StringArray
    allowed: tuple[str, ...] = ()
    whole_numbers: bool = False
    notation: Notation | None = None


@dataclass(frozen=True, slots=True)
class ListRule:
    """A column of lists.

    vocabulary, allowed, whole_numbers, notation: as of labels. items: those of each place, (n_rows,), which
    an upload must have once each in whatever order; None: any items. has_items: every public row has one, so
    that a file in which nearly none has any is refused.
    """

    vocabulary: pa.StringArray
    allowed: tuple[str, ...] = ()
    whole_numbers: bool = False
    notation: Notation | None = None
    items: Lists | None = None
    has_items: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RunsRule:
    """A column of masks as runs.

    first: the number of the first pixel. pixels: of each place, (n_rows,), or None where only the grammar can
    be checked, as against sample_submission.csv.
    """

    first: int = 1
    pixels: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TagsRule:
    """A column of tags. tokens: how many each place must have, (n_rows,); None: any number.

    allowed, notation: as of labels.
    """

    tokens: NDArray[np.int64] | None = None
    allowed: tuple[str, ...] = ()
    notation: Notation | None = None


@dataclass(frozen=True, slots=True)
class BoxesRule:
    """A column of boxes. confident: a confidence stands behind each class.

    allowed, notation: of the classes, as of labels.
    """

    confident: bool = False
    allowed: tuple[str, ...] = ()
    notation: Notation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClassMapRule:
    """A column of class maps. pixels: how many each place must have, (n_rows,); None: any number.

    allowed, notation: of the classes, as of labels.
    """

    pixels: NDArray[np.int64] | None = None
    allowed: tuple[str, ...] = ()
    notation: Notation | None = None


@dataclass(frozen=True, slots=True)
class TextRule:
    """A column of any text. slips: the forms in which no public answer stands, and that are no text."""

    slips: tuple[TextSlip, ...] = ()


WordRule: TypeAlias = LabelRule | ListRule | TagsRule | BoxesRule | ClassMapRule
Rule: TypeAlias = (
    NumberField | LabelRule | ListRule | RunsRule | TagsRule | BoxesRule | ClassMapRule | TextRule
)


def rule_of(field: Field, vocabulary: pa.StringArray = NO_TEXTS) -> Rule:
    """The rule of a column that holds this kind of field, before anything is learnt about it."""
    match field:
        case NumberField():
            return field
        case LabelField():
            return LabelRule(vocabulary)
        case ListField():
            return ListRule(vocabulary)
        case RunsField():
            return RunsRule()
        case TagsField():
            return TagsRule()
        case BoxesField():
            return BoxesRule(field.confident)
        case ClassMapField():
            return ClassMapRule()
        case _:
            return TextRule()


def first_pixel(arguments: Mapping[str, Any]) -> int:
    """The number that a metric's arguments give the first pixel of a mask; 1 unless they say so."""
    return int(arguments.get("first_pixel", 1))


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, a rule for each beside the id, the ids it must name once each, and its caps.

    shares: the numbers of a row are shares of one, so that their sum must be above 0. rising: the columns
    whose numbers rise from the first to the last, lower and upper ends or quantiles; a row in which they
    cross is scored, and a file in which they do in every row has its columns swapped.
    """

    id_column: str
    value_columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    ids: IdIndex
    limits: Limits
    shares: bool = False
    rising: tuple[str, ...] = ()

    @property
    def file_limits(self) -> Limits:
        """The caps of a file: far more lines than there are ids, or bytes than these need, get no memory."""
        rows = len(self.ids)
        widths = [
            NUMBER_BYTES if isinstance(rule, NumberField) else self.limits.line_bytes for rule in self.rules
        ]
        size = self.limits.line_bytes + SPARE_BYTES + 2 * self.ids.size + rows * sum(widths)
        return replace(
            self.limits,
            rows=min(self.limits.rows, 2 * rows + SPARE_ROWS),
            unpacked_bytes=min(self.limits.unpacked_bytes, size),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, id first."""
        return (self.id_column, *self.value_columns)
