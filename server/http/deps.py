"""From a request to who asks and what they may see: the one place where a header becomes a user.

A token in `Authorization` goes before a cookie. A cookie proves who asks and not that they meant it, so a
request that changes something must also come from our own page. A worker's token opens the worker's routes
and no others, a personal one those of its scopes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import Database
from server.database.disk import FAULTS
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import NotAllowed, NotSignedIn
from server.domain.people.accounts import credentials, secrets, tokens
from server.http import scopes
from server.http.first_steps import require_first_steps
from server.http.proxy import require_same_user
from server.http.same_site import was_meant
from server.logs import bind, logger_of
from server.models import Right, SessionWay, TokenKind, User
from server.settings import Settings

COOKIE = "splitboard_session"
log = logger_of(__name__)
NO_STORE = {"Cache-Control": "no-store"}  # for answers that are one person's own


class IdentityKind(StrEnum):
    """How a request has proved who asks."""

    SESSION = "session"
    PERSONAL = "personal"
    WORKER = "worker"


@dataclass(frozen=True)
class Identity:
    """Who asks. `form_token` is what a form of this session must send back; None for tokens.

    unread: how many of their notices they have not read. way, opened_at: what opened the session, and when.
    All three are of sessions alone.
    """

    user: User
    kind: IdentityKind
    form_token: str | None
    unread: int = 0
    way: SessionWay | None = None
    opened_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Whoever asks, as one who acts."""
        return Actor(self.user.id)


def database(request: Request) -> Database:
    """The process' database."""
    db: Database = request.app.state.db
    return db


def settings(request: Request) -> Settings:
    """The process' settings."""
    config: Settings = request.app.state.settings
    return config


async def arrival(request: Request) -> datetime:
    """The instant the request is dealt with, one for all its dependencies; tests set `app.state.clock`."""
    instant: datetime = request.app.state.clock()
    return instant


async def _database(request: Request) -> Database:
    return database(request)


async def _settings(request: Request) -> Settings:
    return settings(request)


# All dependencies are coroutines: FastAPI takes another one to a thread, which costs more than most reads.
Now = Annotated[datetime, Depends(arrival)]
Db = Annotated[Database, Depends(_database)]
Config = Annotated[Settings, Depends(_settings)]


async def identity(request: Request, now: Now) -> Identity:
    """Whoever asks, by token or session; raises NotSignedIn, NotAllowed if nobody meant it, MissingScope."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return await _by_token(request, authorization, now)
    cookie = request.cookies.get(cookie_name(settings(request)))
    if cookie is None:
        raise NotSignedIn(
            Message("Sign in first: `splitboard login` on the command line, or the sign-in page.")
        )
    require_own_page(request)
    return await _by_session(request, cookie, now)


async def _by_token(request: Request, authorization: str, now: datetime) -> Identity:
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn(
            Message("The Authorization header is not understood; write `Bearer sbp_...`, your API token.")
        )
    db = database(request)
    bearer = await db.aread_by_key(lambda session: tokens.bearer(session, secret=secret.strip(), now=now))
    if bearer.is_worth_noting:
        await _note(db, lambda session: tokens.note_use(session, token_id=bearer.token_id, now=now))
    bind(user=bearer.user.id)
    is_worker = bearer.kind is TokenKind.WORKER
    if not is_worker:
        scopes.require(request.scope, bearer.scopes)
    return Identity(bearer.user, IdentityKind.WORKER if is_worker else IdentityKind.PERSONAL, None)


async def _by_session(request: Request, cookie: str, now: datetime) -> Identity:
    db, idle = database(request), idle_time(settings(request))
    visitor = await db.aread_by_key(
        lambda session: credentials.visitor(session, secret=cookie, idle=idle, now=now)
    )
    if visitor.is_worth_renewing:
        web_session = visitor.web_session
        await _note(
            db,
            lambda session: credentials.renew_session(session, web_session=web_session, idle=idle, now=now),
        )
    bind(user=visitor.user.id)
    web_session, unread = visitor.web_session, visitor.unread
    if web_session.way is SessionWay.PROXY:
        require_same_user(request, visitor.user)
    own = (web_session.form_token, unread, web_session.way, web_session.created_at)
    return Identity(visitor.user, IdentityKind.SESSION, *own)


async def _note(db: Database, work: Callable[[Session], None]) -> None:
    """Write what a request leaves behind by its coming; where that fails, the request goes on without."""
    try:
        await db.awrite(work)
    except FAULTS as error:
        log.error("the use of a token or session was not noted", reason=str(error))


async def viewer(request: Request, caller: Annotated[Identity, Depends(identity)]) -> Identity:
    """A person, by session or personal token; raises NotAllowed for a worker's token.

    Raises OwnPasswordNeeded and SecondFactorNeeded for a session that must see to these first.
    """
    if caller.kind is IdentityKind.WORKER:
        raise NotAllowed(
            Message("A worker's token opens the worker's routes alone; people use a personal one, sbp_...")
        )
    await require_first_steps(request, caller.user, caller.way)
    return caller


async def worker(caller: Annotated[Identity, Depends(identity)]) -> Identity:
    """A worker, by its token; raises NotAllowed for people."""
    if caller.kind is not IdentityKind.WORKER:
        raise NotAllowed(Message("This route is for workers; it takes a worker's token, sbw_..."))
    return caller


Viewer = Annotated[Identity, Depends(viewer)]
Worker = Annotated[Identity, Depends(worker)]


async def passer_by(request: Request, now: Now) -> Identity | None:
    """The viewer, or None for whoever is not signed in: for pages that anyone may open."""
    if "authorization" not in request.headers and cookie_name(settings(request)) not in request.cookies:
        return None
    try:
        return await viewer(request, await identity(request, now))
    except NotSignedIn:
        return None


PasserBy = Annotated[Identity | None, Depends(passer_by)]


async def access(slug: str, viewer: Viewer, request: Request, now: Now) -> Access:
    """The competition in the path as the viewer meets it; raises NotFound for those outside its course."""
    return await database(request).aread_by_key(
        lambda session: competitions.access(session, slug=slug, user=viewer.user, now=now)
    )


@scopes.for_staff
async def staff_access(access: Annotated[Access, Depends(access)]) -> Access:
    """The competition in the path for its course's staff; raises NotAllowed for students."""
    competitions.require_staff(access)
    return access


def holding(*rights: Right) -> Callable[..., Awaitable[Access]]:
    """A dependency: the competition in the path for staff who have all of these rights; else NotAllowed."""

    @scopes.for_staff
    async def access_of_holder(access: Annotated[Access, Depends(access)], now: Now) -> Access:
        competitions.require_rights(access, rights, now)
        return access

    return access_of_holder


ViewerAccess = Annotated[Access, Depends(access)]
StaffAccess = Annotated[Access, Depends(staff_access)]
# What each act of the staff takes; `server/web/rendering/pages.py` has the same for pages.
SEEING_PRIVATE = (Right.SEE_PRIVATE,)
SEEING_ALL = (Right.SEE_PRIVATE, Right.SEE_NAMES)
PrivateAccess = Annotated[Access, Depends(holding(*SEEING_PRIVATE))]
NamesAccess = Annotated[Access, Depends(holding(Right.SEE_NAMES))]
WholeAccess = Annotated[Access, Depends(holding(*SEEING_ALL))]
RescoreAccess = Annotated[Access, Depends(holding(*SEEING_ALL, Right.RESCORE))]
RuleAccess = Annotated[Access, Depends(holding(Right.CHANGE_RULES))]
ThresholdAccess = Annotated[Access, Depends(holding(Right.SEE_PRIVATE, Right.CHANGE_RULES))]
GrantAccess = Annotated[Access, Depends(holding(Right.SEE_NAMES, Right.GRANT))]
ExportAccess = Annotated[Access, Depends(holding(*SEEING_ALL, Right.EXPORT))]
TrailExportAccess = Annotated[Access, Depends(holding(Right.SEE_NAMES, Right.EXPORT))]


def require_own_page(request: Request) -> None:
    """Raise NotAllowed when a request that changes something was sent by another site's page.

    The sign-in form calls it too, so that nobody is signed in as somebody else without noticing.
    """
    own_origin = settings(request).origin
    is_own_page = was_meant(
        method=request.method,
        sec_fetch_site=request.headers.get("sec-fetch-site"),
        origin=request.headers.get("origin"),
        own_origin=own_origin,
        host=request.headers.get("host"),
    )
    if is_own_page:
        return
    if own_origin is not None:
        raise NotAllowed(
            Message(
                "This request did not come from {own_origin}, so nothing was done. Open the page there, "
                "and try again.",
                own_origin=own_origin,
            )
        )
    raise NotAllowed(
        Message(
            "This request came from another site, so nothing was done. Reload the page and try "
            "again. Behind a proxy the operator has to set SPLITBOARD_ORIGIN to the course's address."
        )
    )


def require_form_token(viewer: Identity, token: str | None) -> None:
    """Raise NotAllowed unless an HTML form sent back its session's token."""
    if not secrets.same_secret(secrets.unmasked(token), viewer.form_token):
        raise NotAllowed(
            Message("This form is of an earlier session, so nothing was done. Reload the page and try again.")
        )


def cookie_name(config: Settings) -> str:
    """The session cookie's name; over https it has the prefix that binds it to this very host."""
    return f"__Host-{COOKIE}" if is_https(config) else COOKIE


def idle_time(config: Settings) -> timedelta:
    """How long a session lasts without a request."""
    return timedelta(hours=config.session_hours)


def own_url(request: Request) -> str:
    """The address under which people reach this installation, with a slash or without one at its end."""
    return settings(request).origin or str(request.base_url)


def is_https(config: Settings) -> bool:
    """Whether people reach this installation over https."""
    return config.origin is not None and config.origin.lower().startswith("https://")
