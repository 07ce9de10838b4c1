"""The first law in the grader: nothing that is said of a file depends on what private or ignored rows hold.

Two keys that differ in hidden rows alone are drawn, and uploads that are nearly right under one of them. Both
keys must refuse the upload with the same words, or both score its public rows to the same last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grader.answer_keys.answer_key import AnswerKey
from grader.compare import SplitComparison, file_pair
from grader.errors import InvalidAnswerKey, InvalidSubmission, Problem
from grader.grade import grade_with_errors
from grader.spec import GradingSpec
from tests.grader.cases import written

LABEL_POOLS = (
    ["0", "1", "2", "10"],
    ["cat", "dog", "owl", "Cat", "['cat']"],
    ["0.0", "1.0", "0", "1"],
    ["True", "False", "1", "true"],
    ["a", "B", "7", "b'a'", '"a"', " a"],
)
ITEM_POOLS = (
    ["1", "2", "30", "4", "A5"],
    ["1", "2", "B3"],
    ["i0", "i1", "i2", "['i0',", "'i1'", "I0"],
    ["sun", "sea", "sun,sea", "Sun", "7"],
)
TEXT_POOLS = (["the cat", "a dog", "nan", "['a', 'b']", "7 8"], ["the cat", "a dog"], ["nan", "", "7 8"])
BOX_POOLS = (["cat", "dog", "Cat", "['cat']"], ["1", "2", "cat"], ["1", "01", "7"])
CLASS_POOLS = (["0", "1", "2", "255"], ["0", "00", "1"])
TAG_POOLS = (["O", "B-X", "I-X", "B-Y"], ["O", "'O',", "B-X", "o"])
ODD = ["", " ", "nan", "07", "7.0", "1e5", "é", "0.5", "-1"]

Draw = Callable[[Random, list[str]], str]


@dataclass(frozen=True)
class Kind:
    """A metric with what its key's fields and its uploads' may hold."""

    spec: GradingSpec
    pools: tuple[list[str], ...]
    field: Draw
    prediction: Callable[[str], str]  # the upload's field that is right where the key has this one


def one(draw: Random, pool: list[str]) -> str:
    """A label or a number."""
    return draw.choice(pool)


def several(draw: Random, pool: list[str]) -> str:
    """A list of up to four items."""
    return " ".join(draw.choices(pool, k=draw.randint(0, 4)))


def filled(draw: Random, pool: list[str]) -> str:
    """A list of one to four items."""
    return " ".join(draw.choices(pool, k=draw.randint(1, 4)))


def two(draw: Random, pool: list[str]) -> str:
    """Two tags, as many as each row has tokens."""
    return " ".join(draw.choices(pool, k=2))


def boxed(draw: Random, pool: list[str]) -> str:
    """One or two boxes."""
    return " ".join(f"{word} 1 1 4 4" for word in draw.choices(pool, k=draw.randint(1, 2)))


def detected(boxes: str) -> str:
    """The boxes with a confidence each."""
    return boxes.replace(" 1 1 4 4", " 0.5 1 1 4 4")


def mapped(draw: Random, pool: list[str]) -> str:
    """Two runs of classes, of as many pixels as each image has."""
    return " ".join(f"{word} 4" for word in draw.choices(pool, k=2))


def ordered(draw: Random, _: list[str]) -> str:
    """The same three items, in some order."""
    return " ".join(draw.sample(["x", "y", "z"], 3))


def kind(
    metric: str,
    pools: tuple[list[str], ...],
    field: Draw,
    prediction: Callable[[str], str] = str,
    **settings: object,
) -> Kind:
    spec = GradingSpec(metric, "id", ("y",), **settings)  # type: ignore[arg-type]
    return Kind(spec, pools, field, prediction)


KINDS = {
    "accuracy": kind("accuracy", LABEL_POOLS, one),
    "f1_macro": kind("f1_macro", LABEL_POOLS, one),
    "specificity": kind("specificity", (["0", "1", "2"],), one, arguments={"positive": "1"}),
    "declared": kind("accuracy", (["cat", "dog"],), one, labels=("cat", "dog")),
    "kappa": kind("quadratic_weighted_kappa", (["0", "1", "2"],), one, arguments={"lowest": 0, "highest": 2}),
    "map_at_k": kind("map_at_k", ITEM_POOLS, filled, arguments={"k": 3}),
    "f1_samples": kind("f1_samples", ITEM_POOLS, several),
    "catalogue": kind("f1_samples", (["1", "2", "A5"],), several, labels=("1", "2", "A5", "B7")),
    "token_error_rate": kind("token_error_rate", ITEM_POOLS, filled),
    "ner_f1": kind("ner_f1", TAG_POOLS, two),
    "map_boxes": kind("map_boxes", BOX_POOLS, boxed, detected),
    "declared boxes": kind("map_boxes", (["cat", "dog"],), boxed, detected, labels=("cat", "dog")),
    "iou_class_maps": kind("iou_class_maps", CLASS_POOLS, mapped),
    "orderings": kind("kendall_tau_orderings", (["x", "y"],), ordered),
    "squad_em": kind("squad_em", TEXT_POOLS, one),
    "rmse": kind("rmse", (["0", "1", "2.5", "-3e7"],), one),
    "rmsle": kind("rmsle", (["0", "1", "2.5", "3e7"],), one),
    "log_loss": kind("log_loss", (["0", "1"],), one),
    "dice_mean": kind("dice_mean", (["", "1 2", "3 1 9 2"],), one),
}


@dataclass(frozen=True)
class Worlds:
    """Two keys that differ in hidden rows alone, and two files to be graded and compared under both."""

    spec: GradingSpec
    keys: tuple[bytes, bytes]
    file: bytes
    other_file: bytes


def drawn_worlds(name: str, seed: int) -> Worlds:
    """Keys of few rows or, so that labels recur and are classes, of several; an upload near the first."""
    chosen, draw = KINDS[name], Random(seed)
    pool = draw.choice(chosen.pools)
    public_words, *hidden_words = (draw.sample(pool, draw.randint(2, len(pool))) for _ in range(3))
    public_rows, hidden_rows = draw.choice([3, 8, 14]), draw.randint(2, 5)
    public = [chosen.field(draw, public_words) for _ in range(public_rows)]
    hidden, other = ([chosen.field(draw, words) for _ in range(hidden_rows)] for words in hidden_words)
    usage = ["Public"] * public_rows + ["Private"] * (hidden_rows - 1) + ["Ignored"]
    keys = _key_file(public + hidden, usage), _key_file(public + other, usage)
    file, other_file = (_upload(draw, chosen, pool, public + hidden) for _ in range(2))
    return Worlds(chosen.spec, keys, file, other_file)


def _upload(draw: Random, chosen: Kind, pool: list[str], truth: list[str]) -> bytes:
    """The first key's answers with some rows wrong, odd or written in another way, for either reader."""

    def changed() -> str:
        return chosen.prediction(chosen.field(draw, pool)) if draw.randrange(3) else draw.choice(ODD)

    share = draw.choice([0.0, 0.1, 0.4])
    values = [changed() if draw.random() < share else chosen.prediction(value) for value in truth]
    if draw.randrange(5) == 0:
        values = [chosen.prediction(chosen.field(draw, pool))] * len(truth)
    rows = [[str(number), value] for number, value in enumerate(values)]
    data = written([["id", "y"], *draw.sample(rows, len(rows))])
    return draw.choice([data, data + b"\n\n", data.replace(b"\n", b"\r\n")])


def _key_file(values: list[str], usage: list[str]) -> bytes:
    rows = [
        [str(number), value, word] for number, (value, word) in enumerate(zip(values, usage, strict=True))
    ]
    return written([["id", "y", "Usage"], *map(_quoted, rows)])


def _quoted(row: list[str]) -> list[str]:
    return ['"' + field.replace('"', '""') + '"' if set(field) & {",", '"'} else field for field in row]


def outcome(file: bytes, key: AnswerKey) -> tuple[Problem, ...] | tuple[float, float | None, int]:
    """All that a student learns of a file before the reveal."""
    try:
        result = grade_with_errors(file, key)
    except InvalidSubmission as error:
        return error.problems
    return result.public, result.public_error, result.rows


def compared(worlds: Worlds, key: AnswerKey) -> SplitComparison | None:
    """What a student learns of two files side by side; None where one of them is refused."""
    try:
        pair = file_pair(worlds.file, worlds.other_file, key)
    except InvalidSubmission:
        return None
    return None if pair is None else pair.public


@pytest.mark.parametrize(
    "draws", [100, pytest.param(1_500, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])]
)
def test_keys_that_differ_in_hidden_rows_alone_say_the_same_of_every_file(draws: int) -> None:
    @settings(
        max_examples=draws,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.builds(drawn_worlds, st.sampled_from(sorted(KINDS)), st.integers(0, 2**63)))
    def say_the_same(two_worlds: Worlds) -> None:
        try:
            one_key, other_key = (AnswerKey.from_csv(data, two_worlds.spec) for data in two_worlds.keys)
        except InvalidAnswerKey:
            assume(False)

        assert outcome(two_worlds.file, one_key) == outcome(two_worlds.file, other_key)
        assert compared(two_worlds, one_key) == compared(two_worlds, other_key)

    say_the_same()


LISTS = GradingSpec("map_at_k", "id", ("y",))
LIST_KEY = b"id,y,Usage\n1,12 7,Public\n2,9,Public\n3,5 3,Private\n4,8,Private\n"


def test_a_key_whose_hidden_items_are_written_otherwise_is_refused() -> None:
    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(LIST_KEY.replace(b"5 3", b"A5 3"), LISTS)

    (problem,) = error.value.problems
    assert (problem.code, problem.lines) == ("mixed_labels", (4,))
    assert "labels in competition.toml" in problem.hint


@pytest.mark.parametrize("end", [b"", b"\n\n"])
def test_items_that_staff_declare_are_taken_by_both_readers_and_no_others(end: bytes) -> None:
    spec = GradingSpec("map_at_k", "id", ("y",), labels=("12", "7", "9", "3", "8", "A5", "B7"))
    key = AnswerKey.from_csv(LIST_KEY.replace(b"5 3", b"A5 3"), spec)

    assert not isinstance(
        outcome(b"id,y\n1,B7 7\n2,9\n3,A5 4\n4,8\n".replace(b" 4", b" 8") + end, key)[0], Problem
    )
    problem, *others = outcome(b"id,y\n1,12 7\n2,9\n3,A5 11\n4,8\n" + end, key)
    assert not others
    assert isinstance(problem, Problem)
    assert (problem.code, problem.lines) == ("unknown_label", (4,))


def test_an_item_of_a_private_row_is_refused_as_any_other_that_public_rows_rule_out() -> None:
    key = AnswerKey.from_csv(LIST_KEY, LISTS)

    codes = [outcome(b"id,y\n1,12 7\n2,9\n3,%s\n4,8\n" % items, key)[0] for items in (b"A5", b"05", b"x")]

    assert [problem.code for problem in codes if isinstance(problem, Problem)] == ["not_a_whole_number"] * 3
