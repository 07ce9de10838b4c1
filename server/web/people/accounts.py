"""The account page: who one is here, and by what one is let in."""

import shlex
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.lti import platforms
from server.domain.people import courses, zones
from server.domain.people.accounts import accounts, sessions
from server.domain.people.second_factor import factors
from server.domain.people.sign_on import identities
from server.http.deps import Db, Identity, Now, own_url, settings
from server.http.sign_in import again
from server.models import User
from server.serializers import notices as notices_json
from server.serializers.values import Json, iso_or_none
from server.web.people import own_address, tokens
from server.web.rendering import pages
from server.web.rendering.errors import provider_label
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get("/account")
async def show(request: Request, viewer: ViewerHere, db: Db) -> Response:
    """Courses and tokens of the viewer; once, the secret of a token just made."""
    secret = await tokens.waiting_secret(request, viewer)
    answer = await _page(request, viewer, db, secret=secret)
    if secret is not None:
        tokens.forget_secret(answer, settings(request))
    return answer


@router.post("/account/sessions/{session_id}/end")
async def end_session(session_id: int, viewer: Acting, db: Db) -> Response:
    """Sign the viewer out of one browser; of this one too, if it is meant."""
    await db.awrite(lambda session: sessions.end_one(session, user=viewer.user, session_id=session_id))
    return RedirectResponse("/account", 303)


@router.post("/account/other-sessions/end")
async def end_other_sessions(viewer: Acting, db: Db) -> Response:
    """Sign the viewer out of every browser but this one."""
    await db.awrite(
        lambda session: sessions.end_others(session, user=viewer.user, form_token=viewer.form_token)
    )
    return RedirectResponse("/account", 303)


@router.post("/account/identities/{identity_id}/unlink")
async def unlink_identity(identity_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """Let one of the provider's identities open the viewer's account no more."""
    await db.awrite(
        lambda session: identities.unlink(session, user=viewer.user, identity_id=identity_id, now=now)
    )
    return RedirectResponse("/account", 303)


@router.post("/account/mail")
async def choose_mail(
    viewer: Acting,
    db: Db,
    wants_mail: Annotated[bool, Form(alias="wanted")] = True,
) -> Response:
    """Get notices by mail, or none at all."""
    await db.awrite(lambda session: accounts.choose_mail(session, user=viewer.user, wants_mail=wants_mail))
    return RedirectResponse("/account", 303)


@router.post("/account/zone")
async def choose_zone(viewer: Acting, db: Db, zone: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Read deadlines in this zone beside the course's; an empty one is what the browser says."""
    await db.awrite(lambda session: zones.choose(session, user=viewer.user, zone=zone.strip()))
    return RedirectResponse("/account", 303)


async def _page(request: Request, viewer: Identity, db: Db, *, secret: str | None) -> Response:
    now = request.app.state.clock()
    values = await db.aread(
        lambda session: (
            _account_values(session, viewer.user)
            | {
                "sessions": _session_values(session, viewer, now),
                "tokens": tokens.token_values(session, viewer, now),
                "asks_password": again.asks_password(viewer),
                "address_change": own_address.pending_values(session, viewer.user, now),
            }
        )
    )
    provider = provider_label(request)
    return pages.render(
        request,
        "people/account.html",
        viewer,
        secret=secret,
        provider=provider,
        mails_links=settings(request).mails_links,
        new_token=tokens.CHOICES,
        address=own_url(request).rstrip("/"),
        shell_name=shlex.quote(viewer.user.username),
        **values,
    )


def _session_values(session: Session, viewer: Identity, now: datetime) -> list[Json]:
    """The viewer's sessions that are not over, the one in which they look first."""
    rows = [
        {
            "id": each.id,
            "browser": each.browser,
            "way": each.way.value,
            "network": each.network,
            "created_at": iso(each.created_at),
            "seen_at": iso(each.seen_at or each.created_at),
            "is_this": each.form_token == viewer.form_token,
        }
        for each in sessions.sessions_of(session, user=viewer.user)
        if each.expires_at > now
    ]
    return sorted(rows, key=lambda row: not row["is_this"])


def _account_values(session: Session, user: User) -> Json:
    memberships = courses.courses_of(session, user=user)
    labels = platforms.by_identity_issuer(session)
    return {
        "identities": [
            {
                "id": each.id,
                "shown_as": each.shown_as,
                "issuer": labels[each.issuer].label if each.issuer in labels else each.issuer,
                "linked_at": iso(each.linked_at),
                "last_used_at": iso_or_none(each.last_used_at),
            }
            for each in identities.identities_of(session, user=user)
        ],
        "has_factor": factors.is_on(session, user),
        "may_have_factor": accounts.is_more_than_student(session, user),
        "wants_mail": user.wants_mail,
        "notices": notices_json.choices_of(session, user)["kinds"],
        "email": user.email,
        "chosen_zone": user.zone,
        "zones": zones.names(),
        "courses": [{"title": each.course.title, "role": each.role.value} for each in memberships],
        "zone": memberships[0].course.zone if memberships else "UTC",
    }
