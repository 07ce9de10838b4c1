"""Whether a request that carries a cookie was meant; no web framework, so that a test can ask it alone."""

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MEANT_SITES = frozenset({"same-origin", "none"})  # our own page; an address typed or a bookmark


def was_meant(
    *, method: str, sec_fetch_site: str | None, origin: str | None, own_origin: str | None, host: str | None
) -> bool:
    """Whether a request that carries a cookie came from our own page.

    sec_fetch_site, origin, host: the headers `Sec-Fetch-Site`, `Origin`, `Host`; own_origin: the configured
    address, as in "https://ml.example.edu", which alone counts where there is one. A request that changes
    nothing is always let through. Browsers send `Sec-Fetch-Site` only over https and to localhost; over plain
    http the origin decides, and none is a no.
    Source: OWASP's cheat sheet on cross-site request forgery, fetch metadata with the origin as its fallback.
    """
    if method.upper() in SAFE_METHODS:
        return True
    if sec_fetch_site is not None:
        return sec_fetch_site.lower() in MEANT_SITES
    if not origin or origin == "null":
        return False
    if own_origin is not None:
        return origin.lower() == own_origin.rstrip("/").lower()
    return host is not None and urlsplit(origin).netloc.lower() == host.lower()
