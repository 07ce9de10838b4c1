"""Points by hand in the small installation: an item, rules of counting, an adjustment."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import CountingRules, CourseCounting, HandItem
from server.domain.grades.counting.counting import Counting, keep_counting, keep_course_counting
from server.models import GradeAdjustment, GradeItem, ItemPoints
from tests.support.installation import Installation

RULES = CountingRules(weight=0.5, cap=12.0, bonus_points=0.5, bonus_places=1)
COUNTING = Counting(RULES, (HandItem(name="code", most=2.0), HandItem(name="report", most=4.0)))


def count_by_hand(installation: Installation, counting: Counting = COUNTING) -> None:
    """The competition counts by these rules; student0 has 1.5 points for code, student1 lost a point."""
    competition, at = installation.competition(), installation.clock()
    first, second = installation.user("student0"), installation.user("student1")

    def keep(session: Session) -> None:
        keep_counting(session, counting, competition_id=competition.id)
        keep_course_counting(session, CourseCounting(cap=50.0), course_id=competition.course_id)
        code = session.scalars(select(GradeItem).where(GradeItem.name == "code")).one()
        session.add(ItemPoints(item_id=code.id, user_id=first.id, points=1.5, checked_at=at))
        session.add(
            GradeAdjustment(
                course_id=competition.course_id,
                competition_id=competition.id,
                user_id=second.id,
                points=-1.0,
                reason="A day late with the report.",
                given_at=at,
            )
        )

    installation.db.write(keep)
