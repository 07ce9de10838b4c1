"""The two copies among the demonstration's files: what the look-alikes of its finished homework find.

In the demonstration alone: made-up people may be made to copy, those of a trial before the term may not.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from server.services.demo.simulate import PlannedFile

COPIES = (0.03, 0.12)  # the share of rows of each copy that are the copier's own
AFTER = timedelta(hours=20)  # the original, when the copy is sent
SEED = 11


def with_copies(planned: Sequence[PlannedFile], *, spared: Sequence[str] = ()) -> list[PlannedFile]:
    """The files in order of time, the last ones of two students replaced by copies of two others' files.

    The copies come from students who were weaker, so that they stand with what they copied. spared: user
    names of students who neither copy nor are copied from. Without enough students nothing is changed.
    """
    last = {file.user.username: file for file in planned if file.user.username not in spared}
    by_level = sorted(last.values(), key=lambda file: (file.level, file.user.username))
    third = len(by_level) // 3
    if third < len(COPIES):
        return list(planned)
    source = random.Random(SEED)  # noqa: S311 - a simulation, not a secret
    copiers = source.sample(by_level[:third], len(COPIES))
    originals = source.sample(by_level[third : 2 * third], len(COPIES))
    copies = {
        id(copier): copy_of(original, copier=copier, own_share=share)
        for copier, original, share in zip(copiers, originals, COPIES, strict=True)
    }
    return sorted((copies.get(id(file), file) for file in planned), key=lambda file: file.at)


def copy_of(original: PlannedFile, *, copier: PlannedFile, own_share: float) -> PlannedFile:
    """The original as another student sends it later, with some rows of their own."""
    return replace(
        original,
        user=copier.user,
        at=original.at + AFTER,
        name=copier.name,
        flaw=None,
        own_share=own_share,
        own_seed=copier.seed,
    )
