"""Courses and their members."""

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base
from server.models.types import Instant, Key, LanguageTag, LongText, Name, Title, Titled, states


class Role(StrEnum):
    """What a member is in a course."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"

    @property
    def is_staff(self) -> bool:
        """Whether this role sees both boards."""
        return self is not Role.STUDENT


class Right(StrEnum):
    """What a TA may do in a course, unless its instructors withhold it; instructors may do all of it."""

    SEE_PRIVATE = "see_private"
    SEE_NAMES = "see_names"
    RESCORE = "rescore"
    EXCLUDE = "exclude"
    CHANGE_RULES = "change_rules"
    GRANT = "grant"
    EXPORT = "export"


ALL_RIGHTS = frozenset(Right)


class BoardNames(StrEnum):
    """Under which names teams stand on boards, for those who may not see who is behind them."""

    REAL = "real"  # what each team is called: at first the name of its first member
    CHOSEN = "chosen"  # the same where it is no member's own name, else the team's pseudonym
    PSEUDONYMS = "pseudonyms"


class Course(Titled, Base):
    """Who is taught together in one term."""

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("board_rows is null or board_rows > 0", name="some_rows"),
        CheckConstraint("look_alikes_hour is null or look_alikes_hour between 0 and 23", name="an_hour"),
    )

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[Title]
    zone: Mapped[str] = mapped_column(String(60))  # IANA name
    language: Mapped[LanguageTag] = mapped_column(default="")  # where a browser asks for none that is there
    first_day: Mapped[date | None]  # of its calendar; None where nobody has said
    holidays: Mapped[list[str]] = mapped_column(JSON, default=list)  # days on which nothing is due, ISO
    contact: Mapped[Name] = mapped_column(default="")  # whom its people write to, a line of text; "" for none
    board_names: Mapped[BoardNames] = mapped_column(states(BoardNames), default=BoardNames.REAL)
    board_rows: Mapped[int | None]  # how many ranks a board lists for everybody; None: all
    look_alikes_hour: Mapped[int | None] = mapped_column(default=3)  # of the local night; None: never
    created_at: Mapped[Instant]


class Member(Base):
    """A user's part in a course; a member who left is inactive, never deleted."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("course_id", "user_id"),
        UniqueConstraint("course_id", "student_number"),
    )

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(states(Role))
    student_number: Mapped[str | None] = mapped_column(String(60))
    department: Mapped[Name] = mapped_column(default="")
    section: Mapped[Name] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class StaffNote(Base):
    """What a member of the staff has noted about a person of their course, for staff alone."""

    __tablename__ = "staff_notes"
    __table_args__ = (Index("ix_staff_notes_course_id_user_id", "course_id", "user_id"),)

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    body: Mapped[LongText]
    created_at: Mapped[Instant]


class WithheldRight(Base):
    """A right that a TA of a course does not have; without such rows a TA has all of them."""

    __tablename__ = "withheld_rights"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    withheld: Mapped[Right] = mapped_column(states(Right), primary_key=True)
