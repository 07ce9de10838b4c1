"""Four ways from an id to its place, the fastest that fits a key's ids; each knows these and no others.

A look-up takes some ids of a file as an array of text and returns their places, or raises Doubt when the key
lacks one. It works on a piece of a file at a time, so that what is made on the way stays in the processor's
cache.
"""

from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.reading.ids.perfect_hash import NoPerfectHash, PerfectHash, odd_numbers
from grader.reading.ids.words import IdText, Words, text_of, words_of

Places = NDArray[np.integer]
LONGEST = 64  # bytes; longer ids are left to pyarrow's own hash
SEEDS = 20  # mixtures of words tried; each fails for about one key in a thousand
MOST_SPREAD = 4  # an array over a range of numbers may be so many times as long as there are ids
CANONICAL = "^(0|[1-9][0-9]{0,17})$"
ZERO, NINE = ord("0"), ord("9")


class IdTable(Protocol):
    """A way to look ids up."""

    def look_up(self, ids: pa.Array) -> Places:
        """The place of each id. Raises Doubt when the key lacks one."""


def id_table(ids: pa.StringArray, places: Places) -> IdTable:
    """The fastest table for these ids, no two alike, and their places."""
    text = text_of(ids)
    longest = int(text.widths.max(initial=0))
    fixed = int(text.widths.min(initial=longest)) == longest
    if not len(ids) or longest > LONGEST:
        return ArrowTable(ids, places)
    if pc.all(pc.match_substring_regex(ids, pattern=CANONICAL)).as_py():
        numbers = arrow.numpy(ids.cast(pa.int64()))
        if int(numbers.max()) - int(numbers.min()) < MOST_SPREAD * len(ids):
            return NumberTable(numbers, places)
    if fixed:
        digits = _varying_digits(text, longest)
        if digits.stop > digits.start and 10 ** (digits.stop - digits.start) < 10 * MOST_SPREAD * len(ids):
            return PaddedNumberTable(text, longest, digits, places)
    return HashTable(text, longest, places, fixed=fixed)


class NumberTable:
    """An array over a dense range of whole numbers, for ids that are numbers in canonical spelling.

    Why '07' is never taken for '7': all bytes must be digits, so only leading zeros could make two spellings
    of one number. The caller has required as many bytes in all as the key's ids have, and goes on only if the
    numbers are the key's, each once; their canonical spellings already take all these bytes, and a leading
    zero takes one more.
    """

    def __init__(self, numbers: NDArray[np.int64], places: Places) -> None:
        self._lowest, self._highest = int(numbers.min()), int(numbers.max())
        self._place_of = np.full(self._highest - self._lowest + 1, -1, dtype=np.int32)
        self._place_of[numbers - self._lowest] = places

    def look_up(self, ids: pa.Array) -> Places:
        """The place of each id. Raises Doubt when the key lacks one."""
        digits = text_of(ids).bytes
        if not len(digits) or int(digits.min()) < ZERO or int(digits.max()) > NINE:
            raise Doubt("an id is not a whole number")
        try:
            numbers = arrow.numpy(pc.cast(ids.view(pa.string()), pa.int64()))
        except pa.ArrowInvalid as error:
            raise Doubt(str(error)) from error
        if int(numbers.min()) < self._lowest or int(numbers.max()) > self._highest:
            raise Doubt("an id is unknown")
        return _require_known(np.take(self._place_of, numbers - self._lowest))


class PaddedNumberTable:
    """An array over the numbers in ids of one width that differ in a run of digits only, as in img_00123.jpg.

    Text and number determine each other: all other bytes must be the key's, and the run has a fixed width.
    """

    def __init__(self, text: IdText, width: int, digits: slice, places: Places) -> None:
        """digits: the bytes of an id, at most nine, in which the ids of the key differ."""
        self._width, self._digits = width, digits
        self._places_of_fixed = [place for place in range(width) if not digits.start <= place < digits.stop]
        self._first = text.bytes[:width].copy()
        self._place_of = np.full(10 ** (digits.stop - digits.start), -1, dtype=np.int32)
        self._place_of[self._numbers(text)] = places

    def look_up(self, ids: pa.Array) -> Places:
        """The place of each id. Raises Doubt when the key lacks one."""
        text = text_of(ids)
        if not (text.widths == self._width).all():
            raise Doubt("an id has another width")
        return _require_known(np.take(self._place_of, self._numbers(text)))

    def _numbers(self, text: IdText) -> NDArray[np.int32]:
        table = text.bytes.reshape(-1, self._width)
        for place in self._places_of_fixed:
            if not (table[:, place] == self._first[place]).all():
                raise Doubt("an id differs beside its number")
        numbers = np.zeros(len(table), dtype=np.int32)
        for place in range(self._digits.start, self._digits.stop):
            digit = table[:, place] - np.uint8(ZERO)  # anything below '0' wraps round to a large number
            if int(digit.max()) > NINE - ZERO:
                raise Doubt("an id has no number where the key's ids have one")
            numbers *= 10
            numbers += digit
        return numbers


class HashTable:
    """A perfect hash of the ids' bytes; every find is compared with the key's id, byte for byte."""

    def __init__(self, text: IdText, longest: int, places: Places, *, fixed: bool) -> None:
        """longest: the largest width. fixed: all ids have it."""
        self._longest, self._fixed = longest, fixed
        words = words_of(text, longest, fixed=fixed)
        self._factors, self._slots = _perfect_hash(words)
        self._place_in_slot = np.zeros(self._slots.size, dtype=np.int32)
        self._place_in_slot[self._slots.slots(_mix(words, self._factors))] = places
        self._word_in_place = [np.empty_like(word) for word in words]
        for in_place, word in zip(self._word_in_place, words, strict=True):
            in_place[places] = word

    def look_up(self, ids: pa.Array) -> Places:
        """The place of each id. Raises Doubt when the key lacks one."""
        text = text_of(ids)
        widths = text.widths
        if int(widths.max()) > self._longest or (self._fixed and int(widths.min()) != self._longest):
            raise Doubt("an id has a width that no id of the key has")
        words = words_of(text, self._longest, fixed=self._fixed)
        places = np.take(self._place_in_slot, self._slots.slots(_mix(words, self._factors)))
        for in_place, word in zip(self._word_in_place, words, strict=True):
            if not np.array_equal(np.take(in_place, places), word):
                raise Doubt("an id is unknown")
        return places


class ArrowTable:
    """pyarrow's hash table, for ids too long for the others."""

    def __init__(self, ids: pa.StringArray, places: Places) -> None:
        self._ids, self._places = ids, places

    def look_up(self, ids: pa.Array) -> Places:
        """The place of each id. Raises Doubt when the key lacks one."""
        indices = pc.index_in(ids, value_set=self._ids.cast(ids.type))
        if indices.null_count:
            raise Doubt("an id is unknown")
        places: Places = np.take(self._places, arrow.numpy(indices))
        return places


def _require_known(places: NDArray[np.int32]) -> Places:
    if int(places.min()) < 0:
        raise Doubt("an id is unknown")
    return places


def _varying_digits(text: IdText, width: int) -> slice:
    """The bytes of an id in which ids of one width differ, first to last; empty if not all are digits."""
    table = text.bytes.reshape(-1, width)
    varying = np.flatnonzero((table != table[0]).any(axis=0))
    if not len(varying) or varying[-1] - varying[0] >= 9:
        return slice(0, 0)
    run = table[:, varying[0] : varying[-1] + 1]
    digits = int(run.min()) >= ZERO and int(run.max()) <= NINE
    return slice(int(varying[0]), int(varying[-1]) + 1) if digits else slice(0, 0)


def _perfect_hash(words: Words) -> tuple[NDArray[np.uint64], PerfectHash]:
    """Factors that mix the words of an id into one hash, and a perfect hash of the results."""
    for seed in range(SEEDS):
        factors = odd_numbers(len(words), seed=1_000 + seed)
        try:
            return factors, PerfectHash(_mix(words, factors))
        except NoPerfectHash:
            continue
    raise AssertionError("distinct ids have a perfect hash under one of many mixtures")


def _mix(words: Words, factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    hashes: NDArray[np.uint64] = words[0] * factors[0]
    for word, factor in zip(words[1:], factors[1:], strict=True):
        hashes += word * factor
    hashes ^= hashes >> np.uint64(32)  # the high bits of a product depend on all bytes; now the others do too
    hashes *= factors[0]
    return hashes
