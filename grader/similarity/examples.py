"""Rows that show a likeness: where two files err alike and few others do. They quote the key: for staff."""

from typing import Any

import numpy as np

from grader import arrow
from grader.messages import Message
from grader.reading.fields.layout import LabelRule
from grader.similarity.error_cells import Answers
from grader.similarity.sketches import Sketcher

MOST = 10


class Examples:
    """Finds them in the sample that was compared."""

    def __init__(self, sketcher: Sketcher, answers: Answers) -> None:
        self._sketcher, self._answers = sketcher, answers
        index = sketcher.key.layout.ids
        places = index.known_places_of(index.ids)
        rows = np.empty(len(places), dtype=np.int64)
        rows[places] = np.arange(len(places))
        self._ids = index.ids.take(arrow.integers(rows[sketcher.rows])).to_pylist()
        rule = sketcher.key.layout.rules[0]
        self._words: list[str] = rule.vocabulary.to_pylist() if isinstance(rule, LabelRule) else []

    def of(self, one: int, other: int) -> list[dict[str, Any]]:
        """The cells with the same error in both vectors that the fewest others have.

        Of each the id, what both say, what is true, and how many other vectors say the same.
        """
        answers = self._answers
        same = (answers.vectors[one] == answers.vectors[other]) & (answers.vectors[one] != answers.truth)
        cells = np.flatnonzero(same)
        times = np.count_nonzero(answers.vectors[:, cells] == answers.vectors[one][cells], axis=0) - 2
        rarest = np.argsort(times, kind="stable")[:MOST]
        return [self._example(int(cells[number]), one, int(times[number])) for number in rarest]

    def _example(self, cell: int, one: int, times: int) -> dict[str, Any]:
        row, column = divmod(cell, self._sketcher.columns)
        example: dict[str, Any] = {"id": self._ids[row], "others": times}
        if self._sketcher.columns > 1:
            example["column"] = self._sketcher.key.layout.value_columns[column]
        answer, truth = self._answers.vectors[one][cell], self._answers.truth[cell]
        if not self._answers.is_labels:
            return example | {"said": f"{answer:.6g}", "true": f"{truth:.6g}"}
        if not self._sketcher.is_coded:
            return example  # of text, only a number made of it is kept
        return example | {"said": self._word(int(answer)), "true": self._word(int(truth))}

    def _word(self, code: int) -> str:
        return self._words[code] if code < len(self._words) else Message("a label that the key does not have")
