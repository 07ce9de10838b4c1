"""The grader as a library: arrays, frames and files in a notebook, and the command that scores a file."""

import doctest
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics

import grader
from grader import GradingSpec, grade_file, read_key, score
from grader.__main__ import main
from grader.answer_keys.answer_key import AnswerKey
from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, MissingLibrary
from grader.metrics import FAMILIES, METRICS, Metric, names_of
from grader.metrics.aliases import NAMES_ELSEWHERE, NAMES_WITH_ARGUMENTS, NAMES_WITHOUT_METRIC
from grader.metrics.fields import BIT, LABEL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "grader.md").read_text(encoding="utf-8")
TRUTH = pd.DataFrame({"id": [3, 1, 2], "y": [1.0, 2.0, 4.0], "Usage": ["Public", "Private", "Public"]})
PREDICTIONS = pd.DataFrame({"y": [1.5, 2.0, 4.0], "id": [3, 1, 2]})


def test_the_names_of_the_package_are_there_and_no_other_is() -> None:
    assert all(hasattr(grader, name) for name in grader.__all__)
    assert grader.score is score
    with pytest.raises(AttributeError, match="no attribute 'accuracy'"):
        _ = grader.accuracy  # type: ignore[attr-defined]


def test_the_page_calls_stable_what_the_package_names() -> None:
    line = next(each for each in PAGE.split("## What is stable")[1].splitlines() if each.startswith("- "))

    assert set(re.findall(r"`(\w+)`", line.partition(" from ")[0])) == set(grader.__all__)


def test_the_package_costs_nothing_until_a_name_is_asked_for() -> None:
    code = (
        "import grader, sys; print([name for name in ('numpy', 'pyarrow', 'pandas') if name in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout == "[]\n"


NUMBERS = np.array([0.5, 2.0, 1.5, 3.0, 1.0, 0.25, 4.0, 2.5])
BITS, OTHER_BITS = np.array([0, 1, 1, 0, 1, 1, 0, 1]), np.array([0, 1, 0, 0, 1, 1, 1, 1])
SHARES = np.array([0.1, 0.7, 0.6, 0.2, 0.9, 0.4, 0.5, 0.8])


def sides_of(metric: Metric) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted values that a metric, and its namesake elsewhere, can take."""
    if metric.answers == LABEL or metric.predictions == BIT:
        return BITS, OTHER_BITS
    return (BITS, SHARES) if metric.answers == BIT else (NUMBERS, NUMBERS[::-1] + 0.25)


@pytest.mark.parametrize("library", [sklearn.metrics, scipy.stats])
def test_a_librarys_name_means_the_number_that_it_has_there(library: ModuleType) -> None:
    names = [
        (elsewhere, metric)
        for metric in METRICS
        for elsewhere in (metric, *names_of(metric))
        if elsewhere.isidentifier() and hasattr(library, elsewhere)
    ]

    scores = {}
    for elsewhere, metric in names:
        settings = {"beta": 2.0} if elsewhere == "fbeta_score" else {}
        truth, predictions = sides_of(METRICS[metric])
        value = getattr(library, elsewhere)(truth, predictions, **settings)
        scores[elsewhere] = (
            score(truth, predictions, metric, **settings),
            getattr(value, "statistic", value),
        )

    assert len(scores) > 2
    assert {name: ours for name, (ours, _) in scores.items()} == pytest.approx(
        {name: value for name, (_, value) in scores.items()}
    )


@pytest.mark.parametrize(
    ("truth", "predictions"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 4.0]]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.5], [3.0, 4.0]], dtype=np.float32)),
        (
            pd.DataFrame({"a": [1, 3], "b": [2, 4]}),
            pd.DataFrame({"a": [1.0, 3.0], "b": [2.5, 4.0]}, index=[7, 8]),
        ),
    ],
    ids=["lists", "arrays", "frames"],
)
def test_numbers_come_as_lists_arrays_or_frames(truth: object, predictions: object) -> None:
    assert score(truth, predictions, "mae") == 0.125


def test_labels_are_the_same_as_numbers_truth_values_and_text() -> None:
    truth = [True, False, True, True]

    for predictions in ([1, 0, 0, 1], [1.0, 0.0, 0.0, 1.0], ["1", "0", "0", "1"], np.array([1, 0, 0, 1]) > 0):
        assert score(truth, predictions, "accuracy") == 0.75
        assert score(np.array(truth), predictions, "f1", positive=1) == pytest.approx(0.8)


def test_one_column_a_class_stands_in_the_order_of_the_sorted_labels_or_of_those_that_are_given() -> None:
    truth = ["owl", "cat", "dog", "cat"]
    shares = np.array([[0.1, 0.1, 0.8], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1], [0.5, 0.2, 0.3]])
    expected = sklearn.metrics.log_loss(truth, shares)

    assert score(truth, shares, "cross entropy") == pytest.approx(expected)
    turned = score(truth, shares[:, ::-1], "cross entropy", labels=["owl", "dog", "cat"])
    assert turned == pytest.approx(expected)
    one_hot = np.eye(3)[[2, 0, 1, 0]]
    assert score(one_hot, shares, "cross entropy") == pytest.approx(expected)


def test_lists_texts_weights_and_columns_of_their_own_are_taken() -> None:
    assert score([[1, 2], ["3"]], [[2, 9], [3]], "MAP@5") == 0.75
    assert score(["a b", ""], ["a b", "a"], "jaccard_words") == 0.5
    assert score([1.0, 2.0], [1.0, 3.0], "wmae", columns={"weights": np.array([3, 1])}) == 0.25
    assert score([1.0], [[0.0, 1.0, 3.0]], "pinball_multi", quantiles=(0.1, 0.5, 0.9)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("truth", "predictions", "metric", "error", "words"),
    [
        ([1.0, 2.0], [1.0], "rmse", BadSpec, "y_true has 2 rows; y_pred has 1"),
        ([0, 1], [[0.5, 0.5, 0.0]] * 2, "log_loss_multiclass", BadSpec, "takes 2 columns of predictions"),
        ([1.0, 2.0], [1.0, float("nan")], "rmse", InvalidSubmission, "empty in 1 row"),
        ([1.0, None], [1.0, 2.0], "rmse", InvalidAnswerKey, "empty in 1 row"),
        ([0, 0], [0.5, 0.5], "roc_auc", InvalidAnswerKey, "one class only"),
        ([0, 1], [0, 1], "acuracy", BadSpec, "'accuracy' meant"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_the_words_of_a_file(
    truth: object, predictions: object, metric: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        score(truth, predictions, metric)


def test_frames_and_files_are_graded_alike(tmp_path: Path) -> None:
    TRUTH.to_csv(tmp_path / "key.csv", index=False)
    PREDICTIONS.to_csv(tmp_path / "pred.csv", index=False)

    grades = [
        grade_file(upload, read_key(key, "rmse"))
        for key in (TRUTH, tmp_path / "key.csv", (tmp_path / "key.csv").read_bytes())
        for upload in (PREDICTIONS, str(tmp_path / "pred.csv"), dict(PREDICTIONS))
    ]

    assert {(grade.public, grade.private) for grade in grades} == {(0.125**0.5, 0.0)}


def test_a_key_without_usage_is_one_split_and_one_in_order_gives_nothing_away() -> None:
    truth = pd.DataFrame({"day": range(60), "sales": np.arange(60.0)})

    key = read_key(truth, "mae")

    assert (key.public_rows, key.private_rows) == (60, 0)
    grade = grade_file(truth.assign(sales=truth["sales"] + 1.0), key)
    assert (grade.public, np.isnan(grade.private)) == (1.0, True)


def test_a_whole_spec_may_be_given() -> None:
    key = read_key(TRUTH, GradingSpec("mae", "id", ("y",)))

    assert grade_file(PREDICTIONS, key).public == 0.25


def test_a_homeworks_own_metric_is_left_to_the_server() -> None:
    with pytest.raises(BadSpec, match="on the server alone"):
        read_key(TRUTH, GradingSpec("custom", "id", ("y",)))


def test_the_repr_of_a_grade_says_where_the_private_score_is_and_not_what() -> None:
    grade = grade_file(PREDICTIONS.assign(y=[1.5, 2.125, 4.0]), read_key(TRUTH, "mae"))

    assert repr(grade) == "Grade(public=0.25, private=<not shown; read .private>, rows=3)"
    assert grade.private == 0.125


OF_LIBRARIES = [name for name, metric in METRICS.items() if metric.library]


@pytest.mark.parametrize("name", OF_LIBRARIES)
def test_a_metric_whose_library_is_missing_says_so_when_the_key_is_read(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = METRICS[name].library
    monkeypatch.setitem(sys.modules, library, None)
    key = b"id,y,Usage\n1,a b c d,Public\n2,a b c d,Private\n"

    with pytest.raises(MissingLibrary, match=f"pip install {library}"):
        AnswerKey.from_csv(key, GradingSpec(name, "id", ("y",)))
    with pytest.raises(MissingLibrary, match="needs the library"):
        score(["a b c d"], ["a b c d"], name)


def test_the_extra_text_has_the_libraries_of_the_metrics_and_the_server_has_them_too() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extra = about["project"]["optional-dependencies"]["text"]
    lazy = re.findall(r"^    from (\w+)[\w.]* import", "".join(map(source_of, METRICS)), flags=re.MULTILINE)

    assert set(extra) == {METRICS[name].library for name in OF_LIBRARIES} == set(lazy) - {"grader"}
    assert set(extra) <= set(about["dependency-groups"]["server"])


def source_of(name: str) -> str:
    """The source of the module in which a metric stands."""
    path = sys.modules[METRICS[name].function.__module__].__file__
    assert path is not None
    return Path(path).read_text(encoding="utf-8")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    TRUTH.to_csv(tmp_path / "answer_key.csv", index=False)
    PREDICTIONS.to_csv(tmp_path / "pred.csv", index=False)
    (tmp_path / "bad.csv").write_text("id,y\n1,x\n")
    (tmp_path / "lists.csv").write_text("id,best\n1,a b\n2,c\n")
    return tmp_path


def command(folder: Path, *words: str) -> int:
    """The exit status of `python -m grader score`."""
    return main(["score", *(word.replace("@", f"{folder}/") for word in words)])


def test_the_command_prints_both_scores(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(files, "@pred.csv", "--key", "@answer_key.csv", "--metric", "mean_absolute_error") == 0
    assert capsys.readouterr().out == "mae public   0.25\nmae private  0.0\n"

    assert command(files, "@pred.csv", "--key", "@answer_key.csv", "--metric", "mae", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"metric": "mae", "public": 0.25, "private": 0.0}


def test_the_command_takes_columns_and_arguments(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--id", "id", "--target", "best", "--metric", "map_at_k", "--set", "k=1"]

    assert command(files, "@lists.csv", "--key", "@lists.csv", *options) == 0
    assert capsys.readouterr().out == "map_at_k public   1.0\n"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["@bad.csv", "--key", "@answer_key.csv", "--metric", "rmse"], 1, "not_a_number: Column 'y'"),
        (["@pred.csv", "--key", "@bad.csv", "--metric", "rmse"], 2, "bad.csv:"),
        (["@none.csv", "--key", "@answer_key.csv", "--metric", "rmse"], 2, "No such file"),
        (["@pred.csv", "--key", "@answer_key.csv", "--metric", "rsme"], 2, "'rmse' meant"),
        (["@pred.csv", "--key", "@answer_key.csv", "--metric", "rmse", "--set", "k"], 2, "as in --set k=5"),
        (["@pred.csv", "--key", "@answer_key.csv", "--metric", "rmse", "--set", "k=5"], 2, "no argument 'k'"),
    ],
)
def test_the_command_tells_a_bad_file_from_a_bad_command(
    files: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, message: str
) -> None:
    assert command(files, *words) == status
    assert message in capsys.readouterr().err


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TRUTH.to_csv(tmp_path / "answer_key.csv", index=False)
    PREDICTIONS.to_csv(tmp_path / "pred.csv", index=False)
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest(PAGE, {}, "docs/grader.md", None, 0)

    results = doctest.DocTestRunner().run(examples)

    assert results.attempted > 8
    assert results.failed == 0


def test_the_commands_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    TRUTH.to_csv(tmp_path / "answer_key.csv", index=False)
    PREDICTIONS.to_csv(tmp_path / "pred.csv", index=False)
    monkeypatch.chdir(tmp_path)

    for line in re.findall(r"^    python -m grader (score .*)$", PAGE, flags=re.MULTILINE):
        assert main(line.split()) == 0, line
    assert "rmse public" in capsys.readouterr().out


def test_the_page_names_all_metrics_and_their_names_elsewhere() -> None:
    families = {
        family: [name for name, _ in re.findall(r"`(\w+)`( |,|\.|$)", line.split("|")[2])]
        for family in FAMILIES
        for line in PAGE.splitlines()
        if line.startswith(f"| {family} |")
    }
    table = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, flags=re.MULTILINE))

    assert f"The {len(METRICS)} metrics" in PAGE
    assert families == {family: list(metrics) for family, metrics in FAMILIES.items()}
    assert table == {name: ", ".join(names) for name, names in NAMES_ELSEWHERE.items()}
    for alias, (metric, arguments) in NAMES_WITH_ARGUMENTS.items():
        meaning = "".join(f", {name} = {value!r}" for name, value in arguments.items())
        assert f"| {alias} | `{metric}`{meaning} |" in PAGE
    for name, absent in NAMES_WITHOUT_METRIC.items():
        assert name in PAGE, name
        assert all(f"`{metric}`" in PAGE for metric in absent.nearest)
