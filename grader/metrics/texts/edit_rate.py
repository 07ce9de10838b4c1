"""sacrebleu's translation edit rate, whose search for shifts in one long text ends at the limit of time.

The search computes up to a thousand edit distances of a row, each in one table of both texts. The numbers are
sacrebleu's; what is ours is a look at the clock before each table, and at the table's size.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from sacrebleu.metrics import lib_ter
from sacrebleu.metrics.ter import TER

from grader.time_limit import TookTooLong, in_time

TABLE_BYTES = 300_000_000  # of one table: a text that needs more is no translation
CELL_BYTES, SEEN_BYTES = 8, 90  # of a cell, and of one that the search looks at
SEEN_MOST = 2 * lib_ter._BEAM_WIDTH + 1  # cells of a row of the table


class TimedEditRate(TER):
    """TER that raises TookTooLong within a row, too."""

    def _compute_segment_statistics(
        self, hypothesis: str, ref_kwargs: Mapping[str, Sequence[list[str]]]
    ) -> list[float]:
        words, references = hypothesis.split(), ref_kwargs["ref_words"]
        edits = min(_edits(words, reference) for reference in references)
        return [edits, sum(map(len, references)) / len(references)]


class _TimedDistance(lib_ter.BeamEditDistance):
    """Edit distances to one reference, while there is time."""

    def __init__(self, words_ref: list[str]) -> None:
        super().__init__(words_ref)
        self._clock = in_time(repeat(None))

    def __call__(self, words_hyp: list[str]) -> tuple[int, str]:
        """The distance of these words, and its trace. Raises TookTooLong."""
        width = self._n_words_ref + 1
        if len(words_hyp) * (CELL_BYTES * width + SEEN_BYTES * min(width, SEEN_MOST)) > TABLE_BYTES:
            raise TookTooLong
        next(self._clock)
        distance: tuple[int, str] = super().__call__(words_hyp)
        return distance


def _edits(words: list[str], reference: list[str]) -> int:
    """The fewest edits and shifts, as `lib_ter.translation_edit_rate` counts them."""
    if not reference:
        return len(words)
    distance, shifts, checked = _TimedDistance(reference), 0, 0
    while True:
        gain, shifted, checked = _shift(words, reference, distance, checked)
        if gain <= 0 or checked >= lib_ter._MAX_SHIFT_CANDIDATES:
            return shifts + distance(words)[0]
        shifts += 1
        words = shifted


def _shift(*parts: Any) -> tuple[int, list[str], int]:
    best: tuple[int, list[str], int] = lib_ter._shift(*parts)
    return best
