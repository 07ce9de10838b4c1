"""The notices that a person got, and which kinds they chose to get by mail, for the person to take along."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.notices import notices
from server.domain.notices.sentences import sentence
from server.domain.notices.team_names import teams_of
from server.models import NoticeChoice, User

Json = dict[str, object]
ALL = 1_000_000


def notices_of(session: Session, user: User) -> list[Json]:
    """The person's notices that are not tidied away yet, the newest first."""
    rows = notices.listed(session, user=user, most=ALL)
    teams = teams_of(session, rows)
    return [
        {
            "kind": each.row.kind.value,
            "competition": None if each.competition is None else each.competition.slug,
            "text": sentence(each, teams=teams),
            "made_at": iso(each.row.made_at),
            "read_at": None if each.row.read_at is None else iso(each.row.read_at),
        }
        for each in rows
    ]


def choices_of(session: Session, user: User) -> list[Json]:
    """The kinds about which the person has chosen, and how."""
    rows = session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user.id))
    return [{"kind": row.kind.value, "by_mail": row.by_mail} for row in rows]
