"""Asking a platform's services: with an access token, which is asked for by our signature and kept."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc import jwt

from server.domain.lti import own_key
from server.domain.people.accounts import secrets
from server.models import LtiPlatform
from server.services.sign_on import fetching
from server.services.sign_on.fetching import LOOPBACK, FetchedAnswer, NoAnswer, RefusedByProvider

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 300
SPARE_SECONDS, USUAL_SECONDS = 60.0, 3600.0  # by which a token ends earlier for us; its life if none is told
UNAUTHORIZED = 401


class PlatformServices:
    """The services of all platforms, as one thread asks them; the tokens are kept until they end."""

    def __init__(self, data_dir: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._data_dir, self._clock = data_dir, clock
        self._tokens: dict[tuple[int, str], tuple[str, float]] = {}

    async def ask(
        self,
        platform: LtiPlatform,
        method: str,
        address: str,
        *,
        scope: str,
        headers: Mapping[str, str],
        client: httpx2.AsyncClient | None = None,
        **request: Any,
    ) -> FetchedAnswer:
        """The service's answer, of whatever status. Raises NoAnswer, RefusedByProvider for no token."""
        _require_theirs(platform, address)
        while True:
            token, is_fresh = await self._token(platform, scope)
            own = {**headers, "Authorization": f"Bearer {token}"}
            answer = await fetching.exchange(method, address, headers=own, client=client, **request)
            if answer.status != UNAUTHORIZED or is_fresh:
                return answer
            del self._tokens[platform.id, scope]  # it was revoked before its time

    async def _token(self, platform: LtiPlatform, scope: str) -> tuple[str, bool]:
        """A token for this scope, and whether it was made just now."""
        token, until = self._tokens.get((platform.id, scope), ("", 0.0))
        if self._clock() < until:
            return token, False
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(platform),
            "scope": scope,
        }
        answer = await fetching.posted(platform.token_url, fields, basic=None)
        fresh, seconds = answer.get("access_token"), answer.get("expires_in", USUAL_SECONDS)
        if not isinstance(fresh, str) or not fresh.isprintable() or not isinstance(seconds, int | float):
            raise RefusedByProvider("no access token")
        self._tokens[platform.id, scope] = (fresh, self._clock() + seconds - SPARE_SECONDS)
        return fresh, True

    def _assertion(self, platform: LtiPlatform) -> str:
        """What proves to the platform that we ask (RFC 7523)."""
        key, now = own_key.own_key(self._data_dir), int(self._clock())
        claims = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.token_url,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.new_token(""),
        }
        return jwt.encode({"alg": own_key.ALGORITHM, "kid": key.kid}, claims, key)


def _require_theirs(platform: LtiPlatform, address: str) -> None:
    """Raise NoAnswer for an address on this very machine, unless the platform is here as well."""
    hosts = [urlsplit(each).hostname for each in (address, platform.token_url)]
    if hosts[0] in LOOPBACK and hosts[1] not in LOOPBACK:
        raise NoAnswer("an address on this machine is not the platform's")
