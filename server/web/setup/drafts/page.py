"""A draft in the path of a page: who may see it, how a step of it is saved, and what its forms send."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people import courses
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import DraftWithParts
from server.domain.setup.drafts.parts import Parts
from server.http.deps import Identity
from server.models import Course, DraftSource
from server.services.grading.context import GradingContext
from server.web.rendering.forms import file_bytes
from server.web.rendering.pages import ViewerHere

FILE_MOST = 300_000_000  # bytes of a data file or a key
Step = Callable[[Parts], Parts]


class DraftOfCourse:
    """A draft of a course, for whoever may set the course up, and how a step of it is saved."""

    def __init__(self, request: Request, viewer: Identity, course: str, draft_id: int) -> None:
        self.context: GradingContext = request.app.state.context
        self.viewer, self.slug, self.draft_id = viewer, course, draft_id
        self.address = f"/courses/{course}/drafts/{draft_id}"

    def row(self, session: Session) -> tuple[Course, DraftWithParts]:
        """The course and the draft; raises NotFound, or NotAllowed for whoever is no instructor."""
        course = courses.as_instructor(session, slug=self.slug, user=self.viewer.user)
        return course, drafts.get(session, course=course, draft_id=self.draft_id)

    async def authorise(self) -> None:
        """Raise NotFound or NotAllowed for whoever may not set the course up, before files are read."""
        await self.context.db.aread(
            lambda session: courses.as_instructor(session, slug=self.slug, user=self.viewer.user)
        )

    async def load(self) -> tuple[Course, DraftWithParts]:
        """The same, read now."""
        return await self.context.db.aread(self.row)

    async def save(self, step: Step, *, name: str) -> Response:
        """Save what the step makes of the draft's parts, and show the draft again."""
        _, before = await self.load()
        if before.draft.source is DraftSource.BOX:
            raise Invalid(Message("This homework is its folder's; only its times can be changed here."))
        parts = await self.context.in_thread(lambda: step(before.parts))
        now = self.context.clock()
        await self.context.db.awrite(
            lambda session: drafts.save(
                session, before.draft, parts, name=name, by=self.viewer.actor, now=now
            )
        )
        return self.back(name)

    def back(self, name: str = "") -> Response:
        """The way back to the draft, at the step of this name."""
        return RedirectResponse(f"{self.address}#{name}", 303)


async def _page(request: Request, viewer: ViewerHere, course: str, draft_id: int) -> DraftOfCourse:
    return DraftOfCourse(request, viewer, course, draft_id)


DraftPage = Annotated[DraftOfCourse, Depends(_page)]
HERE = "/courses/{course}/drafts/{draft_id}"


async def required_file(form: FormData, name: str) -> bytes:
    """What the chosen file holds; raises Invalid where none was chosen."""
    data = await file_bytes(form, name, most=FILE_MOST)
    if data is None:
        raise Invalid(Message("No file was chosen."))
    return data


def number_in(text: str, kind: type[int] | type[float]) -> int | float:
    """The number that a field tells; raises Invalid for none."""
    try:
        return kind(text.strip())
    except ValueError:
        raise Invalid(Message("'{text}' is no number.", text=text)) from None
