"""Finding the rows of a file by id: ids are opaque text, and '7', '07' and '7.0' are three ids.

A file in the key's order is recognised by one comparison of bytes. In any other order, ids that are a dense
range of whole numbers are parsed and looked up in an array; other ids are looked up in a perfect hash of
their bytes, and every find is compared byte for byte, so that a hash can never give a wrong row. For a
million ids either is a few gathers from memory, in pieces that stay in the processor's cache; sorting them
takes several times as long wherever wide vector instructions are slow.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader.errors import Doubt
from grader.id_words import IdText, Words, text_of, words_of
from grader.perfect_hash import NoPerfectHash, PerfectHash

LONGEST = 64  # bytes; longer ids are left to pyarrow's own hash
PIECE = 1 << 15  # ids looked up at once, so that what is made on the way stays in the cache
SEEDS = 20  # hashes tried; each fails for about one key in a thousand
MOST_SPREAD = 4  # an array over a range of whole numbers may be so many times as long as there are ids
CANONICAL = "^(0|[1-9][0-9]{0,17})$"
ZERO, NINE = ord("0"), ord("9")

Places = NDArray[np.int64]
LookUp = Callable[
    [pa.Array], NDArray[np.integer]
]  # the place of each id; raises Doubt when the key lacks one


class IdIndex:
    """The ids of an answer key, each once, and the place of each among the answers.

    Made once per key; a file's ids are then found in a few vector passes. Immutable, so threads may share it.
    """

    def __init__(self, ids: pa.StringArray, places: Places | None = None) -> None:
        """ids: in the key's order, no two alike. places: a permutation of 0 ... n - 1; by default itself."""
        self.ids = ids
        self._places = np.arange(len(ids)) if places is None else places
        self._text = text_of(ids)
        self._look_up = _table_of_numbers(ids, self._text, self._places) or self._hash_of_bytes()

    def __len__(self) -> int:
        return len(self.ids)

    def places_of(self, ids: pa.ChunkedArray) -> Places:
        """The place of each id of a file, (n_ids,). Raises Doubt unless each id of the key is there once."""
        if len(ids) != len(self):
            raise Doubt("another number of rows")
        if self._same_order(ids):
            return self._places
        if sum(int(np.ptp(text_of(chunk).ends[[0, -1]])) for chunk in ids.chunks) != len(self._text.bytes):
            raise Doubt("another number of bytes")
        places = np.empty(len(self), dtype=np.int64)
        row = 0
        for piece in _pieces(ids):
            places[row : row + len(piece)] = self._look_up(piece)
            row += len(piece)
        seen = np.zeros(len(self), dtype=np.bool_)
        seen[places] = True
        if not seen.all():
            raise Doubt("an id is repeated")
        return places

    def rows_of(self, ids: pa.Array | pa.ChunkedArray) -> Places:
        """The key's row for each id of any file, -1 where the key has no such id. Slow; raises nothing."""
        found = pc.index_in(ids, value_set=self.ids.cast(ids.type))
        return found.fill_null(-1).to_numpy().astype(np.int64)  # type: ignore[no-any-return]

    def _same_order(self, ids: pa.ChunkedArray) -> bool:
        row = 0
        for chunk in ids.chunks:
            theirs, mine = text_of(chunk), self._text.part(row, len(chunk))
            if not np.array_equal(theirs.ends - theirs.ends[0], mine.ends - mine.ends[0]):
                return False
            if not np.array_equal(theirs.bytes, mine.bytes):
                return False
            row += len(chunk)
        return True

    def _hash_of_bytes(self) -> LookUp:
        widths = self._text.widths
        longest = int(widths.max(initial=0))
        fixed = int(widths.min(initial=longest)) == longest
        if longest > LONGEST or not len(self):
            return self._hash_of_pyarrow
        words = words_of(self._text, longest, fixed=fixed)
        factors, table = _perfect_hash(words)
        place_in_slot = np.zeros(table.size, dtype=np.int32)
        place_in_slot[table.slots(_mixed(words, factors))] = self._places
        word_in_place = [_scattered(word, self._places) for word in words]

        def look_up(ids: pa.Array) -> NDArray[np.integer]:
            text = text_of(ids)
            theirs = text.widths
            if int(theirs.max()) > longest or (fixed and int(theirs.min()) != longest):
                raise Doubt("an id has a length that no id of the key has")
            found = words_of(text, longest, fixed=fixed)
            places = np.take(place_in_slot, table.slots(_mixed(found, factors)))
            for word, of_place in zip(found, word_in_place, strict=True):
                if not np.array_equal(np.take(of_place, places), word):
                    raise Doubt("an id is unknown")
            return places

        return look_up

    def _hash_of_pyarrow(self, ids: pa.Array) -> Places:
        rows = self.rows_of(ids)
        if len(rows) and int(rows.min()) < 0:
            raise Doubt("an id is unknown")
        return self._places[rows]


def _table_of_numbers(ids: pa.StringArray, text: IdText, places: Places) -> LookUp | None:
    """A look-up by number, if the ids are whole numbers in canonical spelling from a dense range; else None.

    Why '07' is never taken for '7': all bytes must be digits, so only leading zeros could make two spellings
    of one number; places_of has required as many bytes as the key's ids have, and sees to it that the numbers
    are the same, each once; their canonical spellings already take all these bytes, and a leading zero would
    take one more.
    """
    if not len(ids) or not pc.all(pc.match_substring_regex(ids, pattern=CANONICAL)).as_py():
        return None
    numbers = ids.cast(pa.int64()).to_numpy()
    lowest, highest = int(numbers.min()), int(numbers.max())
    if highest - lowest >= MOST_SPREAD * len(ids):
        return None
    place_of = np.full(highest - lowest + 1, -1, dtype=np.int32)
    place_of[numbers - lowest] = places

    def look_up(ids: pa.Array) -> NDArray[np.integer]:
        digits = text_of(ids).bytes
        if not len(digits) or int(digits.min()) < ZERO or int(digits.max()) > NINE:
            raise Doubt("an id is not a whole number")
        try:
            numbers = pc.cast(ids.view(pa.string()), pa.int64()).to_numpy()
        except pa.ArrowInvalid as error:
            raise Doubt(str(error)) from error
        if int(numbers.min()) < lowest or int(numbers.max()) > highest:
            raise Doubt("an id is unknown")
        found: NDArray[np.integer] = np.take(place_of, numbers - lowest)
        if int(found.min()) < 0:
            raise Doubt("an id is unknown")
        return found

    return look_up


def _perfect_hash(words: Words) -> tuple[NDArray[np.uint64], PerfectHash]:
    """Factors that mix the words of an id into one hash, and a perfect hash of the results."""
    for seed in range(SEEDS):
        factors = np.random.default_rng(seed).integers(1 << 62, 1 << 63, len(words), dtype=np.uint64) * 2 + 1
        try:
            return factors, PerfectHash(_mixed(words, factors))
        except NoPerfectHash:
            continue
    raise AssertionError("distinct ids have a perfect hash under one of many mixtures")


def _mixed(words: Words, factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = words[0] * factors[0]
    for word, factor in zip(words[1:], factors[1:], strict=True):
        mixed += word * factor
    mixed ^= mixed >> np.uint64(32)  # the high bits of a product depend on all bytes; now the others do too
    mixed *= factors[0]
    return mixed


def _pieces(ids: pa.ChunkedArray) -> Iterator[pa.Array]:
    for chunk in ids.chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk.slice(start, PIECE)


def _scattered(word: NDArray[np.uint64], places: Places) -> NDArray[np.uint64]:
    scattered = np.empty_like(word)
    scattered[places] = word
    return scattered
