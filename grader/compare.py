"""From the bytes of two submissions to what their scores on one split say of each other."""

from dataclasses import dataclass

from grader.answer_keys.answer_key import AnswerKey
from grader.grade import AnyAnswerKey, predictions_in
from grader.reading.fields.layout import LabelRule
from grader.reading.fields.values import Values
from grader.reading.unpack import unpack
from grader.scores.disagreement import LabelDisagreement, difference_error, disagreements, has_labels


@dataclass(frozen=True, slots=True)
class SplitComparison:
    """Two submissions on one split. standard_error: of the first's score less the second's, None for unknown.

    labels: the rows on which exactly one is right, by the true label; None where a row is not one label.
    """

    standard_error: float | None = None
    labels: tuple[LabelDisagreement, ...] | None = None


NOTHING_KNOWN = SplitComparison()


@dataclass(frozen=True, slots=True, repr=False)
class FilePair:
    """The predictions of two submissions beside the answer key, in its order.

    A split is compared by its own rows alone, so that no other row can touch what is said of it.
    """

    key: AnswerKey
    first: Values
    second: Values

    @property
    def public(self) -> SplitComparison:
        """Both on the public rows."""
        return self._on(self.key.public)

    @property
    def private(self) -> SplitComparison:
        """Both on the private rows: for staff until the reveal."""
        return self._on(self.key.private)

    def _on(self, split: slice) -> SplitComparison:
        first, second = (self.key.rows_of(values, split) for values in (self.first, self.second))
        labels, rule = None, self.key.layout.rules[0]
        if has_labels(first) and isinstance(rule, LabelRule):
            labels = disagreements(first, second, rule.vocabulary)
        return SplitComparison(difference_error(first, second), labels)


def file_pair(first: bytes, second: bytes, key: AnyAnswerKey) -> FilePair | None:
    """Two uploads, read by the key; None for a custom metric, whose rows nobody but it can tell.

    Raises InvalidSubmission for a file that the key does not take.
    """
    if not isinstance(key, AnswerKey):
        return None
    values = (predictions_in(unpack(data, key.layout.file_limits), key) for data in (first, second))
    return FilePair(key, *values)
