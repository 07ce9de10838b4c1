"""Teams: who competes. A lone student is a team of one; each baseline is a team too."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.models.types import Instant, Key, Name, states


class TeamKind(StrEnum):
    """Whether a team takes places on the board, or marks a threshold on it."""

    STUDENT = "student"
    BASELINE = "baseline"


class Team(Base):
    """Who competes in one competition."""

    __tablename__ = "teams"
    __table_args__ = (
        UniqueConstraint("competition_id", "tier_id"),
        CheckConstraint("(kind = 'baseline') = (tier_id is not null)", name="baselines_have_a_tier"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    kind: Mapped[TeamKind] = mapped_column(states(TeamKind))
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tiers.id"))
    name: Mapped[Name]
    created_at: Mapped[Instant]


class TeamMember(Base):
    """A student in a team; one team a competition."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("competition_id", "user_id"),)

    id: Mapped[Key]
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
