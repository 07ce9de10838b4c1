"""The times of a clone: those of its origin, so many whole days later on the same wall clock."""

from datetime import datetime

from grader.messages import Message
from server.clock import days_later
from server.domain.errors import Invalid
from server.local_time import local_text
from server.models import Competition

TIMES = ("opens_at", "deadline_at", "late_until", "reveal_at", "merge_until")
SHIFT_MOST = 36_500  # days, so that no typing slip leaves the calendar


def times_of(old: Competition, days: int) -> dict[str, datetime | None]:
    """Each of the competition's times moved by `days`.

    Raises Invalid for too many days, and where a change of the clocks puts the times out of order.
    """
    if abs(days) > SHIFT_MOST:
        raise Invalid(
            Message(
                "A clone is at most {most} days from its origin; this one would be {days}.",
                most=SHIFT_MOST,
                days=days,
            )
        )
    times = {}
    for name in TIMES:
        at: datetime | None = getattr(old, name)
        times[name] = None if at is None else days_later(at, days=days, zone=old.reset_zone)
    opens, deadline = times["opens_at"], times["deadline_at"]
    late, reveal = times["late_until"], times["reveal_at"]
    assert opens is not None
    assert deadline is not None
    assert late is not None
    assert reveal is not None
    if not opens < deadline <= min(late, reveal):
        raise Invalid(
            Message(
                "Moved by {days} days, '{slug}' would open on {opens} and end on {deadline}: its hours "
                "fall into a change of the clocks. Choose another first day.",
                days=days,
                slug=old.slug,
                opens=local_text(opens, old.reset_zone),
                deadline=local_text(deadline, old.reset_zone),
            )
        )
    return times
