"""A course's homeworks to be: chosen, uploaded or begun, put in order, and launched."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from grader.messages import Message
from grader.parted_text import PartedTitle
from server.domain.errors import Invalid
from server.domain.people import courses
from server.domain.people.calendar import holidays_text
from server.domain.setup import cloning, homework_box
from server.domain.setup.drafts import calendar, launch
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import DraftWithParts, Way
from server.http.deps import Config, Db, Identity, Now
from server.models import Competition, Course, DraftSource, DraftState, User
from server.serializers.setup import drafts as drafts_json
from server.serializers.setup import setup as setup_json
from server.serializers.values import Json
from server.services.grading.context import GradingContext
from server.services.setup import drafting, foreign
from server.web.rendering import pages
from server.web.rendering.forms import Acting, chosen_file, file_bytes, form_with_files, from_local
from server.web.rendering.pages import ViewerHere
from server.web.setup.rules import as_local

ARCHIVE_MOST = 300_000_000  # bytes of an uploaded archive
TIMES = ("opens_at", "deadline_at", "late_until", "reveal_at")
router = APIRouter()


class TimesForm(BaseModel):
    """The times of a draft, local ones of its zone."""

    opens_at: str = ""
    deadline_at: str = ""
    late_until: str = ""
    reveal_at: str = ""


def back(course: str) -> Response:
    """The way back to the calendar."""
    return RedirectResponse(f"/courses/{course}/drafts", 303)


@router.get("/courses/{course}/drafts")
async def listed(
    request: Request, course: str, viewer: ViewerHere, db: Db, now: Now, config: Config
) -> Response:
    """The calendar: what stands and what is a draft, and the forms that add to it."""
    folders = homework_box.folders_in(config.homeworks_dir)
    values = await db.aread(lambda session: _calendar_values(session, course, viewer.user, now))
    used = {each["homework"] for each in values["drafts"]} | set(values.pop("homeworks"))
    titles = {each.name: PartedTitle(each.rules.title) for each in folders}
    for each in values["drafts"]:
        if each["source"] == DraftSource.BOX:
            each["title"] = titles.get(each["homework"], each["title"])
    box = [{"name": name, "title": title, "is_used": name in used} for name, title in titles.items()]
    return pages.render(request, "setup/drafts/calendar.html", viewer, box=box, **values)


def _calendar_values(session: Session, slug: str, user: User, now: datetime) -> Json:
    course = courses.as_instructor(session, slug=slug, user=user)
    rows = cloning.competitions_of(session, course)
    under_way = calendar.in_order(drafts.under_way(session, course=course))
    written = [each for each in under_way if each.draft.state is DraftState.WRITTEN]
    return {
        **pages.of_course(course),
        "competitions": [setup_json.course_competition(each) for each in _by_opening(rows)],
        "homeworks": [each.homework for each in rows],
        "drafts": [_draft_values(each, course) for each in under_way],
        "taken_away": [drafts_json.draft(each) for each in drafts.taken_away(session, course=course)],
        "written": [each.draft.id for each in written],  # in the order in which they can be moved
        "is_launching": any(each.draft.state is DraftState.LAUNCHING for each in under_way),
        "first": calendar.first_opening(session, course=course, now=now).isoformat(),
        "holidays": holidays_text(courses.settings_of(course).calendar.holidays).splitlines(),
    }


def _by_opening(rows: list[Competition]) -> list[Competition]:
    return sorted(rows, key=lambda each: each.opens_at)


def _draft_values(row: DraftWithParts, course: Course) -> Json:
    zone = calendar.zone_of(row.parts, course)
    return {
        **drafts_json.draft(row),
        "homework": row.draft.homework,
        "zone": zone,
        "undo": row.undo is not None,
        "local": {name: as_local(row.parts.time(name), zone) for name in TIMES},
    }


@router.post("/courses/{course}/drafts/box")
async def choose(
    course: str,
    viewer: Acting,
    db: Db,
    now: Now,
    config: Config,
    homework: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """A draft for each chosen homework of the installation."""
    folders = homework_box.folders_named(config.homeworks_dir, homework or [])

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        drafting.choose(session, folders, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/archive", max_body_size=ARCHIVE_MOST)
async def unpack(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """A draft of the homework in an uploaded archive."""
    context: GradingContext = request.app.state.context
    await db.aread(lambda session: courses.as_instructor(session, slug=course, user=viewer.user))
    async with form_with_files(request, viewer, max_files=1, max_fields=2) as form:
        file = chosen_file(form, "archive")
        data = await file_bytes(form, "archive", most=ARCHIVE_MOST)
    if file is None or data is None:
        raise Invalid(Message("No file was chosen. Choose the homework's zip archive."))
    name = Path(file.filename or "homework").name
    if await context.in_thread(lambda: foreign.is_foreign(data)):
        return await _begin_foreign(request, course, viewer, data, name)
    homework, parts = await context.in_thread(
        lambda: drafting.unpacked(context.settings, data, file_name=name)
    )

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        drafting.begin_unpacked(session, homework, parts, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


async def _begin_foreign(request: Request, course: str, viewer: Identity, data: bytes, name: str) -> Response:
    """A draft of another judge's competition; its page says what was left out."""
    context: GradingContext = request.app.state.context
    competition = await context.in_thread(
        lambda: foreign.read_archive(context.settings, data, file_name=name, seed=secrets.token_hex(8))
    )

    def work(session: Session) -> int:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        slug = homework_box.slug_of(Path(competition.name)).lower()
        now = request.app.state.clock()
        return foreign.begin(session, competition, slug=slug, course=row, by=viewer.actor, now=now).id

    draft_id = await context.db.awrite(work)
    return RedirectResponse(f"/courses/{course}/drafts/{draft_id}", 303)


@router.post("/courses/{course}/drafts/launch")
async def launch_all(course: str, viewer: Acting, db: Db, now: Now) -> Response:
    """Launch every draft that is being written."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        for each in calendar.in_order(drafts.under_way(session, course=row)):
            if each.draft.state is DraftState.WRITTEN:
                launch.ask(session, each.draft, trains=each.draft.trains, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/{draft_id}/move")
async def move(
    course: str, draft_id: int, viewer: Acting, db: Db, now: Now, places: Annotated[int, Form()]
) -> Response:
    """Move a draft so many places down the calendar, or up."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        calendar.move(session, draft_id, places=places, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/{draft_id}/times")
async def set_times(
    course: str, draft_id: int, viewer: Acting, db: Db, now: Now, form: Annotated[TimesForm, Form()]
) -> Response:
    """Give a draft these times."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        draft = drafts.get(session, course=row, draft_id=draft_id)
        zone = calendar.zone_of(draft.parts, row)
        times = {name: from_local(getattr(form, name), zone) for name in TIMES}
        calendar.set_times(session, draft, times, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/{draft_id}/launch")
async def launch_one(course: str, draft_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """Launch a draft."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        draft = drafts.get(session, course=row, draft_id=draft_id).draft
        launch.ask(session, draft, trains=draft.trains, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/{draft_id}/drop")
async def drop(course: str, draft_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """Give a draft up."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        draft = drafts.get(session, course=row, draft_id=draft_id).draft
        drafts.drop(session, draft, by=viewer.actor, now=now)

    await db.awrite(work)
    return back(course)


@router.post("/courses/{course}/drafts/{draft_id}/steps/{way}")
async def go(
    course: str,
    draft_id: int,
    way: Way,
    viewer: Acting,
    db: Db,
    now: Now,
    stay: Annotated[bool, Form()] = False,
) -> Response:
    """Go back by one step of a draft, or forth by one that was undone; and stay on its page."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        draft = drafts.get_any(session, course=row, draft_id=draft_id)
        drafts.go(session, draft, way, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/drafts/{draft_id}", 303) if stay else back(course)
