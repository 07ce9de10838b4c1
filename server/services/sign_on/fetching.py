"""Asking a provider over the network, within limits: it may be slow, silent, or send without an end.

No redirect is followed, so nothing but the addresses of the settings and of the provider's own description
is ever asked.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx2

SECONDS = 8.0  # for one question and its whole answer
BYTES_MOST = 512_000  # of an answer; a large provider publishes some tens of kB
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ACCEPT = {"Accept": "application/json"}
REFUSALS = range(400, 500)  # statuses by which a provider says that the question is wrong


class NoAnswer(Exception):
    """The provider gave no answer of use; the text says why, and quotes nothing of what was sent."""


class RefusedByProvider(Exception):
    """The provider says that what it was sent is wrong; the text is its own word for it."""


def is_safe(address: str) -> bool:
    """Whether secrets may go there: by https, or to this very machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


@dataclass(frozen=True)
class FetchedAnswer:
    """What somebody answered, of whatever status."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The JSON value in it; None where there is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


async def fetched(address: str) -> dict[str, Any]:
    """The JSON object at this address; raises NoAnswer."""
    return _object(await exchange("GET", address), address)


async def posted(address: str, fields: dict[str, str], *, basic: tuple[str, str] | None) -> dict[str, Any]:
    """The JSON object that answers this form. basic: a name and a password.

    Raises NoAnswer and RefusedByProvider.
    """
    answer = await exchange("POST", address, data=fields, auth=basic)
    if answer.status in REFUSALS:
        value = answer.json()
        reason = value.get("error") if isinstance(value, dict) else None
        raise RefusedByProvider(str(reason or answer.status)[:80])
    return _object(answer, address)


@asynccontextmanager
async def connection() -> AsyncIterator[httpx2.AsyncClient]:
    """A connection that is kept from one question to the next."""
    async with httpx2.AsyncClient(verify=_certificates(), follow_redirects=False) as client:
        yield client


async def exchange(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] = ACCEPT,
    client: httpx2.AsyncClient | None = None,
    **request: Any,
) -> FetchedAnswer:
    """The answer to one question, over a connection of its own where none is given. Raises NoAnswer."""
    if not is_safe(address):
        raise NoAnswer(f"{_place(address)} is not asked: it is no https address")
    try:
        async with (
            asyncio.timeout(SECONDS),
            nullcontext(client) if client is not None else connection() as used,
            used.stream(method, address, headers=dict(headers), **request) as answer,
        ):
            return FetchedAnswer(answer.status_code, answer.headers, await _body(answer))
    except TimeoutError:
        raise NoAnswer(f"{_place(address)} did not answer in {SECONDS:g} seconds") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise NoAnswer(f"{_place(address)} cannot be reached: {type(error).__name__}") from None
    except ValueError:
        raise NoAnswer(f"{_place(address)} answered with more than can be read") from None


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > BYTES_MOST:
            raise ValueError("too large")
    return bytes(body)


def _object(answer: FetchedAnswer, address: str) -> dict[str, Any]:
    if answer.status != 200:
        raise NoAnswer(f"{_place(address)} answered {answer.status}")
    value = answer.json()
    if not isinstance(value, dict):
        raise NoAnswer(f"{_place(address)} answered with no JSON object")
    return value


def _place(address: str) -> str:
    """The address without what a query may hold."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
