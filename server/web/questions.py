"""Questions about a submission: asked on its page, replied to there or from the course's list."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.people import courses
from server.domain.questions import asking, questions
from server.domain.submissions import submit as submissions
from server.http.deps import Config, Db, Now
from server.models import Right, User
from server.serializers import questions as questions_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

OPEN_MOST, CLOSED_MOST = 500, 50
router = APIRouter()


@router.get("/courses/{course}/questions")
async def listed(request: Request, course: str, viewer: ViewerHere, db: Db) -> Response:
    """The open questions of a course for its staff, and those closed last."""
    values = await db.aread(lambda session: _list_values(session, course, viewer.user))
    return pages.render(request, "questions/list.html", viewer, **values)


def _list_values(session: Session, slug: str, user: User) -> Json:
    own = courses.as_staff(session, slug=slug, user=user)
    own.require(Right.SEE_NAMES)
    course = own.course
    waiting = questions.of_course(session, course_id=course.id, is_open=True, most=OPEN_MOST)
    closed = questions.of_course(session, course_id=course.id, is_open=False, most=CLOSED_MOST)
    return {
        **pages.of_course(course),
        "waiting": [questions_json.question(each) for each in waiting],
        "closed": [questions_json.question(each) for each in closed],
        "count": questions.count_open(session, course_ids=[course.id]).get(course.id, 0),
    }


@router.post("/submissions/{submission_id}/questions")
async def ask(
    submission_id: int,
    viewer: Acting,
    config: Config,
    db: Db,
    now: Now,
    body_md: Annotated[str, Form()] = "",
) -> Response:
    """Ask the staff about a submission of one's own team."""

    def work(session: Session) -> None:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        asking.ask(session, config, submission=row, access=access, body_md=body_md, now=now)

    await db.awrite(work)
    return _back(submission_id)


@router.post("/questions/{question_id}/replies")
async def reply(
    question_id: int, viewer: Acting, config: Config, db: Db, now: Now, body_md: Annotated[str, Form()] = ""
) -> Response:
    """Reply to a question, which is closed by it."""

    def work(session: Session) -> int:
        question = questions.for_staff(session, question_id=question_id, user=viewer.user)
        asking.reply(session, config, question=question, body_md=body_md, by=viewer.actor, now=now)
        return question.submission_id

    return _back(await db.awrite(work))


@router.post("/questions/{question_id}/closed")
async def close(
    question_id: int, viewer: Acting, db: Db, now: Now, closed: Annotated[bool, Form()] = True
) -> Response:
    """Close a question without a reply, or reopen it."""

    def work(session: Session) -> int:
        question = questions.for_staff(session, question_id=question_id, user=viewer.user)
        change = questions.close if closed else questions.reopen
        change(session, question=question, by=viewer.actor, now=now)
        return question.submission_id

    return _back(await db.awrite(work))


def _back(submission_id: int) -> Response:
    return RedirectResponse(f"/submissions/{submission_id}#questions", 303)
