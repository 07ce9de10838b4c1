"""The boxes of a field: their grammar, and what of a well-formed field is no box all the same."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.metrics.boxes import boxes_of
from grader.metrics.fields import LARGEST

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def box_grammar(*, confident: bool) -> str:
    """The pattern of a field of boxes: a class without blanks of any kind and four numbers, or five."""
    box = rf"[^\s\p{{Z}}]+( +{NUMBER}){{{5 if confident else 4}}}"
    return f"^ *({box}( +{box})*)? *$"


def boxes_texts(column: pa.ChunkedArray, *, confident: bool) -> pa.StringArray:
    """The fields as text. Raises Doubt unless all are boxes by the grammar."""
    texts = column.cast(pa.string()).combine_chunks()
    is_boxes = pc.match_substring_regex(texts, pattern=box_grammar(confident=confident))
    if not arrow.numpy(is_boxes).all():
        raise Doubt("a field that is no boxes")
    return texts


def bad_boxes(texts: pa.StringArray, *, confident: bool) -> NDArray[np.bool_]:
    """Which fields have a box whose corners are the wrong way round, or a number that is too large, (n,)."""
    boxes = boxes_of(texts, confident=confident)
    is_bad = (boxes.corners[:, :2] > boxes.corners[:, 2:]).any(axis=1)
    is_bad |= ~(np.abs(boxes.corners) <= LARGEST).all(axis=1) | ~(np.abs(boxes.confidences) <= LARGEST)
    return np.bincount(boxes.rows[is_bad], minlength=len(texts)) > 0
