"""What makes boards look different though no score has changed: the names of people in their course."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.boards import standings
from server.models import Competition


def names_changed(session: Session, *, course_id: int) -> None:
    """Give every board of a course another revision: a veil hides team names that are somebody's own."""
    for competition_id in session.scalars(select(Competition.id).where(Competition.course_id == course_id)):
        standings.new_revision(session, competition_id, team_ids=())
