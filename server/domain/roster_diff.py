"""What importing a roster would change, told so that staff can look before they leap."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from server.domain.roster_file import RosterProblem, RosterRow


class Change(NamedTuple):
    """One field of one person, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """A member who is in the file with other facts than in the course."""

    row: RosterRow
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Removed:
    """An active student who is not in the file, and becomes inactive."""

    username: str
    name: str


@dataclass(frozen=True)
class RosterDiff:
    """What an import would do. With a problem in it, it does nothing."""

    added: tuple[RosterRow, ...]
    changed: tuple[Changed, ...]
    removed: tuple[Removed, ...]
    unchanged: int
    problems: tuple[RosterProblem, ...]

    def told(self, side: Literal["before", "after"]) -> dict[str, dict[str, str]]:
        """One side of what an import changes, by user name, for the audit trail."""
        found = {
            each.row.username: {change.field: getattr(change, side) for change in each.changes}
            for each in self.changed
        }
        found |= {each.username: {"active": "yes" if side == "before" else "no"} for each in self.removed}
        if side == "after":
            found |= {row.username: {"added": "yes"} for row in self.added}
        return found
