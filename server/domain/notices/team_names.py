"""The names of the teams that invitations are from, as they are now."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.notices.notices import PlacedNotice
from server.models import NoticeKind, Team


def teams_of(session: Session, notices: Sequence[PlacedNotice]) -> dict[int, str]:
    """The names of the teams from which some of these notices bring invitations, by the teams' ids."""
    ids = {each.row.facts["team"] for each in notices if each.row.kind is NoticeKind.INVITATION}
    if not ids:
        return {}
    return dict(session.execute(select(Team.id, Team.name).where(Team.id.in_(ids))).all())
