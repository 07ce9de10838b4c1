"""What one field of a column may hold. A metric says it for the answer key's columns and for the upload's."""

import sys
from dataclasses import dataclass
from typing import TypeAlias

from grader.messages import Message, Text

LARGEST = 1e100  # squares of such numbers, summed over any file, are still finite
FINITE = sys.float_info.max
SMALLEST = 1e-100  # stands for "above zero" where a metric takes logarithms or divides


@dataclass(frozen=True, slots=True)
class NumberField:
    """A finite number between two ends, both included. whole: without a fraction, so 3.0 is fine."""

    lowest: float = -LARGEST
    highest: float = LARGEST
    whole: bool = False


@dataclass(frozen=True, slots=True)
class LabelField:
    """One class label, compared as text."""


@dataclass(frozen=True, slots=True)
class TextField:
    """Any text, also none at all."""


@dataclass(frozen=True, slots=True)
class ListField:
    """Items separated by blanks, compared as text, also none at all; their order counts where it says so.

    orders: the upload puts the key's own items of that row into an order, so it must have each once.
    """

    orders: bool = False


@dataclass(frozen=True, slots=True)
class TagsField:
    """One tag for each token, separated by blanks, compared as text: as many as the key has in that row."""


@dataclass(frozen=True, slots=True)
class RunsField:
    """A mask as runs: start and length of each, separated by blanks, in ascending order; or none at all."""


@dataclass(frozen=True, slots=True)
class BoxesField:
    """An image's boxes, one after another: class, xmin, ymin, xmax, ymax; or none at all.

    confident: a confidence stands behind each class.
    """

    confident: bool = False


@dataclass(frozen=True, slots=True)
class ClassMapField:
    """An image's classes pixel by pixel as runs: class and length of each; as many pixels as the key has."""


Field: TypeAlias = (
    NumberField | LabelField | TextField | ListField | TagsField | RunsField | BoxesField | ClassMapField
)

NUMBER = NumberField()
SCORE = NumberField(-FINITE, FINITE)  # any finite number, where only the order of the rows counts
NONNEGATIVE = NumberField(lowest=0.0)
POSITIVE = NumberField(lowest=SMALLEST)
UNIT = NumberField(0.0, 1.0)  # a probability, a share
BIT = NumberField(0.0, 1.0, whole=True)  # 0 or 1
WHOLE = NumberField(-1e15, 1e15, whole=True)  # every whole number up to there is a float64 of its own
SIZE = NumberField(1.0, 1e6, whole=True)  # of an image's side, in pixels
LABEL = LabelField()
TEXT = TextField()
ITEMS = ListField()
ORDER = ListField(orders=True)
TAGS = TagsField()
RELEVANCE = NumberField(0.0, 100.0)  # 2**100 is still far from the largest float
RUNS = RunsField()
BOXES = BoxesField()
DETECTIONS = BoxesField(confident=True)
CLASS_MAP = ClassMapField()


def noun_of(field: Field) -> Text:
    """What a field holds, in a few words for people.

    >>> noun_of(UNIT), noun_of(BIT), noun_of(ITEMS)
    ('numbers 0 to 1', '0 or 1', 'lists')
    """
    match field:
        case NumberField():
            return _NOUNS.get(field) or Message(
                "numbers from {lowest:g} to {highest:g}", lowest=field.lowest, highest=field.highest
            )
        case LabelField():
            return Message("labels")
        case ListField():
            return Message("orderings") if field.orders else Message("lists")
        case TagsField():
            return Message("tags")
        case RunsField():
            return Message("masks as runs")
        case BoxesField():
            return Message("boxes with confidences") if field.confident else Message("boxes")
        case ClassMapField():
            return Message("class maps as runs")
        case _:
            return Message("text")


_NOUNS = {
    NUMBER: Message("numbers"),
    SCORE: Message("any finite numbers"),
    NONNEGATIVE: Message("numbers from 0 up"),
    POSITIVE: Message("numbers above 0"),
    UNIT: Message("numbers 0 to 1"),
    BIT: Message("0 or 1"),
    WHOLE: Message("whole numbers"),
    SIZE: Message("whole numbers above 0"),
}
