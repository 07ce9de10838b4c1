"""The errors of many files on the same rows as one table of cells, and the sums that comparing them needs.

Labels: a cell is a row with one of its wrong labels; it holds 1 for who gave that label. Only wrong labels
that two files share make cells: to be right is no sign of anything. Numbers: a cell is a row (and column);
it holds the number, of which the truth explains its part later.
Each cell is divided by its usual size over all files, so that a row on which everybody errs alike, or errs
much, counts little, and an error that few make counts much.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger]
Matrix = NDArray[np.float64]

BLOCK = 512  # rows at a time
LABELS_MOST = 100  # labels of which it is assumed that a row could have them all
RARE = 0.05  # share
TAIL = 0.005  # share of a file's numbers at each end that are drawn in
FAR = 6.0  # sizes of a cell from its median beyond which a number is drawn in
CALM = 0.1  # of the usual size of a cell; smaller ones are taken to be so large
PRIOR = 4.0  # files' worth of the usual size that each cell's own is mixed with


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What files say on the same rows.

    vectors: (n_vectors, n_rows) class numbers, or (n_vectors, n_cells) numbers, a row's columns one after
    another; baselines: the same of the baselines; truth: (n_rows,) or (n_cells,); teams: (n_vectors,) whose
    each vector is. columns: cells of a row.
    """

    is_labels: bool
    vectors: NDArray[np.generic]
    baselines: NDArray[np.generic]
    truth: NDArray[np.generic]
    teams: NDArray[np.int64]
    columns: int = 1

    @classmethod
    def labels(
        cls,
        vectors: Codes,
        *,
        truth: NDArray[np.generic],
        teams: NDArray[np.generic],
        baselines: Codes | None = None,
        columns: int = 1,
    ) -> "Answers":
        """Of class numbers; equal labels have equal numbers in all files."""
        baseline_vectors = np.empty((0, vectors.shape[1]), vectors.dtype) if baselines is None else baselines
        return cls(
            True, vectors, baseline_vectors, truth.astype(vectors.dtype), teams.astype(np.int64), columns
        )

    @classmethod
    def numbers(
        cls,
        vectors: NDArray[np.floating],
        *,
        truth: NDArray[np.generic],
        teams: NDArray[np.generic],
        baselines: NDArray[np.floating] | None = None,
        columns: int = 1,
    ) -> "Answers":
        """Of finite numbers, probabilities and scores included."""
        baseline_vectors = np.empty((0, vectors.shape[1]), vectors.dtype) if baselines is None else baselines
        return cls(
            False, vectors, baseline_vectors, truth.astype(np.float64), teams.astype(np.int64), columns
        )


@dataclass(frozen=True, slots=True, eq=False)
class ProductSums:
    """Sums of products over all cells.

    products: of each two vectors, (n, n); crossed: of vectors and regressors, (n, k); by_regressor: of each
    two regressors, (k, k). cells: how many cells there are, effectively.
    """

    products: Matrix
    crossed: Matrix
    by_regressor: Matrix
    cells: float

    @property
    def regressors(self) -> int:
        """How many regressors there are: a constant, the truth, the baselines."""
        return len(self.by_regressor)


@dataclass(frozen=True, slots=True, eq=False)
class CellBlock:
    """Some of the cells.

    cells: of the vectors, (n, n_cells); regressors: (k, n_cells); usual: the usual square of each cell.
    singles: for each vector, how many further cells it shares with nobody, each of which holds `weight`, as
    does the constant there, and has the usual square `usual_single`.
    """

    cells: NDArray[np.floating]
    regressors: Matrix
    usual: Matrix
    singles: NDArray[np.int64] | None = None
    weight: float = 0.0
    usual_single: float = 0.0


def product_sums(answers: Answers) -> ProductSums:
    """The sums of products over the cells of these answers, block by block."""
    count, baseline_count = len(answers.vectors), len(answers.baselines)
    own_count = 1 if answers.is_labels else 1 + answers.columns
    products = np.zeros((count, count))
    crossed, by_regressor = (
        np.zeros((count, baseline_count + own_count)),
        np.zeros((baseline_count + own_count, baseline_count + own_count)),
    )
    usual_sum = square_sum = 0.0
    if answers.is_labels:
        by_regressor[0, 0] += _possible_cells(answers) / RARE
    for block in _label_blocks(answers) if answers.is_labels else _number_blocks(answers):
        products += block.cells @ block.cells.T
        crossed += block.cells @ block.regressors.T
        by_regressor += block.regressors @ block.regressors.T
        if answers.is_labels:
            by_regressor[0, 0] -= block.cells.shape[1] / RARE
        usual_sum += float(block.usual.sum())
        square_sum += float((block.usual**2).sum())
        if block.singles is not None:
            single_count, square = int(block.singles.sum()), block.weight**2
            products[np.diag_indices(count)] += block.singles * square
            crossed[:, 0] += block.singles * square
            by_regressor[0, 0] += single_count * (square - 1.0 / RARE)
            usual_sum += single_count * block.usual_single
            square_sum += single_count * block.usual_single**2
    return ProductSums(products, crossed, by_regressor, usual_sum**2 / square_sum if square_sum else 0.0)


def products_of_squares(answers: Answers, coefficients: Matrix, slopes: NDArray[np.float64]) -> Matrix:
    """For each two vectors the sum over all cells of the squares of what is left of both; (n, n).

    coefficients: (k, n), each vector's share of each regressor; slopes: (n,), its share of the mean of what
    is left of all vectors.
    """
    products = np.zeros((len(answers.vectors), len(answers.vectors)))
    for block in _label_blocks(answers) if answers.is_labels else _number_blocks(answers):
        left = block.cells - coefficients.T @ block.regressors
        left -= slopes[:, None] * left.mean(axis=0)
        left *= left
        products += left @ left.T
    return products


def _possible_cells(answers: Answers) -> int:
    """How many cells there would be if every wrong label of every row made one."""
    codes = np.concatenate([answers.vectors.ravel(), answers.baselines.ravel(), answers.truth])
    labels = min(int(np.count_nonzero(np.bincount(codes - int(codes.min())))), LABELS_MOST)
    return int(answers.vectors.shape[1]) * (labels - 1)


def _label_blocks(answers: Answers) -> Iterator[CellBlock]:
    vectors, count = np.concatenate([answers.vectors, answers.baselines]), len(answers.vectors)
    for start in range(0, vectors.shape[1], BLOCK):
        block = vectors[:, start : start + BLOCK].astype(np.int64)
        vector, row = np.nonzero(block != answers.truth[start : start + BLOCK])
        if len(vector):
            yield _block_of(vector, row, block[vector, row], vectors=len(vectors), count=count)


def _block_of(
    vector: NDArray[np.intp], row: NDArray[np.intp], codes: NDArray[np.int64], *, vectors: int, count: int
) -> CellBlock:
    """The cells of wrong labels `codes`, by vectors `vector` on rows `row`; `count` of these are teams'."""
    cell_names, cell = np.unique(row * (int(codes.max()) + 2) + codes, return_inverse=True)
    by_teams = np.bincount(cell[vector < count], minlength=len(cell_names))
    is_shared = (by_teams >= 2) | (np.bincount(cell[vector >= count], minlength=len(cell_names)) > 0)
    in_shared = is_shared[cell]
    table = np.zeros((vectors, int(is_shared.sum())), dtype=np.float32)
    table[vector[in_shared], (np.cumsum(is_shared) - 1)[cell[in_shared]]] = 1.0
    share = by_teams[is_shared] / count
    scale = 1.0 / np.sqrt(share + RARE)
    table *= scale.astype(np.float32)
    regressors = np.concatenate([scale[None, :], table[count:]]).astype(np.float64)
    weight = 1.0 / np.sqrt(1.0 / count + RARE)
    return CellBlock(
        table[:count],
        regressors,
        share * (1.0 - share) * scale**2,
        np.bincount(vector[~in_shared], minlength=vectors)[:count],
        weight,
        (1.0 - 1.0 / count) / count * weight**2,
    )


def _number_blocks(answers: Answers) -> Iterator[CellBlock]:
    vectors = _standardise(answers.vectors, answers.columns)
    baselines = _standardise(answers.baselines, answers.columns)
    truth = _standardise(answers.truth[None, :], answers.columns)[0]
    middle = np.median(vectors, axis=0)
    size = 1.4826 * np.median(np.abs(vectors - middle), axis=0)
    typical = float(np.sqrt(np.mean(size**2))) or 1.0
    size = np.sqrt((len(vectors) * size**2 + PRIOR * typical**2) / (len(vectors) + PRIOR))
    size = np.maximum(size, CALM * typical)
    column = np.arange(answers.vectors.shape[1]) % answers.columns
    for start in range(0, vectors.shape[1], BLOCK):
        stretch = slice(start, start + BLOCK)
        low, high = middle[stretch] - FAR * size[stretch], middle[stretch] + FAR * size[stretch]
        cells = np.clip(vectors[:, stretch], low, high) / size[stretch]
        constants = np.equal(column[stretch], np.arange(answers.columns)[:, None]) / size[stretch]
        regressors = np.concatenate(
            [
                constants,
                truth[None, stretch] / size[stretch],
                np.clip(baselines[:, stretch], low, high) / size[stretch],
            ]
        )
        usual = np.mean((cells - middle[stretch] / size[stretch]) ** 2, axis=0)
        yield CellBlock(cells, regressors, usual)


def _standardise(vectors: NDArray[np.generic], columns: int) -> Matrix:
    """Each file's numbers column by column on a scale of its own, the ends of its tails drawn in."""
    table = vectors.astype(np.float64).reshape(len(vectors), vectors.shape[1] // columns, columns)
    if not table.size:
        return vectors.astype(np.float64)
    low, high = np.quantile(table, [TAIL, 1.0 - TAIL], axis=1, keepdims=True)
    table = np.where(high > low, np.clip(table, low, high), table)
    table -= table.mean(axis=1, keepdims=True)
    spread = table.std(axis=1, keepdims=True)
    standard: Matrix = np.divide(table, spread, out=np.zeros_like(table), where=spread > 0)
    return standard.reshape(vectors.shape)
