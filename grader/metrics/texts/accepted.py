"""Several true texts of a row, each of which is accepted: parted by a separator, or a list in JSON."""

import json
from typing import Any

import pyarrow as pa

from grader.messages import Message
from grader.metrics.metric import Need, Parameter

JSON = "json"  # the separator that stands for a list in JSON, as in ["the cat", "a cat"]


def accepted_texts(field: str, separator: str) -> list[str]:
    """The true texts of one row, at least one. Raises ValueError for what is no list of texts in JSON.

    >>> accepted_texts("the cat|a cat", "|"), accepted_texts('["the cat", "a, b"]', "json")
    (['the cat', 'a cat'], ['the cat', 'a, b'])
    """
    if separator != JSON:
        return field.split(separator) if separator else [field]
    texts = json.loads(field)
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError("no list of texts")
    return texts


def _can_be_read(answers: pa.StringArray, *, separator: str = "", **_: Any) -> bool:
    try:
        for field in answers.to_pylist():
            accepted_texts(field, separator)
    except (ValueError, RecursionError):
        return False
    return True


READABLE = Need(
    "not_json",
    Message("a true text is not a list of texts in JSON, with one text at least."),
    Message("Write the lists with json.dumps, or set metric_arguments.separator to what parts the texts."),
    _can_be_read,
    of_rows=True,
)
SEPARATOR = Parameter(
    str, "", Message('between several true texts of the key; "json": each field is a list in JSON')
)
