"""Final selections: the submissions that a team wants the private board to count."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.competitions.terms import Terms
from server.domain.errors import Closed, Conflict, NotAllowed
from server.domain.teams import membership as teams
from server.local_time import local_text
from server.models import Competition, Submission, SubmissionState, Team, TeamKind


def require_own(session: Session, *, submission: Submission, access: Access) -> None:
    """Raise NotAllowed unless whoever acts is a student of the submission's team.

    Staff see private scores and choose nobody's finals, not of a team that they were in as a student either.
    A trial is nobody's final selection.
    """
    if access.role.is_staff:
        raise NotAllowed(Message("Staff see private scores, so they choose no final selections."))
    team = teams.team_of(session, competition_id=submission.competition_id, user_id=access.user_id)
    if team is not None and team.id == submission.team_id:
        return
    if session.get_one(Team, submission.team_id).kind is TeamKind.TRIAL:
        raise NotAllowed(
            Message("This was sent as a trial by staff. It counts nowhere and is no final selection.")
        )
    raise NotAllowed(Message("Only the team itself chooses its final selections."))


def select_final(
    session: Session,
    *,
    submission: Submission,
    competition: Competition,
    terms: Terms,
    selected: bool,
    now: datetime,
) -> None:
    """Put a scored submission among the team's final selections, or take it off, until its deadline.

    Raises Archived; Closed after the deadline; Conflict for a file without a score, one that staff have
    excluded, a late one, or one too many.
    Needs a session that may see private scores, since the private standing follows; it answers with none.
    """
    archiving.require_live(competition)
    if terms.is_late(now):
        raise _ended(terms.deadline_at, competition.reset_zone)
    if selected and (submission.state is not SubmissionState.SCORED or submission.is_late):
        raise Conflict(Message("Only a submission with a score, received in time, can be a final selection."))
    if selected and submission.excluded_at is not None:
        raise Conflict(Message("The staff have excluded this submission, so it cannot be a final selection."))
    teams.lock_team_of(session, submission)
    others = session.scalar(
        select(func.count())
        .select_from(Submission)
        .where(
            Submission.team_id == submission.team_id,
            Submission.is_final.is_(True),
            Submission.excluded_at.is_(None),
            Submission.id != submission.id,
        )
    )
    if selected and (others or 0) >= competition.final_selections:
        raise Conflict(
            Message(
                "You have selected {others} of {final_selections} already. Take one off before you add "
                "another.",
                others=others,
                final_selections=competition.final_selections,
            ),
            details={"limit": competition.final_selections},
        )
    submission.is_final = selected
    session.flush()
    standings.refresh(session, competition_id=competition.id, team_id=submission.team_id)


def _ended(deadline_at: datetime, zone: str) -> Closed:
    time = local_text(deadline_at, zone)
    return Closed(Message("The choice of final selections ended on {time}.", time=time), deadline_at)
