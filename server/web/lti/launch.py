"""A launch from a learning platform: to it and back, which signs somebody in.

The platform's answer is a form that its page sends. Cookies of ours do not come with it, so a page of ours
sends it once more, by script or by a button: then they do, and the answer is known to be of this browser.
"""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from server.domain.errors import Invalid, NotFound
from server.domain.lti import contexts, platforms
from server.domain.lti.launches import Launch, UnknownPlatform
from server.domain.people.accounts import tries
from server.domain.people.sign_on import claims, tickets
from server.domain.people.sign_on.claims import NamedAccount
from server.domain.people.sign_on.refusals import ProviderDeclined, SignOnRefused, TicketIsOver
from server.domain.people.sign_on.tickets import NewTicket
from server.http.bounds import require_no_nul
from server.http.deps import Config, Db, Identity, Now, PasserBy, settings
from server.http.sign_in import sign_on as cookies
from server.http.sign_in import tries as browsers
from server.models import LtiContext, LtiPlatform
from server.services.lti.platforms import HINT_MOST, LAUNCH, LOGIN, Launches, address_for
from server.web.people.sign_on import SIGN_IN_FORM, offered, opened
from server.web.rendering import pages
from server.web.rendering.forms import AnybodysForm, field, same_site

CONTINUE = f"{LAUNCH}/continue"
HINTS = ("login_hint", "lti_message_hint")
ASKED = ("iss", "client_id", "target_link_uri", "lti_deployment_id", *HINTS)
FRAMES = ("iframe", "frame")
STATE_MOST = 200
router = APIRouter()


async def sent_form(request: Request) -> FormData:
    """What a platform's page sends; nothing in it is believed."""
    request.state.sign_in_form = SIGN_IN_FORM
    form = await request.form()
    require_no_nul(form)
    return form


SentForm = Annotated[FormData, Depends(sent_form)]


def own_origin(request: Request) -> str:
    """The address at which platforms reach this installation; raises NotFound where nobody has said it."""
    origin = settings(request).link_origin
    if origin is None:
        raise NotFound(Message("Set SPLITBOARD_ORIGIN first, the address at which people reach this site."))
    return origin.rstrip("/")


@router.get(LOGIN)
async def begin_by_link(request: Request) -> Response:
    """Send the browser to the platform that asks for it."""
    request.state.sign_in_form = SIGN_IN_FORM
    return await _begin(request, {name: request.query_params.get(name, "") for name in ASKED})


@router.post(LOGIN)
async def begin_by_form(request: Request, form: SentForm) -> Response:
    """Send the browser to the platform that asks for it."""
    return await _begin(request, {name: field(form, name) for name in ASKED})


async def _begin(request: Request, fields: dict[str, str]) -> Response:
    if any(len(value) > HINT_MOST for value in fields.values()):
        raise Invalid(Message("The platform sends more than this site reads."))
    db, now, origin = request.app.state.db, request.app.state.clock(), own_origin(request)
    issuer, client_id = fields["iss"], fields["client_id"] or None
    rows = await db.aread(lambda session: platforms.platforms_of(session, issuer=issuer, client_id=client_id))
    if len(rows) != 1:
        raise UnknownPlatform(issuer, client_id, len(rows))
    platform: LtiPlatform = rows[0]
    if request.headers.get("sec-fetch-dest") in FRAMES:
        return _framed(request, platform, fields)
    network = tries.network(browsers.address_of(request))

    def work(session: Session) -> NewTicket:
        return tickets.begin(
            session,
            issuer=platforms.identity_issuer(platform.id),
            network=network,
            next_path="/",
            user=None,
            now=now,
        )

    ticket = await db.awrite(work)
    hints = {name: fields[name] for name in HINTS if fields[name]}
    answer = RedirectResponse(address_for(platform, ticket, hints=hints, origin=origin), 303)
    cookies.hold(answer, cookies.TICKET, ticket.secret, request.app.state.settings)
    return answer


def _framed(request: Request, platform: LtiPlatform, fields: dict[str, str]) -> Response:
    """A page that fits into the platform's, and opens this site in a window of its own.

    In a frame browsers keep our cookies from us, so that nobody could be signed in there.
    """
    query = urlencode({name: value for name, value in fields.items() if value})
    address = f"{LOGIN}?{query}"
    answer = pages.render(request, "lti/framed.html", None, label=platform.label, address=address)
    parts = urlsplit(platform.authorization_url)
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {parts.scheme}://{parts.netloc} {_origin_of(platform.issuer)}"
    )
    return answer


def _origin_of(issuer: str) -> str:
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


@router.post(LAUNCH)
async def back(request: Request, form: SentForm) -> Response:
    """Let the platform's answer be sent once more, by a page of ours."""
    sent = {name: field(form, name) for name in ("id_token", "state", "error")}
    return pages.render(request, "lti/continue.html", None, fields=sent, address=CONTINUE)


@router.post(CONTINUE)
async def take(
    request: Request, form: AnybodysForm, viewer: PasserBy, db: Db, config: Config, now: Now
) -> Response:
    """Take the platform's answer: sign in whom it knows, or ask whether the account is theirs."""
    request.state.viewer, request.state.sign_in_form = viewer, SIGN_IN_FORM
    state, secret = field(form, "state")[:STATE_MOST], cookies.held(request, cookies.TICKET)
    platform = await db.awrite(lambda session: _answered(session, state, secret, now))
    if field(form, "error") or not field(form, "id_token"):
        raise ProviderDeclined(platform.label, field(form, "error") or "without a token")
    service: Launches = request.app.state.launches
    launch = await service.launch(
        platform, token=field(form, "id_token"), state=state, secret=secret, now=now
    )
    context = await db.awrite(
        lambda session: contexts.note_launch(session, launch, platform=platform, now=now)
    )
    answer = await _taken(request, launch, platform, viewer, to=_next_path(request, launch, context))
    cookies.drop(answer, cookies.TICKET, config)
    return answer


def _answered(session: Session, state: str, secret: str, now: datetime) -> LtiPlatform:
    """The platform to which this browser was sent; its ticket is used up. Raises TicketIsOver."""
    for platform in platforms.all_platforms(session):
        try:
            tickets.use(
                session, state=state, secret=secret, issuer=platforms.identity_issuer(platform.id), now=now
            )
        except TicketIsOver:
            continue
        return platform
    raise TicketIsOver


def _next_path(request: Request, launch: Launch, context: LtiContext | None) -> str:
    """The page that the link leads to; for an instructor of a course that is not linked, that of the link."""
    if context is not None and context.course_id is None and launch.is_instructor:
        return f"/lti/contexts/{context.id}"
    return path_in(launch.target, origin=own_origin(request))


def path_in(target: str, *, origin: str) -> str:
    """The page of this site that a platform's link leads to; "/" where it is elsewhere, or the tool itself.

    >>> path_in("https://ml.example.edu/competitions/hw01", origin="https://ml.example.edu")
    '/competitions/hw01'
    >>> path_in("https://evil.example/x", origin="https://ml.example.edu")
    '/'
    >>> path_in("https://ml.example.edu//evil.example/x", origin="https://ml.example.edu")
    '/'
    """
    parts, own = urlsplit(target), urlsplit(origin)
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc) or f"{parts.path}/".startswith("/lti/"):
        return "/"
    return same_site(parts.path + (f"?{parts.query}" if parts.query else ""))


async def _taken(
    request: Request, launch: Launch, platform: LtiPlatform, viewer: Identity | None, *, to: str
) -> Response:
    db = request.app.state.db
    known = await opened(request, launch.identity, to)
    if known is not None:
        return known
    try:
        value, rule = launch.claimed(platform)
        account: NamedAccount = await db.aread(lambda session: claims.account_of(session, value, rule))
    except SignOnRefused:
        if viewer is None or viewer.user.password_hash is None:
            raise
        return await offered(request, launch.identity, viewer.user, to, is_here=True)
    return await offered(
        request, launch.identity, account.user, to, is_here=False, is_agreed=account.is_agreed
    )
