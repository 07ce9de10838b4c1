"""What people are told of their sessions, and how they end them: which browser, from where, when last used.

Of a browser two words are kept, of an address the network: enough to know one's own again, and no more.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotFound
from server.models import User, WebSession

# By a mark in `User-Agent`; many browsers have the marks of others too, so the order decides.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
SHOWN_BITS = {4: 24, 6: 48}  # of an address; the rest is a house or a machine


@dataclass(frozen=True)
class OpenedFrom:
    """Where a session was opened: the browser in two words, and the network of its address."""

    browser: str = ""
    network: str = ""


def browser_words(user_agent: str) -> str:
    """Browser and system, as far as they are known.

    >>> browser_words("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Linux'
    >>> browser_words("curl/8.5.0")
    ''
    """
    return ", ".join(name for name in (_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)) if name)


def _first(names: Iterable[tuple[str, str]], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")


def shortened(address: str) -> str:
    """The network of an address; empty for what is none.

    >>> shortened("192.0.2.7"), shortened("2001:db8:1:2::5"), shortened("testclient")
    ('192.0.2.0/24', '2001:db8:1::/48', '')
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((ip, SHOWN_BITS[ip.version]), strict=False))


def sessions_of(session: Session, *, user: User) -> list[WebSession]:
    """The user's sessions, the last opened first; some may be over by now."""
    opened = select(WebSession).where(WebSession.user_id == user.id)
    return list(session.scalars(opened.order_by(WebSession.created_at.desc(), WebSession.id.desc())))


def end_one(session: Session, *, user: User, session_id: int) -> None:
    """End one of the user's own sessions; NotFound when it is not theirs or has ended already."""
    ended = session.scalar(
        delete(WebSession)
        .where(WebSession.id == session_id, WebSession.user_id == user.id)
        .returning(WebSession.id)
    )
    if ended is None:
        raise NotFound(Message("You have no such session, or it has ended already."))


def end_others(session: Session, *, user: User, form_token: str | None) -> None:
    """End the user's sessions but the one whose forms have this token."""
    others = (WebSession.user_id == user.id, WebSession.form_token != (form_token or ""))
    session.execute(delete(WebSession).where(*others))
