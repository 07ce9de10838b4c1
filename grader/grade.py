"""From the bytes of a submission to its two scores. This page tells the story; each step has its own file."""

from contextlib import suppress
from dataclasses import dataclass, field

from grader.answer_key import AnswerKey
from grader.check import read_and_align
from grader.errors import Doubt
from grader.unpack import unpack
from grader.values import Values


@dataclass(frozen=True, slots=True)
class Grade:
    """The scores of a submission, unrounded. `private` is for staff until the reveal; no repr shows it."""

    public: float
    private: float = field(repr=False)
    rows: int


def grade(data: bytes, key: AnswerKey) -> Grade:
    """The score of a submission on each split of the answer key.

    data: the upload, CSV or gzip of it. Rows and columns may stand in any order: values are brought into the
    key's order first, so that a shuffled file has the same score to the last bit. In that order the public
    rows come first, then the private and the ignored ones; a split is one slice, and no other row can touch
    its score.
    Raises InvalidSubmission with every problem of the file.
    """
    text = unpack(data, key.spec.limits)
    predictions = _predictions(text, key)
    return Grade(
        public=key.score(predictions, key.public),
        private=key.score(predictions, key.private),
        rows=key.rows,
    )


def _predictions(text: bytes, key: AnswerKey) -> Values:
    """The file's values in the order and shape of the key's answers."""
    with suppress(Doubt):
        return key.template.codes(text)
    columns, places = read_and_align(text, key.layout)
    return key.arranged(columns.values, places)
