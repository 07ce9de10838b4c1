"""Look-alikes: planted copies stand out, honest likeness does not, and the stated odds hold."""

import numpy as np
import pytest
from numpy.typing import NDArray

from grader.similarity.compare import Comparison, compare
from grader.similarity.error_cells import Answers
from grader.similarity.pair_facts import PairCounter

TEAMS, ROWS, LABELS = 150, 3_000, 10
Codes = NDArray[np.int16]


def class_of_labels(seed: int, teams: int = TEAMS, rows: int = ROWS) -> tuple[Codes, Codes]:
    """The truth, and answers of teams that work apart: hard rows, tempting wrong labels, uneven strength."""
    rng = np.random.default_rng(seed)
    truth, tempting = rng.integers(0, LABELS, (2, rows)).astype(np.int16)
    hard, strong = rng.normal(0, 1, rows), rng.normal(1.8, 0.4, (teams, 1))
    right = rng.random((teams, rows)) < 1 / (1 + np.exp(hard - strong))
    wrong = np.where(rng.random((teams, rows)) < 0.5, tempting, rng.integers(0, LABELS, (teams, rows)))
    return truth, np.where(right, truth, wrong).astype(np.int16)


def class_of_numbers(seed: int, teams: int = TEAMS, rows: int = ROWS) -> tuple[NDArray[np.float64], ...]:
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(0, 1, rows)
    common = rng.normal(0, 0.5, rows) * truth
    loads, noise = rng.uniform(0.5, 1.5, (2, teams, 1))
    return truth, truth + common * loads + 0.5 * noise * truth * rng.normal(size=(teams, rows))


def changed(vector: NDArray[np.generic], share: float, others: NDArray[np.generic]) -> NDArray[np.generic]:
    """A copy in which that share of rows holds what one or the other of many others says there."""
    rng = np.random.default_rng(round(1000 * share))
    rows = np.arange(len(vector))
    mixed = others[rng.integers(0, len(others), len(vector)), rows]
    return np.where(rng.random(len(vector)) < share, mixed, vector)


def plant(vectors: NDArray[np.generic]) -> list[set[int]]:
    """Copies among the first twelve vectors, the plainest first."""
    rng = np.random.default_rng(5)
    vectors[1] = vectors[0]
    for source, share in ((2, 0.01), (4, 0.05), (6, 0.2)):
        vectors[source + 1] = changed(vectors[source], share, vectors[20:])
    vectors[10] = np.where(rng.random(vectors.shape[1]) < 0.5, vectors[8], vectors[9])
    return [{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 10}, {9, 10}]


def first(comparison: Comparison, count: int) -> list[set[int]]:
    return [{pair.one, pair.other} for pair in comparison.pairs[:count]]


def labels(vectors: Codes, truth: Codes, baselines: Codes | None = None) -> Answers:
    return Answers.labels(vectors, truth=truth, teams=np.arange(len(vectors)), baselines=baselines)


def test_planted_copies_of_labels_lead_the_list_and_an_exact_copy_leads_them() -> None:
    truth, vectors = class_of_labels(1)
    copies = plant(vectors)

    comparison = compare(labels(vectors, truth))

    assert first(comparison, 4)[:3] == copies[:3]
    assert all(pair in first(comparison, 6) for pair in copies)
    assert comparison.pairs[5].index > 10 > 6 > comparison.pairs[6].index


def test_planted_copies_of_numbers_lead_the_list() -> None:
    truth, vectors = class_of_numbers(1)
    copies = plant(vectors)

    comparison = compare(Answers.numbers(vectors, truth=truth, teams=np.arange(TEAMS)))

    assert all(pair in first(comparison, 6) for pair in copies)
    assert comparison.pairs[5].index > 12 > 6 > comparison.pairs[6].index


def test_planted_copies_of_probabilities_and_of_label_columns_lead_the_list() -> None:
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2, ROWS)
    shared = rng.normal(0, 1, ROWS)
    logits = 2 * (bits - 0.5) + shared + rng.normal(0, 1, (TEAMS, ROWS))
    for vectors, columns in ((1 / (1 + np.exp(-logits)), 1), ((logits > 0).astype(float), 5)):
        copies = plant(vectors)
        answers = Answers.numbers(vectors, truth=bits, teams=np.arange(TEAMS), columns=columns)

        assert all(pair in first(compare(answers), 6) for pair in copies)


def test_a_monotone_rescaling_of_scores_does_not_hide_a_copy() -> None:
    truth, vectors = class_of_numbers(4)
    vectors[1] = 3.0 * vectors[0] - 100.0

    comparison = compare(Answers.numbers(vectors, truth=truth, teams=np.arange(TEAMS)))

    assert first(comparison, 1) == [{0, 1}]


@pytest.mark.parametrize("is_known", [True, False])
def test_teams_that_started_from_the_same_code_are_not_flagged_above_copies(is_known: bool) -> None:
    truth, vectors = class_of_labels(2, TEAMS + 1)
    starter, vectors = vectors[-1], vectors[:-1]
    rng = np.random.default_rng(6)
    for team in range(30, 80):
        vectors[team] = np.where(rng.random(ROWS) < rng.uniform(0.3, 0.9), starter, vectors[team])
    copies = plant(vectors)

    comparison = compare(labels(vectors, truth, starter[None] if is_known else None))

    assert all(pair in first(comparison, 6) for pair in copies)
    assert comparison.pairs[6].index < 8


def test_a_baseline_explains_what_two_teams_took_from_it() -> None:
    truth, vectors = class_of_labels(2, TEAMS + 1)
    starter, vectors = vectors[-1], vectors[:-1]
    rng = np.random.default_rng(6)
    for team in range(30, 80):
        vectors[team] = np.where(rng.random(ROWS) < 0.8, starter, vectors[team])
    answers = labels(vectors, truth, starter[None])

    facts = [PairCounter(answers).facts(team, team + 1) for team in range(30, 78, 2)]

    assert max(pair.index for pair in compare(answers).pairs) < 6
    z = [(each.shared - each.expected) / each.give_or_take for each in facts]
    assert abs(np.mean(z)) < 1.0


def test_a_file_that_is_the_baseline_itself_is_explained_and_like_nobody() -> None:
    truth, vectors = class_of_labels(2, 40)
    vectors[1] = vectors[0] = vectors[39]

    comparison = compare(labels(vectors[:39], truth, vectors[39:]))

    assert comparison.explained == (0, 1)
    assert {0, 1} not in first(comparison, 20)


@pytest.mark.parametrize("seed", range(4))
def test_of_honest_teams_as_many_pairs_stand_out_as_are_said_to_be_expected(seed: int) -> None:
    truth, vectors = class_of_labels(seed + 10, 200, 2_000)
    numbers_truth, numbers = class_of_numbers(seed + 10, 200, 2_000)
    apart = Answers.numbers(numbers, truth=numbers_truth, teams=np.arange(200))
    for answers in (labels(vectors, truth), apart):
        comparison = compare(answers, most=19_900)

        for limit in (2.0, 3.0):
            count = sum(pair.index >= limit for pair in comparison.pairs)
            expected = min(
                pair.expected for pair in comparison.pairs if pair.index >= limit and pair.at_least >= count
            )
            assert 0.3 < count / expected < 2.5  # rather too many expected than too few
        assert comparison.pairs[0].expected > 0.003
        assert comparison.compared == 199 * 100


def test_copies_do_not_stretch_the_yardstick_of_a_small_class() -> None:
    truth, vectors = class_of_labels(3, 8)
    vectors[1] = changed(vectors[0], 0.1, vectors[2:])

    comparison = compare(labels(vectors, truth))

    assert first(comparison, 1) == [{0, 1}]
    assert comparison.pairs[0].index > 10 > 4 > comparison.pairs[1].index
    assert (comparison.pairs[0].at_least, comparison.compared) == (1, 28)


def test_files_of_one_team_are_not_compared_with_each_other() -> None:
    truth, vectors = class_of_labels(3, 40)
    vectors[1] = vectors[0]

    comparison = compare(Answers.labels(vectors, truth=truth, teams=np.array([0, 0, *range(2, 40)])))

    assert {0, 1} not in first(comparison, len(comparison.pairs))
    assert comparison.compared == 40 * 39 // 2 - 1


@pytest.mark.parametrize("teams", [0, 1, 2, 3])
def test_a_class_of_few_teams_has_few_pairs_and_no_error(teams: int) -> None:
    truth, vectors = class_of_labels(3, teams)
    numbers_truth, numbers = class_of_numbers(3, teams)

    comparison = compare(labels(vectors, truth))
    apart = compare(Answers.numbers(numbers, truth=numbers_truth, teams=np.arange(teams)))

    assert len(comparison.pairs) == len(apart.pairs) == comparison.compared == teams * (teams - 1) // 2


def test_constant_perfect_and_enormous_files_are_compared_without_a_warning() -> None:
    truth, vectors = class_of_numbers(3, 40)
    vectors[0], vectors[1], vectors[2] = 0.0, truth, vectors[2] * 1e99
    codes_truth, codes = class_of_labels(3, 40)
    codes[0], codes[1] = codes_truth, 0

    assert compare(Answers.numbers(vectors, truth=truth, teams=np.arange(40))).compared == 780
    assert compare(labels(codes, codes_truth)).compared == 780


def test_the_facts_of_a_copy_are_counts_that_a_hand_can_check() -> None:
    truth, vectors = class_of_labels(3)
    vectors[1] = changed(vectors[0], 0.1, truth[None])

    facts = PairCounter(labels(vectors, truth)).facts(0, 1)

    both = (vectors[0] != truth) & (vectors[1] != truth)
    assert facts.both_wrong == both.sum()
    assert facts.shared == (both & (vectors[0] == vectors[1])).sum()
    assert facts.same == (vectors[0] == vectors[1]).sum()
    assert facts.shared > facts.expected + 20 * facts.give_or_take
    honest = PairCounter(labels(vectors, truth)).facts(30, 31)
    assert abs(honest.shared - honest.expected) < 4 * honest.give_or_take


@pytest.mark.parametrize("seed", range(3))
def test_files_that_are_a_baseline_but_for_a_few_rows_accuse_nobody(seed: int) -> None:
    truth, vectors = class_of_labels(seed + 50)
    rng = np.random.default_rng(seed)
    baselines = vectors[-2:].copy()
    is_second = rng.random((40, ROWS)) < rng.uniform(
        0.01, 0.06, (40, 1)
    )  # forty teams hardly changed the code
    vectors[:40] = np.where(is_second, baselines[1], baselines[0])

    comparison = compare(labels(vectors[:-2], truth, baselines))

    assert [pair for pair in comparison.pairs if pair.expected < 0.02] == []
