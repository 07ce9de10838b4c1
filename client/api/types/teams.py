"""The values of the web API about teams (docs/api.md), one frozen dataclass each."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class Person:
    """A student as their fellow students know them."""

    username: str
    display_name: str = ""


@dataclass(frozen=True, kw_only=True)
class SentInvitation:
    """An invitation by one's own team that waits for an answer; `student` is what was typed."""

    id: Id
    student: str
    invited_by: str
    created_at: Time | None = None


@dataclass(frozen=True, kw_only=True)
class ReceivedInvitation:
    """An invitation to oneself: `refusal` says why it cannot be accepted now, None where it can.

    `is_merge`: accepting unites two teams; together they have used `used_together` of `allowed` slots.
    """

    id: Id
    team: str
    members: tuple[Person, ...] = ()
    invited_by: str = ""
    created_at: Time | None = None
    is_merge: bool = False
    has_submissions: bool = False
    members_together: int | None = None
    used_together: int | None = None
    allowed: int | None = None
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Team:
    """My team in one competition: `merge_until` is when teams stop growing."""

    competition: str
    name: str
    members: tuple[Person, ...]
    team_size: int
    merge_until: Time | None = None
    can_grow: bool = False
    invited: tuple[SentInvitation, ...] = ()
    invitations: tuple[ReceivedInvitation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StaffPerson(Person):
    """A member of a team as the staff know them."""

    student_number: str = ""


@dataclass(frozen=True, kw_only=True)
class StaffTeam:
    """A team as the staff see it: the people behind its name."""

    id: Id
    name: str
    members: tuple[StaffPerson, ...]
    submissions: int = 0
    created_at: Time | None = None
