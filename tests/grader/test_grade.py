"""grade(): the scores of a file, whatever its order and spelling, and what never changes them."""

import gzip
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.metrics import METRICS, Columns
from grader.metrics.fields import LABEL
from tests.grader.cases import ORACLES, Case, case, submission_file, written

EVERY = pytest.mark.parametrize("metric", ORACLES)
SEEDS = st.integers(0, 50)


def oracle_score(one: Case, word: str) -> float:
    """What the oracle says about the case's predictions on one split."""
    rows = one.rows(word)
    answers = np.array([one.truth[row] for row in rows], dtype=float)
    predictions = np.array([one.predictions[row] for row in rows], dtype=float)
    return float(ORACLES[one.spec.metric](answers, predictions))


@EVERY
@pytest.mark.parametrize("rows", [9, 40, 3000])
def test_both_scores_equal_the_oracles_on_their_rows(metric: str, rows: int) -> None:
    one = case(metric, rows)

    result = grade(submission_file(one), one.key)

    assert result.public == pytest.approx(oracle_score(one, "Public"), rel=1e-12)
    assert result.private == pytest.approx(oracle_score(one, "Private"), rel=1e-12)
    assert result.rows == rows


@EVERY
@given(seed=SEEDS, data=st.data())
@settings(max_examples=12, deadline=None)
def test_row_order_never_changes_a_bit_of_a_score(metric: str, seed: int, data: st.DataObject) -> None:
    one = case(metric, seed=seed)
    order = data.draw(st.permutations(range(len(one.ids))))

    shuffled, in_order = (grade(submission_file(one, order=o), one.key) for o in (order, None))

    assert (shuffled.public, shuffled.private) == (in_order.public, in_order.private)


@EVERY
def test_row_order_never_changes_a_bit_of_a_large_files_score(metric: str) -> None:
    one = case(metric, 5000)
    order = np.random.default_rng(1).permutation(5000).tolist()

    shuffled, in_order = (grade(submission_file(one, order=o), one.key) for o in (order, None))

    assert (shuffled.public, shuffled.private) == (in_order.public, in_order.private)


@EVERY
def test_column_order_never_changes_a_score(metric: str) -> None:
    one = case(metric)
    rows = [["y0", "id"], *([values[0], name] for name, values in zip(one.ids, one.predictions, strict=True))]

    assert grade(written(rows), one.key) == grade(submission_file(one), one.key)


@EVERY
def test_a_perfect_file_gets_the_best_value_on_both_splits(metric: str) -> None:
    one = case(metric)

    result = grade(submission_file(one, one.truth), one.key)

    assert result.public == pytest.approx(METRICS[metric].best, abs=1e-14)
    assert result.private == pytest.approx(METRICS[metric].best, abs=1e-14)


@EVERY
@pytest.mark.parametrize(("split", "other"), [("Public", "private"), ("Private", "public")])
def test_the_rows_of_one_split_never_influence_the_other_score(metric: str, split: str, other: str) -> None:
    one = case(metric, 200)
    values = list(one.predictions)
    for row in one.rows(split):
        values[row] = one.truth[row]

    before, after = (grade(submission_file(one, v), one.key) for v in (one.predictions, values))

    assert getattr(before, other) == getattr(after, other)
    assert getattr(before, split.lower()) != getattr(after, split.lower())


@EVERY
def test_ignored_rows_count_nowhere(metric: str) -> None:
    one = case(metric, 200)
    values = list(one.predictions)
    for row in one.rows("Ignored"):
        values[row] = one.truth[row]

    assert grade(submission_file(one, values), one.key) == grade(submission_file(one), one.key)


def test_ignored_rows_must_be_there() -> None:
    one = case("rmse")
    present = [row for row in range(len(one.ids)) if row != one.rows("Ignored")[0]]

    with pytest.raises(InvalidSubmission, match="1 id without a row"):
        grade(submission_file(one, order=present), one.key)


@EVERY
@given(
    seed=SEEDS,
    slip=st.sampled_from(["drop", "repeat", "add", "column", "nan", "empty"]),
    row=st.integers(0, 39),
)
@settings(max_examples=24, deadline=None)
def test_a_slip_always_makes_a_file_invalid(metric: str, seed: int, slip: str, row: int) -> None:
    one = case(metric, seed=seed)
    rows = [["id", "y0"], *([name, *values] for name, values in zip(one.ids, one.predictions, strict=True))]
    slips = {
        "drop": rows[: row + 1] + rows[row + 2 :],
        "repeat": [*rows, rows[row + 1]],
        "add": [*rows, ["99999", "1"]],
        "column": [[name] for name, *_ in rows],
        "nan": [*rows[: row + 1], [rows[row + 1][0], "nan"], *rows[row + 2 :]],
        "empty": [*rows[: row + 1], [rows[row + 1][0], ""], *rows[row + 2 :]],
    }

    with pytest.raises(InvalidSubmission):
        grade(written(slips[slip]), one.key)


@EVERY
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda data: data.replace(b"\n", b"\r"), id="CR"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
        pytest.param(lambda data: data.rstrip(b"\n"), id="no last newline"),
        pytest.param(lambda data: data + b"\n\n", id="blank lines at the end"),
        pytest.param(lambda data: data.replace(b"id,y0", b'"id","y0"'), id="quoted header"),
        pytest.param(
            lambda data: b"".join(b'"%s","%s"\n' % tuple(row.split(b",")) for row in data.splitlines()),
            id="all quoted",
        ),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(
            lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]), id="gzip in two members"
        ),
    ],
)
def test_another_spelling_of_a_file_has_the_same_score(metric: str, write) -> None:
    one = case(metric, 200)
    order = np.random.default_rng(2).permutation(200).tolist()

    for data in (submission_file(one), submission_file(one, order=order)):
        assert grade(write(data), one.key) == grade(data, one.key)


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([str(10**15 + 7 * n) for n in range(60)], id="sparse numbers"),
        pytest.param([f"{n:05d}" for n in range(60)], id="padded numbers"),
        pytest.param([f"img_{n:08d}.jpg" for n in range(60)], id="names of one width"),
        pytest.param([f"a{n}" for n in range(60)], id="short names"),
        pytest.param([f"speaker/{n}/utterance_{n * n}" for n in range(60)], id="names of many widths"),
        pytest.param([f"图片{n}" for n in range(60)], id="Chinese names"),
        pytest.param([f"{'x' * 70}{n}" for n in range(60)], id="very long names"),
        pytest.param([f"a b {n}" for n in range(60)], id="names with blanks"),
        pytest.param([f"{' ' * n}a" for n in range(60)], id="names that differ in blanks"),
    ],
)
@EVERY
def test_ids_of_any_form_are_found_in_any_order(metric: str, ids: list[str]) -> None:
    ids = np.random.default_rng(3).permutation(ids).tolist()
    one = case(metric, 60, ids=ids)
    order = np.random.default_rng(4).permutation(60).tolist()

    result = grade(submission_file(one, order=order), one.key)

    assert result == grade(submission_file(one), one.key)
    assert result.public == pytest.approx(oracle_score(one, "Public"), rel=1e-12)


@pytest.mark.parametrize("metric", [name for name in ORACLES if METRICS[name].columns is Columns.MANY])
def test_several_targets_are_averaged(metric: str) -> None:
    one = case(metric, 50, columns=3)

    result = grade(submission_file(one), one.key)

    assert result.private == pytest.approx(oracle_score(one, "Private"), rel=1e-12)


@pytest.mark.parametrize("metric", [name for name in ORACLES if METRICS[name].predictions == LABEL])
def test_an_invented_label_is_wrong_and_no_more(metric: str) -> None:
    one = case(metric, 50)
    words = {"0": "cat", "1": "dog", "2": "hot dog", "3": "dragon"}
    renamed = Case(
        one.spec,
        one.ids,
        [[words[v]] for [v] in one.truth],
        one.usage,
        [[words[v]] for [v] in one.predictions],
    )

    result = grade(submission_file(renamed), renamed.key)

    assert result.public == pytest.approx(oracle_score(one, "Public"), rel=1e-12)


def test_a_key_may_be_shared_by_threads() -> None:
    one = case("f1_macro", 500)
    key = one.key
    orders = [np.random.default_rng(n).permutation(500).tolist() for n in range(24)]

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda order: grade(submission_file(one, order=order), key), orders))

    assert set(results) == {grade(submission_file(one), key)}


def test_a_repr_never_shows_a_private_score() -> None:
    one = case("rmse")
    key = one.key
    result = grade(submission_file(one), key)

    assert repr(result.private) not in repr(result)
    assert one.truth[0][0] not in repr(key)


SCORING = """
import sys
from grader.answer_keys.answer_key import AnswerKey
from grader.grade import grade
from grader.spec import GradingSpec
spec = GradingSpec(sys.argv[1], "id", ("y",))
key = AnswerKey.from_csv(b"id,y,Usage\\na,1,Public\\nb,0,Public\\nc,1,Private\\nd,0,Private\\n", spec)
grade(b"id,y\\nd,0\\nb,1\\nc,0\\na,1\\n", key)
print(*({"pandas", "sklearn", "scipy", "numpy.random"} & set(sys.modules)))
"""


@EVERY
def test_scoring_loads_no_library_that_it_does_not_need(metric: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", SCORING, metric], capture_output=True, text=True, check=False
    )

    assert (process.returncode, process.stdout.strip()) == (0, "")
