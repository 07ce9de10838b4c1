"""The points of one student are those that the whole course's computation has for them, by fewer rows."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.grades.points.course_points import CoursePoints, course_points
from server.models import ALL_RIGHTS
from tests.support.drawn_course import DrawnCourse
from tests.support.tiny_homework import NOW


@pytest.fixture
def database(database_url: str) -> Any:
    database = Database(database_url)
    yield database
    database.close()


def points_of(database: Database, course_id: int, user_ids: list[int] | None) -> CoursePoints:
    """The points of these students, or of all."""
    points: CoursePoints = database.read(
        lambda session: course_points(
            session, course_id=course_id, rights=ALL_RIGHTS, now=NOW, user_ids=user_ids
        ),
        private=True,
    )
    return points


@pytest.mark.both
def test_one_student_has_the_points_that_they_have_among_all(database: Database) -> None:
    course = database.write(lambda session: DrawnCourse(session, Random(11), NOW).fill(5), private=True)
    every = points_of(database, course.id, None).students

    alone = [points_of(database, course.id, [each.student.user_id]).students for each in every]

    assert [[each.total for each in one] for one in alone] == [[each.total] for each in every]


def test_the_rows_of_one_student_are_read_by_indexes(database: Database) -> None:
    """Their late files and extensions were looked for among those of everybody."""
    course = database.write(lambda session: DrawnCourse(session, Random(11), NOW).fill(5), private=True)
    student = points_of(database, course.id, None).students[0].student.user_id
    statements: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: statements.append((of[2], of[3])))
    points_of(database, course.id, [student])

    def plans(session: Session) -> list[str]:
        driver: Any = session.connection().connection.driver_connection
        return [
            row[3] for each in statements for row in driver.execute(f"EXPLAIN QUERY PLAN {each[0]}", each[1])
        ]

    steps = database.read(plans, private=True)

    read_whole = [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step]
    assert [
        step for step in read_whole if "submissions" in step or "teams" in step or "standings" in step
    ] == []
    assert [step for step in steps if "submissions" in step and "competition_id" in step] == []
