"""The values of the web API about courses and their next term (docs/api.md), one frozen record each."""

from dataclasses import dataclass

import msgspec

from client.api.decode import Time


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course; `zone` is the IANA name of its time zone."""

    slug: str
    title: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class CourseCompetition:
    """A competition in the list of its course: when it runs, and whether it is archived."""

    slug: str
    title: str
    opens_at: Time
    deadline_at: Time
    late_until: Time
    reveal_at: Time
    reset_zone: str
    archived_at: Time | None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A competition to be: where it comes from and stands, and why its last launch came to nothing."""

    id: int
    slug: str
    title: str
    source: str
    state: str
    error: str
    opens_at: Time | None
    deadline_at: Time | None
    late_until: Time | None
    reveal_at: Time | None


class Clone(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from"}):
    """A competition that was copied: tiers that have a threshold, wait for one, or are trained again.

    A struct and no dataclass, because `source` is called `from` on the wire.
    """

    source: str
    slug: str
    title: str
    opens_at: Time
    deadline_at: Time
    late_until: Time
    reveal_at: Time
    reset_zone: str
    archived_at: Time | None
    tiers_entered: tuple[str, ...]
    tiers_waiting: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClonedCourse:
    """A course for the next term with its competitions."""

    course: Course
    competitions: tuple[Clone, ...]
