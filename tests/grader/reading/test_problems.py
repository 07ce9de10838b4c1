"""What a student reads about a file that is refused: every problem, how often, where, and what to do."""

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from grader.spec import GradingSpec
from tests.grader.cases import IDS, a_file, key_of, problems_of, written

PUBLIC_ROWS = [[name, value, "Public"] for name, value in zip("123456", "454554", strict=True)]


def outcome_of(data: bytes, key: AnswerKey) -> object:
    """All that a student learns before the reveal."""
    try:
        return grade(data, key).public
    except InvalidSubmission as error:
        return error.problems


def test_all_problems_are_told_at_once_and_grouped_by_kind() -> None:
    data = a_file("1,", "2,abc", "3,nan", "4,1e400", "x,1", "1,0.5", "5,1,2", "6", ",1", "7, 1")

    problems = problems_of(data)

    assert {code: (problem.count, problem.lines) for code, problem in problems.items()} == {
        "wrong_field_count": (2, (8, 9)),
        "blank_id": (1, (10,)),
        "unknown_id": (1, (6,)),
        "repeated_id": (1, (7,)),
        "empty_value": (1, (2,)),
        "not_finite": (1, (4,)),
        "not_a_number": (2, (3, 11)),
        "out_of_range": (1, (5,)),
    }


def test_the_first_five_lines_are_named_and_all_are_counted() -> None:
    problem = problems_of(a_file(*(f"{name},?" for name in IDS)))["not_a_number"]

    assert problem.count == 12
    assert problem.lines == (2, 3, 4, 5, 6)
    assert problem.examples == tuple(f"id '{name}': '?'" for name in IDS[:5])


def test_a_repeated_id_is_named_with_its_line() -> None:
    problem = problems_of(a_file("1,0", "2,0", "1,0"))["repeated_id"]

    assert problem.lines == (4,)
    assert "'1', which stood on line 2 already" in problem.message


def test_missing_ids_are_named() -> None:
    problem = problems_of(a_file(*(f"{name},0" for name in IDS[:10]), good=False))["missing_id"]

    assert problem.count == 2
    assert problem.examples == ("'11'", "'12'")


def test_an_id_on_a_row_of_a_wrong_shape_is_not_called_missing_too() -> None:
    assert problems_of(a_file("1,2,3")).keys() == {"wrong_field_count"}


def test_a_blank_line_in_the_middle_is_named() -> None:
    problem = problems_of(a_file("1,0", "", "2,0"))["blank_id"]

    assert problem.lines == (3,)


def test_line_numbers_are_right_after_quoted_newlines() -> None:
    problems = problems_of(a_file('"1\n\n",0', "2,x"))

    assert problems["unknown_id"].lines == (2,)
    assert problems["not_a_number"].lines == (5,)


def test_line_numbers_are_right_with_every_line_end() -> None:
    for end in (b"\r\n", b"\r"):
        assert problems_of(a_file("1,0", "2,x").replace(b"\n", end))["not_a_number"].lines == (3,)


@pytest.mark.parametrize(
    ("ids", "spell", "hint"),
    [
        (IDS, lambda x: x + ".0", "astype(int)"),
        ([f"{int(x):04d}" for x in IDS], lambda x: x.lstrip("0"), "leading zeros"),
        (IDS, lambda x: "000" + x, "Do not pad"),
        (IDS, lambda x: f" {x}", "blanks"),
        ([f"img{x}.jpg" for x in IDS], lambda x: f"test/{x}", "without its folder"),
        ([f"img{x}.jpg" for x in IDS], lambda x: x.upper(), "case"),
    ],
)
def test_the_likely_slip_behind_unknown_ids_is_named(ids: list[str], spell, hint: str) -> None:
    data = written([["id", "y"], *([spell(name), "0"] for name in ids)])

    assert hint in problems_of(data, key_of(ids=ids))["unknown_id"].hint


def test_reading_stops_after_a_thousand_rows_of_a_wrong_shape() -> None:
    key = key_of(ids=[str(n) for n in range(3_000)])

    problems = problems_of(written([["id", "y"], *([str(n)] for n in range(3_000))]), key)

    assert "1,000 rows or more have 1 field" in problems["wrong_field_count"].message


def test_a_label_of_another_style_is_refused() -> None:
    key = key_of(GradingSpec("accuracy", "id", ("y",)))

    rows = [["id", "y"], ["1", "1.0"], ["2", "cat"], ["3", "01"], *([name, "1"] for name in IDS[3:])]

    problems = problems_of(written(rows), key)

    assert problems["not_a_whole_number"].count == 3
    assert "astype(int)" in problems["not_a_whole_number"].hint


def test_a_label_that_staff_did_not_declare_is_refused() -> None:
    key = key_of(
        GradingSpec("accuracy", "id", ("y",), labels=("cat", "dog", "owl")), truth="cat", private="dog"
    )
    rows = [["id", "y"], *([name, "owl"] for name in IDS[1:]), ["1", "Cat"]]

    problems = problems_of(written(rows), key)

    assert problems["unknown_label"].examples == ("id '1': 'Cat'",)
    assert "dog" not in str(problems["unknown_label"])


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "rmse", "mae"])
@pytest.mark.parametrize("fault", ["1,?", "x,1", "1,77", "1,", "1,cat", "1,nan", '1,"', "1,7,7", "1,7"])
def test_no_answer_depends_on_the_private_targets(metric: str, fault: str) -> None:
    spec = GradingSpec(metric, "id", ("y",))
    worlds = [
        AnswerKey.from_csv(written([["id", "y", "Usage"], *PUBLIC_ROWS, *private]), spec)
        for private in (
            [["7", "4", "Private"], ["8", "5", "Private"], ["9", "4", "Private"]],
            [["7", "6", "Private"], ["8", "4", "Private"], ["9", "77", "Private"]],
        )
    ]
    rows = dict.fromkeys("123456789", "5")
    data = "\n".join(
        ["id,y", fault, *(f"{name},{value}" for name, value in rows.items() if name != "1")]
    ).encode()

    one, other = (outcome_of(data, key) for key in worlds)

    assert one == other


def test_a_problem_never_quotes_a_true_value() -> None:
    key = key_of(truth="123.456", private="654.321")

    problems = problems_of(a_file("1,?", "x,1", "2,", "3,nan", "3,1"), key)

    assert not any(
        value in str(problem.as_dict()) for problem in problems.values() for value in ("123.456", "654.321")
    )


def test_every_problem_says_what_to_do() -> None:
    for problem in problems_of(a_file("1,", "2,abc", "3,nan", "x,1", "1,0.5", "5,1,2", ",1")).values():
        assert problem.message.endswith(".")
        assert problem.hint.endswith((".", ")"))


def test_what_cannot_be_seen_is_written_as_an_escape_and_long_text_is_cut() -> None:
    problems = problems_of(a_file("\u200b1,1", "x" * 500 + ",1"))

    assert problems["unknown_id"].examples == ("'\\u200b1'", f"'{'x' * 60}...'")


def test_a_problem_becomes_plain_values() -> None:
    problem = Problem("code", "Message.", "Hint.", 7, (2, 3), ("'a'",))

    assert problem.as_dict() == {
        "code": "code",
        "message": "Message.",
        "hint": "Hint.",
        "count": 7,
        "lines": [2, 3],
        "examples": ["'a'"],
    }
    assert str(problem) == "Message. (line 2, 3, ...) Hint."


def test_a_blank_line_among_shares_is_named() -> None:
    spec = GradingSpec("log_loss_multiclass", "id", ("y",), labels=("cat", "dog"))
    key = AnswerKey.from_csv(b"id,y,Usage\n1,cat,Public\n2,dog,Public\n3,cat,Private\n4,dog,Private\n", spec)

    problems = problems_of(b"id,cat,dog\n1,0.5,0.5\n\n2,1,0\n3,1,0\n4,0,0\n", key)

    assert "no_shares" in problems
    assert problems["no_shares"].lines == (6,)
