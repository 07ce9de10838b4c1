"""Every metric of the catalogue against its proof, and what must hold for all of them.

A metric without a proof fails the suite, and so does one without an example, a source or an edge.
"""

import doctest
import inspect
import sys
from collections.abc import Callable

import numpy as np
import pytest

from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, UnknownMetric
from grader.grade import Grade, grade
from grader.metrics import (
    ALIASES,
    METRICS,
    WITH_ARGUMENTS,
    NamedMetric,
    canonical_name,
    named_metric,
    names_of,
)
from grader.metrics.aliases import NAMES_WITH_ARGUMENTS, NAMES_WITHOUT_METRIC
from grader.metrics.needs import NO_EMPTY_LIST, NO_EMPTY_TEXT
from grader.spec import GradingSpec
from tests.grader.metrics.proofs import PROOFS, ExpectedRefusal, Proof, Trial
from tests.grader.metrics.proofs.proof import file_of, key_of

EVERY = pytest.mark.parametrize("name", METRICS)
WORDS = ("Public", "Private")
SIZES = (0, 1, 5, 40, 300)  # rows beside those that the two splits need


def usage_of(rows: int, proof: Proof, seed: int = 0) -> list[str]:
    """A split in which both sides have the rows that the proof asks for, and a tenth is ignored."""
    least = proof.at_least
    rest = np.random.default_rng(seed).choice([*WORDS * 5, "Ignored"], rows - 2 * least)
    return [WORDS[0]] * least + [WORDS[1]] * least + rest.tolist()


class TrialFiles:
    """A metric's trial with its files."""

    def __init__(self, name: str, rows: int, seed: int) -> None:
        self.proof = PROOFS[name]
        self.spec = self.proof.spec(name)
        self.trial = twice(self.proof, rows + 2 * self.proof.at_least, seed)
        self.usage = usage_of(len(self.trial.truth), self.proof, seed)
        self.key = key_of(self.spec, self.trial.truth, self.usage)

    def rows(self, word: str) -> list[int]:
        return [row for row, usage in enumerate(self.usage) if usage == word]

    def grade(self, predictions: list[list[str]] | None = None, order: list[int] | None = None) -> Grade:
        return grade(
            file_of(self.spec, self.trial.predictions if predictions is None else predictions, order),
            self.key,
        )

    def oracle(self, word: str) -> float:
        rows = self.rows(word)
        return self.proof.oracle(
            *([side[row] for row in rows] for side in (self.trial.truth, self.trial.predictions))
        )


def twice(proof: Proof, rows: int, seed: int) -> Trial:
    """A trial whose first and second `at_least` rows are each usable alone."""
    rng = np.random.default_rng(seed)
    parts = [proof.make(rng, proof.at_least), proof.make(rng, rows - proof.at_least)]
    perfect = None if parts[0].perfect is None else [row for part in parts for row in part.perfect or []]
    return Trial(
        [row for part in parts for row in part.truth],
        [row for part in parts for row in part.predictions],
        perfect,
    )


def test_every_metric_has_a_proof_with_edges() -> None:
    assert PROOFS.keys() == METRICS.keys()
    assert [name for name, proof in PROOFS.items() if not proof.edges] == []


@EVERY
def test_both_scores_equal_the_oracles_on_their_rows(name: str) -> None:
    for seed, rows in enumerate(SIZES):
        case = TrialFiles(name, rows, seed)

        scores = case.grade()

        expected = [case.oracle(word) for word in WORDS]
        tolerance = case.proof.tolerance
        message = f"of {rows} rows, drawn with seed {seed}"
        assert [scores.public, scores.private] == pytest.approx(expected, rel=tolerance, abs=tolerance), (
            message
        )


@pytest.mark.parametrize(
    ("name", "about"), [(name, about) for name in METRICS for about in PROOFS[name].edges]
)
def test_an_edge_has_the_score_that_the_rules_say(name: str, about: str) -> None:
    proof = PROOFS[name]
    edge = proof.edges[about]
    spec = proof.spec(name)
    usage = [word for word in WORDS for _ in edge.truth]

    if edge.expected is ExpectedRefusal.KEY:
        with pytest.raises(InvalidAnswerKey):
            key_of(spec, edge.truth * 2, usage)
        return
    key, file = key_of(spec, edge.truth * 2, usage), file_of(spec, edge.predictions * 2)
    if edge.expected is ExpectedRefusal.FILE:
        with pytest.raises(InvalidSubmission):
            grade(file, key)
        return
    expected = proof.oracle(edge.truth, edge.predictions) if edge.expected is None else edge.expected
    scores = grade(file, key)
    assert scores.public == scores.private == pytest.approx(expected, rel=proof.tolerance, abs=1e-15)


@EVERY
def test_row_order_never_changes_a_bit_of_a_score(name: str) -> None:
    case = TrialFiles(name, 60, seed=5)
    order = np.random.default_rng(6).permutation(len(case.usage)).tolist()

    assert repr_of(case.grade(order=order)) == repr_of(case.grade())


def repr_of(scores: Grade) -> tuple[str, str]:
    return repr(scores.public), repr(scores.private)


@EVERY
def test_column_order_never_changes_a_score(name: str) -> None:
    case = TrialFiles(name, 30, seed=7)
    turned = b"".join(
        b",".join(reversed(line.split(b","))) + b"\n"
        for line in file_of(case.spec, case.trial.predictions).splitlines()
    )
    if b'"' in turned:
        pytest.fail("write this metric's trials without commas and quotes in their fields")

    assert repr_of(grade(turned, case.key)) == repr_of(case.grade())


@EVERY
def test_a_perfect_file_gets_the_best_value_on_both_splits(name: str) -> None:
    case = TrialFiles(name, 40, seed=8)
    if case.trial.perfect is None:
        assert METRICS[name].best in (np.inf, -np.inf) or "out of reach" in METRICS[name].edges
        return

    scores = case.grade(case.trial.perfect)

    assert scores.public == pytest.approx(METRICS[name].best, abs=1e-12)
    assert scores.private == pytest.approx(METRICS[name].best, abs=1e-12)


@EVERY
def test_rows_of_one_split_never_touch_another_score(name: str) -> None:
    case = TrialFiles(name, 60, seed=9)
    better = case.trial.perfect or case.trial.predictions[::-1]
    before = repr_of(case.grade())

    moved = {}
    for split in (*WORDS, "Ignored"):
        rows = set(case.rows(split))
        values = [better[row] if row in rows else old for row, old in enumerate(case.trial.predictions)]
        after = repr_of(case.grade(values))
        moved[split] = [
            word for word, *scores in zip(WORDS, before, after, strict=True) if len({*scores}) > 1
        ]

    assert moved == {"Public": ["Public"], "Private": ["Private"], "Ignored": []}


@EVERY
def test_a_score_lies_in_the_metrics_range(name: str) -> None:
    grades = [TrialFiles(name, 10, seed).grade() for seed in (10, 13)]

    low, high = sorted((METRICS[name].best, METRICS[name].worst))
    for score in (score for each in grades for score in (each.public, each.private)):
        assert np.isfinite(score)
        assert low - 1e-12 <= score <= high + 1e-12


@EVERY
def test_a_slip_always_makes_a_file_invalid(name: str) -> None:
    case = TrialFiles(name, 10, seed=17)
    header, *rows = file_of(case.spec, case.trial.predictions).splitlines(keepends=True)
    slips = {
        "drop": [header, *rows[1:]],
        "repeat": [header, *rows, rows[0]],
        "add": [header, *rows, b"stranger" + rows[0][rows[0].index(b",") :]],
        "column": [line.rsplit(b",", 1)[0] + b"\n" for line in (header, *rows)],
    }

    for slip, lines in slips.items():
        with pytest.raises(InvalidSubmission):
            pytest.fail(f"{slip}: scored {grade(b''.join(lines), case.key)}")


def test_every_metric_has_an_example_that_runs() -> None:
    results = {name: result_of_examples(metric.function) for name, metric in METRICS.items()}

    assert [name for name, result in results.items() if result.failed or not result.attempted] == []


def result_of_examples(function: Callable[..., float]) -> doctest.TestResults:
    """How many examples of a function's docstring ran and failed."""
    runner = doctest.DocTestRunner()
    module = sys.modules[function.__module__]
    for example in doctest.DocTestFinder().find(function, globs=vars(module).copy()):
        runner.run(example)
    return runner.summarize(verbose=False)


def test_every_metric_says_its_source() -> None:
    sources = {name: inspect.getdoc(metric.function) or "" for name, metric in METRICS.items()}

    assert [name for name, words in sources.items() if "Source: " not in words] == []


def test_a_metric_says_when_it_refuses_a_key_with_an_empty_list_or_text() -> None:
    sentences = [("a key with an empty list is refused", NO_EMPTY_LIST)]
    sentences += [("a key with a text without words is refused", NO_EMPTY_TEXT)]

    wrong = [
        (name, words)
        for name, metric in METRICS.items()
        for words, need in sentences
        if (words in metric.edges) != (need in metric.needs)
    ]

    assert wrong == []


@pytest.mark.parametrize("name", ["pearson", "spearman", "spearman_mean_columns"])
@pytest.mark.parametrize("seed", range(5))
def test_a_perfect_correlation_is_one_to_the_last_bit_with_ties_too(name: str, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 7, 50).astype(float)
    values = values if name != "spearman_mean_columns" else np.stack([values, values[::-1]], axis=1)

    assert METRICS[name].function(values, values) == 1.0
    assert METRICS[name].function(values, -values) == -1.0


def test_no_alias_means_two_metrics() -> None:
    meanings = [(alias, name) for name in METRICS for alias in (name, *names_of(name))]

    assert [(alias, canonical_name(alias)) for alias, _ in meanings] == meanings
    assert [name for name in METRICS if named_metric(name) != NamedMetric(name, {})] == []
    assert ALIASES.keys() & WITH_ARGUMENTS.keys() == set()
    assert set(METRICS) <= set(ALIASES)


@pytest.mark.parametrize(
    ("name", "metric", "arguments"),
    [
        ("roc_auc_score", "roc_auc", {}),
        ("AUC-ROC", "roc_auc", {}),
        ("quadratic kappa", "quadratic_weighted_kappa", {}),
        ("cross entropy", "log_loss_multiclass", {}),
        ("IoU", "iou_mean", {}),
        ("MAP@5", "map_at_k", {"k": 5}),
        ("ndcg @ 10", "ndcg_at_k", {"k": 10}),
        ("Top-3 accuracy", "top_k_accuracy", {"k": 3}),
        ("ROUGE-1", "rouge_1", {}),
        ("mAP@0.5", "map_boxes", {"iou": "0.50"}),
        ("mAP@[.5:.95]", "map_boxes", {"iou": "0.50:0.95"}),
        ("F2-score", "fbeta_binary", {"beta": 2.0}),
    ],
)
def test_a_metric_is_known_by_the_names_that_others_give_it(
    name: str, metric: str, arguments: dict[str, float | str]
) -> None:
    assert named_metric(name) == NamedMetric(metric, arguments)


@pytest.mark.parametrize("alias", NAMES_WITH_ARGUMENTS)
def test_a_name_that_says_an_argument_says_one_that_the_metric_takes(alias: str) -> None:
    metric, arguments = NAMES_WITH_ARGUMENTS[alias]
    parameters = METRICS[metric].parameters

    assert {name: parameters[name].convert(name, value) for name, value in arguments.items()} == arguments
    assert named_metric(alias) == NamedMetric(metric, arguments)


def test_an_unknown_metric_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(UnknownMetric, match="Is 'accuracy' meant") as error:
        canonical_name("acuracy")

    assert len(str(error.value)) < 200


@pytest.mark.parametrize("name", NAMES_WITHOUT_METRIC)
def test_a_name_without_a_metric_of_its_own_is_answered_with_what_to_take(name: str) -> None:
    with pytest.raises(UnknownMetric) as error:
        canonical_name(name)

    assert error.value.nearest
    assert set(error.value.nearest) <= set(METRICS)
    assert any(metric in str(error.value) for metric in error.value.nearest)
    assert "meant?" not in str(error.value)
    assert "mape" not in str(error.value)


def test_a_k_in_the_name_is_the_argument_and_may_not_contradict_it() -> None:
    assert GradingSpec("MAP@5", "id", ("y",)).arguments["k"] == 5
    with pytest.raises(BadSpec, match="says k = 5, but k is 7"):
        GradingSpec("MAP@5", "id", ("y",), arguments={"k": 7})
