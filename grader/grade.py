"""From the bytes of a submission to its two scores. This page tells the story; every step has a file of its own."""

from dataclasses import dataclass

import numpy as np

from grader.answer_key import AnswerKey
from grader.check import read_and_align
from grader.unpack import unpack


@dataclass(frozen=True, slots=True)
class Grade:
    """The scores of one submission, unrounded. `private` is for staff until the reveal."""

    public: float
    private: float
    rows: int


def grade(data: bytes, key: AnswerKey) -> Grade:
    """The score of a submission on each split of the answer key.

    data: the upload, CSV or gzip of it. Rows and columns may stand in any order: values are brought into the key's
    order first, so that a shuffled file has the same score to the last bit. In that order the public rows come
    first, then the private and the ignored ones; a split is one slice, and no other row can touch its score.
    Raises InvalidSubmission with every problem of the file.
    """
    text = unpack(data, key.spec.limits)
    columns, order = read_and_align(text, key.layout)
    predictions = key.arranged(columns.targets, order)
    return _scored(predictions, key)


def _scored(predictions: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]", key: AnswerKey) -> Grade:
    metric = key.metric.function
    return Grade(
        public=metric(key.answers[key.public], predictions[key.public]),
        private=metric(key.answers[key.private], predictions[key.private]),
        rows=key.rows,
    )
