"""People, for admins: find one, hand out what is known of them, delete it. And one's own data."""

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid
from server.domain.files import file_uses
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.people.second_factor import factors
from server.domain.privacy import personal_data
from server.http.deps import NO_STORE, Db, Identity, Now
from server.models import User
from server.serializers.people.privacy import PersonalDataJson
from server.serializers.values import Json
from server.services.privacy import erasure
from server.services.privacy.personal_data import data_of, data_to_hand_out
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

SHOWN = 50
router = APIRouter()


async def admin_here(viewer: ViewerHere) -> Identity:
    """An admin of the installation; raises NotAllowed for others."""
    accounts.require_admin(viewer.user)
    return viewer


AdminHere = Annotated[Identity, Depends(admin_here)]


@router.get("/account/data.json")
async def my_data(viewer: ViewerHere, db: Db, now: Now) -> Response:
    """All that the installation knows of the viewer, as a file."""
    return _file(await data_of(db, viewer.user, now), "my-data.json")


@router.get("/people")
async def listed(
    request: Request, viewer: AdminHere, db: Db, name: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The people whose user name, name, address or student number holds the text."""

    def look(session: Session) -> list[Json]:
        return [_row(user) for user in accounts.users_like(session, name, most=SHOWN)]

    people = await db.aread(look) if name.strip() else []
    return pages.render(request, "privacy/list.html", viewer, people=people, name=name, most=SHOWN)


@router.get("/people/{user_id}")
async def show(request: Request, user_id: int, viewer: AdminHere, db: Db) -> Response:
    """One person: where they are, how much there is of them, the file for them, the form that deletes."""

    def look(session: Session) -> Json:
        user = accounts.user_numbered(session, user_id)
        return {
            "person": _row(user),
            "counts": personal_data.counts(session, user=user),
            "has_factor": factors.is_on(session, user),
            "is_erased": user.id in file_uses.erased_ids(session),
            "courses": [
                {"title": each.course.title, "role": each.role.value}
                for each in courses.courses_of(session, user=user)
            ],
        }

    return pages.render(request, "privacy/person.html", viewer, **await db.aread(look))


@router.get("/people/{user_id}/data.json")
async def data(user_id: int, viewer: AdminHere, db: Db, now: Now) -> Response:
    """All that the installation knows of a person, as a file for them."""
    user = await db.aread(lambda session: accounts.user_numbered(session, user_id))
    return _file(await data_to_hand_out(db, user, now), f"person-{user_id}.json")


@router.post("/people/{user_id}/erasure")
async def erase(
    request: Request,
    user_id: int,
    _: AdminHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
) -> Response:
    """Delete a person's data, whose user name was typed again."""
    user = await db.aread(lambda session: accounts.user_numbered(session, user_id))
    if username.strip().casefold() != user.username.casefold():
        raise Invalid(
            Message(
                "Type the user name '{username}' to delete this person's data; nothing was done.",
                username=user.username,
            )
        )
    await asyncio.to_thread(
        erasure.erase, db, request.app.state.context.store, user=user, reason=reason, by=viewer.actor, now=now
    )
    return RedirectResponse(f"/people/{user_id}", 303)


def _row(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.username,
        "name": user.display_name,
        "email": user.email,
        "is_admin": user.is_admin,
        "is_active": user.is_active,
        "created_at": iso(user.created_at),
    }


def _file(facts: PersonalDataJson, name: str) -> Response:
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/json", headers=headers)
