"""Standings: kept rows, one a team and split, written in the transaction that scores.

A board is read off them.
"""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, PrivateTable
from server.models.types import Instant


class Standing(Base):
    """A team's place on the public board: its best public score, and when that file was received."""

    __tablename__ = "standings"
    __table_args__ = (Index("ix_standings_order", "competition_id", "sort_key", "received_at", "team_id"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    score: Mapped[float]
    sort_key: Mapped[float]
    received_at: Mapped[Instant]


class PrivateStanding(PrivateTable):
    """A team's place on the private board."""

    __tablename__ = "private_standings"
    __table_args__ = (
        Index("ix_private_standings_order", "competition_id", "sort_key", "received_at", "team_id"),
    )

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    score: Mapped[float]
    sort_key: Mapped[float]
    received_at: Mapped[Instant]


class BoardRevision(Base):
    """A number a split that grows whenever its board may look different: the name of a board's bytes."""

    __tablename__ = "board_revisions"

    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    public: Mapped[int] = mapped_column(default=0)
    private: Mapped[int] = mapped_column(default=0)
    rebuilt: Mapped[int] = mapped_column(default=0)  # the public number at which anything may have changed


class StandingChange(Base):
    """At which number of the public board a team's standings have changed last, on either board.

    Whoever keeps a board in memory reads by it what is new.
    """

    __tablename__ = "standing_changes"
    __table_args__ = (Index("ix_standing_changes_competition_id_revision", "competition_id", "revision"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    revision: Mapped[int]
