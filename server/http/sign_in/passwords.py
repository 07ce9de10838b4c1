"""Passwords over HTTP: hashing beside the event loop, and the cookie in which a link waits for its page."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import Response

from server.domain.people.passwords.links import LIFETIMES
from server.http import deps
from server.models import LinkKind
from server.settings import Settings

COOKIE = "splitboard_link"
HELD_SECONDS = round(
    LIFETIMES[LinkKind.RESET].total_seconds()
)  # for which an opened link waits in the browser
T = TypeVar("T")
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="passwords")  # as many as hash at once; see secrets.py


async def beside(work: Callable[..., T], *arguments: object) -> T:
    """What `work` returns, which hashes or compares a password and is slow."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)


def cookie_name(config: Settings) -> str:
    """The name of the cookie that holds a link's secret; over https it is bound to this very host."""
    return f"__Host-{COOKIE}" if deps.is_https(config) else COOKIE


def hold_link(response: Response, secret: str, config: Settings) -> None:
    """Let the browser hold the secret, so that no page has it in its address."""
    response.set_cookie(
        cookie_name(config),
        secret,
        max_age=HELD_SECONDS,
        httponly=True,
        secure=deps.is_https(config),
        samesite="lax",
    )


def drop_link(response: Response, config: Settings) -> None:
    """Take the secret back from the browser."""
    response.delete_cookie(cookie_name(config), httponly=True, secure=deps.is_https(config), samesite="lax")
