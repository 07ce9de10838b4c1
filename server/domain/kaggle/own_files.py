"""What Kaggle's client asks of teams besides what we tell of them ourselves."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import NotFound
from server.domain.teams import trials
from server.models import Competition, Submission, SubmissionState, Team, User


def team_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """What each of these teams is called, by its number."""
    return dict(session.execute(select(Team.id, Team.name).where(Team.id.in_(ids))).all())


def scored_count(session: Session, team_id: int | None) -> int:
    """How many files of the team were scored; a user without a team has sent none."""
    count = session.scalar(
        select(func.count())
        .select_from(Submission)
        .where(Submission.team_id == team_id, Submission.state == SubmissionState.SCORED)
    )
    return count or 0


def access_to_team(session: Session, *, team_id: int, user: User, now: datetime) -> Access:
    """The competition of a team of the user's own; raises NotFound for every other team."""
    team = session.get(Team, team_id)
    own = (
        []
        if team is None
        else trials.own_team_ids(session, competition_id=team.competition_id, user_id=user.id)
    )
    if team is None or team.id not in own:
        raise NotFound(Message("There is no team {team_id} of yours.", team_id=team_id))
    slug = session.get_one(Competition, team.competition_id).slug
    return competitions.access(session, slug=slug, user=user, now=now)
