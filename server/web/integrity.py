"""Look-alikes: the report of a comparison, two teams side by side, excluding and restoring a submission."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.integrity import exclusions as integrity
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.integrity.standing_out import stands_out
from server.domain.submissions import submit as submissions
from server.http.deps import Config, Db, Now
from server.models import Right
from server.serializers import integrity as integrity_json
from server.serializers.values import Json
from server.services.look_alikes import start_comparison
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere, WholeHere

router = APIRouter()


@router.get("/competitions/{slug}/integrity")
async def look_alikes(
    request: Request, access: WholeHere, viewer: ViewerHere, db: Db, config: Config, started: bool = False
) -> Response:
    """The most unusual pairs, probing, shared files; and a button to compare anew. started: a moment ago."""
    files, number = IntegrityFiles(config.files_dir), access.competition.id
    stored_report, since = files.report(number), files.running_since(number)
    values = await db.aread(
        lambda session: integrity_json.report(session, stored_report, running_since=since)
    )
    pairs, compared = (
        (values["report"]["pairs"], values["report"]["pairs_compared"]) if values["report"] else ([], 0)
    )
    standing_out = [pair for pair in pairs if stands_out(pair, compared=compared)]
    return pages.render(
        request,
        "integrity/show.html",
        viewer,
        **values,
        is_starting=started and since is None,
        standing_out=standing_out,
        usual=[pair for pair in pairs if pair not in standing_out],
    )


@router.post("/competitions/{slug}/integrity")
async def compare(access: WholeHere, viewer: Acting, config: Config) -> Response:
    """Start a comparison, unless one is running."""
    competition = access.competition
    if IntegrityFiles(config.files_dir).running_since(competition.id) is None:
        start_comparison(config, competition.slug)
    return RedirectResponse(f"/competitions/{competition.slug}/integrity?started=1", 303)


@router.get("/competitions/{slug}/integrity/{team_id}/{other_id}")
async def pair(
    request: Request,
    team_id: int,
    other_id: int,
    access: WholeHere,
    viewer: ViewerHere,
    db: Db,
    config: Config,
    now: Now,
) -> Response:
    """Two teams side by side."""
    stored_report = IntegrityFiles(config.files_dir).report(access.competition.id)

    def view(session: Session) -> Json:
        facts = integrity_json.pair(
            session, stored_report, one=team_id, other=other_id, access=access, now=now
        )
        return {**facts, "decimals": leaderboard.shown(session, access.competition)}

    values = await db.aread(view, private=True)
    return pages.render(request, "integrity/pair.html", viewer, **values, report=stored_report)


@router.post("/submissions/{submission_id}/excluded")
async def exclude(
    submission_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    excluded: Annotated[bool, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Exclude a submission, or restore it."""
    act = integrity.exclude if excluded else integrity.restore

    def change(session: Session) -> None:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        competitions.require_rights(access, [Right.EXCLUDE], now)
        act(session, submission=row, competition=access.competition, reason=reason, by=viewer.actor, now=now)

    await db.awrite(change, private=True)
    return RedirectResponse(f"/submissions/{submission_id}", 303)
