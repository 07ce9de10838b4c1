"""AnswerKey.from_csv(): what a key must be, and the orders that would give its labels away."""

from datetime import date, timedelta

import numpy as np
import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.key_warnings import key_warnings
from grader.errors import BadSpec, InvalidAnswerKey, Problem
from grader.grade import grade
from grader.metrics import METRICS
from grader.metrics.needs import BOTH_CLASSES
from grader.spec import GradingSpec
from tests.grader.cases import ORACLES, case, key_file, submission_file, written

HEADER = ["id", "y", "Usage"]


def report(rows: list[list[str]], metric: str = "accuracy", header: list[str] = HEADER) -> dict[str, Problem]:
    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(written([header, *rows]), GradingSpec(metric, "id", ("y",)))
    return {problem.code: problem for problem in error.value.problems}


def rows_of(ids: list[str], values: list[object], usage: list[str] | None = None) -> list[list[str]]:
    words = usage or [("Public", "Private")[n] for n in np.random.default_rng(9).integers(0, 2, len(ids))]
    return [[name, str(value), word] for name, value, word in zip(ids, values, words, strict=True)]


def accepted(rows: list[list[str]], metric: str) -> bool:
    """Whether the key is taken; a refusal fails the test with its reasons."""
    return AnswerKey.from_csv(written([HEADER, *rows]), GradingSpec(metric, "id", ("y",))).rows == len(rows)


def test_a_good_key_knows_its_rows() -> None:
    one = case("rmse", 50)

    key = one.key

    assert (key.rows, key.public_rows, key.private_rows) == (
        50,
        len(one.rows("Public")),
        len(one.rows("Private")),
    )
    assert key.spec == one.spec


def test_all_problems_of_a_key_are_told_at_once() -> None:
    problems = report([["1", "", "Public"], ["1", "b", "public"], ["", "c", "Public"], ["2", "d"]])

    assert problems.keys() == {
        "wrong_field_count",
        "blank_id",
        "repeated_id",
        "bad_usage",
        "no_private_rows",
        "empty_value",
    }


@pytest.mark.parametrize("word", ["Public", "Private"])
def test_a_key_needs_rows_in_both_splits(word: str) -> None:
    assert f"no_{({'Public', 'Private'} - {word}).pop().lower()}_rows" in report(
        [["1", "a", word], ["2", "b", word]]
    )


@pytest.mark.parametrize("header", [["id", "y"], ["id", "y", "usage"], ["id", "y", "Usage", "extra"]])
def test_a_key_with_other_columns_is_refused(header: list[str]) -> None:
    assert report([["1", "2", "Public", "4"][: len(header)]], header=header)


@pytest.mark.parametrize("metric", ["rmse", "mae", "roc_auc", "log_loss"])
@pytest.mark.parametrize("value", ["nan", "", "x", "inf", "1e999"])
def test_a_target_that_is_no_number_is_refused(metric: str, value: str) -> None:
    assert report([["1", value, "Public"], ["2", "1", "Private"]], metric)


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_classes_other_than_0_and_1_are_refused(metric: str) -> None:
    assert "not_two_classes" in report(
        [["1", "2", "Public"], ["2", "1", "Private"], ["3", "0", "Private"]], metric
    )


@pytest.mark.parametrize("metric", [name for name in ORACLES if BOTH_CLASSES in METRICS[name].needs])
@pytest.mark.parametrize("word", ["Public", "Private"])
def test_a_split_of_one_class_is_refused_where_two_are_needed(metric: str, word: str) -> None:
    other = ({"Public", "Private"} - {word}).pop()
    rows = rows_of(list("abcd"), ["1", "1.0", "0", "1"], [word, word, other, other])

    assert report(rows, metric)["one_class"].message.startswith(f"{word} rows: ")


def test_labels_outside_the_declared_ones_are_refused() -> None:
    spec = GradingSpec("accuracy", "id", ("y",), labels=("cat", "dog"))

    with pytest.raises(InvalidAnswerKey, match="does not know"):
        AnswerKey.from_csv(written([HEADER, ["1", "cat", "Public"], ["2", "owl", "Private"]]), spec)


def test_private_labels_of_another_style_than_the_public_ones_are_refused() -> None:
    assert "mixed_labels" in report([["1", "1", "Public"], ["2", "2", "Public"], ["3", "cat", "Private"]])


def test_a_label_of_the_metric_that_no_row_has_is_refused() -> None:
    rows = [[str(row), ("no", "yes")[row % 2], ("Public", "Private")[row // 2]] for row in range(4)]

    problems = report(rows, "specificity")

    assert problems.keys() == {"absent_label"}
    assert "the label '1', which positive names" in problems["absent_label"].message


def test_a_blank_line_in_a_key_of_bits_is_named() -> None:
    rows = [["1", "1", "Public"], ["2", "0", "Public"], [""], ["3", "1", "Private"], ["4", "0", "Private"]]

    assert report(rows, "roc_auc").keys() == {"blank_id", "bad_usage"}


def test_a_label_with_a_blank_is_refused_where_uploads_are_lists() -> None:
    rows = [[str(row), ("hot dog", "cat")[row % 2], ("Public", "Private")[row // 2]] for row in range(4)]

    assert report(rows, "top_k_accuracy_list")["blank_in_label"].lines == (2, 4)


def test_hidden_labels_in_another_notation_than_the_public_ones_are_refused() -> None:
    rows = [[str(row), ("cat", "dog")[row % 2], "Public"] for row in range(8)]

    for label in ("Cat", "['cat']", " dog", "b'dog'"):
        assert report([*rows, ["8", label, "Private"]])["mixed_labels"].lines == (10,)
    assert accepted([*rows, ["8", "owl", "Private"]], "accuracy")


@pytest.mark.parametrize(
    ("values", "metric"),
    [
        (sorted(np.random.default_rng(0).normal(size=400)), "rmse"),
        (sorted(np.random.default_rng(0).integers(0, 5, 400)), "accuracy"),
        (["dog"] * 200 + ["cat"] * 150 + ["owl"] * 50, "accuracy"),
        ([0] * 390 + [1] * 10, "roc_auc"),
        (list(np.arange(400) + np.random.default_rng(0).normal(size=400) * 100), "mae"),
    ],
)
def test_an_order_that_gives_the_targets_away_is_refused(values: list[object], metric: str) -> None:
    shuffled = [f"{n:03x}" for n in np.random.default_rng(1).permutation(400)]
    by_row = report(rows_of(shuffled, values), metric)
    order = np.random.default_rng(2).permutation(400)
    in_id_order = [[f"{row:05d}", str(values[row]), "Public" if row % 2 else "Private"] for row in order]
    by_number = [[str(row + 1), str(values[row]), "Public" if row % 2 else "Private"] for row in order]

    assert "row order" in by_row["order_leak"].message
    assert "order of the ids" in report(in_id_order, metric)["order_leak"].message
    assert "order of the ids" in report(by_number, metric)["order_leak"].message


@pytest.mark.parametrize(
    ("values", "metric"),
    [
        (["cat"] * 200 + ["dog"] * 200, "accuracy"),
        (
            list(np.random.default_rng(0).integers(0, 2, 200))
            + list(np.random.default_rng(0).integers(2, 4, 200)),
            "f1_macro",
        ),
        (list(np.random.default_rng(0).random(200)) + list(np.random.default_rng(0).random(200) + 2), "rmse"),
    ],
)
def test_splits_that_hold_different_values_are_refused(values: list[object], metric: str) -> None:
    order = np.random.default_rng(3).permutation(400)
    rows = [[f"{n:x}", str(values[row]), "Public" if row < 200 else "Private"] for n, row in enumerate(order)]

    assert "usage_leak" in report(rows, metric)


def forecast(days: int = 84) -> list[list[str]]:
    """A key of days with a trend, of which the first third is public."""
    noise = np.random.default_rng(0).normal(size=days) * 3
    first = date(2030, 1, 1)
    return [
        [
            str(first + timedelta(day)),
            str(100 + 1.2 * day + noise[day]),
            "Public" if day < days / 3 else "Private",
        ]
        for day in range(days)
    ]


def test_a_trend_and_a_split_in_time_are_named_with_how_to_accept_them() -> None:
    problems = report(forecast(), "rmse")

    assert problems.keys() == {"order_leak", "usage_leak"}
    assert "which rises with it: a trend" in problems["order_leak"].message
    assert "a split in time" in problems["usage_leak"].message
    assert all('leaks_accepted = "ids are dates"' in problem.hint for problem in problems.values())


def test_a_forecast_is_taken_where_staff_say_why_and_they_are_told_what_they_accept() -> None:
    spec = GradingSpec("rmse", "id", ("y",), leaks_accepted="ids are dates")

    key = AnswerKey.from_csv(written([HEADER, *forecast()]), spec)

    assert grade(written([["id", "y"], *(row[:2] for row in forecast())]), key).public == 0.0
    accepted_leaks = [warning for warning in key_warnings(key) if warning.code.endswith("_leak")]
    assert [warning.code for warning in accepted_leaks] == ["order_leak", "usage_leak"]
    assert {warning.hint for warning in accepted_leaks} == {"Accepted by leaks_accepted: ids are dates"}


def test_a_reason_of_blanks_accepts_nothing() -> None:
    spec = GradingSpec("rmse", "id", ("y",), leaks_accepted="  ")

    with pytest.raises(InvalidAnswerKey, match="gives away"):
        AnswerKey.from_csv(written([HEADER, *forecast()]), spec)


@pytest.mark.parametrize("metric", ORACLES)
@pytest.mark.parametrize("rows", [9, 12, 30, 200])
def test_an_honest_shuffled_key_is_accepted(metric: str, rows: int) -> None:
    for seed in range(12):
        one = case(metric, rows, seed=seed)

        assert AnswerKey.from_csv(key_file(one), one.spec).rows == rows


@pytest.mark.parametrize(
    "values",
    [
        ["a", "a", "b", "b", "c", "c"],
        [0, 0, 0, 1, 1, 1],
        ["a"] * 6,
        list("abcdef"),
        [1, 2, 3, 4, 5, 6],
    ],
)
def test_a_tiny_key_is_never_taken_for_a_leak(values: list[object]) -> None:
    assert accepted(rows_of(list("123456"), values, ["Public", "Private"] * 3), "accuracy")


def test_neighbours_with_equal_labels_are_no_leak() -> None:
    rng = np.random.default_rng(4)
    values = np.repeat(rng.integers(0, 39, 300), rng.integers(2, 20, 300))
    usage = ["Public" if run % 2 else "Private" for run in np.arange(len(values)) // 50]

    assert accepted(rows_of([str(n) for n in range(len(values))], list(values), usage), "accuracy")


def test_a_wave_in_time_is_no_leak() -> None:
    values = np.sin(np.arange(500) / 20)

    assert accepted(rows_of([str(n) for n in range(500)], list(values)), "rmse")


def test_a_rare_class_in_one_split_is_no_leak() -> None:
    values = ["a"] * 500 + ["b"] * 3
    order = np.random.default_rng(5).permutation(503)
    rows = [
        [f"{n}", values[row], "Public" if row % 2 and row < 500 else "Private"] for n, row in enumerate(order)
    ]

    assert accepted(rows, "accuracy")


def test_the_rows_of_a_key_may_be_quoted_and_gzip_is_fine() -> None:
    one = case("accuracy")
    quoted = b"".join(
        b",".join(b'"%s"' % field for field in row.split(b",")) + b"\n" for row in key_file(one).split()
    )

    assert AnswerKey.from_csv(quoted, one.spec).check(submission_file(one)).rows == 40


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rmsel", "id", ("y",)), "no metric 'rmsel'"),
        (("rmse", "id", ()), "at least one"),
        (("accuracy", "id", ("a", "b")), "one target column"),
        (("rmse", "id", ("y", "y")), "different names"),
        (("rmse", "id", ("Usage",)), "different names"),
    ],
)
def test_a_spec_that_contradicts_itself_is_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(BadSpec, match=words):
        GradingSpec(*arguments)


def test_labels_that_are_numbers_and_no_texts_are_named() -> None:
    with pytest.raises(BadSpec, match=r'labels must be texts .* 0 is none\. Write it in quotes: "0"'):
        GradingSpec("accuracy", "id", ("y",), labels=(0, 1))  # type: ignore[arg-type]
