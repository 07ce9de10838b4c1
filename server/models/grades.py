"""How homeworks become a course's points: rules, items that staff check by hand, what staff adjusted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LongText


class CourseGradeRules(Base):
    """How the points of a course's homeworks become a total; a course without a row has the usual ones."""

    __tablename__ = "course_grade_rules"
    __table_args__ = (
        CheckConstraint("drop_lowest >= 0", name="drops_none_or_some"),
        CheckConstraint("cap >= 0", name="cap_is_no_debt"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    drop_lowest: Mapped[int] = mapped_column(default=0)
    cap: Mapped[float | None]  # None: no limit


class GradeRules(Base):
    """How a competition counts in its course; one without a row has the usual rules."""

    __tablename__ = "grade_rules"
    __table_args__ = (
        CheckConstraint("weight >= 0", name="weight_is_no_debt"),
        CheckConstraint("cap >= 0", name="cap_is_no_debt"),
        CheckConstraint("bonus_points > 0", name="bonus_is_some"),
        CheckConstraint("bonus_places > 0", name="some_places"),
        CheckConstraint("bonus_percent > 0 and bonus_percent <= 100", name="some_percent"),
        CheckConstraint(
            "(bonus_points is null and bonus_places is null and bonus_percent is null) or (bonus_points is "
            "not null and (bonus_places is null) <> (bonus_percent is null))",
            name="bonus_is_whole",
        ),
    )

    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    weight: Mapped[float] = mapped_column(default=1.0)
    cap: Mapped[float | None]
    bonus_points: Mapped[float | None]
    bonus_places: Mapped[int | None]
    bonus_percent: Mapped[float | None]


class GradeItem(Base):
    """Something that staff check by hand and give points for: code that was handed in, a report."""

    __tablename__ = "grade_items"
    __table_args__ = (
        UniqueConstraint("competition_id", "name"),
        CheckConstraint("most >= 0", name="most_is_no_debt"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    name: Mapped[str] = mapped_column(String(60))
    place: Mapped[int]  # 0 is the first column
    most: Mapped[float]


class ItemPoints(Base):
    """The points of one student for one item; without a row it was not checked yet."""

    __tablename__ = "item_points"
    __table_args__ = (CheckConstraint("points >= 0", name="points_are_no_debt"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("grade_items.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    points: Mapped[float]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the command line
    checked_at: Mapped[Instant]


class GradeAdjustment(Base):
    """What staff changed by hand, in one homework or in the whole course (no competition), and why."""

    __tablename__ = "grade_adjustments"
    __table_args__ = (
        Index("ix_grade_adjustments_course_id_user_id", "course_id", "user_id"),
        CheckConstraint("factor >= 0", name="factor_is_no_debt"),
        CheckConstraint("not is_excused or competition_id is not null", name="a_homework_is_excused"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
    )

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    competition_id: Mapped[int | None] = mapped_column(ForeignKey("competitions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    points: Mapped[float] = mapped_column(default=0.0)
    factor: Mapped[float] = mapped_column(default=1.0)  # the points become so many times themselves first
    is_excused: Mapped[bool] = mapped_column(default=False)  # counts neither for nor against the student
    reason: Mapped[LongText]  # the student reads it
    given_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMicros)
