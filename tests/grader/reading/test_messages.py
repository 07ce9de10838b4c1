"""What a student, and a host, reads about a file: the cause is named, and the advice mends it."""

import re

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.check import check
from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, Problem
from grader.grade import grade
from grader.metrics.fields import LABEL
from grader.spec import GradingSpec
from tests.grader.cases import IDS, problems_of, written
from tests.grader.reading.malformed.causes import FILES, GOOD, UNKNOWN_LABEL, shares
from tests.grader.reading.test_malformed import CORPUS


def words_of(problems: tuple[Problem, ...]) -> str:
    """All that a person reads."""
    return " ".join(f"{problem} {' '.join(problem.examples)}" for problem in problems)


def differences(words: str, parts: tuple[str, ...]) -> list[str]:
    """The parts that the words lack, and those that they should not have."""
    return [part for part in parts if (part.removeprefix("not:") in words) == part.startswith("not:")]


@pytest.mark.parametrize("about", FILES)
def test_the_cause_is_named_and_the_advice_mends_it(about: str) -> None:
    data, key, parts = FILES[about]

    words = words_of(tuple(problems_of(data, key()).values()))

    assert differences(words, parts) == [], words


ONE_OF_SEVERAL = re.compile(
    r"(?<![\d,.])1 (?:rows|ids|items|labels|tags|classes|fields|files|lines|bytes|columns)\b"
)


@pytest.mark.parametrize("about", [*FILES, *(entry.about for entry in CORPUS)])
def test_one_thing_is_told_in_the_singular(about: str) -> None:
    files = FILES | {entry.about: (entry.data, entry.key, ()) for entry in CORPUS}
    data, key, _ = files[about]

    with pytest.raises(InvalidSubmission) as error:
        grade(data, key())

    assert ONE_OF_SEVERAL.findall(words_of(error.value.problems)) == []


def test_columns_of_probabilities_get_one_advice_for_all() -> None:
    rows = [[name, "1.5", "-2.5", "0.5"] for name in IDS]

    with pytest.raises(InvalidSubmission) as error:
        grade(written([["id", "cat", "dog", "owl"], *rows]), shares())

    hints = {problem.hint for problem in error.value.problems}
    assert [problem.code for problem in error.value.problems] == ["out_of_range"] * 2
    assert [hint.startswith("These look like logits") for hint in hints] == [True]


def sample_of(key: AnswerKey) -> bytes:
    """sample_submission.csv of a competition."""
    columns, ids = key.layout.columns, key.layout.ids.ids.to_pylist()
    value = key.spec.labels[0] if key.metric.predictions == LABEL and key.spec.labels else "0"
    return written([list(columns), *([name, *[value] * (len(columns) - 1)] for name in ids)])


@pytest.mark.parametrize("about", [about for about in FILES if about != UNKNOWN_LABEL])
def test_the_offline_check_says_the_same_in_the_same_words(about: str) -> None:
    data, key, parts = FILES[about]
    competition = key()

    with pytest.raises(InvalidSubmission) as error:
        check(data, sample=sample_of(competition), metric=competition.spec.metric)

    assert differences(words_of(error.value.problems), parts) == []


def key_rows(*values: str, usage: tuple[str, str] = ("Public", "Private")) -> bytes:
    """A key with these true values first."""
    truth = [*values, *("1" for _ in IDS[len(values) :])]
    return written(
        [["id", "y", "Usage"], *([n, y, usage[int(n) % 2]] for n, y in zip(IDS, truth, strict=True))]
    )


KEYS: dict[str, tuple[bytes, str, tuple[str, ...]]] = {
    "no Usage": (GOOD, "rmse", ("Add the column Usage: Public, Private or Ignored", "not:sample_submission")),
    "Usage by another name": (
        key_rows().replace(b"Usage", b"split"),
        "rmse",
        ("Add the column Usage", "{'split': 'Usage'}"),
    ),
    "nothing": (b"", "rmse", ("The file is empty", "Give the CSV file of the answer key", "not:predictions")),
    "blank lines alone": (b"\n \n", "rmse", ("The file is empty", "not:predictions")),
    "JSON": (b'{"id": 1}', "rmse", ("JSON", "Give the CSV file of the answer key", "not:predictions")),
    "an old Excel file": (b"\xd0\xcf\x11\xe0" * 9, "rmse", ("Excel", "not:pred.csv")),
    "a header and nothing": (b"id,y,Usage\n", "rmse", ("each id of the test set", "not:the sample")),
    "below 0": (key_rows("-1"), "rmsle", ("rmsle takes numbers from 0 up", "mend these", "not:clip")),
    "nan": (key_rows("nan"), "rmse", ("true value is a finite number", "not:df[")),
    "empty": (key_rows(""), "rmse", ("Give each of these rows its true value", "not:df[")),
    "words in lower case": (
        key_rows(usage=("public", "private")),
        "rmse",
        ("Write 'Private' for 'private', 'Public' for 'public'", "12 rows", "not:No row has the Usage"),
    ),
}


@pytest.mark.parametrize("about", KEYS)
def test_a_host_reads_words_for_a_host(about: str) -> None:
    data, metric, parts = KEYS[about]

    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(data, GradingSpec(metric, "id", ("y",)))

    words = words_of(error.value.problems)
    assert differences(words, parts) == [], words
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("metric", "field", "code"),
    [("squad_em", "[oops", "not_json"), ("squad_f1", "[]", "not_json"), ("bleu", '[""]', "empty_reference")],
)
def test_a_row_that_a_metric_cannot_use_is_named_by_its_id(metric: str, field: str, code: str) -> None:
    fields = ['["a cat"]', '["b"]', '["c"]', '["d"]', field, '["e"]']
    rows = [
        [f"q{row}", '"' + text.replace('"', '""') + '"', ("Public", "Private")[row % 2]]
        for row, text in enumerate(fields)
    ]
    spec = GradingSpec(metric, "id", ("y",), arguments={"separator": "json"})

    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), spec)

    (problem,) = error.value.problems
    assert (problem.code, problem.count, problem.examples) == (code, 1, ("id 'q4'",))
    assert problem.message.startswith("Public rows: ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"labels": ("cat", "")}, "'' stands in the labels"),
        ({"labels": ("cat", " ")}, "' ' stands in the labels"),
        ({"labels": ("cat", "dog", "cat")}, "'cat' stands in the labels more than once"),
        ({"target_columns": ("",)}, "must have a name"),
    ],
)
def test_labels_and_columns_that_no_file_can_have_are_refused(
    settings: dict[str, tuple[str, ...]], words: str
) -> None:
    columns = {"target_columns": ("y",)} | settings

    with pytest.raises(BadSpec, match=words):
        GradingSpec("accuracy", "id", **columns)  # type: ignore[arg-type]
