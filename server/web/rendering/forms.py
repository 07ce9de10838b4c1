"""What forms send as text, read strictly."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.domain.errors import Invalid


def from_local(text: str, zone: str) -> datetime:
    """The instant that a local time names in `zone`; raises Invalid for none, or one that a change of the
    clocks leaves out."""
    try:
        told = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Invalid(f"'{text}' is no time; write it as 2030-03-15T23:59.") from None
    instant = told.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != told:
        raise Invalid(f"There is no {text} in {zone}: the clocks leave it out that day. Choose another time.")
    return instant
