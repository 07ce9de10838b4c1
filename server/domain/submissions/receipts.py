"""What a receipt says of a submission besides its row, in one query: it is on the way of every upload."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.database.database import execute
from server.models import AnswerKeyVersion, Competition, PublicScore, Submission, Team, TeamKind, User

_FACTS = (
    select(
        PublicScore.score,
        User.username,
        AnswerKeyVersion.public_rows,
        AnswerKeyVersion.version,
        Team.name,
        Team.kind,
    )
    .select_from(Submission)
    .join(Competition, Competition.id == Submission.competition_id)
    .join(AnswerKeyVersion, AnswerKeyVersion.id == Competition.answer_key_id)
    .join(User, User.id == Submission.submitted_by)
    .join(Team, Team.id == Submission.team_id)
    .outerjoin(
        PublicScore,
        (PublicScore.submission_id == Submission.id) & (PublicScore.answer_key_id == AnswerKeyVersion.id),
    )
    .where(Submission.id == bindparam("submission_id"))
)


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt says of a submission besides its row.

    Its unrounded public score under the current answer key, None without one; who sent it; how many rows that
    key's public split has, and its version; the team's name now, and its kind.
    """

    public_score: float | None
    submitted_by: str
    public_rows: int
    key_version: int
    team: str
    team_kind: TeamKind


def facts_of(session: Session, *, submission_id: int) -> ReceiptFacts:
    """What the submission's receipt says besides its row."""
    return ReceiptFacts(*execute(session, _FACTS, {"submission_id": submission_id}).one())
