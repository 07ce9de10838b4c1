"""How a course counts comes along into the next term: rules, items and bonuses, and nobody's points."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import CourseCounting
from server.domain.grades.counting.counting import CourseCountings
from server.domain.grades.rule_changes import current_rules
from server.models import Course, GradeAdjustment, ItemPoints
from tests.support.installation import Installation
from tests.support.points_by_hand import COUNTING, count_by_hand

pytestmark = pytest.mark.both


def countings(installation: Installation, slug: str) -> tuple[list[str], CourseCountings]:
    """The competitions of a course, and how it counts."""

    def read(session: Session) -> tuple[list[str], CourseCountings]:
        course = session.scalars(select(Course).where(Course.slug == slug)).one()
        competitions, rules = current_rules(session, course.id)
        return [each.slug for each in competitions], rules

    return installation.db.read(read)


def points_given(installation: Installation) -> tuple[int, ...]:
    """How many points for items and adjustments there are."""
    tables = (ItemPoints, GradeAdjustment)
    return installation.db.read(
        lambda session: tuple(session.scalar(select(func.count()).select_from(each)) or 0 for each in tables)
    )


def test_a_cloned_course_counts_as_its_origin_did(installation: Installation) -> None:
    count_by_hand(installation)
    before = points_given(installation)

    term = {"slug": "ml-2031", "title": "ML 2031", "first_day": "2031-03-10"}
    installation.client("iris").post("/api/courses/ml/clone", json=term).raise_for_status()

    slugs, rules = countings(installation, "ml-2031")
    assert len(slugs) == 1
    assert rules.course == CourseCounting(cap=50.0)
    assert list(rules.competitions.values()) == [COUNTING]
    assert points_given(installation) == before


def test_a_competition_that_is_cloned_into_its_course_counts_as_the_other(installation: Installation) -> None:
    count_by_hand(installation)

    clone = {"slug": "tiny-2", "first_day": "2031-03-10"}
    installation.client("iris").post("/api/competitions/tiny/clone", json=clone).raise_for_status()

    _, rules = countings(installation, "ml")
    assert list(rules.competitions.values()) == [COUNTING, COUNTING]
