"""What a person has asked about submissions, and what staff replied, for the person to take along."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import iso
from server.models import Question, Reply, User

Json = dict[str, object]


def questions(session: Session, user: User) -> list[Json]:
    """The questions of the person with their replies, the oldest first."""
    rows = session.scalars(select(Question).where(Question.asked_by == user.id).order_by(Question.id))
    return [
        {
            "submission_id": row.submission_id,
            "body_md": row.body_md,
            "asked_at": iso(row.asked_at),
            "replies": [
                {"body_md": each.body_md, "written_at": iso(each.written_at)}
                for each in session.scalars(
                    select(Reply).where(Reply.question_id == row.id).order_by(Reply.id)
                )
            ],
        }
        for row in rows
    ]


def replies(session: Session, user: User) -> list[Json]:
    """What the person has written below the questions of others, the oldest first."""
    rows = session.scalars(select(Reply).where(Reply.author_id == user.id).order_by(Reply.id))
    return [{"body_md": row.body_md, "written_at": iso(row.written_at)} for row in rows]
