"""The identity provider of the settings: where people are sent, and what its answer says of them.

Its description and its keys are fetched when first needed and kept.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from joserfc.jwk import KeySet

from server.domain.people.sign_on import id_tokens, tickets
from server.domain.people.sign_on.claims import ClaimRule
from server.domain.people.sign_on.id_tokens import Claims, UntrustedToken
from server.domain.people.sign_on.refusals import ProviderAway, UntrustedAnswer
from server.domain.people.sign_on.tickets import NewTicket
from server.services.sign_on import fetching
from server.services.sign_on.fetching import NoAnswer, RefusedByProvider
from server.services.sign_on.published import Published

DESCRIPTION = "/.well-known/openid-configuration"
DESCRIPTION_SECONDS = 3600.0  # for which a description is kept
SCOPES = "openid email profile"


@dataclass(frozen=True)
class Client:
    """Who we are to the provider. secret: None for a public client, whom PKCE alone protects."""

    id: str
    secret: str | None = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True)
class ProviderAnswer:
    """What the provider's redirect has brought, and the two secrets of the ticket that it answers."""

    code: str = field(repr=False)
    issuer: str | None
    state: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class _Description:
    authorization: str
    token: str
    keys: str
    names_itself: bool  # in its redirects (RFC 9207)
    takes_basic: bool
    since: float


class Provider:
    """One provider, as the settings name it."""

    def __init__(
        self, *, issuer: str, client: Client, rule: ClaimRule, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer, self.rule, self.label = issuer, rule, rule.label
        self._client, self._published = client, Published(rule.label, clock=clock)
        self._description: _Description | None = None
        self._turn = asyncio.Lock()

    async def address_for(self, ticket: NewTicket) -> str:
        """Where a browser with this ticket is sent; raises ProviderAway."""
        description = await self._described()
        query = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": self._client.redirect_uri,
            "scope": SCOPES,
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": ticket.verifier_hash,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in description.authorization else "?"
        return f"{description.authorization}{joint}{urlencode(query)}"

    async def claims_of(self, answer: ProviderAnswer, *, now: datetime) -> Claims:
        """What the provider says of whom it has signed in; raises ProviderAway and UntrustedAnswer."""
        description = await self._described()
        if answer.issuer != self.issuer and (answer.issuer is not None or description.names_itself):
            raise UntrustedAnswer(self.label, "iss: the answer is not of this provider")
        token = await self._token(description, answer)
        nonce = tickets.nonce_of(answer.state, answer.secret)
        try:
            return await self._checked(description, token, nonce=nonce, now=now)
        except UntrustedToken as error:
            raise UntrustedAnswer(self.label, str(error)) from None

    async def _checked(self, description: _Description, token: str, *, nonce: str, now: datetime) -> Claims:
        def checked(keys: KeySet) -> Claims:
            return id_tokens.checked(
                token, keys, issuer=self.issuer, client_id=self._client.id, nonce=nonce, now=now
            )

        return await self._published.checked(description.keys, checked)

    async def _token(self, description: _Description, answer: ProviderAnswer) -> str:
        fields = {
            "grant_type": "authorization_code",
            "code": answer.code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": tickets.verifier_of(answer.state, answer.secret),
        }
        basic = None
        secret = self._client.secret
        if secret is not None and description.takes_basic:
            basic = (quote(self._client.id, safe=""), quote(secret, safe=""))
        else:
            fields |= {"client_id": self._client.id} | ({} if secret is None else {"client_secret": secret})
        try:
            token = (await fetching.posted(description.token, fields, basic=basic)).get("id_token")
        except RefusedByProvider as error:
            raise UntrustedAnswer(self.label, f"code: the provider answered {error}") from None
        except NoAnswer as error:
            raise ProviderAway(self.label, str(error)) from None
        if not isinstance(token, str):
            raise UntrustedAnswer(self.label, "the provider sent no ID token")
        return token

    async def _described(self) -> _Description:
        async with self._turn:
            known = self._description
            if known is None or self._published.clock() - known.since >= DESCRIPTION_SECONDS:
                address = f"{self.issuer.rstrip('/')}{DESCRIPTION}"
                self._description = self._read(await self._published.document(address))
            assert self._description is not None
            return self._description

    def _read(self, document: dict[str, Any]) -> _Description:
        """What of a description counts; raises ProviderAway for another issuer's and for missing parts."""
        if document.get("issuer") != self.issuer:
            raise ProviderAway(
                self.label, f"the description is of the issuer {document.get('issuer')!r}"[:200]
            )
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = [document.get(name) for name in names]
        if not all(isinstance(each, str) and fetching.is_safe(each) for each in addresses):
            raise ProviderAway(self.label, f"the description lacks an https address among {', '.join(names)}")
        authorization, token, keys = (str(each) for each in addresses)
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        return _Description(
            authorization,
            token,
            keys,
            names_itself,
            "client_secret_basic" in methods,
            self._published.clock(),
        )
