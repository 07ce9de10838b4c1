"""What importing a roster would change, told so that staff can look before they leap."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from server.domain.audit.names import person
from server.domain.people.accounts.accounts import username_key
from server.domain.people.roster.rows import RosterProblem, RosterRow

PERSONAL = {"name", "email", "student_number", "department"}
HELD_BACK = {"before": "one", "after": "another"}


class FieldChange(NamedTuple):
    """One field of one person, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedMember:
    """A member who is in the file with other facts than in the course."""

    row: RosterRow
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True)
class RemovedStudent:
    """An active student who is not in the file, and becomes inactive."""

    username: str
    name: str


@dataclass(frozen=True)
class RosterQuestion:
    """What an import would do that must be meant: the sentence, and the option that says that it is.

    advice: what to do about it on the command line.
    """

    option: str
    message: str
    advice: str


@dataclass(frozen=True)
class Approval:
    """What whoever imports a roster has said is meant.

    drop: so many students are no longer in the file; nameless: new people may be called by their user names;
    as_written: what looks spoiled is right as it stands.
    """

    drop: int | None = None
    nameless: bool = False
    as_written: bool = False


@dataclass(frozen=True)
class RosterDiff:
    """What an import would do. With a problem or an open question in it, it does nothing."""

    added: tuple[RosterRow, ...]
    changed: tuple[ChangedMember, ...]
    removed: tuple[RemovedStudent, ...]
    unchanged: int
    problems: tuple[RosterProblem, ...]
    questions: tuple[RosterQuestion, ...] = ()

    def for_trail(
        self, side: Literal["before", "after"], ids: Mapping[str, int]
    ) -> dict[str, dict[str, str]]:
        """One side of what an import changes, by person, for the audit trail.

        The trail keeps nobody's name, address, number or department. ids: the accounts' by the key of their
        user name.
        """

        def subject_of(username: str) -> str:
            return person(ids[username_key(username)])

        people = {subject_of(each.row.username): _facts(each.changes, side) for each in self.changed}
        active = {"active": "yes" if side == "before" else "no"}
        people |= {subject_of(each.username): active for each in self.removed}
        if side == "after":
            people |= {subject_of(row.username): {"added": "yes"} for row in self.added}
        return people


def _facts(changes: tuple[FieldChange, ...], side: Literal["before", "after"]) -> dict[str, str]:
    shown = {change.field: getattr(change, side) for change in changes if change.field not in PERSONAL}
    return shown | {change.field: HELD_BACK[side] for change in changes if change.field in PERSONAL}
