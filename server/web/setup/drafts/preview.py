"""A draft as a student will see it: its launch rehearsed, the overview drawn for a student, nothing kept."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.domain.competitions.terms import general_terms
from server.domain.setup import importing
from server.domain.setup.drafts import checks
from server.domain.setup.drafts.draft import DraftWithParts
from server.domain.setup.importing import BuiltHomework
from server.http.deps import Now
from server.models import Course, Role
from server.serializers.values import Json
from server.web.competitions.competition import described, overview_values
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere
from server.web.setup.drafts.page import HERE, DraftPage

NOBODY = 0  # the number of no user: whoever looks is in no team
router = APIRouter()


class _Rehearsal(Exception):
    """The end of a rehearsal, by which all that it has written is taken back."""

    def __init__(self, values: Json, access: Access) -> None:
        super().__init__()
        self.values, self.access = values, access


@router.get(f"{HERE}/preview")
async def show(
    request: Request, page: DraftPage, viewer: ViewerHere, now: Now, lang: str | None = None
) -> Response:
    """The overview that students will see; refused with what lacks, where the draft cannot be launched."""
    course, row = await page.load()
    store = page.context.store
    homework = await page.context.in_thread(
        lambda: checks.homework_of(store, row.parts, name=row.draft.homework)
    )
    rehearsal = await page.context.in_thread(lambda: _rehearse(page, course, row, homework, now))
    competition, values = rehearsal.access.competition, rehearsal.values
    values["description"] = described(request, viewer, competition, language=lang, home=page.address)
    return pages.render(
        request,
        "setup/drafts/preview.html",
        viewer,
        course={"slug": course.slug, "title": course.title},
        draft_id=row.draft.id,
        head=pages.head(rehearsal.access, competition.opens_at),
        zone=competition.reset_zone,
        **values,
    )


def _rehearse(
    page: DraftPage, course: Course, row: DraftWithParts, homework: BuiltHomework, now: datetime
) -> _Rehearsal:
    """The overview at the opening, for a student in no team."""

    def work(session: Session) -> None:
        competition = importing.import_homework(
            session, course=course, homework=homework, slug=row.draft.slug, by=page.viewer.actor, now=now
        )
        access = Access(competition, course, Role.STUDENT, NOBODY, general_terms(competition), frozenset())
        values = overview_values(session, access, competition.opens_at)
        session.refresh(competition)
        session.expunge(competition)
        raise _Rehearsal(values, access)

    try:
        page.context.db.write(work, private=True)
    except _Rehearsal as rehearsal:
        return rehearsal
    raise AssertionError("a rehearsal ends with what it has shown")
