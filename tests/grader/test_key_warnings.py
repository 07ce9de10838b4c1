"""What a host is told of a key that is accepted."""

import pytest

from grader.answer_key import AnswerKey
from grader.key_warnings import key_warnings
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
    (found,) = key_warnings(key(["a", "b"] * (rows // 2), ["a", "b"] * 150))

    assert found.code == "few_rows"
    assert f"by {points} points" in found.message


def test_a_class_that_one_split_lacks_is_counted_and_not_named() -> None:
    (found,) = key_warnings(key(["a", "b"] * 150, ["a", "b", "zebra"] * 100))

    assert found.code == "classes_missing"
    assert "1 of 3 classes have no row in the public split" in found.message
    assert "zebra" not in str(found)
