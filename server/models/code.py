"""Code that teams hand in with their final selections, for staff to check by hand."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base
from server.models.types import Instant, Key, Name, Sha256, states


class CodeKind(StrEnum):
    """What a version of a team's code is by its bytes; the value is the ending of its name."""

    ZIP = "zip"
    TAR_GZ = "tar.gz"
    NOTEBOOK = "ipynb"
    PYTHON = "py"


VERSIONS_MOST = 20  # of one team; the database holds it


class CodeVersion(Base):
    """One archive or notebook that a team has handed in; the newest one counts, and all are kept.

    The place is what bounds how many versions a team may send under any number of parallel requests.
    """

    __tablename__ = "code_versions"
    __table_args__ = (
        UniqueConstraint("team_id", "place"),
        CheckConstraint(f"place is null or place between 1 and {VERSIONS_MOST}", name="places_of_a_team"),
        CheckConstraint("size > 0", name="some_code"),
        Index("ix_code_versions_competition_id_team_id", "competition_id", "team_id"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    handed_in_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    received_at: Mapped[Instant]  # when the last byte had come
    place: Mapped[int | None]  # 1..20; None for what came with a team that was merged into this one
    kind: Mapped[CodeKind] = mapped_column(states(CodeKind))
    file_name: Mapped[Name]
    sha256: Mapped[Sha256] = mapped_column(index=True)
    size: Mapped[int]  # bytes
