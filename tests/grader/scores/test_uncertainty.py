"""Standard errors and intervals: against plain resampling of rows, and by how often they hold the truth."""

import math

import numpy as np
import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.metrics import METRICS
from grader.scores import uncertainty
from grader.scores.class_influence import LABEL_SLOPES, label_error
from grader.scores.influence import INFLUENCES
from grader.scores.split_rows import Rows
from tests.grader.metrics.proofs import PROOFS
from tests.grader.metrics.proofs.proof import key_of
from tests.grader.metrics.test_registry import TrialFiles

RIGHT = 0.8
TERMS = [name for name, metric in METRICS.items() if metric.terms is not None]


def labels(rng: np.random.Generator, rows: int, name: str = "accuracy") -> Rows:
    """Labels of which a share is right."""
    answers = rng.integers(0, 3, rows)
    wrong = (answers + rng.integers(1, 3, rows)) % 3
    return Rows(name, answers, np.where(rng.random(rows) < RIGHT, answers, wrong), {}, {})


def numbers(rng: np.random.Generator, rows: int, name: str = "rmse") -> Rows:
    """Predictions with an error of deviation 1."""
    answers = rng.normal(size=(rows, 1))
    return Rows(name, answers, answers + rng.normal(size=(rows, 1)), {}, {})


def scores(rng: np.random.Generator, rows: int, name: str = "roc_auc") -> Rows:
    """Scores that are normal in each class, a deviation apart: the true AUC is Phi(1 / sqrt 2)."""
    answers = rng.integers(0, 2, rows) * 1.0
    return Rows(name, answers, rng.normal(size=rows) + answers, {}, {})


def public_rows(name: str, rows: int) -> Rows:
    """The public rows of a metric's trial."""
    case = TrialFiles(name, rows, seed=21)
    key: AnswerKey = key_of(PROOFS[name].spec(name), case.trial.truth, case.usage)
    from grader.check import read_and_align  # noqa: PLC0415 - only here a file's values are wanted unscored
    from tests.grader.metrics.proofs.proof import file_of  # noqa: PLC0415

    columns, places = read_and_align(file_of(case.spec, case.trial.predictions), key.layout)
    return key.rows_of(key.arrange(columns.values, places), key.public)


def resampled(rows: Rows, drawings: int = 400) -> float:
    """The spread of the score when rows are drawn again and again, the obvious way."""
    rng = np.random.default_rng(1)
    parts = (rows.take(rng.integers(0, len(rows), len(rows))) for _ in range(drawings))
    return float(np.std([part.score() for part in parts if part.has_a_score()], ddof=1))


@pytest.mark.parametrize("name", [*INFLUENCES, *TERMS, *uncertainty.AUCS])
def test_the_quick_ways_agree_with_resampling(name: str) -> None:
    rows = public_rows(name, 1_200)

    assert uncertainty.method_of(rows) in ("influence", "delong")
    assert uncertainty.standard_error(rows) == pytest.approx(resampled(rows), rel=0.15)


@pytest.mark.parametrize("name", [*INFLUENCES, *TERMS])
def test_an_influence_is_what_a_little_more_of_each_row_adds_to_the_score(name: str) -> None:
    rows = public_rows(name, 60)
    count, often = len(rows), 100
    everything = np.tile(np.arange(count), often)
    before = rows.take(everything).score()

    added = [rows.take(np.append(everything, row)).score() - before for row in range(count)]

    terms = rows.terms()
    influence = (
        terms.influence()
        if terms is not None
        else INFLUENCES[name](rows.answers, rows.predictions, **rows.settings)
    ).astype(float)
    influence -= influence.mean()
    np.testing.assert_allclose(
        np.array(added) * count * often, influence, atol=0.05 * np.abs(influence).max()
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_score_and_its_error_in_one_go_are_the_same_numbers_as_apart(name: str) -> None:
    rows = public_rows(name, 120)

    score, error = uncertainty.score_and_error(rows)

    assert score == rows.score()
    if uncertainty.method_of(rows) in uncertainty.QUICK_METHODS:
        assert error == uncertainty.standard_error(rows)
    else:
        assert error is None


@pytest.fixture
def few_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw rows thirty times in place of two hundred, where it is not the size of an error that is proven."""
    monkeypatch.setattr(uncertainty, "DRAWINGS", 30)


@pytest.mark.usefixtures("few_drawings")
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_an_interval_around_its_score_or_says_that_it_has_none(name: str) -> None:
    rows = public_rows(name, 120)

    interval = uncertainty.interval(rows)

    if name in uncertainty.WITHOUT_ERROR:
        assert interval.method == ""
        assert math.isnan(interval.low)
        return
    low, high = sorted((METRICS[name].best, METRICS[name].worst))
    assert low - 1e-9 <= interval.low <= rows.score() <= interval.high <= high + 1e-9
    assert interval.standard_error > 0.0


def test_groups_of_rows_agree_with_resampling_where_there_are_many() -> None:
    for name in ("jaccard_samples", "median_absolute_error", "average_precision", "spearman", "lwlrap"):
        rows = public_rows(name, 8_000)
        assert uncertainty.method_of(rows) == "groups"
        assert uncertainty.standard_error(rows) == pytest.approx(resampled(rows, 100), rel=0.4), name


def test_queries_are_drawn_whole() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(200), 30)
    quality = np.repeat(rng.uniform(0.0, 3.0, 200), 30)  # of the model, for each query
    answers = rng.integers(0, 4, 6_000) * 1.0
    predictions = answers * quality + rng.normal(size=6_000)
    rows = Rows("ndcg_at_k", answers, predictions, {"k": 5, "gain": "linear"}, {"groups": group})

    each = [rows.take(np.flatnonzero(group == number)).score() for number in range(200)]

    expected = float(np.std(each, ddof=1)) / math.sqrt(200)
    assert uncertainty.standard_error(rows) == pytest.approx(expected, rel=0.4)


@pytest.mark.parametrize(
    ("make", "truth"),
    [
        (labels, RIGHT),
        (numbers, 1.0),
        (scores, 0.5 * (1.0 + math.erf(0.5))),
        (lambda rng, rows: labels(rng, rows, "balanced_accuracy"), RIGHT),
        (lambda rng, rows: numbers(rng, rows, "mae"), math.sqrt(2 / math.pi)),
    ],
)
def test_ninety_five_of_a_hundred_intervals_hold_the_truth(make, truth: float) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(5)
    intervals = [uncertainty.interval(make(rng, 300)) for _ in range(300)]

    share = np.mean([each.low <= truth <= each.high for each in intervals])

    assert 0.915 <= share <= 0.985


def test_wilsons_interval_stays_inside_and_is_open_at_a_perfect_score() -> None:
    rows = Rows("accuracy", np.zeros(50, dtype=int), np.zeros(50, dtype=int), {}, {})

    interval = uncertainty.interval(rows)

    assert interval.high == 1.0
    assert 0.9 < interval.low < 0.95


@pytest.mark.parametrize("make", [labels, numbers, scores])
def test_a_comparison_on_the_same_rows_sees_what_single_intervals_do_not(make) -> None:  # type: ignore[no-untyped-def]
    first = make(np.random.default_rng(8), 2_000)
    worse = first.predictions.copy()
    rng = np.random.default_rng(9)
    rows = rng.permutation(2_000)[:60]
    worse[rows] = (first.predictions[rows] + 1) % 3 if make is labels else first.predictions[rows] + 1.5
    if make is scores:
        worse = first.predictions + 0.25 * rng.normal(size=2_000)
    second = Rows(first.name, first.answers, worse, {}, {})

    difference = uncertainty.compare(first, second)
    alone = uncertainty.standard_error(first), uncertainty.standard_error(second)

    assert difference.standard_error < 0.5 * math.hypot(*alone)
    assert difference.differ
    assert uncertainty.tied_groups([first.score(), second.score()], list(alone)) == [1, 1]


def test_a_comparison_is_fooled_by_chance_one_time_in_twenty() -> None:
    rng = np.random.default_rng(10)
    differs = []
    for _ in range(300):
        first = labels(rng, 400)
        other = labels(rng, 400)
        again = np.where(other.answers == other.predictions, first.answers, (first.answers + 1) % 3)
        differs.append(uncertainty.compare(first, Rows("accuracy", first.answers, again, {}, {})).differ)

    assert 0.02 <= np.mean(differs) <= 0.09


@pytest.mark.usefixtures("few_drawings")
def test_the_same_submission_never_differs_from_itself() -> None:
    for name in METRICS:
        rows = public_rows(name, 24)
        difference = uncertainty.compare(rows, rows)
        assert difference.difference == 0.0
        assert not difference.differ, name


def test_a_group_ends_where_its_first_is_beyond_noise_and_unknown_ties_with_equals_alone() -> None:
    assert uncertainty.tied_groups([], []) == []
    assert uncertainty.tied_groups([5.0, 4.9, 4.8, 4.7], [0.06] * 4) == [1, 1, 2, 2]
    assert uncertainty.tied_groups([5.0, 5.0, 4.9], [math.nan] * 3) == [1, 1, 2]
    assert uncertainty.tied_groups([0.1, 0.2, 0.9], [0.05] * 3) == [1, 1, 2]  # lower is better


def test_one_row_has_no_standard_error() -> None:
    rows = numbers(np.random.default_rng(0), 1)

    assert math.isnan(uncertainty.standard_error(rows))


@pytest.mark.parametrize("name", LABEL_SLOPES)
@pytest.mark.parametrize("classes", [1, 2, 5, 300])
def test_the_error_from_the_confusion_matrix_is_the_spread_of_the_rows(name: str, classes: int) -> None:
    rng = np.random.default_rng(classes)
    answers = rng.integers(0, classes, 2_000)
    predictions = np.where(rng.random(2_000) < 0.7, answers, rng.integers(0, classes, 2_000))
    spread = INFLUENCES[name](answers, predictions).std(ddof=1) / math.sqrt(2_000)

    error = label_error(name, answers, predictions)

    if classes == 300:
        assert error is None  # ninety thousand cells for two thousand rows: the rows are quicker
    else:
        assert error == pytest.approx(spread, rel=1e-9, abs=1e-15)
    assert uncertainty.standard_error(Rows(name, answers, predictions, {}, {})) == pytest.approx(
        spread, rel=1e-9, abs=1e-15
    )
