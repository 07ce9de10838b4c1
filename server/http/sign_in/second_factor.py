"""Codes of a second factor over HTTP, and the cookie of a browser whose password was right."""

from pathlib import Path

from fastapi import Request, Response

from server.domain.files import build_secrets
from server.domain.people.second_factor import codes, halves
from server.domain.people.second_factor.sealing import Seal
from server.http import deps
from server.logs import logger_of
from server.models import User
from server.settings import Settings

COOKIE = "splitboard_half"
PURPOSE = "second factor"  # of the key that follows from the installation's secret
log = logger_of(__name__)


def seal_here(request: Request) -> Seal:
    """The seal of this installation."""
    return seal_of(deps.settings(request).data_dir)


def seal_of(data_dir: Path) -> Seal:
    """The seal of the installation with this data folder. Raises Invalid where its secret was damaged."""
    return Seal(build_secrets.key_for(data_dir, PURPOSE))


async def require_code(request: Request, user: User, code: str) -> None:
    """Take a code of the user's second factor; raises WrongCode and TooManyCodes."""
    db, now, seal = deps.database(request), request.app.state.clock(), seal_here(request)
    await db.awrite(lambda session: codes.count_try(session, user=user, now=now))
    await db.awrite(lambda session: codes.use(session, user=user, code=code, seal=seal, now=now))
    log.info("second factor shown", user=user.id)


def hold_half(response: Response, secret: str, config: Settings) -> None:
    """Let the browser hold the secret of half a sign-in, out of reach of scripts."""
    response.set_cookie(
        _cookie_name(config),
        secret,
        max_age=round(halves.LIFETIME.total_seconds()),
        httponly=True,
        secure=deps.is_https(config),
        samesite="lax",
    )


def half_held(request: Request) -> str:
    """The secret that this browser holds; empty where it holds none."""
    return request.cookies.get(_cookie_name(deps.settings(request)), "")


def drop_half(response: Response, config: Settings) -> None:
    """Take the secret back from the browser."""
    response.delete_cookie(_cookie_name(config), httponly=True, secure=deps.is_https(config), samesite="lax")


def _cookie_name(config: Settings) -> str:
    return f"__Host-{COOKIE}" if deps.is_https(config) else COOKIE
