"""A table that gives each of a fixed set of keys a slot of its own, so that a look-up needs no second try.

Keys fall into small buckets. Each bucket gets the number of a multiplier that sends its keys to free slots;
the largest buckets choose first, while most slots are free. Source: Belazzougui, Botelho and Dietzfelbinger,
"Hash, displace, and compress" (2009), with all buckets of a size trying one multiplier at once, as numpy
likes it.
"""

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
SlotNumbers = NDArray[np.int64]
KEYS_A_BUCKET = 4  # on average; more saves memory and costs tries
TRIES = 256  # multipliers; their number fits a byte


def odd_numbers(count: int, *, seed: int) -> Hashes:
    """`count` odd numbers of 64 bits without pattern, the same for the same seed. Source: splitmix64.

    numpy's generators would do as well, but importing them costs every scoring process some megabytes.
    """
    state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (state ^ (state >> np.uint64(31))) | np.uint64(1)


MULTIPLIERS = odd_numbers(TRIES, seed=3)


class NoPerfectHash(Exception):
    """Some bucket found no free slots; other hashes of the same keys will do."""


class PerfectHash:
    """Distinct slots in 0 ... size - 1 for the hashes it was made of, and some slot for any other hash."""

    def __init__(self, hashes: Hashes) -> None:
        """hashes: distinct, their high bits well mixed. Raises NoPerfectHash, which is rare."""
        self.size = 1 << max(1, (2 * len(hashes)).bit_length())
        buckets = max(1, len(hashes) // KEYS_A_BUCKET)
        self._bucket_shift = np.uint64(64 - min(32, max(1, buckets.bit_length())))
        self._slot_shift = np.uint64(65 - self.size.bit_length())
        self._tries = np.zeros(1 << (64 - int(self._bucket_shift)), dtype=np.uint8)
        self._place_all(hashes)

    def slots(self, hashes: Hashes) -> SlotNumbers:
        """The slot of each hash."""
        bucket = (hashes >> self._bucket_shift).view(np.int64)
        products = np.take(MULTIPLIERS, np.take(self._tries, bucket))
        products *= hashes
        products >>= self._slot_shift
        return products.view(np.int64)

    def _place_all(self, hashes: Hashes) -> None:
        hashes = np.sort(hashes)  # now the keys of a bucket stand together
        bucket = (hashes >> self._bucket_shift).view(np.int64)
        sizes = np.bincount(bucket, minlength=len(self._tries))
        size_of_key = sizes[bucket]
        free = np.ones(self.size, dtype=np.bool_)
        for size in range(int(sizes.max(initial=0)), 0, -1):
            has_size = size_of_key == size
            self._place(hashes[has_size].reshape(-1, size), bucket[has_size][::size], free)

    def _place(self, hashes: Hashes, bucket: SlotNumbers, free: NDArray[np.bool_]) -> None:
        """Find multipliers for buckets of one size; hashes: (n_buckets, size). Marks their slots as taken."""
        owner = np.empty(self.size, dtype=np.int32)
        for number, multiplier in enumerate(MULTIPLIERS):
            slots = ((hashes * multiplier) >> self._slot_shift).view(np.int64)
            claims = np.arange(slots.size, dtype=np.int32).reshape(slots.shape)
            owner[slots] = claims
            is_placed = (free[slots] & (owner[slots] == claims)).all(axis=1)
            self._tries[bucket[is_placed]] = number
            free[slots[is_placed]] = False
            hashes, bucket = hashes[~is_placed], bucket[~is_placed]
            if not len(bucket):
                return
        raise NoPerfectHash
