"""What a host is told of a key that is accepted."""

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.custom_answer_key import CustomAnswerKey
from grader.answer_keys.key_warnings import key_warnings
from grader.custom_metrics.metric import CustomMetric
from grader.spec import GradingSpec


def key(public: list[str], private: list[str]) -> AnswerKey:
    """A key of labels."""
    rows = [(label, "Public") for label in public] + [(label, "Private") for label in private]
    lines = [f"{number * 7919 % 10007},{label},{word}" for number, (label, word) in enumerate(rows)]
    return AnswerKey.from_csv(
        "\n".join(["id,y,Usage", *lines, ""]).encode(), GradingSpec("accuracy", "id", ("y",))
    )


def test_a_large_key_with_all_classes_is_not_warned_of() -> None:
    assert key_warnings(key(["a", "b"] * 150, ["a", "b"] * 150)) == []


@pytest.mark.parametrize(("rows", "points"), [(50, 14), (4, 49)])
def test_a_small_split_is_told_in_points(rows: int, points: int) -> None:
    (warning,) = key_warnings(key(["a", "b"] * (rows // 2), ["a", "b"] * 150))

    assert warning.code == "few_rows"
    assert f"by {points} points" in warning.message


def test_a_class_that_one_split_lacks_is_counted_and_not_named() -> None:
    (warning,) = key_warnings(key(["a", "b"] * 150, ["a", "b", "zebra"] * 100))

    assert warning.code == "classes_missing"
    assert "1 of 3 classes has no row in the public split" in warning.message
    assert "zebra" not in str(warning)


@pytest.mark.parametrize(
    ("labels", "noun"), [(["0.0", "1.0"], "floats"), (["True", "False"], "truth values"), (["0", "1.0"], "")]
)
def test_labels_that_a_data_frame_has_turned_into_something_else_are_told(
    labels: list[str], noun: str
) -> None:
    warnings = key_warnings(key(labels * 150, labels * 150))

    assert [warning.code for warning in warnings] == (["odd_labels"] if noun else [])
    assert all(noun in warning.message and ".astype(int)" in warning.hint for warning in warnings)


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        (["cat", "Cat", "dog"], ["similar_labels"]),
        (["cat", "'dog'"], ["marks_in_labels"]),
        (["A", "b"], []),
    ],
)
def test_labels_that_differ_in_notation_alone_and_labels_with_marks_are_told(
    labels: list[str], codes: list[str]
) -> None:
    warnings = key_warnings(key(labels * 150, labels * 150))

    assert [warning.code for warning in warnings] == codes


def test_lists_as_python_writes_them_are_told_with_an_example() -> None:
    rows = [f"{number},\"['sun', 'sea']\",{('Public', 'Private')[number % 2]}" for number in range(400)]
    data = "\n".join(["id,y,Usage", *rows, ""]).encode()

    (warning,) = key_warnings(AnswerKey.from_csv(data, GradingSpec("f1_samples", "id", ("y",))))

    assert warning.code == "marks_in_labels"
    assert "['sun'," in warning.message
    assert "' '.join" in warning.hint


def test_answers_that_are_nearly_all_different_are_no_classes() -> None:
    words = [f"word{number}" for number in range(600)]

    assert key_warnings(key(words[:300], words[300:])) == []


def test_of_a_custom_metric_no_accuracy_is_told() -> None:
    own = CustomMetric.read(
        b"def score(solution, submission, row_id_column_name):\n    return 1.0\n",
        arguments={},
        higher_is_better=True,
    )
    rows = "".join(f"{n},{n * 31 % 97},{'Public' if n % 2 else 'Private'}\n" for n in range(60))
    custom = CustomAnswerKey.from_csv(
        f"id,y,Usage\n{rows}".encode(), GradingSpec("custom", "id", ("y",), custom=own)
    )

    warnings = key_warnings(custom)

    assert [warning.code for warning in warnings] == ["few_rows", "few_rows"]
    assert all("accuracy" not in warning.message for warning in warnings)
    assert "The public split has 30 rows. If the metric is a mean over rows" in warnings[0].message


@pytest.mark.parametrize(
    ("metric", "odd", "usual", "words"),
    [
        ("f1_samples", "['sun']", "sea", "1 item has blanks"),
        ("accuracy", "'sun'", "sea", "1 label has blanks"),
        ("ner_f1", "'O'", "O", "1 tag has blanks"),
        ("map_boxes", "'cat' 1 1 2 2", "cat 1 1 2 2", "1 class has blanks"),
    ],
)
def test_one_word_with_marks_is_told_in_the_singular(metric: str, odd: str, usual: str, words: str) -> None:
    fields = [odd, usual] * 200
    rows = [
        f"{number},{field},{('Public', 'Private')[number // 2 % 2]}" for number, field in enumerate(fields)
    ]
    key = AnswerKey.from_csv("\n".join(["id,y,Usage", *rows, ""]).encode(), GradingSpec(metric, "id", ("y",)))

    assert words in key_warnings(key)[0].message
