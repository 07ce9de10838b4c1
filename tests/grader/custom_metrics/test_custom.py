"""Custom metrics in Kaggle's convention: which files are taken, what they get, who reads their errors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from grader import arrow
from grader.answer_keys.custom_answer_key import CustomAnswerKey
from grader.answer_keys.key_warnings import key_warnings
from grader.answer_keys.pandas_types import answers_table, predictions_table
from grader.custom_metrics.metric import CustomMetric, score_both, score_split
from grader.custom_metrics.sandbox import Sandbox, SandboxLimits
from grader.errors import (
    BadSpec,
    InvalidAnswerKey,
    InvalidSubmission,
    MetricFailed,
    PrivateRowsFailed,
)
from grader.spec import GradingSpec

PUBLISHED = (Path(__file__).parent / "weighted_mcrmse.txt").read_bytes()
HEAD = "def score(solution, submission, row_id_column_name):\n    "
VISIBLE = "class ParticipantVisibleError(Exception):\n    pass\n\n\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for metrics that behave."""
    with Sandbox(SandboxLimits(wall_seconds=20.0, cpu_seconds=10.0)) as sandbox:
        yield sandbox


def metric(source: str | bytes, arguments: Mapping[str, object] | None = None) -> CustomMetric:
    """The metric with this source."""
    data = source if isinstance(source, bytes) else source.encode()
    return CustomMetric.read(data, arguments=arguments or {}, higher_is_better=False)


def texts(**columns: str) -> dict[str, pa.StringArray]:
    """Columns of text, the fields of each separated by blanks; "_" is an empty one."""
    return {
        name: arrow.texts(["" if each == "_" else each for each in fields.split(" ")])
        for name, fields in columns.items()
    }


def tables(
    answers: dict[str, pa.StringArray], predictions: dict[str, pa.StringArray]
) -> tuple[pa.Table, pa.Table]:
    """Both as a metric gets them."""
    return answers_table(answers, id_column="id"), predictions_table(predictions, id_column="id")


ROWS = tables(
    texts(id="0 1 2 3", a="1.0 2.0 3.5 4", b="0 0 0 1", w="1 3 1 1"),
    texts(id="0 1 2 3", a="1.0 4.0 3.0 4.0", b="0.0 0.0 0.0 0.5"),
)


# A metric published for Kaggle runs unchanged.


def test_a_published_metric_runs_unchanged_and_gives_its_own_examples_score(sandbox: Sandbox) -> None:
    own = metric(PUBLISHED, {"weights_column_name": "w", "clip": 50})

    score = score_split(own, ROWS[0].slice(0, 2), ROWS[1].slice(0, 2), "id", sandbox=sandbox)

    assert score == pytest.approx(np.sqrt(3.0) / 2.0, rel=1e-15)
    assert own.arguments == {"weights_column_name": "w", "clip": 50.0}
    assert own.summary == "Weighted, mean column-wise root mean squared error."


def test_a_custom_metrics_forecast_is_taken_where_staff_accept_its_order() -> None:
    rows = [f"{n},{n // 2},{('Public', 'Private')[n % 2]}" for n in range(60)]
    data = "\n".join(["id,y,Usage", *rows, ""]).encode()
    refused = GradingSpec("custom", "id", ("y",), custom=metric(PUBLISHED))
    accepted = replace(refused, leaks_accepted="ids are weeks")

    with pytest.raises(InvalidAnswerKey, match="which rises with it"):
        CustomAnswerKey.from_csv(data, refused)
    key = CustomAnswerKey.from_csv(data, accepted)

    assert [warning.code for warning in key_warnings(key)] == ["order_leak", "few_rows", "few_rows"]


def test_each_split_is_scored_by_its_rows_alone(sandbox: Sandbox) -> None:
    own = metric(PUBLISHED, {"scored_columns": ["a"]})

    both = score_both(own, *ROWS, "id", public=slice(0, 2), private=slice(2, 3), sandbox=sandbox)

    assert both == (pytest.approx(np.sqrt(2.0)), 0.5)


def test_a_further_column_of_the_key_reaches_the_metric_under_its_name_in_the_file(sandbox: Sandbox) -> None:
    own = metric(HEAD + "return ((solution.y - submission.y).abs() * solution.w).sum()")
    spec = GradingSpec("custom", "id", ("y",), auxiliary={"weights": "w"}, custom=own)
    key = CustomAnswerKey.from_csv(b"id,y,w,Usage\n0,1,1,Public\n1,2,10,Private\n2,4,100,Private\n", spec)

    scores = key.scores(b"id,y\n0,2\n1,2\n2,3\n", sandbox)

    assert scores == (1.0, 100.0)


def test_a_metric_that_keeps_state_gives_both_splits_and_every_file_the_same_score(sandbox: Sandbox) -> None:
    own = metric(f"""import builtins
SEEN = []
{HEAD}SEEN.append(1)
    builtins.seen = getattr(builtins, "seen", 0) + 1
    return len(SEEN) + builtins.seen""")
    splits = {"public": slice(0, 2), "private": slice(2, 4)}

    scores = [score_both(own, *ROWS, "id", **splits, sandbox=sandbox) for _ in range(3)]

    assert scores == [(2.0, 2.0)] * 3


def test_a_metric_gets_frames_as_pandas_would_have_read_them(sandbox: Sandbox) -> None:
    answers, predictions = tables(
        texts(id="7 8 9", n="1 2 3", x="0.5 _ 3", t="cat _ NA", b="True False True", z="07 8 9", e="_ _ _"),
        texts(id="07 8 9", n="1e3 2 3", t="1 2 x", b="1 2 3", z="a b c", e="1 2 3"),
    )
    own = metric(f"""{VISIBLE}import json
{HEAD}told = [[(n, str(f[n].dtype), f[n].isna().sum().item()) for n in f] for f in (solution, submission)]
    raise ParticipantVisibleError(json.dumps([*told, row_id_column_name, str(solution.index)]))""")

    with pytest.raises(InvalidSubmission) as error:
        score_split(own, answers, predictions, "id", sandbox=sandbox)

    of_truth, of_given, id_column, index = json.loads(error.value.problems[0].message)
    assert of_truth == [
        ["id", "int64", 0],
        ["n", "int64", 0],
        ["x", "float64", 1],
        ["t", "object", 1],
        ["b", "bool", 0],
        ["z", "float64", 0],
        ["e", "float64", 3],
    ]
    assert [kind for _, kind, _ in of_given] == ["object", "float64", "object", "int64", "object", "int64"]
    assert (id_column, index) == ("id", "RangeIndex(start=0, stop=3, step=1)")


def test_an_assignment_that_pandas_3_would_lose_is_an_error_and_no_other_score(sandbox: Sandbox) -> None:
    own = metric(f"{HEAD}submission['a'][submission['b'] > 0.1] = 0.0\n    return submission['a'].sum()")

    with pytest.raises(MetricFailed, match="ChainedAssignmentError"):
        score_split(own, *ROWS, "id", sandbox=sandbox)


def test_kaggles_helper_module_is_there(sandbox: Sandbox) -> None:
    body = """import kaggle_metric_utilities as k
    k.verify_valid_probabilities(submission[['b']], 'submission')
    return 1.0"""

    with pytest.raises(InvalidSubmission, match="must add up to one"):
        score_split(metric(HEAD + body), *ROWS, "id", sandbox=sandbox)


@pytest.mark.parametrize(
    ("message", "error"), [("one class only", InvalidSubmission), ("is 4.0", MetricFailed)]
)
def test_the_helper_shows_an_error_only_if_it_can_tell_no_true_value(
    sandbox: Sandbox, message: str, error: type[Exception]
) -> None:
    source = f"""import kaggle_metric_utilities as k
def broken(solution, submission):
    raise ValueError({message!r})
{HEAD}return k.safe_call_score(broken, solution, submission)"""

    with pytest.raises(error):
        score_split(metric(source), *ROWS, "id", sandbox=sandbox)


# Who reads an error.


def test_a_visible_error_is_a_problem_of_the_file_in_the_metrics_words(sandbox: Sandbox) -> None:
    predictions = predictions_table(texts(id="0 1 2 3", a="1 2 x 4", b="0 0 0 0"), id_column="id")

    with pytest.raises(InvalidSubmission) as error:
        score_split(metric(PUBLISHED), ROWS[0], predictions, "id", sandbox=sandbox)

    (problem,) = error.value.problems
    assert problem.code == "refused_by_metric"
    assert problem.message == "Submission column a must be a number"


@pytest.mark.parametrize(
    ("raised", "read"),
    [
        ("a\\n\\x1b[31mb\\u202ec\\x00", "a [31mb c"),
        ("", "The metric of this competition refused the file and did not say why."),
        ("<b>x</b>", "<b>x</b>"),
        ("x" * 10_000, "x" * 497 + "..."),
    ],
)
def test_a_visible_message_is_one_line_of_plain_text_of_bounded_length(
    sandbox: Sandbox, raised: str, read: str
) -> None:
    own = metric(f"{VISIBLE}{HEAD}raise ParticipantVisibleError('{raised}')")

    with pytest.raises(InvalidSubmission) as error:
        score_split(own, *ROWS, "id", sandbox=sandbox)

    assert error.value.problems[0].message == read


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "-1e999", "submission['a'] / 0"])
def test_a_value_that_is_no_finite_number_is_our_fault(sandbox: Sandbox, value: str) -> None:
    with pytest.raises(MetricFailed):
        score_split(metric(f"{HEAD}return {value}"), *ROWS, "id", sandbox=sandbox)


def test_a_private_row_that_breaks_the_rules_is_told_without_its_true_value(sandbox: Sandbox) -> None:
    own = metric(f"""{VISIBLE}{HEAD}if submission['a'].max() > 3.5:
        raise ParticipantVisibleError(f"too large; the truth is {{solution['a'].tolist()}}")
    return 0.0""")
    predictions = predictions_table(texts(id="0 1 2 3", a="1 2 3 9", b="0 0 0 0"), id_column="id")

    with pytest.raises(InvalidSubmission) as error:
        score_both(own, ROWS[0], predictions, "id", public=slice(0, 2), private=slice(2, 4), sandbox=sandbox)

    assert error.value.problems[0].message == "too large; the truth is [1.0, 2.0]"


@pytest.mark.parametrize(
    "body",
    [
        "if solution['a'].max() > 3.9:\n        raise ParticipantVisibleError(str(solution['a'].max()))",
        "if solution['a'].max() > 3.9:\n        raise ValueError(str(solution['a'].max()))",
        "if solution['a'].max() > 3.9:\n        return float('inf')",
    ],
)
def test_a_failure_on_private_rows_alone_keeps_the_public_score_and_tells_no_value(
    sandbox: Sandbox, body: str
) -> None:
    own = metric(f"{VISIBLE}{HEAD}{body}\n    return 0.5")

    with pytest.raises(PrivateRowsFailed) as error:
        score_both(own, *ROWS, "id", public=slice(0, 2), private=slice(2, 4), sandbox=sandbox)

    assert error.value.public == 0.5
    assert "4" not in error.value.reason


@pytest.mark.parametrize("private_truth", ["3 4", "-3 -4"])
def test_no_refusal_depends_on_private_truths(sandbox: Sandbox, private_truth: str) -> None:
    own = metric(f"""{VISIBLE}{HEAD}if (submission['a'] * solution['a']).max() > 100:
        raise ParticipantVisibleError("too large a product")
    return 0.0""")
    answers, predictions = tables(
        texts(id="0 1 2 3", a=f"1 2 {private_truth}"), texts(id="0 1 2 3", a="1 2 900 900")
    )

    with pytest.raises(InvalidSubmission, match="too large a product"):
        score_both(own, answers, predictions, "id", public=slice(0, 2), private=slice(2, 4), sandbox=sandbox)


def test_a_number_that_is_missing_or_too_large_is_refused_before_the_metric_sees_it() -> None:
    with pytest.raises(InvalidSubmission) as error:
        predictions_table(texts(id="0 1 2", a="1 _ 3", b="1e101 2 3", c="x _ y"), id_column="id")

    assert [(each.code, each.count) for each in error.value.problems] == [("not_finite", 1)] * 2


# Which files are taken; none is run to find out.


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def score(solution, submission):\n    return 1.0", "first three arguments"),
        ("def score(submission, solution, row_id_column_name):\n    return 1.0", "first three arguments"),
        ("def metric(solution, submission, row_id_column_name):\n    return 1.0", "no function 'score"),
        ("async def score(solution, submission, row_id_column_name):\n    return 1.0", "no function 'score"),
        ("score = None", "no function 'score"),
        ("def score(solution, submission, row_id_column_name, k, /):\n    return 1.0", "'/' must not"),
        ("def score(:", "line 1: this is not Python"),
        (b"\xff\xfe", "not Python in UTF-8"),
        ("x = " + "(" * 5000 + ")" * 5000, "Python"),
        (b"#" * 1_000_001, "more than 1,000,000"),
        ("\0", "Python"),
    ],
)
def test_a_file_without_a_score_function_to_call_is_refused(source: str | bytes, words: str) -> None:
    with pytest.raises(BadSpec, match=words):
        metric(source)


def test_a_file_is_not_run_when_it_is_read(tmp_path: Path) -> None:
    place = tmp_path / "was run"

    metric(f"open({str(place)!r}, 'w')\n{HEAD}return 1.0")

    assert not place.exists()


TYPED = """from typing import *
def score(solution, submission, row_id_column_name, k: int, p: float = 1.0, name: Optional[str] = None,
          on: bool = False, of: 'list[int] | None' = None, *, how: Literal["a"] = "a", free=None, must: dict):
    return 1.0"""


def test_arguments_are_checked_against_the_signature_and_its_types() -> None:
    good = {"k": 3, "p": 2, "name": "x", "on": True, "of": [1], "how": "a", "free": [1.5], "must": {"a": 1}}

    assert metric(TYPED, good).arguments == good


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"k": 1.5}, "'k' must be a whole number; found 1.5"),
        ({"k": True}, "'k' must be a whole number"),
        ({"p": "1"}, "'p' must be a number"),
        ({"name": 1}, "'name' must be nothing or text"),
        ({"of": 1}, "'of' must be a list or nothing"),
        ({"must": []}, "'must' must be a table"),
        ({"other": 1}, "no argument 'other'; it has k, p, name"),
        ({"solution": 1}, "no argument 'solution'"),
        ({"free": object()}, "'free' must be a number, text"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(BadSpec, match=words):
        metric(TYPED, {"k": 1, "must": {}} | wrong)


def test_a_missing_argument_is_named_with_all_others() -> None:
    with pytest.raises(BadSpec, match=r"needs a value for 'k'.*needs a value for 'must'"):
        metric(TYPED)


def test_any_argument_may_be_given_to_a_function_that_takes_any() -> None:
    source = "def score(solution, submission, row_id_column_name, **more):\n    return 1.0"

    assert metric(source, {"x": 1}).arguments == {"x": 1}
