"""Asking a provider over the network, within limits: it may be slow, silent, or send without an end.

No redirect is followed, so nothing but the addresses of the settings and of the provider's own description
is ever asked.
"""

import asyncio
import json
import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx2

SECONDS = 8.0  # for one question and its whole answer
BYTES_MOST = 512_000  # of an answer; a large provider publishes some tens of kB
LOOPBACK = ("127.0.0.1", "::1", "localhost")
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


async def fetched(address: str) -> dict[str, Any]:
    """The JSON object at this address; raises NoAnswer."""
    status, answer = await _exchange("GET", address)
    if status != 200:
        raise NoAnswer(f"{_place(address)} answered {status}")
    return answer


async def posted(address: str, fields: dict[str, str], *, basic: tuple[str, str] | None) -> dict[str, Any]:
    """The JSON object that answers this form. basic: a name and a password.

    Raises NoAnswer and RefusedByProvider.
    """
    status, answer = await _exchange("POST", address, data=fields, auth=basic)
    if status in REFUSALS:
        raise RefusedByProvider(str(answer.get("error", status))[:80])
    if status != 200:
        raise NoAnswer(f"{_place(address)} answered {status}")
    return answer


async def _exchange(method: str, address: str, **request: Any) -> tuple[int, dict[str, Any]]:
    if not is_safe(address):
        raise NoAnswer(f"{_place(address)} is not asked: it is no https address")
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx2.AsyncClient(verify=_certificates(), follow_redirects=False) as client,
            client.stream(method, address, headers={"Accept": "application/json"}, **request) as answer,
        ):
            return answer.status_code, _object(await _body(answer), answer.status_code)
    except TimeoutError:
        raise NoAnswer(f"{_place(address)} did not answer in {SECONDS:g} seconds") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise NoAnswer(f"{_place(address)} cannot be reached: {type(error).__name__}") from None
    except ValueError:
        raise NoAnswer(f"{_place(address)} answered with no JSON object, or with one too large") from None


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > BYTES_MOST:
            raise ValueError("too large")
    return bytes(body)


def _object(body: bytes, status: int) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    if status == 200:
        raise ValueError("no object")
    return {}


def _place(address: str) -> str:
    """The address without what a query may hold."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
