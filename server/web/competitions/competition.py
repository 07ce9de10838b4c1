"""A competition's overview, and the staff's view of its state."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Catalogue
from grader.parted_text import parted
from languages.catalogue import NAMES
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions import descriptions, placeholders, starters
from server.domain.competitions.access import Access
from server.domain.files import file_uses
from server.domain.notices import announcements
from server.domain.rescores import switch as rescore_switch
from server.domain.submissions import activity
from server.domain.teams import membership as teams
from server.http.deps import Db, Identity, Now
from server.models import AnswerKeyVersion, Competition, Standing
from server.serializers import competitions as shapes
from server.serializers import notices as notices_json
from server.serializers.values import Json
from server.web.competitions import overview
from server.web.competitions.result import final_place
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, StaffHere, ViewerHere

ANNOUNCEMENTS_SHOWN = 2  # the others stand on their own page
router = APIRouter()


@router.get("/competitions/{slug}")
async def show(
    request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now, lang: str | None = None
) -> Response:
    """The task, the deadline, what is left today, and what was announced.

    lang: the description's language; without it the page's, else what the browser asks for.
    """
    values = await db.aread(
        lambda session: overview_values(session, access, now), private=access.sees_private(now)
    )
    values["description"] = described(request, viewer, access.competition, language=lang)
    return pages.render(request, "competitions/competition.html", viewer, **values)


def described(
    request: Request, viewer: Identity, row: Competition, *, language: str | None, home: str = ""
) -> Json:
    """The description in the language that was asked for, and the others; home: as `prose` has it."""
    parts = parted(row.description_md)
    accepted = f"{pages.catalogue_of(request, viewer).language},{request.headers.get('accept-language', '')}"
    chosen = descriptions.chosen(parts, language=language, accepted=accepted)
    return {
        "text": parts.get(chosen, ""),
        "rules": placeholders.values_in(chosen, row),
        "language": chosen,
        "others": {code: NAMES.get(code, code) for code in parts if code != chosen},
        "home": home,
    }


def overview_values(session: Session, access: Access, now: datetime) -> Json:
    """What the overview shows to whoever has this access, beside the description."""
    row = access.competition
    return {
        **split_sizes(session, access),
        **own_progress(session, access),
        "final": final_place(session, access, now),
        "competition": shapes.competition(session, access, now=now),
        "last_change": shapes.change_list(session, row)[:1],
        "announcements": [
            notices_json.announcement(each)
            for each in announcements.latest(session, competition_id=row.id, most=ANNOUNCEMENTS_SHOWN)
        ],
        "starters": starters.among([each.name for each in competitions.files_of(session, row.id)]),
        "rescored": rescore_switch.notes(session, row.id),
    }


def own_progress(session: Session, access: Access) -> Json:
    """The best public score of the viewer's team, its rank and the tiers it has passed, if it has one."""
    row = access.competition
    team = teams.team_of(session, competition_id=row.id, user_id=access.user_id)
    standing = None if team is None else session.get(Standing, team.id)
    if team is None or standing is None:
        return {"passed": [], "rank": None, "best": None}
    rank, _ = leaderboard.public_rank(session, competition_id=row.id, team_id=team.id)
    passed = leaderboard.tiers_passed(session, competition=row, public_score=standing.score)
    return {"passed": passed, "rank": rank, "best": standing.score}


def split_sizes(session: Session, access: Access) -> Json:
    """How many rows the public split has, of how many, and the decimals that allows."""
    key = session.get_one(AnswerKeyVersion, access.competition.answer_key_id)
    return {
        "public_rows": key.public_rows,
        "rows": key.public_rows + key.private_rows,
        "decimals": leaderboard.shown(session, access.competition),
    }


@router.get("/competitions/{slug}/staff")
async def staff(request: Request, access: StaffHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Where the competition stands: times, teams, submissions by the hour, tiers with both thresholds."""
    catalogue = pages.catalogue_of(request, viewer)
    values = await db.aread(
        lambda session: _staff_values(session, access, now, catalogue),
        private=access.sees_private(now),
    )
    return pages.render(request, "competitions/staff.html", viewer, **values)


def _staff_values(session: Session, access: Access, now: datetime, catalogue: Catalogue) -> Json:
    return split_sizes(session, access) | {
        "competition": shapes.competition(session, access, now=now),
        "counts": overview.counts(session, competition=access.competition, now=now),
        "without_file": file_uses.without_file(session, competition_id=access.competition.id),
        "without_private": activity.without_private_score(session, competition=access.competition)
        if access.sees_private(now)
        else [],
        "hours": overview.hours(session, competition=access.competition, now=now, catalogue=catalogue),
    }
