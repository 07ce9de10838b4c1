"""What a student has on one split: of all that may count there, whatever earns most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.scores.points import TierPoints, points_for, tiers_passed

POINT_DIGITS = 9  # a tenth and two tenths are three tenths, not 0.30000000000000004


@dataclass(frozen=True)
class Candidate:
    """A scored submission that may count on a split, and the share of the points that it would earn.

    days_late: begun days, 0 for a file in time.
    """

    score: float
    submission_id: int
    share: float = 1.0
    days_late: int = 0


@dataclass(frozen=True)
class SplitGrade:
    """What a student has on one split: what counts, None without any; tiers passed; points.

    days_late: begun days, 0 for a file in time.
    """

    score: float | None
    submission_id: int | None
    tiers: tuple[str, ...]
    points: float
    days_late: int = 0


def split_grade(
    split: Literal["public", "private"],
    candidates: Iterable[Candidate],
    tiers: Sequence[TierPoints],
    *,
    higher_is_better: bool,
) -> SplitGrade:
    """What earns most of the candidates, the first of equals."""

    def earned(each: Candidate) -> SplitGrade:
        passed = tiers_passed(each.score, tiers, split=split, higher_is_better=higher_is_better)
        public, private = (each.score, None) if split == "public" else (None, each.score)
        points = each.share * points_for(public, private, tiers, higher_is_better=higher_is_better).total
        return SplitGrade(each.score, each.submission_id, passed, points, each.days_late)

    grades = [earned(each) for each in candidates] or [SplitGrade(None, None, (), 0.0)]
    return max(grades, key=lambda each: round(each.points, POINT_DIGITS))
