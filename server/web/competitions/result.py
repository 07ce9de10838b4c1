"""What came of a homework for the student who looks: what counts on the public board, and how it ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.grades.private_results import final_places
from server.serializers.people import results as results_json
from server.serializers.values import Json


def final_place(session: Session, access: Access, now: datetime) -> Json | None:
    """Where the viewer's team ended; None for staff, before the reveal, and where nothing counted.

    Needs a session that may see private scores once the competition is revealed.
    """
    revealed = competitions.revealed_to_students([access], now)
    if not revealed:
        return None
    place = final_places(session, competitions=revealed, user_id=access.user_id).get(access.competition.id)
    decimals = leaderboard.shown(session, access.competition)
    return None if place is None else results_json.final_place(place, decimals)
