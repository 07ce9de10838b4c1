"""How long a worker stays: for one run, until nothing has come for a while, or until an instant."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

UNIX_SECONDS = re.compile(r"\d{9,11}")
WALL_CLOCK = re.compile(r"\d{1,2}:\d{2}")


class ShiftError(Exception):
    """A time that cannot be read; the sentence says how one is written."""


@dataclass
class Shift:
    """A worker's hours; without limits it stays until it is told to stop.

    until: an aware instant. clock: seconds since 1970.
    """

    once: bool = False
    idle_seconds: float | None = None
    until: datetime | None = None
    clock: Callable[[], float] = time.time
    _idle_since: float = field(init=False)
    _runs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._idle_since = self.clock()

    @property
    def is_limited(self) -> bool:
        """Whether it ends by itself."""
        return self.once or self.idle_seconds is not None or self.until is not None

    def seconds_left(self) -> float | None:
        """How long until its end, 0 when it has passed; None where there is none."""
        return None if self.until is None else max(0.0, self.until.timestamp() - self.clock())

    def had_a_run(self) -> None:
        """Note that a run has ended just now."""
        self._runs += 1
        self._idle_since = self.clock()

    def is_over(self) -> bool:
        """Whether it is over: one run done, idle for too long, or the instant come."""
        is_done = self.once and self._runs > 0
        is_idle = self.idle_seconds is not None and self.clock() - self._idle_since >= self.idle_seconds
        return is_done or is_idle or self.seconds_left() == 0


def instant(text: str, *, now: datetime) -> datetime:
    """The instant that a person or a scheduler names; one without an offset is local to this machine.

    It is written as 2030-03-13T12:00, as 12:00 (the next time that clocks show it), or in Unix seconds, as
    Slurm's SLURM_JOB_END_TIME. now: aware. Raises ShiftError for what is no time, and for one that is past.
    """
    word = text.strip()
    try:
        if UNIX_SECONDS.fullmatch(word):
            time_meant = datetime.fromtimestamp(int(word), tz=now.tzinfo)
        elif WALL_CLOCK.fullmatch(word):
            hour, minute = map(int, word.split(":"))
            time_meant = now.astimezone().replace(hour=hour, minute=minute, second=0, microsecond=0)
            time_meant += timedelta(days=time_meant <= now)
        else:
            time_meant = datetime.fromisoformat(word).astimezone()
    except (ValueError, OverflowError):
        raise ShiftError(
            f"'{text[:40]}' is no time. Write it as 2030-03-13T12:00, as 12:00, or in seconds since 1970."
        ) from None
    if time_meant <= now:
        raise ShiftError(f"'{text[:40]}' is past: it is {now.astimezone():%Y-%m-%dT%H:%M:%S%z} here now.")
    return time_meant
