"""Files of texts that are none: refused with the remedy, where no public answer looks so."""

import json

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.check import check
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.metrics import METRICS
from grader.metrics.fields import TEXT
from grader.spec import GradingSpec
from tests.grader.reading.fields.test_notation import file_of

ROWS = 20
USAGE = ["Public", "Private"] * 10
TRUTH = [f"the cat number {row} sat down" for row in range(ROWS)]
METRICS_OF_TEXTS = sorted(name for name, metric in METRICS.items() if metric.predictions == TEXT)


def key_of(truth: list[str], metric: str = "bleu", **settings: object) -> AnswerKey:
    spec = GradingSpec(metric, "id", ("y",), **settings)  # type: ignore[arg-type]
    return AnswerKey.from_csv(file_of(truth, usage=USAGE), spec)


@pytest.mark.parametrize("end", [b"", b"\n\n"], ids=["quick", "careful"])
@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("", "no_text", "df[df['y'].isna()]"),
        (" \u00a0", "no_text", "df[df['y'].isna()]"),
        ("nan", "no_text", "a word for a missing value"),
        ("None", "no_text", "a word for a missing value"),
        ("['the', 'cat']", "other_notation", "df['y'].map(' '.join)"),
        ("[101, 7, 102]", "other_notation", "batch_decode"),
        ("tensor([101, 7])", "other_notation", "batch_decode"),
        ("b'the cat'", "other_notation", ".str.decode('utf-8')"),
        ("101 7 102", "numbers_for_text", "batch_decode"),
    ],
    ids=["empty", "blanks", "nan", "None", "list", "tokens in a list", "tensor", "bytes", "tokens"],
)
def test_texts_that_are_none_in_nearly_every_row_are_refused_with_the_remedy(
    value: str, code: str, words: str, end: bytes
) -> None:
    upload = file_of([*TRUTH[:2], *[value] * (ROWS - 2)]) + end

    for judge in (
        lambda: grade(upload, key_of(TRUTH)),
        lambda: check(upload, sample=file_of(["a text"] * ROWS), metric="bleu"),
    ):
        with pytest.raises(InvalidSubmission) as error:
            judge()
        (problem,) = error.value.problems
        assert (problem.code, problem.count, problem.lines[0]) == (code, 18, 4)
        assert "in 18 of 20 rows" in problem.message
        assert words in str(problem)


@pytest.mark.parametrize("metric", METRICS_OF_TEXTS)
def test_every_metric_of_texts_refuses_a_file_without_one(metric: str) -> None:
    with pytest.raises(InvalidSubmission, match="no text in 20 of 20 rows"):
        grade(file_of([""] * ROWS), key_of(TRUTH, metric))


def test_texts_that_are_none_in_some_rows_are_scored() -> None:
    assert 0.0 < grade(file_of([*TRUTH[:3], *[""] * (ROWS - 3)]), key_of(TRUTH)).public < 100.0


@pytest.mark.parametrize(
    ("odd", "value"), [("", ""), ("1984", "7"), ("[applause]", "[noise]"), ("none", "None")]
)
def test_a_form_that_one_public_answer_has_may_stand_in_every_row(odd: str, value: str) -> None:
    key = key_of([odd, *TRUTH[1:]], "squad_em")

    assert grade(file_of([value] * ROWS), key).rows == ROWS


def test_several_accepted_answers_as_json_do_not_excuse_printed_lists() -> None:
    key = key_of([json.dumps([text, "a cat"]) for text in TRUTH], arguments={"separator": "json"})

    with pytest.raises(InvalidSubmission, match="a list as programs print it"):
        grade(file_of([str([text]) for text in TRUTH]), key)
