"""The shapes by which staff read and change a course's points: rules, items checked by hand, all students."""

from collections.abc import Sequence
from typing import cast

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.grades.items.item_sheet import ItemSheet
from server.domain.grades.points.course_points import CoursePoints
from server.domain.grades.rule_changes import COURSE, RulePreview, Tables, version_of
from server.models import AuditEntry
from server.serializers.values import Time


class CourseCountingJson(TypedDict):
    """How the points of homeworks become the total."""

    drop_lowest: int
    cap: float | None


class HomeworkCountingJson(TypedDict):
    """How one homework counts; items: the most points of each, by its name."""

    weight: float
    cap: float | None
    bonus_points: float | None
    bonus_places: int | None
    bonus_percent: float | None
    items: dict[str, float]


class CountingChangeJson(TypedDict):
    """A change of the rules; names: what changed, "course" or a slug."""

    id: int
    at: Time
    reason: str
    names: list[str]


class GradeRulesJson(TypedDict):
    """The rules as they stand, under the version that a change has to name, and how they were changed."""

    version: str
    course: CourseCountingJson
    homeworks: dict[str, HomeworkCountingJson]
    changes: list[CountingChangeJson]


class MovedPointsJson(TypedDict):
    """A student whose total would move."""

    user_id: int
    student_number: str
    name: str
    before: float
    after: float


class RulePreviewJson(TypedDict):
    """Whose points other rules would move, the greatest change first."""

    students: int
    up: int
    down: int
    moved: list[MovedPointsJson]


class SheetItemJson(TypedDict):
    """Something that staff check by hand."""

    name: str
    most: float


class SheetStudentJson(TypedDict):
    """A student's points by item, without those that nobody has checked."""

    user_id: int
    username: str
    student_number: str
    name: str
    points: dict[str, float]


class ItemSheetJson(TypedDict):
    """The items of a homework, and every student of its course."""

    items: list[SheetItemJson]
    students: list[SheetStudentJson]


class ItemsSavedJson(TypedDict):
    """How many cells are others now."""

    changed: int


class CountedHomeworkJson(TypedDict):
    """A homework that counts; while `is_sealed` its private half is in no number."""

    competition: str
    title: str
    most: float
    is_sealed: bool


class EarnedJson(TypedDict):
    """What a student has in one homework; one that does not count is left out of the total."""

    points: float
    counts: bool


class StudentTotalJson(TypedDict):
    """A student's points: of each homework by its competition, and in sum."""

    user_id: int
    username: str
    student_number: str
    name: str
    department: str
    section: str
    total: float
    most: float
    homeworks: dict[str, EarnedJson]


class CourseTotalsJson(TypedDict):
    """The points of a course as the viewer may see them, students by number."""

    homeworks: list[CountedHomeworkJson]
    students: list[StudentTotalJson]


def rules(tables: Tables, changes: Sequence[AuditEntry]) -> GradeRulesJson:
    """The rules and their changes, the newest first."""
    return {
        "version": version_of(tables),
        "course": cast(CourseCountingJson, tables[COURSE]),
        "homeworks": {
            slug: cast(HomeworkCountingJson, table) for slug, table in tables.items() if slug != COURSE
        },
        "changes": [
            {"id": each.id, "at": iso(each.at), "reason": each.reason or "", "names": list(each.after or {})}
            for each in changes
        ],
    }


def preview(row: RulePreview) -> RulePreviewJson:
    """Whose points would move."""
    return {
        "students": row.students,
        "up": row.up,
        "down": row.down,
        "moved": [
            {
                "user_id": each.student.user_id,
                "student_number": each.student.student_number,
                "name": each.student.name,
                "before": each.before,
                "after": each.after,
            }
            for each in row.moved
        ],
    }


def sheet(row: ItemSheet) -> ItemSheetJson:
    """Everybody's points for items."""
    names = {item.id: item.name for item in row.items}
    return {
        "items": [{"name": item.name, "most": item.most} for item in row.items],
        "students": [
            {
                "user_id": student.user_id,
                "username": student.username,
                "student_number": student.student_number,
                "name": student.name,
                "points": {names[item_id]: points for item_id, points in own.points.items()},
            }
            for student, own in row.students.values()
        ],
    }


def totals(points: CoursePoints) -> CourseTotalsJson:
    """Every student's points."""
    return {
        "homeworks": [
            {
                "competition": each.competition.slug,
                "title": each.competition.title,
                "most": each.rules.most,
                "is_sealed": each.is_sealed,
            }
            for each in points.homeworks
        ],
        "students": [
            {
                "user_id": each.student.user_id,
                "username": each.student.username,
                "student_number": each.student.student_number,
                "name": each.student.name,
                "department": each.student.department,
                "section": each.student.section,
                "total": each.total.points,
                "most": each.total.most,
                "homeworks": {
                    slug: {"points": one.total.points, "counts": one.total.counts}
                    for slug, one in each.homeworks.items()
                },
            }
            for each in points.students
        ],
    }
