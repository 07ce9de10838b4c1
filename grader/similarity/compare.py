"""How alike the errors of two teams are, beyond what baselines and the rest of the class explain.

Honest files are alike: their teams were taught together, started from the same code and fail on the same hard
rows. So nothing is said of raw agreement. Each file becomes a vector of its errors (error_cells.py). From the
errors of two teams we take away what the baselines' errors explain and what the mean of all other teams
explains (the two at hand left out), and what whole groups of teams have in common. What is left of two teams
that worked apart is uncorrelated; its correlation is the index of a pair.

Sources. Comparing errors instead of answers, with each pair's expectation from the whole class: the indices
of answer copying, K (Holland 1996), omega (Wollack, Applied Psychological Measurement 21, 1997), GBT (van der
Linden and Sotaridona, Journal of Educational and Behavioral Statistics 31, 2006). For "a share of one file
was taken from the other" a match counts with the inverse of its probability in the locally most powerful
test, as the cells' weights do. The yardstick is the empirical null of Efron (Journal of the American
Statistical Association 99, 2004): the middle of all pairs says what is usual here, since even honest pairs
are not quite independent. A pair's correlation counts in units of what chance gives in the cells of that pair
(White, Econometrica 48, 1980): two files that are a baseline but for a few rows speak by those rows alone.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from grader.similarity.error_cells import Answers, ProductSums, product_sums, products_of_squares

Square = NDArray[np.float64]  # (n_vectors, n_vectors)

GROUPS_FROM = 30  # vectors from which on groups of teams can be told from pairs
GROUP_LEAST = 10.0  # teams that share a direction, for it to be a group's and not that of a few who copy
GROUP_SHARE = 0.02  # the same as a share of all vectors
GROUP_STRENGTH = 4.0  # of a direction, in teams: two that are alike have at most 2, four at most 4
GROUPS_MOST = 40
MANY = 1_000  # pairs from which on their upper tail is looked at
OWN_ERROR = 0.5  # by which the estimated number of a pair's own cells may be too small
EXPLAINED = 1e-9  # share of a vector's errors below which nothing of its own is left
STRICT = 1.0 - 1e-9
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Two vectors of different teams. one, other: their numbers, one < other.

    correlation: of what is left of their errors. index: the same in units of the usual pair's spread, 0 for
    the usual pair. at_least: how many pairs have this index or a higher one. expected: how many would have it
    by chance if all pairs were as the middle of them. next_one, next_other: the highest index that each of
    the two has with any further team; None without a third team.
    """

    one: int
    other: int
    correlation: float
    index: float
    at_least: int
    expected: float
    next_one: float | None
    next_other: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pairs compared. pairs: the most alike, best first. compared: how many pairs there were.

    centre, spread: of all pairs' correlations on the scale of Fisher's z, in units of its standard error;
    0 and 1 when teams are independent. groups: directions that groups of teams shared, taken away.
    explained: vectors of which the baselines' errors leave nothing. cells: how many cells count, effectively.
    """

    pairs: tuple[AlikePair, ...]
    compared: int
    centre: float
    spread: float
    groups: int
    explained: tuple[int, ...]
    cells: float


def compare(answers: Answers, *, most: int = 200) -> Comparison:
    """The `most` pairs of vectors whose errors are most alike, among all pairs of different teams.

    A few matrix products of all vectors; time and memory grow with the square of their number.

    >>> rng = np.random.default_rng(0)
    >>> vectors = rng.integers(0, 5, (20, 500), dtype=np.int32)
    >>> vectors[7, :400] = vectors[3, :400]
    >>> found = compare(Answers.labels(vectors, truth=np.zeros(500), teams=np.arange(20)))
    >>> (found.pairs[0].one, found.pairs[0].other, found.compared)
    (3, 7, 190)
    """
    if len(answers.vectors) < 2:
        return Comparison((), 0, 0.0, 1.0, 0, (), 0.0)
    sums = product_sums(answers)
    coefficients = np.linalg.lstsq(sums.by_regressor, sums.crossed.T, rcond=1e-10)[0].astype(np.float64)
    residuals = sums.products - sums.crossed @ coefficients
    correlations, explained = partial_correlations(sums, residuals)
    cells = effective_cells(answers, sums, coefficients, residuals)
    groups = remove_groups(correlations)
    firsts, seconds = np.nonzero(np.triu(answers.teams[:, None] != answers.teams[None, :]))
    if not len(firsts):
        return Comparison((), 0, 0.0, 1.0, groups, explained, sums.cells)
    z = np.arctanh(np.clip(correlations, -STRICT, STRICT)) * np.sqrt(
        np.maximum(cells - sums.regressors - 3, 1)
    )
    centre, spread = usual(z[firsts, seconds])
    index = index_of(z, answers.teams)
    return Comparison(
        _most_alike(index, correlations, firsts, seconds, answers.teams, most),
        len(firsts),
        centre,
        spread,
        groups,
        explained,
        sums.cells,
    )


def partial_correlations(sums: ProductSums, residuals: Square) -> tuple[Square, tuple[int, ...]]:
    """The correlation of each pair's errors, given the baselines' errors and the mean of all other vectors.

    residuals: (n, n), the products of what the baselines leave of each two vectors. The mean leaves both
    vectors of the pair out, so that a pair does not explain itself. Also the vectors of which the baselines
    leave nothing; their correlations are 0.
    """
    residuals = (residuals + residuals.T) / 2
    squares, residual_squares = np.diagonal(sums.products), np.diagonal(residuals).copy()
    is_explained = residual_squares <= EXPLAINED * np.maximum(squares, 1e-300)
    residuals[is_explained, :] = 0.0
    residuals[:, is_explained] = 0.0
    residual_squares[is_explained] = 0.0
    return _given_the_mean_of_others(residuals, residual_squares), tuple(
        np.flatnonzero(is_explained).tolist()
    )


def effective_cells(
    answers: Answers, sums: ProductSums, coefficients: NDArray[np.float64], residuals: Square
) -> Square:
    """How many cells speak of each pair, effectively: the usual number, or the pair's own far smaller one.

    What is left of a file that is nearly a baseline lives in the few rows that were changed, and two such
    files agree there by chance far more often than two whose errors lie everywhere. So a pair's own cells
    are counted by the squares of what is left in them, sum(r^2) sum(s^2) / sum(r^2 s^2). That number is an
    estimate, which errs by a half at most; it stands in for the usual one where it is smaller by more.
    """
    squares, total = np.maximum(np.diagonal(residuals), 0.0), float(residuals.sum())
    slopes = len(squares) * residuals.sum(axis=1) / total if total > 0 else np.zeros(len(squares))
    together = products_of_squares(answers, coefficients, slopes)
    usual_number = np.full_like(together, sums.cells)
    own = np.divide(np.outer(squares, squares), together, out=usual_number.copy(), where=together > 0)
    cells: Square = np.minimum(own * (1.0 + OWN_ERROR), usual_number)
    return cells


def _given_the_mean_of_others(residuals: Square, residual_squares: NDArray[np.float64]) -> Square:
    """Correlations given the mean of all vectors but the two.

    residuals: the products of what is left of each two vectors; residual_squares: their diagonal.
    """
    count = len(residuals)
    rows = residuals.sum(axis=1)
    variance = residual_squares[:, None] + np.zeros_like(residuals)
    covariance = residuals.copy()
    if count > 2:
        with_mean = (rows[:, None] - residual_squares[:, None] - residuals) / (
            count - 2
        )  # of the first with the pair's mean
        of_mean = (
            rows.sum()
            - 2 * (rows[:, None] + rows[None, :])
            + residual_squares[:, None]
            + residual_squares[None, :]
            + 2 * residuals
        ) / (count - 2) ** 2
        usable = of_mean > 1e-12 * max(float(residual_squares.max(initial=0.0)), 1e-300)
        inverse = np.divide(1.0, of_mean, out=np.zeros_like(of_mean), where=usable)
        covariance -= with_mean * with_mean.T * inverse
        variance -= with_mean**2 * inverse
    variance = np.maximum(variance, EXPLAINED * residual_squares[:, None])
    scale = np.sqrt(variance * variance.T)
    correlations = np.clip(np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0), -1.0, 1.0)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def remove_groups(correlations: Square) -> int:
    """Take from the correlations, in place, each direction that a whole group of teams shares; how many.

    A direction is an eigenvector; it counts when it is as strong as several teams and spread over at least
    ten of them (by its participation ratio), as those of a tutorial that half the class has read. Those who
    copy are few, so their directions stay.
    """
    count = len(correlations)
    if count < GROUPS_FROM:
        return 0
    values, vectors = np.linalg.eigh(correlations)
    breadth = 1.0 / np.maximum((vectors**4).sum(axis=0), 1e-300)
    is_group = (values >= GROUP_STRENGTH) & (breadth >= max(GROUP_LEAST, GROUP_SHARE * count))
    directions = np.flatnonzero(is_group)[::-1][:GROUPS_MOST]
    if len(directions):
        group_parts = vectors[:, directions] * np.sqrt(values[directions])
        correlations -= group_parts @ group_parts.T
        scale = np.sqrt(np.maximum(np.diagonal(correlations), 1e-3))
        correlations /= scale[:, None] * scale[None, :]
    return len(directions)


def index_of(z: Square, teams: NDArray[np.int64]) -> Square:
    """How unusual each pair is: z less what is usual for its two vectors, in units of the usual spread.

    A vector that is like everybody's, as good ones are, is like this one too; so each pair is measured by the
    pairs that either of its vectors is in, and then by all pairs. Pairs of one team have -inf.
    """
    is_pair = teams[:, None] != teams[None, :]
    pair_values = z[is_pair]
    values = np.where(is_pair, z, np.median(pair_values))
    middles, spreads = _usual_of_rows(values)
    deviations = z - middles[:, None] - middles[None, :] + np.median(pair_values)
    deviations /= np.sqrt(spreads[:, None] * spreads[None, :])
    centre, spread = usual(deviations[is_pair])
    return np.where(is_pair, (deviations - centre) / spread, -np.inf)


def usual(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle of all pairs' values, and their spread: what one standard deviation is to a normal curve.

    The spread is that of the lower half, which copies cannot stretch, or that of the upper one up to where
    2.3 % of many pairs lie, if that is wider; and at least 1, what chance alone gives.
    """
    low, middle, high = np.quantile(values, [NORMAL.cdf(-1.0), 0.5, NORMAL.cdf(2.0)])
    widths = [1.0, float(middle - low)]
    if len(values) >= MANY:
        widths.append(float(high - middle) / 2.0)
    return float(middle), max(widths)


def _usual_of_rows(z: Square) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same for each row: of the upper half the part below its highest 5 %, if there are many rows."""
    ordered = np.sort(z, axis=1)
    count = len(z)
    low, middle, high = (ordered[:, round(share * (count - 1))] for share in (NORMAL.cdf(-1.0), 0.5, 0.95))
    widths = np.maximum(middle - low, 1.0)
    if count >= GROUPS_FROM:
        widths = np.maximum(widths, (high - middle) / NORMAL.inv_cdf(0.95))
    return middle, widths


def _most_alike(
    index: Square,
    correlations: Square,
    firsts: NDArray[np.intp],
    seconds: NDArray[np.intp],
    teams: NDArray[np.int64],
    most: int,
) -> tuple[AlikePair, ...]:
    values = index[firsts, seconds]
    best = np.argsort(-values, kind="stable")[:most] if len(values) <= most else _largest(values, most)
    ordered = np.sort(values)
    pairs = []
    for place in best.tolist():
        first, second, value = int(firsts[place]), int(seconds[place]), float(values[place])
        pairs.append(
            AlikePair(
                first,
                second,
                float(correlations[first, second]),
                value,
                len(values) - int(np.searchsorted(ordered, value, side="left")),
                len(values) * NORMAL.cdf(-value),
                _next_index(index[first], teams, teams[second]),
                _next_index(index[second], teams, teams[first]),
            )
        )
    return tuple(pairs)


def _largest(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    largest = np.argpartition(-values, most)[:most]
    return largest[np.argsort(-values[largest], kind="stable")]


def _next_index(row: NDArray[np.float64], teams: NDArray[np.int64], partner: np.int64) -> float | None:
    """The highest index in a vector's row with any team but this one."""
    highest = float(np.max(row, where=teams != partner, initial=-np.inf))
    return None if highest == -np.inf else highest
