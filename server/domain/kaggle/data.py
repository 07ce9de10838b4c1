"""What Kaggle's client asks of a competition's data: since when each file stands as it does."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.models import Competition, CompetitionFileVersion


def standing_since(session: Session, competition: Competition) -> dict[str, datetime]:
    """The last change of each file that was changed since the competition was made."""
    rows = session.execute(
        select(CompetitionFileVersion.name, func.max(CompetitionFileVersion.since))
        .where(CompetitionFileVersion.competition_id == competition.id)
        .group_by(CompetitionFileVersion.name)
    )
    return {name: since for name, since in rows if since is not None}
