"""Teams: who competes, who is invited, what staff allow them.

A lone student is a team of one; each baseline is a team too.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LongText, Name, states


class TeamKind(StrEnum):
    """Whether a team takes places on the board, marks a threshold on it, or has no part in it."""

    STUDENT = "student"
    BASELINE = "baseline"
    TRIAL = "trial"  # one of the staff, whose files are scored and stand nowhere


class Team(Base):
    """Who competes in one competition."""

    __tablename__ = "teams"
    __table_args__ = (
        UniqueConstraint("competition_id", "tier_id"),
        UniqueConstraint("competition_id", "trial_of"),
        UniqueConstraint("competition_id", "pseudonym"),
        CheckConstraint("(kind = 'baseline') = (tier_id is not null)", name="baselines_have_a_tier"),
        CheckConstraint("(kind = 'trial') = (trial_of is not null)", name="trials_have_a_sender"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    kind: Mapped[TeamKind] = mapped_column(states(TeamKind))
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tiers.id"))
    trial_of: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[Name]  # on the board; need not be anybody's real name
    pseudonym: Mapped[str | None] = mapped_column(String(60))  # of a student team, for a kind board
    created_at: Mapped[Instant]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))  # a team that is no more


class TeamMember(Base):
    """A student in a team; one team a competition."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("competition_id", "user_id"),)

    id: Mapped[Key]
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class InvitationState(StrEnum):
    """What became of an invitation."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Invitation(Base):
    """A team's wish that a student join it, with their own team if they have one."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_pending_invitations",
            "team_id",
            "user_id",
            "asked_for",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_for: Mapped[Name]  # what was typed: all that the inviting team sees
    state: Mapped[InvitationState] = mapped_column(states(InvitationState), default=InvitationState.PENDING)
    created_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class Allowance(Base):
    """What staff gave to one team or student: a grant of extra slots, or an extension of the deadline.

    One of `team_id` and `user_id`; a student's allowance holds for whatever team they are in.
    """

    __tablename__ = "allowances"
    __table_args__ = (
        CheckConstraint("(team_id is null) <> (user_id is null)", name="one_receiver"),
        CheckConstraint("(extra_slots is null) <> (deadline_at is null)", name="slots_or_time"),
        CheckConstraint("extra_slots is null or extra_slots > 0", name="some_slots"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    extra_slots: Mapped[int | None]
    course_day: Mapped[date | None]  # of a grant: that day alone; None: every day
    deadline_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # of an extension
    reason: Mapped[LongText]
    given_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMicros)
