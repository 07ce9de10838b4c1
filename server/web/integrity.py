"""Look-alikes: the report of a comparison, two teams side by side, excluding and restoring a submission."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.integrity import exclusions as integrity
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.submissions import submit as submissions
from server.http.deps import Config, Db, Now
from server.serializers import integrity as shapes_integrity
from server.serializers.values import Json
from server.services.look_alikes import start_comparison
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import OnPage, StaffHere

UNUSUAL = 0.5  # pairs expected by chance, up to which a pair stands out
router = APIRouter()


@router.get("/competitions/{slug}/integrity")
async def look_alikes(
    request: Request, found: StaffHere, who: OnPage, db: Db, config: Config, started: bool = False
) -> Response:
    """The most unusual pairs, probing, shared files; and a button to compare anew. started: a moment ago."""
    files, number = IntegrityFiles(config.files_dir), found.competition.id
    kept, since = files.report(number), files.running_since(number)
    told = await db.aread(lambda session: shapes_integrity.report(session, kept, running_since=since))
    pairs = told["report"]["pairs"] if told["report"] else []
    standing_out = [pair for pair in pairs if pair["expected"] <= UNUSUAL]
    return pages.render(
        request,
        "integrity/show.html",
        who,
        **told,
        is_starting=started and since is None,
        standing_out=standing_out,
        usual=pairs[len(standing_out) :],
    )


@router.post("/competitions/{slug}/integrity")
async def compare(found: StaffHere, who: Acting, config: Config) -> Response:
    """Start a comparison, unless one is running."""
    competition = found.competition
    if IntegrityFiles(config.files_dir).running_since(competition.id) is None:
        start_comparison(config, competition.slug)
    return RedirectResponse(f"/competitions/{competition.slug}/integrity?started=1", 303)


@router.get("/competitions/{slug}/integrity/{team_id}/{other_id}")
async def pair(
    request: Request,
    team_id: int,
    other_id: int,
    found: StaffHere,
    who: OnPage,
    db: Db,
    config: Config,
    now: Now,
) -> Response:
    """Two teams side by side."""
    kept = IntegrityFiles(config.files_dir).report(found.competition.id)

    def view(session: Session) -> Json:
        told = shapes_integrity.pair(session, kept, one=team_id, other=other_id, found=found, now=now)
        return told | {"decimals": leaderboard.shown(session, found.competition)}

    values = await db.aread(view, private=True)
    return pages.render(request, "integrity/pair.html", who, **values, report=kept)


@router.post("/submissions/{submission_id}/excluded")
async def exclude(
    submission_id: int,
    who: Acting,
    db: Db,
    now: Now,
    excluded: Annotated[bool, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Exclude a submission, or restore it."""
    act = integrity.exclude if excluded else integrity.restore

    def change(session: Session) -> None:
        row, found = submissions.visible(session, submission_id=submission_id, user=who.user, now=now)
        competitions.require_staff(found)
        act(session, submission=row, competition=found.competition, reason=reason, by=who.actor, now=now)

    await db.awrite(change, private=True)
    return RedirectResponse(f"/submissions/{submission_id}", 303)
