"""How homeworks count in their course: the rules as they are stored, read and written as plain values."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import CountingRules, CourseCounting, HandItem
from grader.homeworks.homework_file import HomeworkFile
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.grades.counting.course_total import Bonus, CourseRules, HomeworkRules
from server.models import Course, CourseGradeRules, GradeItem, GradeRules

RULES_ACT = "grade_rules_changed"
RULES = ("weight", "cap", "bonus_points", "bonus_places", "bonus_percent")


@dataclass(frozen=True)
class Counting:
    """How one competition counts: its rules, and the items that staff check by hand, in their order."""

    rules: CountingRules = field(default_factory=CountingRules)
    items: tuple[HandItem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The rules as the audit trail keeps them; an item by its name, with its most."""
        return asdict(self.rules) | {"items": {item.name: item.most for item in self.items}}

    def homework_rules(self, *, tiers: float) -> HomeworkRules:
        """The rules as a total is computed by them. tiers: the most that tiers earn on both splits."""
        rules = self.rules
        bonus = None
        if rules.bonus_points is not None:
            bonus = Bonus(rules.bonus_points, rules.bonus_places, rules.bonus_percent)
        return HomeworkRules(
            tiers, {item.name: item.most for item in self.items}, bonus, rules.weight, rules.cap
        )


USUAL = Counting()


@dataclass(frozen=True)
class CourseCountings:
    """How a course counts: its own rules, and those of each competition, by its id."""

    course: CourseCounting
    competitions: Mapping[int, Counting]

    @property
    def course_rules(self) -> CourseRules:
        """The course's own rules as a total is computed by them."""
        return CourseRules(self.course.drop_lowest, self.course.cap)

    def of(self, competition_id: int) -> Counting:
        """Those of one competition; the usual ones where nobody has set any."""
        return self.competitions.get(competition_id, USUAL)


def countings_of(session: Session, *, course_id: int, competition_ids: Collection[int]) -> CourseCountings:
    """How these competitions of the course count; three statements for all."""
    course = course_counting(session, course_id=course_id)
    items: dict[int, list[HandItem]] = defaultdict(list)
    for item in items_of(session, competition_ids):
        items[item.competition_id].append(HandItem(name=item.name, most=item.most))
    stored = session.scalars(select(GradeRules).where(GradeRules.competition_id.in_(competition_ids)))
    rules = {
        row.competition_id: CountingRules(**{name: getattr(row, name) for name in RULES}) for row in stored
    }
    return CourseCountings(
        course,
        {each: Counting(rules.get(each, USUAL.rules), tuple(items[each])) for each in competition_ids},
    )


def course_counting(session: Session, *, course_id: int) -> CourseCounting:
    """The course's own rules; the usual ones where nobody has set any."""
    row = session.get(CourseGradeRules, course_id)
    return CourseCounting() if row is None else CourseCounting(drop_lowest=row.drop_lowest, cap=row.cap)


def items_of(session: Session, competition_ids: Collection[int]) -> Sequence[GradeItem]:
    """The items that staff check by hand in these competitions, each competition's in their order."""
    return session.scalars(
        select(GradeItem)
        .where(GradeItem.competition_id.in_(competition_ids))
        .order_by(GradeItem.competition_id, GradeItem.place, GradeItem.id)
    ).all()


def counting_of_file(homework: HomeworkFile) -> Counting:
    """How a homework counts, as its competition.toml says."""
    return Counting(homework.grades, homework.item)


def keep_counting(session: Session, counting: Counting, *, competition_id: int) -> None:
    """Store how a competition counts, in the place of what stood there.

    An item that keeps its name keeps its points; one that is gone must have none, or the database refuses.
    """
    session.merge(GradeRules(competition_id=competition_id, **asdict(counting.rules)))
    names = [item.name for item in counting.items]
    session.execute(
        delete(GradeItem).where(GradeItem.competition_id == competition_id, GradeItem.name.not_in(names))
    )
    stored = {item.name: item for item in items_of(session, [competition_id])}
    for place, item in enumerate(counting.items):
        row = stored.get(item.name) or GradeItem(competition_id=competition_id, name=item.name)
        row.place, row.most = place, item.most
        session.add(row)
    session.flush()


def keep_course_counting(session: Session, counting: CourseCounting, *, course_id: int) -> None:
    """Store the course's own rules, in the place of what stood there."""
    session.merge(CourseGradeRules(course_id=course_id, drop_lowest=counting.drop_lowest, cap=counting.cap))
    session.flush()


def first_course_counting(
    session: Session, counting: CourseCounting, *, course: Course, by: Actor, now: datetime
) -> None:
    """Give the course its first own rules; one that has some already keeps them."""
    if session.get(CourseGradeRules, course.id) is not None:
        return
    keep_course_counting(session, counting, course_id=course.id)
    act = audit.Act(RULES_ACT, f"course {course.slug}", course_id=course.id, after=asdict(counting))
    audit.record(session, act, by=by, now=now)
