"""What a split's answers must have for a metric to have a value there; a key without it is refused.

Each is checked on public and private rows apart, when the answer key comes in.
"""

from typing import Any

from grader.metrics.metric import Need, Numbers


def _both(answers: Numbers, **_: Any) -> bool:
    columns = answers.reshape(len(answers), -1)
    return bool((columns.min(axis=0) != columns.max(axis=0)).all())


BOTH_CLASSES = Need(
    "one_class",
    "a column has one class only; this metric needs rows of both.",
    "Split again, so that both splits have rows of both classes.",
    _both,
)
