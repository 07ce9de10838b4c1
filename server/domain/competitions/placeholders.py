"""Values of a competition by the names that its description has for them, so that text and rules agree.

A description says `{{ daily_limit }}` and not "five": staff may change the rule, and another course has its
own.
"""

from collections.abc import Callable
from types import MappingProxyType

from grader.messages import Message, translated
from grader.parted_text import parted
from languages.catalogue import ENGLISH, nearest, templates
from server.domain.texts.markdown import placeholders
from server.local_time import ZoneName, local_text
from server.models import Competition, Unselected


def unselected(row: Competition) -> Message:
    """Which submission counts of a team that has selected none, for the middle of a sentence."""
    match row.unselected:
        case Unselected.FIRST:
            return Message("the first submission")
        case Unselected.BEST_PUBLIC:
            return Message("the best public submission")
        case Unselected.BEST:
            return Message("the best private submission")


# By the keys of competition.toml; a time goes without its `_at`.
VALUES: MappingProxyType[str, Callable[[Competition], str]] = MappingProxyType(
    {
        "daily_limit": lambda row: str(row.daily_limit),
        "final_selections": lambda row: str(row.final_selections),
        "unselected": unselected,
        "team_size": lambda row: str(row.team_size),
        "metric": lambda row: row.metric,
        "reset_zone": lambda row: ZoneName(row.reset_zone),
        "opens": lambda row: local_text(row.opens_at, row.reset_zone),
        "deadline": lambda row: local_text(row.deadline_at, row.reset_zone),
        "late_until": lambda row: local_text(row.late_until, row.reset_zone),
        "reveal": lambda row: local_text(row.reveal_at, row.reset_zone),
    }
)


def values_in(language: str, row: Competition) -> dict[str, str]:
    """The value of each placeholder in the language that a part of a description is written in."""
    catalogue = templates(nearest([language]) or ENGLISH)
    return {name: str(translated(value(row), catalogue)) for name, value in VALUES.items()}


def unknown(description_md: str) -> list[str]:
    """The names in a description, in all of its languages, for which there is no value."""
    parts = parted(description_md).values()
    names = (name for part in parts for name in placeholders(part))
    return [name for name in dict.fromkeys(names) if name not in VALUES]
