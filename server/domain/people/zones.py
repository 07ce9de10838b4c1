"""The time zone in which somebody reads deadlines beside the course's."""

from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.models import User


@cache
def names() -> tuple[str, ...]:
    """The zones that are places, as in "Asia/Taipei", and UTC; in the order of the alphabet."""
    places = (name for name in _all() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))
    return tuple(sorted([*places, "UTC"]))


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())  # reads many small files, each time


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA zone."""
    return name in _all()


def choose(session: Session, *, user: User, zone: str) -> None:
    """Let `user` read deadlines in this zone, too; "" is the zone that the browser says.

    Raises Invalid for a name of no zone.
    """
    if zone and not is_zone(zone):
        raise Invalid(
            Message(
                "There is no time zone '{zone}'. Write one as in Asia/Taipei or Europe/Berlin, or nothing.",
                zone=zone[:60],
            )
        )
    session.execute(update(User).where(User.id == user.id).values(zone=zone))
