"""Which proxy stands between this machine and a server, as the environment names it.

What runs on this very machine is never asked through a proxy, whatever the environment says: no proxy
elsewhere can reach it.
"""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from client.addresses import is_loopback
from client.api.errors import Misuse
from grader.messages import Message

SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class NamedProxy:
    """A proxy: its address, which may hold a password, and the variable that names it.

    variable: as in "http_proxy"; empty where this machine's settings do.
    """

    address: str
    variable: str

    def words(self) -> str:
        """Its address without a name and a password, and who names it."""
        parts = urlsplit(self.address)
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if not self.variable:
            return Message("the proxy {address}, which this machine's settings name", address=shown)
        return Message("the proxy {address}, which {variable} names", address=shown, variable=self.variable)


def proxy_for(base_url: str) -> NamedProxy | None:
    """The proxy through which this server is asked, None where it is asked directly."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    for kind in (parts.scheme, "all"):
        if address := proxies.get(kind):
            return NamedProxy(address if "://" in address else f"http://{address}", _variable(kind))
    return None


def transport_to(base_url: str) -> tuple[httpx2.BaseTransport, NamedProxy | None]:
    """The way to a server, and the proxy on it; raises Misuse for a proxy that cannot be used."""
    proxy = proxy_for(base_url)
    if proxy is None:
        return httpx2.HTTPTransport(), None
    scheme = urlsplit(proxy.address).scheme
    try:
        if scheme not in SCHEMES:
            raise ValueError
        return httpx2.HTTPTransport(proxy=httpx2.Proxy(proxy.address)), proxy
    except ImportError:
        raise Misuse(
            Message(
                "{url} is asked through {proxy}. A {scheme} proxy needs the package socksio: "
                "pip install socksio. Or unset the variable.",
                url=base_url,
                proxy=proxy.words(),
                scheme=scheme,
            )
        ) from None
    except (ValueError, httpx2.InvalidURL):
        raise Misuse(
            Message(
                "{url} is asked through {proxy}. A proxy's address begins with http://, https:// or socks5://.",
                url=base_url,
                proxy=proxy.words(),
            )
        ) from None


def _variable(kind: str) -> str:
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "")
