"""What simulated students hand in: mixtures of the baselines' predictions, made worse. No key is seen.

A file's level says which baselines it mixes: 0.0 is the easiest alone, 1.3 is seven parts of the second and
three of the third. Numbers are averaged and get noise; labels are taken row by row from one of the two, and
some are replaced by labels of other rows.
"""

import gzip
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from grader.metrics.fields import LABEL, UNIT
from grader.spec import GradingSpec

DECIMALS = 5
GZIP_LEVEL = 1
CONFUSED = 3  # wrong labels that a row is given by a model that errs now and then
GUESSES = 0.3  # the share of rows replaced, from which on a file guesses, as no other file does


class Flaw(StrEnum):
    """A mistake that makes a file invalid; students make them all."""

    MISSING_ROW = "missing row"
    EMPTY_VALUE = "empty value"
    REPEATED_ROW = "repeated row"
    WRONG_HEADER = "wrong header"


class Mixer:
    """The predictions of a competition's trained baselines, the easiest first, ready to be mixed."""

    def __init__(self, files: Sequence[bytes], spec: GradingSpec) -> None:
        """`files`: one CSV a baseline, plain or gzip, with all the same ids."""
        self._is_label = spec.definition.predictions == LABEL
        self._is_probability = spec.definition.predictions == UNIT
        self._columns = list(spec.columns)
        tables = [_read(data, self._columns) for data in files]
        self._ids = tables[0].column(0)
        ordered = [table.take(pc.index_in(self._ids, table.column(0))) for table in tables]
        if self._is_label:
            self._words, self._values = _coded(ordered)
        else:
            self._values = np.stack([_numbers(table) for table in ordered])  # (tiers, rows, targets)
        # (targets,); noise is measured in it. The easiest baseline's, so that a better one changes no file.
        self._spread = self._values[0].std(axis=0)

    def file(self, *, level: float, noise: float, seed: int) -> bytes:
        """A file, gzipped. `noise`: of numbers in shares of their spread, of labels the share replaced.

        A level above the best baseline's is taken for that one's. The same arguments give the same bytes.
        """
        return gzip.compress(self._csv(level, noise, seed), GZIP_LEVEL, mtime=0)

    def copy(self, *, level: float, noise: float, seed: int, own_share: float, own_seed: int) -> bytes:
        """The file of the first three, gzipped, in which a share of the rows is another student's own."""
        header, *copied = self._csv(level, noise, seed).splitlines(keepends=True)
        own = self._csv(level, 4 * noise, own_seed).splitlines(keepends=True)[1:]
        is_own = np.random.default_rng(own_seed).random(len(copied)) < own_share
        lines = [line if each else old for each, line, old in zip(is_own, own, copied, strict=True)]
        return gzip.compress(b"".join([header, *lines]), GZIP_LEVEL, mtime=0)

    def flawed_file(self, flaw: Flaw, *, level: float, noise: float, seed: int) -> bytes:
        """A file with a mistake in it, plain, as somebody would send it who is still trying."""
        header, *lines = self._csv(level, noise, seed).splitlines()
        number = seed % len(lines)
        match flaw:
            case Flaw.MISSING_ROW:
                del lines[number]
            case Flaw.EMPTY_VALUE:
                lines[number] = lines[number].rsplit(b",", 1)[0] + b","
            case Flaw.REPEATED_ROW:
                lines.append(lines[number])
            case Flaw.WRONG_HEADER:
                header = header.rsplit(b",", 1)[0] + b",prediction"
        return b"\n".join([header, *lines, b""])

    def _csv(self, level: float, noise: float, seed: int) -> bytes:
        source = np.random.default_rng(seed)
        level = min(max(level, 0.0), len(self._values) - 1.0)
        lower = min(int(level), len(self._values) - 1)
        upper = min(lower + 1, len(self._values) - 1)
        if self._is_label:
            codes = self._mixed_labels(lower, upper, level - lower, noise, source)
            columns: list[Any] = [self._words.take(pa.array(column)) for column in codes.T]
        else:
            columns = list(self._mixed_numbers(lower, upper, level - lower, noise, source).T)
        table = pa.table([self._ids, *columns], names=self._columns)
        text = io.BytesIO((",".join(self._columns) + "\n").encode())
        text.seek(0, io.SEEK_END)
        csv.write_csv(table, text, csv.WriteOptions(include_header=False, quoting_style="none"))
        return text.getvalue()

    def _mixed_numbers(
        self, lower: int, upper: int, share: float, noise: float, source: np.random.Generator
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        mixed = (1 - share) * self._values[lower] + share * self._values[upper]
        mixed = mixed + noise * self._spread * source.standard_normal(mixed.shape)
        lowest, highest = (0.0, 1.0) if self._is_probability else (-np.inf, np.inf)
        rounded: np.ndarray[Any, np.dtype[np.float64]] = np.round(np.clip(mixed, lowest, highest), DECIMALS)
        return rounded

    def _mixed_labels(
        self, lower: int, upper: int, share: float, noise: float, source: np.random.Generator
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        shape = self._values[lower].shape
        mixed = np.where(source.random(shape) < share, self._values[upper], self._values[lower])
        # A label of a row nearby keeps the distribution of labels, as a model that guesses would. Of a few
        # rows, since models that have nothing in common still confuse the same labels of a row; who guesses
        # takes it from anywhere.
        shift = source.integers(1, shape[0] if noise > GUESSES else CONFUSED + 1, shape[0])
        others = mixed[(np.arange(shape[0]) + shift) % shape[0]]
        labels: np.ndarray[Any, np.dtype[np.int64]] = np.where(source.random(shape) < noise, others, mixed)
        return labels


def _read(data: bytes, columns: list[str]) -> pa.Table:
    plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    as_text = csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False
    )
    return csv.read_csv(pa.py_buffer(plain), convert_options=as_text).combine_chunks()


def _numbers(table: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    columns = table.columns[1:]
    return np.column_stack([pc.cast(column, pa.float64()).to_numpy() for column in columns])


def _coded(tables: list[pa.Table]) -> tuple[Any, np.ndarray[Any, np.dtype[np.int64]]]:
    """All labels that occur, and each baseline's as numbers into them, (tiers, rows, targets)."""
    columns = [table.columns[1:] for table in tables]
    words = pc.unique(
        pa.chunked_array([chunk for row in columns for column in row for chunk in column.chunks])
    )
    codes = [np.column_stack([pc.index_in(column, words).to_numpy() for column in row]) for row in columns]
    return words, np.stack(codes).astype(np.int64)
