"""Uploading: the form, which a script makes quicker, and the result page for browsers without script."""

import secrets
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Message
from grader.metrics.fields import LabelField, NumberField
from grader.spec import GradingSpec
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import Invalid, TooLarge
from server.domain.grading import grading_key
from server.domain.submissions import notes
from server.domain.submissions.expected import ExpectedFile
from server.domain.submissions.upload import Cover
from server.domain.teams import trials
from server.http.deps import Db, Now
from server.models import Standing, Via
from server.serializers import values as values_json
from server.serializers.values import Json
from server.services.uploads.take import take
from server.services.uploads.turns import turn_to_send
from server.settings import Settings
from server.web.rendering import pages
from server.web.rendering.forms import FORM_ROOM, chosen_file, field, form_with_files, pieces
from server.web.rendering.pages import AccessHere, ViewerHere

LABELS_MOST = 2_000  # beyond which a page would be heavy; the server checks them all
UNLIMITED = 2**40  # `require_size` refuses by the competition's own cap, with a message that names it
router = APIRouter()


@router.get("/competitions/{slug}/submit")
async def form(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The upload form, with what is left today."""
    values = await db.aread(lambda session: _form_values(session, access, now))
    return pages.render(request, "submissions/submit.html", viewer, nonce=secrets.token_urlsafe(18), **values)


def _form_values(session: Session, access: Access, now: datetime) -> Json:
    row = access.competition
    spec = grading_key.spec_of(row)
    team_id = trials.team_id_as(session, competition_id=row.id, user_id=access.user_id, role=access.role)
    today = competitions.today(session, competition=row, terms=access.terms, team_id=team_id, now=now)
    return {
        "today": values_json.today(today, now),
        "columns": list(spec.columns),
        "kind": kind_of(spec),
        "labels": labels_of(spec),
        "upload_limit": row.upload_limit_bytes,
        "note_most": notes.NOTE_MOST,
        "decimals": leaderboard.shown(session, row),
        "tiers": competitions.tier_names(session, row.id),
        "trained": list(leaderboard.thresholds(session, competition_id=row.id, split=Standing)),
    }


def kind_of(spec: GradingSpec) -> str:
    """What the page's own check may ask of a field: "numbers", "labels" (not empty), "" for anything."""
    match spec.definition.predictions:
        case NumberField():
            return "numbers"
        case LabelField():
            return "labels"
        case _:
            return ""


def labels_of(spec: GradingSpec) -> list[str]:
    """The labels that the page's own check asks a field to be one of; none where they are too many."""
    is_short = isinstance(spec.definition.predictions, LabelField) and len(spec.labels) <= LABELS_MOST
    return list(spec.labels) if is_short else []


@router.post("/competitions/{slug}/submit", max_body_size=UNLIMITED)
async def submit(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Take the form's file through the same door as the API, and answer with its result."""
    context = request.app.state.context
    require_size(request, access, context.settings)
    expected = ExpectedFile.of(request.headers["content-length"], around=FORM_ROOM)
    async with (
        turn_to_send(context, access, expected),
        form_with_files(request, viewer, max_files=1, max_fields=5) as form,
    ):
        file = chosen_file(form, "file")
        if file is None or file.filename is None:
            raise Invalid(
                Message("No file was chosen. Choose the CSV file with your predictions, then submit.")
            )
        note = notes.checked(field(form, "note"))
        cover = Cover(file.filename, field(form, "nonce") or None, note, Via.PAGE)
        result = await take(context, access=access, user=viewer.user, stream=pieces(file), cover=cover)
    values = await db.aread(lambda session: _form_values(session, access, now))
    return pages.render(
        request, "submissions/result.html", viewer, status=result.status, receipt=result.receipt, **values
    )


def require_size(request: Request, access: Access, settings: Settings) -> None:
    """Raise TooLarge before a byte of an oversized form is read; browsers always tell a form's length."""
    limit = min(access.competition.upload_limit_bytes, settings.upload_limit_bytes)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Invalid(Message("The request does not tell its length. Use the form of this page, or the API."))
    if int(length) > limit + FORM_ROOM:
        raise TooLarge(limit)
