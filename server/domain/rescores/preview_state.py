"""What a rescore's preview depends on, in a few numbers: while they stand, the preview would be the same."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from server.domain.audit.trail import TRAIL_STATE
from server.models import (
    BoardRevision,
    PublicScore,
    Rescore,
    RescoreState,
    Submission,
    Team,
    TeamMember,
    Unscored,
)


@dataclass(frozen=True)
class PreviewState:
    """The rescore's own state, the boards' revisions, and how much there is of all else that a preview reads.

    Staff acts on rules, deadlines, points and people are entries of the audit trail.
    """

    state: RescoreState
    switched_at: datetime | None
    public_revision: int
    private_revision: int
    submissions: tuple[int, int | None]  # how many, and the newest: ids are not seen in their order
    verdicts: int
    refusals: int
    members: int
    acts: tuple[int, int | None]


def preview_state(session: Session, rescore: Rescore) -> PreviewState:
    """The state of everything that the preview of this rescore is made from."""
    competition_id, versions = rescore.competition_id, (rescore.from_key_id, rescore.to_key_id)
    files = select(func.count(Submission.id), func.max(Submission.id))
    files = files.where(Submission.competition_id == competition_id)
    members = select(func.count()).select_from(TeamMember).join(Team, Team.id == TeamMember.team_id)
    revision = session.get_one(BoardRevision, competition_id)

    return PreviewState(
        state=rescore.state,
        switched_at=rescore.switched_at,
        public_revision=revision.public,
        private_revision=revision.private,
        submissions=_pair(session.execute(files).one()),
        verdicts=session.scalar(select(func.count()).where(PublicScore.answer_key_id.in_(versions))) or 0,
        refusals=session.scalar(select(func.count()).where(Unscored.answer_key_id.in_(versions))) or 0,
        members=session.scalar(members.where(Team.competition_id == competition_id)) or 0,
        acts=_pair(session.execute(select(*TRAIL_STATE)).one()),
    )


def _pair(row: Row[int, int | None]) -> tuple[int, int | None]:
    return row[0], row[1]
