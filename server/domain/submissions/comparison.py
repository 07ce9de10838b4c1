"""Two submissions of one competition side by side: who may compare them, and what the tables know of both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.boards import leaderboard
from server.domain.boards.standings import StandingTable
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.submissions import submit as submissions
from server.models import Competition, PrivateStanding, PublicScore, Right, Standing, Submission, User

Split = Literal["public", "private"]


@dataclass(frozen=True)
class SplitScores:
    """The two scores on one split, unrounded, and the tiers that each reaches, the easiest first."""

    scores: tuple[float, float]
    tiers: tuple[list[str], list[str]]


@dataclass(frozen=True)
class SubmissionPair:
    """Two scored submissions as one user meets them. private: None for those who may not see it now."""

    access: Access
    first: Submission
    second: Submission
    decimals: int
    public: SplitScores
    private: SplitScores | None

    @property
    def tells_rows(self) -> bool:
        """Whether public rows may be compared one by one: not under the Ladder, which that would undo."""
        return self.access.competition.ladder_step is None

    def tells_labels(self, split: Split) -> bool:
        """Whether the viewer is told on which labels the two disagree.

        Staff always; students where the competition allows it, and of public rows alone.
        """
        if split == "public" and not self.tells_rows:
            return False
        is_allowed = split == "public" and self.access.competition.shows_disagreement
        return self.access.holds(Right.SEE_PRIVATE) or is_allowed


def visible_pair(
    session: Session, *, first_id: int, second_id: int, user: User, now: datetime
) -> tuple[Submission, Submission, Access]:
    """Both submissions and the access to them, for their team or the staff.

    Raises NotFound for others, and Invalid for one submission twice or two of different competitions.
    """
    first, access = submissions.visible(session, submission_id=first_id, user=user, now=now)
    second, _ = submissions.visible(session, submission_id=second_id, user=user, now=now)
    if first.id == second.id:
        raise Invalid(Message("These are one and the same submission; choose two."))
    if first.competition_id != second.competition_id:
        facts = {"first": first.id, "second": second.id}
        raise Invalid(Message("Submissions {first} and {second} are of two competitions.", **facts))
    return first, second, access


def pair_of(
    session: Session, first: Submission, second: Submission, *, access: Access, now: datetime
) -> SubmissionPair:
    """The two with their scores under the answer key of now, the private ones where they may be seen.

    Raises Invalid for a submission that has no score now.
    """
    competition, ids = access.competition, (first.id, second.id)
    public = submissions.public_scores(session, competition=competition, ids=list(ids))
    for each in ids:
        if each not in public:
            raise Invalid(
                Message("Submission {number} has no score, so there is nothing to compare.", number=each)
            )
    private = None
    if access.sees_private(now):
        hidden = submissions.private_scores(session, competition=competition, ids=list(ids))
        if len(hidden) == len(ids):  # grading the private rows may have failed by our fault
            private = _on_split(session, access, PrivateStanding, (hidden[first.id], hidden[second.id]))
    return SubmissionPair(
        access,
        first,
        second,
        leaderboard.shown(session, competition),
        _on_split(session, access, Standing, (public[first.id], public[second.id])),
        private,
    )


def scored_before(session: Session, submission: Submission, *, competition: Competition) -> int | None:
    """The id of the team's last scored file before this one; None where this has no score or is the first."""
    scored = (
        select(Submission.id)
        .join(PublicScore, PublicScore.submission_id == Submission.id)
        .where(
            Submission.team_id == submission.team_id,
            Submission.received_at <= submission.received_at,
            PublicScore.answer_key_id == competition.answer_key_id,
        )
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    )
    latest = session.scalars(scored.where(Submission.id <= submission.id).limit(2)).all()
    return latest[1] if len(latest) == 2 and latest[0] == submission.id else None


def _on_split(
    session: Session, access: Access, split: StandingTable, scores: tuple[float, float]
) -> SplitScores:
    row = access.competition
    limits = leaderboard.thresholds(session, competition_id=row.id, split=split)
    one, other = (
        leaderboard.reached(limits, score, higher_is_better=row.higher_is_better) for score in scores
    )
    return SplitScores(scores, (one, other))
