"""When the first phase of a bundle begins and ends: what it says of the times of a competition here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from server.domain.setup.foreign.competition import ForeignTimes


def phase_times(phases: Sequence[Mapping[str, Any]]) -> ForeignTimes:
    """The opening and the deadline that the phases say; a phase without an end ends where the next begins.

    Times without a zone are in UTC, as the judge has them. A deadline that is not after the opening is none.
    """
    if not phases:
        return ForeignTimes()
    opens, ends = instant(phases[0].get("start")), instant(phases[0].get("end"))
    if ends is None and len(phases) > 1:
        ends = instant(phases[1].get("start"))
    if opens is not None and ends is not None and ends <= opens:
        ends = None
    return ForeignTimes(opens, ends)


def instant(value: object) -> datetime | None:
    """A time of a bundle, which YAML reads as a time or a day, or leaves as a text; None for no time.

    >>> instant("2030-01-01T08:00:00+08:00").isoformat(), instant(date(2030, 1, 1)).day, instant("soon")
    ('2030-01-01T00:00:00+00:00', 1, None)
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
