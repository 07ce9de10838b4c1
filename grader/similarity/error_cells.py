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
Table = NDArray[np.float64]

BLOCK = 512  # rows at a time
LABELS_MOST = 100  # labels of which it is assumed that a row could have them all
RARE = 0.05  # share
TAIL = 0.005  # share of a file's numbers at each end that are drawn in
FAR = 6.0  # sizes of a cell from its median beyond which a number is drawn in
CALM = 0.1  # of the usual size of a cell; smaller ones are taken to be so large
PRIOR = 4.0  # files' worth of the usual size that each cell's own is mixed with


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What files say on the same rows. vectors: (n_vectors, n_rows) class numbers, or (n_vectors, n_cells)
    numbers, a row's columns one after another; baselines: the same of the baselines; truth: (n_rows,) or
    (n_cells,); teams: (n_vectors,) whose each vector is. columns: cells of a row."""

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
        given = np.empty((0, vectors.shape[1]), vectors.dtype) if baselines is None else baselines
        return cls(True, vectors, given, truth.astype(vectors.dtype), teams.astype(np.int64), columns)

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
        given = np.empty((0, vectors.shape[1]), vectors.dtype) if baselines is None else baselines
        return cls(False, vectors, given, truth.astype(np.float64), teams.astype(np.int64), columns)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over all cells. products: of each two vectors, (n, n); crossed: of vectors and regressors, (n, k);
    by_regressor: of each two regressors, (k, k). cells: how many cells there are, effectively."""

    products: Table
    crossed: Table
    by_regressor: Table
    cells: float

    @property
    def regressors(self) -> int:
        """How many regressors there are: a constant, the truth, the baselines."""
        return len(self.by_regressor)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some of the cells. cells: of the vectors, (n, n_cells); regressors: (k, n_cells); usual: the usual
    square of each cell. alone: for each vector, how many further cells it shares with nobody, each of which
    holds `weight`, as does the constant there, and has the usual square `usual_alone`."""

    cells: NDArray[np.floating]
    regressors: Table
    usual: Table
    alone: NDArray[np.int64] | None = None
    weight: float = 0.0
    usual_alone: float = 0.0


def sums_of(answers: Answers) -> Sums:
    """The sums of products over the cells of these answers, block by block."""
    count, given = len(answers.vectors), len(answers.baselines)
    extra = 1 if answers.is_labels else 1 + answers.columns
    products = np.zeros((count, count))
    crossed, by_regressor = np.zeros((count, given + extra)), np.zeros((given + extra, given + extra))
    energy = squared = 0.0
    if answers.is_labels:
        by_regressor[0, 0] += _everything(answers) / RARE
    for block in _label_blocks(answers) if answers.is_labels else _number_blocks(answers):
        products += block.cells @ block.cells.T
        crossed += block.cells @ block.regressors.T
        by_regressor += block.regressors @ block.regressors.T
        if answers.is_labels:
            by_regressor[0, 0] -= block.cells.shape[1] / RARE
        energy += float(block.usual.sum())
        squared += float((block.usual**2).sum())
        if block.alone is not None:
            lonely, square = int(block.alone.sum()), block.weight**2
            products[np.diag_indices(count)] += block.alone * square
            crossed[:, 0] += block.alone * square
            by_regressor[0, 0] += lonely * (square - 1.0 / RARE)
            energy += lonely * block.usual_alone
            squared += lonely * block.usual_alone**2
    return Sums(products, crossed, by_regressor, energy**2 / squared if squared else 0.0)


def _everything(answers: Answers) -> int:
    """How many cells there would be if every wrong label of every row made one."""
    codes = np.concatenate([answers.vectors.ravel(), answers.baselines.ravel(), answers.truth])
    labels = min(int(np.count_nonzero(np.bincount(codes - int(codes.min())))), LABELS_MOST)
    return int(answers.vectors.shape[1]) * (labels - 1)


def _label_blocks(answers: Answers) -> Iterator[Block]:
    vectors, count = np.concatenate([answers.vectors, answers.baselines]), len(answers.vectors)
    for start in range(0, vectors.shape[1], BLOCK):
        block = vectors[:, start : start + BLOCK].astype(np.int64)
        who, row = np.nonzero(block != answers.truth[start : start + BLOCK])
        if len(who):
            yield _block_of(who, row, block[who, row], vectors=len(vectors), count=count)


def _block_of(
    who: NDArray[np.intp], row: NDArray[np.intp], codes: NDArray[np.int64], *, vectors: int, count: int
) -> Block:
    """The cells of wrong labels `codes`, by vectors `who` on rows `row`; `count` of these are teams'."""
    names, cell = np.unique(row * (int(codes.max()) + 2) + codes, return_inverse=True)
    by_teams = np.bincount(cell[who < count], minlength=len(names))
    kept = (by_teams >= 2) | (np.bincount(cell[who >= count], minlength=len(names)) > 0)
    used = kept[cell]
    table = np.zeros((vectors, int(kept.sum())), dtype=np.float32)
    table[who[used], (np.cumsum(kept) - 1)[cell[used]]] = 1.0
    share = by_teams[kept] / count
    scale = 1.0 / np.sqrt(share + RARE)
    table *= scale.astype(np.float32)
    regressors = np.concatenate([scale[None, :], table[count:]]).astype(np.float64)
    weight = 1.0 / np.sqrt(1.0 / count + RARE)
    return Block(
        table[:count],
        regressors,
        share * (1.0 - share) * scale**2,
        np.bincount(who[~used], minlength=vectors)[:count],
        weight,
        (1.0 - 1.0 / count) / count * weight**2,
    )


def _number_blocks(answers: Answers) -> Iterator[Block]:
    vectors = _standardised(answers.vectors, answers.columns)
    baselines = _standardised(answers.baselines, answers.columns)
    truth = _standardised(answers.truth[None, :], answers.columns)[0]
    middle = np.median(vectors, axis=0)
    size = 1.4826 * np.median(np.abs(vectors - middle), axis=0)
    typical = float(np.sqrt(np.mean(size**2))) or 1.0
    size = np.sqrt((len(vectors) * size**2 + PRIOR * typical**2) / (len(vectors) + PRIOR))
    size = np.maximum(size, CALM * typical)
    column = np.arange(answers.vectors.shape[1]) % answers.columns
    for start in range(0, vectors.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        low, high = middle[part] - FAR * size[part], middle[part] + FAR * size[part]
        cells = np.clip(vectors[:, part], low, high) / size[part]
        one_each = np.equal(column[part], np.arange(answers.columns)[:, None]) / size[part]
        regressors = np.concatenate(
            [one_each, truth[None, part] / size[part], np.clip(baselines[:, part], low, high) / size[part]]
        )
        usual = np.mean((cells - middle[part] / size[part]) ** 2, axis=0)
        yield Block(cells, regressors, usual)


def _standardised(vectors: NDArray[np.generic], columns: int) -> Table:
    """Each file's numbers column by column on a scale of its own, the ends of its tails drawn in."""
    table = vectors.astype(np.float64).reshape(len(vectors), vectors.shape[1] // columns, columns)
    if not table.size:
        return vectors.astype(np.float64)
    low, high = np.quantile(table, [TAIL, 1.0 - TAIL], axis=1, keepdims=True)
    table = np.where(high > low, np.clip(table, low, high), table)
    table -= table.mean(axis=1, keepdims=True)
    spread = table.std(axis=1, keepdims=True)
    scaled: Table = np.divide(table, spread, out=np.zeros_like(table), where=spread > 0)
    return scaled.reshape(vectors.shape)
