"""What a student has on one split: of all that may count there, whatever earns most."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from grader.scores.points import TierPoints, points_for, tiers_passed
from grader.scores.ranks import sort_key

Split = Literal["public", "private"]
POINT_DIGITS = 9  # a tenth and two tenths are three tenths, not 0.30000000000000004


class Candidate(NamedTuple):
    """A scored submission that may count on a split, and the share of the points that it would earn.

    days_late: begun days, 0 for a file in time.
    """

    score: float
    submission_id: int
    share: float = 1.0
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class SplitGrade:
    """What a student has on one split: what counts, None without any; tiers passed; points.

    days_late: begun days, 0 for a file in time.
    """

    score: float | None
    submission_id: int | None
    tiers: tuple[str, ...]
    points: float
    days_late: int = 0


NO_GRADE = SplitGrade(None, None, (), 0.0)


class Ladder:
    """The tiers of one split, ordered once by what scores are compared by, so that each is placed at once."""

    def __init__(self, split: Split, tiers: Sequence[TierPoints], *, higher_is_better: bool) -> None:
        self._higher = higher_is_better
        thresholds = [
            each.threshold_public if split == "public" else each.threshold_private for each in tiers
        ]
        scores = {self._key(each): each for each in thresholds if each is not None and isfinite(each)}
        self._limits = sorted(scores)
        self._steps: list[tuple[tuple[str, ...], float]] = [((), 0.0)]
        for limit in self._limits:
            score = scores[limit]
            passed = tiers_passed(score, tiers, split=split, higher_is_better=higher_is_better)
            public, private = (score, None) if split == "public" else (None, score)
            points = points_for(public, private, tiers, higher_is_better=higher_is_better)
            self._steps.append((passed, points.total))
        self._top = max(points for _, points in self._steps)
        self._known: dict[float, tuple[tuple[str, ...], float]] = {}  # many scores are equal ones

    def _key(self, score: float) -> float:
        return sort_key(score, higher_is_better=self._higher)

    def _step(self, score: float) -> tuple[tuple[str, ...], float]:
        """The tiers that the score reaches, and their points; none for what is no number."""
        step = self._known.get(score)
        if step is None:
            place = bisect_right(self._limits, self._key(score)) if isfinite(score) else 0
            step = self._known[score] = self._steps[place]
        return step

    def best(self, candidates: Iterable[Candidate]) -> SplitGrade:
        """What earns most of the candidates, the first of equals."""
        best, most = None, -1.0
        for each in candidates:
            if each.share * self._top <= most:
                continue  # with all tiers passed it would be no more than what an earlier one earns
            worth = round(each.share * self._step(each.score)[1], POINT_DIGITS)
            if best is None or worth > most:
                best, most = each, worth
        if best is None:
            return NO_GRADE
        passed, points = self._step(best.score)
        return SplitGrade(best.score, best.submission_id, passed, best.share * points, best.days_late)


def split_grade(
    split: Split,
    candidates: Iterable[Candidate],
    tiers: Sequence[TierPoints],
    *,
    higher_is_better: bool,
) -> SplitGrade:
    """What earns most of the candidates, the first of equals."""
    return Ladder(split, tiers, higher_is_better=higher_is_better).best(candidates)
