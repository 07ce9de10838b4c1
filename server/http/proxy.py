"""What a web server in front tells of a request: the client's address and, where settings say so, its user.

Both are believed by where the connection comes from, and by nothing else that a request holds. A plain ASGI
class, outside everything that asks for an address.
"""

import ipaddress

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from grader.messages import Message
from server.domain.errors import NotSignedIn
from server.domain.people.sign_on.claims import RosterFact
from server.domain.people.sign_on.proxy import is_named
from server.logs import logger_of
from server.models import User
from server.settings import Networks, Settings

USER = "splitboard.user"  # in a request's scope: whom the proxy names
log = logger_of(__name__)


class FromProxy:
    """Takes a trusted proxy's word for client and user; of anybody else's user header nothing is left."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=settings.trusted_proxies)  # type: ignore[arg-type]
        self._header = settings.user_header.lower().encode()
        self._networks = settings.user_networks
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with what the proxy tells of it."""
        if scope["type"] == "http" and self._header:
            scope = self._named(scope)
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    def _named(self, scope: Scope) -> Scope:
        values = [value for name, value in scope["headers"] if name == self._header]
        if not values:
            return scope
        others = [(name, value) for name, value in scope["headers"] if name != self._header]
        peer = scope["client"][0] if scope.get("client") else ""
        if _is_in(peer, self._networks):
            user = values[0].decode("utf-8", "replace").strip() if len(values) == 1 else ""
            return {**scope, "headers": others, USER: user}
        if not self._has_warned:
            self._has_warned = True
            log.warning("a user header of a connection that may not set it was ignored", peer=peer)
        return {**scope, "headers": others}


def _is_in(address: str, networks: Networks) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:  # a socket in the file system, or a test's client
        return False
    return any(ip in network for network in networks)


def proxy_user(request: Request) -> str:
    """Whom a trusted proxy names in this request; empty for nobody."""
    name: str = request.scope.get(USER, "")
    return name


def require_same_user(request: Request, user: User) -> None:
    """Raise NotSignedIn for a session that a proxy opened when it names somebody else by now.

    It may name nobody: addresses for programs are let through without its sign-in.
    """
    name, fact = proxy_user(request), RosterFact(request.app.state.settings.user_header_matches)
    if name and not is_named(user, name, fact):
        raise NotSignedIn(Message("Your session is over. Sign in again."))
