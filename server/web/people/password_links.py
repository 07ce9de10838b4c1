"""Links that staff give: to one person who cannot sign in, and to all of a course who are new.

A link is shown on the answer to the form that made it, and never again.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Conflict
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.people.passwords import handing_out
from server.domain.people.passwords.handing_out import LinkReceiver, Newcomers
from server.domain.people.passwords.links import NewLink
from server.http.deps import NO_STORE, Config, Db, Identity, Now, own_url
from server.models import Course, Right
from server.serializers.people import password_links as links_json
from server.serializers.values import Json
from server.settings import Settings
from server.web.privacy import AdminHere
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()
Reason = Annotated[str, Form(max_length=10_000)]
How = Literal["show", "mail"]


def _student(session: Session, slug: str, user_id: int, viewer: Identity) -> LinkReceiver:
    own = courses.as_staff(session, slug=slug, user=viewer.user)
    own.require(Right.SEE_NAMES)
    return LinkReceiver(handing_out.student_of(session, course=own.course, user_id=user_id), own.course)


def _anybody(session: Session, user_id: int) -> LinkReceiver:
    return LinkReceiver(accounts.user_numbered(session, user_id), None)


@router.get("/courses/{course}/people/{user_id}/password")
async def form_of_course(
    request: Request, course: str, user_id: int, viewer: ViewerHere, db: Db, config: Config
) -> Response:
    """The form by which course staff give a student a link."""

    def find(session: Session) -> tuple[LinkReceiver, bool]:
        to = _student(session, course, user_id, viewer)
        return to, handing_out.can_be_shown(session, to)

    receiver, can_show = await db.aread(find)
    return _page(request, viewer, receiver, config, can_show=can_show)


@router.post("/courses/{course}/people/{user_id}/password")
async def give_in_course(
    request: Request,
    course: str,
    user_id: int,
    viewer: Acting,
    reason: Reason = "",
    how: Annotated[How, Form()] = "show",
) -> Response:
    """Give a student of the course a link, shown once or by mail."""
    return await _give(
        request, viewer, lambda session: _student(session, course, user_id, viewer), reason=reason, how=how
    )


@router.get("/people/{user_id}/password")
async def form_of_admin(
    request: Request, user_id: int, viewer: AdminHere, db: Db, config: Config
) -> Response:
    """The form by which an admin gives anybody a link."""
    receiver = await db.aread(lambda session: _anybody(session, user_id))
    return _page(request, viewer, receiver, config)


@router.post("/people/{user_id}/password")
async def give_as_admin(
    request: Request,
    user_id: int,
    _: AdminHere,
    viewer: Acting,
    reason: Reason = "",
    how: Annotated[How, Form()] = "show",
) -> Response:
    """Give anybody a link, shown once or by mail."""
    return await _give(request, viewer, lambda session: _anybody(session, user_id), reason=reason, how=how)


async def _give(
    request: Request, viewer: Identity, find: Callable[[Session], LinkReceiver], *, reason: str, how: How
) -> Response:
    config: Settings = request.app.state.settings
    now = request.app.state.clock()

    def work(session: Session) -> tuple[LinkReceiver, NewLink | None]:
        to, by = find(session), viewer.actor
        if how == "mail":
            origin = _mail_origin(config)
            handing_out.mail_link(session, to, reason=reason, origin=origin, by=by, now=now)
            return to, None
        return to, handing_out.give_link(session, to, reason=reason, by=by, now=now)

    receiver, link = await request.app.state.db.awrite(work)
    slip = None
    if link is not None:
        of = handing_out.Slip(receiver.user.display_name, receiver.user.username, link)
        slip = links_json.slip(of, own_url(request))
    return _page(request, viewer, receiver, config, slip=slip, is_mailed=link is None)


def _mail_origin(config: Settings) -> str:
    if config.link_origin is None or not config.mails_links:
        raise Conflict(Message("This installation sends no mails. Make a link to hand over instead."))
    return config.link_origin


def _page(
    request: Request,
    viewer: Identity,
    receiver: LinkReceiver,
    config: Settings,
    *,
    slip: Json | None = None,
    is_mailed: bool = False,
    can_show: bool = True,
) -> Response:
    user, course = receiver.user, receiver.course
    return pages.render(
        request,
        "people/give_link.html",
        viewer,
        person={
            "id": user.id,
            "name": user.display_name,
            "username": user.username,
            "email": user.email,
            "has_own_password": handing_out.kind_for(user).value == "reset",
        },
        course=None if course is None else {"slug": course.slug, "title": course.title},
        zone="UTC" if course is None else course.zone,
        can_mail=config.mails_links and handing_out.has_address(user),
        slip=slip,
        is_mailed=is_mailed,
        can_show=can_show,
    )


@router.get("/courses/{course}/invitations")
async def newcomers(request: Request, course: str, viewer: ViewerHere, db: Db, config: Config) -> Response:
    """How many have no password of their own yet, and the ways to give them links."""

    people = await db.aread(lambda session: _newcomers(session, course, viewer))
    return _newcomers_page(request, viewer, people, config=config)


@router.post("/courses/{course}/invitations")
async def invite(
    request: Request,
    course: str,
    viewer: Acting,
    db: Db,
    config: Config,
    now: Now,
    how: Annotated[Literal["mail", "csv", "sheet"], Form()] = "sheet",
) -> Response:
    """Give all newcomers a link: by mail, as a CSV file, or as a sheet of slips to be printed."""

    def mail(session: Session) -> tuple[Newcomers, int]:
        people = _newcomers(session, course, viewer)
        origin, by = _mail_origin(config), viewer.actor
        count = handing_out.mail_invitations(
            session, people.all, course=people.course, origin=origin, by=by, now=now
        )
        return people, count

    def make(session: Session) -> tuple[Course, list[handing_out.Slip]]:
        people = _newcomers(session, course, viewer)
        of, by = people.course, viewer.actor
        return of, handing_out.slips_for(session, people.to_hand, course=of, by=by, now=now)

    if how == "mail":
        people, count = await db.awrite(mail)
        return _newcomers_page(request, viewer, people, config=config, mailed=count)
    of, slips = await db.awrite(make)
    return _csv(request, of, slips) if how == "csv" else _sheet(request, viewer, of, slips)


def _newcomers(session: Session, slug: str, viewer: Identity) -> Newcomers:
    course = courses.as_instructor(session, slug=slug, user=viewer.user)
    return handing_out.newcomers(session, course)


def _csv(request: Request, course: Course, slips: list[handing_out.Slip]) -> Response:
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="links-{course.slug}.csv"'}
    return Response(links_json.to_csv(slips, own_url(request)), media_type="text/csv", headers=headers)


def _sheet(request: Request, viewer: Identity, course: Course, slips: list[handing_out.Slip]) -> Response:
    return pages.render(
        request,
        "people/slips.html",
        viewer,
        **pages.of_course(course),
        slips=[links_json.slip(each, own_url(request)) for each in slips],
    )


def _newcomers_page(
    request: Request,
    viewer: Identity,
    people: Newcomers,
    *,
    config: Settings,
    mailed: int | None = None,
) -> Response:
    return pages.render(
        request,
        "people/invitations.html",
        viewer,
        **pages.of_course(people.course),
        count=len(people.all),
        to_hand=len(people.to_hand),
        with_address=sum(handing_out.has_address(each) for each in people.all),
        mails_links=config.mails_links,
        mailed=mailed,
    )
