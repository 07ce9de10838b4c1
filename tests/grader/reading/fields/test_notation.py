"""Files that are right but for how labels and items are written: refused with the remedy, never scored 0."""

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.check import check
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from grader.spec import GradingSpec
from tests.grader.cases import written

ROWS = 16
USAGE = ["Public"] * 12 + ["Private"] * 4


def quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if set(field) & {",", '"'} else field


def file_of(values: list[str], *, usage: list[str] | None = None) -> bytes:
    header = ["id", "y", *(["Usage"] if usage else [])]
    rows = [[str(row), quoted(value), *([usage[row]] if usage else [])] for row, value in enumerate(values)]
    return written([header, *rows])


def problem_of(metric: str, truth: list[str], values: list[str], **settings: object) -> Problem:
    spec = GradingSpec(metric, "id", ("y",), **settings)  # type: ignore[arg-type]
    key = AnswerKey.from_csv(file_of(truth, usage=USAGE), spec)
    assert grade(file_of(truth), key).public == 1.0
    with pytest.raises(InvalidSubmission) as error:
        grade(file_of(values), key)
    (problem,) = error.value.problems
    assert problem.lines[0] == 2
    return problem


ANIMALS = ["cat", "dog", "owl", "cat"] * 4
SIGHTS = ["sun sea", "sea", "sun", "sky sun"] * 4
DIGITS = ["7", "3", "0", "7"] * 4
BITS = ["0", "1"] * 8


@pytest.mark.parametrize(
    ("truth", "write", "remedy"),
    [
        (ANIMALS, "['{}']", "without brackets or quotes"),
        (ANIMALS, "b'{}'", ".str.decode('utf-8')"),
        (ANIMALS, '"{}"', "without brackets or quotes"),
        (ANIMALS, " {} ", ".str.strip()"),
    ],
)
def test_labels_with_marks_around_them_are_refused_with_the_remedy(
    truth: list[str], write: str, remedy: str
) -> None:
    problem = problem_of("accuracy", truth, [write.format(value) for value in truth])

    assert (problem.code, remedy in problem.hint) == ("other_notation", True), problem.hint


@pytest.mark.parametrize(
    ("truth", "write", "remedy"),
    [
        (DIGITS, "{}.0", ".astype(int)"),
        (DIGITS, "0{}", ".astype(int)"),
        (DIGITS, " {}", ".astype(int)"),
        (DIGITS, "['{}']", "without brackets or quotes"),
        (DIGITS, "b'{}'", ".str.decode('utf-8')"),
        (ANIMALS, "['{}']", "without brackets or quotes"),
        (ANIMALS, "b'{}'", ".str.decode('utf-8')"),
        (ANIMALS, '"{}"', "without brackets or quotes"),
        (ANIMALS, " {} ", ".str.strip()"),
        (["True", "False"] * 8, "\t{}", ".str.strip()"),
    ],
)
def test_declared_labels_in_another_notation_get_the_same_remedy(
    truth: list[str], write: str, remedy: str
) -> None:
    values = [write.format(value) for value in truth]

    problem = problem_of("accuracy", truth, values, labels=tuple(sorted(set(truth))))

    assert (problem.code, remedy in problem.hint) == ("unknown_label", True), problem.hint


@pytest.mark.parametrize(
    ("truth", "values", "remedy"),
    [
        (ANIMALS, [value.title() for value in ANIMALS], "Upper and lower case count"),
        (ANIMALS, ["2"] * ROWS, "names[p"),
        (ANIMALS, ["kat"] * ROWS, "Use the labels of the training data"),
        (["0.0", "1.0"] * 8, BITS, "1, 01 and 1.0"),
        (["True", "False"] * 8, ["1", "0"] * 8, "True, true and 1"),
    ],
)
def test_declared_labels_spelt_otherwise_are_refused_with_the_remedy(
    truth: list[str], values: list[str], remedy: str
) -> None:
    problem = problem_of("accuracy", truth, values, labels=tuple(sorted(set(truth))))

    assert (problem.code, remedy in problem.hint) == ("unknown_label", True), problem.hint


def test_declared_items_and_lists_get_their_own_remedy() -> None:
    items = ["7 2", "2", "7", "9 7"] * 4
    floats = [" ".join(f"{item}.0" for item in row.split()) for row in items]

    problem = problem_of("f1_samples", items, floats, labels=("2", "7", "9"))

    assert "'7.0' is not '7'" in problem.hint


@pytest.mark.parametrize(
    ("truth", "values", "code", "remedy"),
    [
        (ANIMALS, [value.title() for value in ANIMALS], "other_notation", "Upper and lower case count"),
        (
            ANIMALS,
            [str(["cat", "dog", "owl"].index(value)) for value in ANIMALS],
            "no_known_label",
            "names[p",
        ),
        (ANIMALS, ["0.25"] * ROWS, "no_known_label", "probabilities"),
        (BITS, ["-1"] * ROWS, "no_known_label", "Use the labels of the training data"),
        (["0.0", "1.0"] * 8, BITS, "other_notation", "1, 01 and 1.0"),
        (["True", "False"] * 8, ["true", "false"] * 8, "other_notation", "True, true and 1"),
        (["True", "False"] * 8, ["1", "0"] * 8, "other_notation", "True, true and 1"),
    ],
)
def test_labels_spelt_otherwise_are_refused_with_the_remedy(
    truth: list[str], values: list[str], code: str, remedy: str
) -> None:
    problem = problem_of("accuracy", truth, values)

    assert (problem.code, remedy in problem.hint) == (code, True), problem.hint


@pytest.mark.parametrize("metric", ["f1_samples", "map_at_k", "token_error_rate", "ner_f1"])
@pytest.mark.parametrize(
    "write",
    [
        str,
        ",".join,
        lambda items: str(items).replace("'", ""),
        "\u00a0".join,
        lambda items: "\u00a0" + " ".join(items),
    ],
)
def test_lists_as_python_writes_them_are_refused_with_the_remedy(metric: str, write: object) -> None:
    spec = GradingSpec(metric, "id", ("y",))
    key = AnswerKey.from_csv(file_of(["B-sun I-sun"] * ROWS, usage=USAGE), spec)
    assert callable(write)

    with pytest.raises(InvalidSubmission) as error:
        grade(file_of([write(["B-sun", "I-sun"])] * ROWS), key)

    (problem,) = error.value.problems
    assert problem.code == "other_notation"
    assert "' '.join" in problem.hint


def test_a_single_row_in_another_notation_is_named() -> None:
    key = AnswerKey.from_csv(file_of(SIGHTS, usage=USAGE), GradingSpec("f1_samples", "id", ("y",)))

    with pytest.raises(InvalidSubmission) as error:
        grade(file_of([*SIGHTS[:-1], "sky,sun"]), key)

    assert [(problem.code, problem.lines) for problem in error.value.problems] == [("other_notation", (17,))]


def test_answers_of_their_own_are_never_confirmed_by_a_refusal() -> None:
    words = [f"Word{row}" for row in range(ROWS)]
    key = AnswerKey.from_csv(file_of(words, usage=USAGE), GradingSpec("accuracy", "id", ("y",)))

    assert grade(file_of([word.lower() for word in words]), key).public == 0.0
    assert grade(file_of(["guess"] * ROWS), key).public == 0.0


@pytest.mark.parametrize("value", ["['cat']", "b'cat'", " cat", "0"])
def test_the_offline_check_learns_the_notation_from_the_sample(value: str) -> None:
    sample = file_of(["cat"] * 4)

    check(file_of(["dog", "cat", "owl", "Cat"]), sample=sample, metric="accuracy")
    with pytest.raises(InvalidSubmission):
        check(file_of([value] * 4), sample=sample, metric="accuracy")


@pytest.mark.parametrize("rating", ["7", "-1"])
def test_a_rating_outside_of_the_declared_scale_is_refused(rating: str) -> None:
    truth = ["0", "4", "2", "1"] * 4

    problem = problem_of(
        "quadratic_weighted_kappa", truth, [rating, *truth[1:]], arguments={"lowest": 0, "highest": 4}
    )

    assert (problem.code, "between 0 and 4" in problem.message) == ("out_of_range", True)


@pytest.mark.parametrize("blank", ["\u00a0", "\t", "\u3000"])
def test_another_kind_of_blank_before_a_boxs_class_is_refused(blank: str) -> None:
    boxes = ["cat 0.5 1 1 4 4"] * 4
    key = AnswerKey.from_csv(
        b"id,y,Usage\n0,cat 1 1 4 4,Public\n1,cat 1 1 4 4,Public\n2,cat 1 1 4 4,Private\n3,,Private\n",
        GradingSpec("map_boxes", "id", ("y",)),
    )

    with pytest.raises(InvalidSubmission) as error:
        grade(file_of([*boxes[:3], blank + boxes[3]]), key)

    assert [(problem.code, problem.lines) for problem in error.value.problems] == [("not_boxes", (5,))]


def test_a_boxs_class_may_have_any_letters_for_both_readers() -> None:
    key = AnswerKey.from_csv(
        "id,y,Usage\n0,à 1 1 4 4,Public\n1,貓 1 1 4 4,Private\n".encode(),
        GradingSpec("map_boxes", "id", ("y",)),
    )
    upload = "id,y\n0,à 0.5 1 1 4 4\n1,貓 0.5 1 1 4 4\n".encode()

    assert grade(upload, key) == grade(upload + b"\n\n", key)
    assert grade(upload, key).public == 1.0


BOXES = ["cat 1 1 4 4 dog 2 2 5 5", "cat 3 3 9 9"] * 8
DETECTIONS = ["cat 0.9 1 1 4 4 dog 0.8 2 2 5 5", "cat 0.9 3 3 9 9"] * 8
STRANGE_CLASS = ("no_known_label", "no class that this competition knows")
CASE_OF_CLASS = ("other_notation", "Upper and lower case")
MARKED_CLASS = ("other_notation", "without commas, brackets or quotes")
STRANGE_TAG = ("no_known_label", "no tag that this competition knows")
CASE_OF_TAG = ("other_notation", "Upper and lower case count")
MAPS = ["1 4 2 4", "2 8"] * 8
TAGS = ["B-PER I-PER O", "O B-PER O"] * 8


@pytest.mark.parametrize("end", [b"", b"\n\n"], ids=["quick", "careful"])
@pytest.mark.parametrize(
    ("metric", "truth", "values", "code", "words"),
    [
        ("map_boxes", BOXES, [v.replace("cat", "0").replace("dog", "1") for v in DETECTIONS], *STRANGE_CLASS),
        (
            "map_boxes",
            BOXES,
            [v.replace("cat", "puma").replace("dog", "wolf") for v in DETECTIONS],
            *STRANGE_CLASS,
        ),
        ("map_boxes", BOXES, [v.replace("cat", "Cat") for v in DETECTIONS], *CASE_OF_CLASS),
        ("map_boxes", BOXES, [v.replace("cat", "'cat'") for v in DETECTIONS], *MARKED_CLASS),
        (
            "iou_class_maps",
            MAPS,
            ["7 8", "9 8"] * 8,
            *STRANGE_CLASS,
        ),
        ("ner_f1", TAGS, [v.replace("B-", "").replace("I-", "") for v in TAGS], *STRANGE_TAG),
        ("ner_f1", TAGS, [v.replace("-PER", "-per") for v in TAGS], *CASE_OF_TAG),
        ("ner_f1", TAGS, ["0 1 0"] * 16, *STRANGE_TAG),
    ],
)
def test_classes_and_tags_that_no_public_row_has_are_refused_with_the_remedy(
    metric: str, truth: list[str], values: list[str], code: str, words: str, end: bytes
) -> None:
    key = AnswerKey.from_csv(file_of(truth, usage=USAGE), GradingSpec(metric, "id", ("y",)))

    with pytest.raises(InvalidSubmission) as error:
        grade(file_of(values) + end, key)

    (problem,) = error.value.problems
    assert (problem.code, words in str(problem)) == (code, True), str(problem)


@pytest.mark.parametrize(
    ("metric", "truth", "values"),
    [
        ("map_boxes", BOXES, [""] * 16),
        ("map_boxes", BOXES, [DETECTIONS[0], *["puma 0.9 1 1 4 4"] * 15]),
        ("map_boxes", ["cat 1 1 4 4", "dog 1 1 4 4", *[""] * 13, "cat 1 1 4 4"], ["puma 0.9 1 1 4 4"] * 16),
        ("iou_class_maps", MAPS, ["2 8"] * 16),
        ("ner_f1", TAGS, ["O O O"] * 16),
        ("ner_f1", [*["O O O"] * 15, "O B-PER O"], ["O B-PER O"] * 16),
    ],
)
def test_poor_but_honest_classes_and_tags_are_scored(
    metric: str, truth: list[str], values: list[str]
) -> None:
    key = AnswerKey.from_csv(file_of(truth, usage=USAGE), GradingSpec(metric, "id", ("y",)))

    assert grade(file_of(values), key).rows == 16


@pytest.mark.parametrize("end", [b"", b"\n\n"], ids=["quick", "careful"])
@pytest.mark.parametrize("metric", ["f1_samples", "map_at_k", "token_error_rate"])
def test_lists_of_which_nearly_none_has_an_item_are_refused(metric: str, end: bytes) -> None:
    key = AnswerKey.from_csv(file_of(SIGHTS, usage=USAGE), GradingSpec(metric, "id", ("y",)))

    with pytest.raises(InvalidSubmission, match="no item in 15 of 16 rows"):
        grade(file_of([SIGHTS[0], *[""] * 15]) + end, key)
    assert grade(file_of([*SIGHTS[:4], *[""] * 12]), key).rows == ROWS


def test_lists_without_items_are_scored_where_a_public_row_has_none() -> None:
    key = AnswerKey.from_csv(file_of(["", *SIGHTS[1:]], usage=USAGE), GradingSpec("f1_samples", "id", ("y",)))

    assert grade(file_of([""] * 16), key).rows == ROWS


ENDS = {"target_columns": ("y",), "prediction_columns": ("low", "high")}


@pytest.mark.parametrize("end", [b"", b"\n\n"], ids=["quick", "careful"])
@pytest.mark.parametrize(
    ("metric", "arguments", "is_rising"),
    [
        ("interval_score", {}, True),
        ("pinball_multi", {"quantiles": [0.1, 0.9]}, True),
        ("pinball_multi", {"quantiles": [0.9, 0.1]}, False),
    ],
)
def test_ends_that_cross_in_every_row_are_refused_and_in_some_are_scored(
    metric: str, arguments: dict[str, object], end: bytes, *, is_rising: bool
) -> None:
    key = AnswerKey.from_csv(
        file_of([str(number * 7 % 16) for number in range(16)], usage=USAGE),
        GradingSpec(metric, "id", arguments=arguments, **ENDS),  # type: ignore[arg-type]
    )
    rows = [[str(row), *sorted(["1.5", "2.5"], reverse=is_rising)] for row in range(16)]

    with pytest.raises(InvalidSubmission) as error:
        grade(written([["id", "low", "high"], *rows]) + end, key)

    (problem,) = error.value.problems
    assert (problem.code, problem.count) == ("swapped_columns", 16)
    assert "Swap them" in problem.hint
    rows[3] = [rows[3][0], *reversed(rows[3][1:])]
    assert grade(written([["id", "low", "high"], *rows]) + end, key).rows == ROWS
