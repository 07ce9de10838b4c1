"""Signing in over HTTP: where a try comes from, how it is slowed down, and how a browser is known again."""

import asyncio
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from server.domain.errors import DomainError
from server.domain.people.accounts import credentials, password_rules, secrets
from server.domain.people.accounts import sign_in as domain
from server.domain.people.accounts.credentials import NewSession
from server.domain.people.accounts.sessions import OpenedFrom, browser_words, shortened
from server.domain.people.accounts.sign_in import Source
from server.domain.people.passwords.own import WrongOldPassword
from server.http import deps
from server.http.sign_in import session_cookies
from server.http.sign_in.passwords import beside
from server.logs import bind, logger_of
from server.models import SessionWay, User
from server.settings import Settings

COOKIE = "splitboard_device"
KNOWN_SECONDS = 180 * 24 * 3600  # for which a browser stays known
SLOW_SECONDS = 2.0  # a try's wait where many wrong passwords were tried for its account
log = logger_of(__name__)


async def sign_in(request: Request, *, username: str, password: str, now: datetime) -> User:
    """The user of that name and password.

    Raises WrongPassword or TooManyTries, for unknown names as for known.
    """
    db = deps.database(request)
    source = Source(address_of(request), request.cookies.get(cookie_name(deps.settings(request))))
    try:
        tried = await db.awrite(
            lambda session: domain.begin(session, username=username, source=source, now=now)
        )
        bind(user=tried.user_id)
        if tried.is_slow:
            await asyncio.sleep(SLOW_SECONDS)
        if len(password) > password_rules.MOST:
            raise domain.WrongPassword
        check = await beside(secrets.check_password, password, tried.password_hash)
        if not check.matches:
            raise domain.WrongPassword
        user = await db.awrite(lambda session: domain.accept(session, tried=tried, rehashed=check.rehashed))
    except DomainError as refusal:
        log.warning("sign-in refused", code=refusal.code)
        if isinstance(refusal, domain.WrongPassword):
            raise domain.WrongPassword(username=username, password=password) from None
        raise
    log.info("signed in", way=request.url.path)
    return user


async def confirm(request: Request, user: User, password: str) -> None:
    """Compare what a signed-in user has typed as their password, under the same limits as a sign-in.

    Raises WrongOldPassword or TooManyTries.
    """
    db, now = deps.database(request), request.app.state.clock()
    source = Source(address_of(request), request.cookies.get(cookie_name(deps.settings(request))))
    tried = await db.awrite(
        lambda session: domain.begin(session, username=user.username, source=source, now=now)
    )
    check = await beside(secrets.check_password, password[: password_rules.MOST], tried.password_hash)
    if not check.matches or len(password) > password_rules.MOST:
        log.warning("own password refused")
        raise WrongOldPassword


async def let_in(
    request: Request, user: User, *, to: str, way: SessionWay, now: datetime
) -> RedirectResponse:
    """Open a session of `user` in this browser and lead to the page `to`; an earlier session of it ends."""
    config = deps.settings(request)
    idle, earlier = deps.idle_time(config), request.cookies.get(deps.cookie_name(config))

    def open_another(session: Session) -> NewSession:
        if earlier is not None:
            credentials.close_session(session, secret=earlier)
        return credentials.open_session(
            session, user=user, idle=idle, now=now, opened_from=opened_from(request), way=way
        )

    web_session = await deps.database(request).awrite(open_another)
    answer = RedirectResponse(to, 303)
    session_cookies.set_session_cookie(answer, web_session.secret, config)
    return answer


def opened_from(request: Request) -> OpenedFrom:
    """Which browser sends this request, and from which network."""
    browser = browser_words(request.headers.get("user-agent", ""))
    return OpenedFrom(browser, shortened(address_of(request)))


def address_of(request: Request) -> str:
    """The client's address; behind a trusted proxy the one that it tells."""
    return "unknown" if request.client is None else request.client.host


def cookie_name(config: Settings) -> str:
    """The name of the cookie by which a browser is known; over https it is bound to this very host."""
    return f"__Host-{COOKIE}" if deps.is_https(config) else COOKIE


def know_again(response: Response, user: User, config: Settings) -> None:
    """Let the browser be known as one in which this user has signed in."""
    if user.password_hash is not None:
        response.set_cookie(
            cookie_name(config),
            secrets.new_device_mark(user.password_hash),
            max_age=KNOWN_SECONDS,
            httponly=True,
            secure=deps.is_https(config),
            samesite="lax",
        )
