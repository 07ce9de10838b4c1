"""A server's address, as people type it or copy it from a browser."""

from ipaddress import ip_address

# What follows a server's address in that of a page.
PAGES = (
    "competitions",
    "courses",
    "sign-in",
    "account",
    "submissions",
    "baseline-runs",
    "command-line",
    "api",
)


def address_in(text: str) -> str:
    """The server's address in what a person typed or copied from a browser; an empty text stays one.

    A page's address is cut back to the server's. What has no http:// or https:// gets the one that it needs.

    >>> address_in(" ml.example.edu/competitions/hw01/submit "), address_in("localhost:8080/")
    ('https://ml.example.edu', 'http://localhost:8080')
    """
    word = text.strip().strip("'\"<>").split("?")[0].split("#")[0]
    if word and "://" not in word:
        host = word.split("/")[0].rsplit(":", 1)[0].strip("[]")
        word = f"{'http' if is_loopback(host) else 'https'}://{word}"
    scheme, separator, rest = word.partition("://")
    parts = rest.split("/")
    page = next((number for number, part in enumerate(parts) if number and part in PAGES), len(parts))
    return scheme + separator + "/".join(parts[:page]).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
