"""Several true texts of a row: lists in JSON score as texts that a separator parts."""

import json

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidAnswerKey
from grader.grade import grade
from grader.spec import GradingSpec
from tests.grader.metrics.proofs.proof import written

ANSWERS = [
    ["the cat sat here", "a cat sat"],
    ["on a mat today"],
    ["the dog", "dogs run far"],
    ["far away from it"],
]
METRICS = ["squad_em", "squad_f1", "bleu", "chrf", "ter"]


def key_of(metric: str, fields: list[str], separator: str) -> AnswerKey:
    rows = [[str(row), field, ("Public", "Private")[row // 2]] for row, field in enumerate(fields)]
    spec = GradingSpec(metric, "id", ("y",), arguments={"separator": separator})
    return AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), spec)


@pytest.mark.parametrize("metric", METRICS)
def test_a_list_in_json_is_read_as_texts_that_a_separator_parts(metric: str) -> None:
    upload = written(
        [["id", "y"], ["0", "a cat sat"], ["1", "on the mat"], ["2", "dogs run"], ["3", "far away"]]
    )

    lists = key_of(metric, [json.dumps(texts, ensure_ascii=False) for texts in ANSWERS], "json")
    parted = key_of(metric, ["|".join(texts) for texts in ANSWERS], "|")

    assert grade(upload, lists) == grade(upload, parted)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("field", ["the cat", '["the cat"', "[]", '{"the": "cat"}', "[1, 2]", "[" * 100_000])
def test_a_field_that_is_no_list_of_texts_is_refused_with_the_key(metric: str, field: str) -> None:
    fields = [json.dumps(texts) for texts in ANSWERS[:3]] + [field[:60_000]]

    with pytest.raises(InvalidAnswerKey) as error:
        key_of(metric, fields, "json")

    assert [problem.code for problem in error.value.problems] == ["not_json"]
    assert error.value.problems[0].message.startswith("Private rows: ")
