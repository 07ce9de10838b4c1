"""Reading an answer key's file: every field as text, or every problem of it at once."""

from typing import TypeAlias

import pyarrow as pa

from grader.answer_keys.host_words import for_host
from grader.answer_keys.key_layouts import with_bits, with_labels
from grader.answer_keys.key_problems import SPLITS, key_problems
from grader.errors import InvalidAnswerKey, InvalidSubmission
from grader.reading.careful import read_text
from grader.reading.header import read_header
from grader.reading.unpack import unpack
from grader.spec import GradingSpec

Texts: TypeAlias = dict[str, pa.StringArray]


def read_key(data: bytes, spec: GradingSpec, *, splits: tuple[str, ...] = SPLITS) -> Texts:
    """The key's columns (id, targets, auxiliary ones, Usage), n rows each, in the file's order.

    Of one column a class, a column of labels is made, under the first target's name. splits: those that must
    have rows. Raises InvalidAnswerKey with every problem of the file and of its values.
    """
    try:
        text = unpack(data, spec.limits)
        header = read_header(text, spec.key_columns, spec.limits)
        table = read_text(text, header, spec.limits, id_column=spec.id_column)
    except InvalidSubmission as error:
        raise InvalidAnswerKey(tuple(for_host(problem, spec) for problem in error.problems)) from error
    problems = [for_host(problem, spec) for problem in table.problems]
    table = with_bits(table, spec)
    table = with_labels(table, spec) if spec.is_one_hot else table
    problems += key_problems(table, spec.with_one_target, splits)
    if problems:
        raise InvalidAnswerKey(tuple(problems))
    return {name: column.cast("string") for name, column in table.columns.items()}
