"""The points of a whole course: for each student what each homework earns, and the total.

The rules of a total are in `course_total.py`; the rows come from `point_rows.py`. What a viewer may not see
before a reveal is not read at all, so that no sum can hold it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.domain.competitions.access import is_revealed
from server.domain.grades.counting.counting import Counting, CourseCountings
from server.domain.grades.counting.course_total import (
    Adjustment,
    CourseTotal,
    HomeworkResult,
    HomeworkRules,
    HomeworkTotal,
    course_total,
)
from server.domain.grades.earned.split_grade import Ladder, Split, SplitGrade
from server.domain.grades.points.point_rows import (
    NOTHING_SEALED,
    Enrolled,
    OpenRows,
    SealedRows,
    open_rows,
    sealed_rows,
)
from server.models import Competition, GradeAdjustment, Right

NO_GRADE = SplitGrade(None, None, (), 0.0)


@dataclass(frozen=True)
class CountedHomework:
    """A competition that counts. rules: with the most of its tiers. is_sealed: without its private half."""

    competition: Competition
    counting: Counting
    rules: HomeworkRules
    tiers: Sequence[TierPoints]
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class HomeworkPoints:
    """What a student has in one homework: each part, and what it comes to.

    private: None while it is sealed. items: by name, those that were checked. adjustments: in force. rank: on
    the private board of `teams`, None while it is sealed and where no bonus asks for it.
    """

    public: SplitGrade
    private: SplitGrade | None
    items: Mapping[str, float]
    adjustments: Sequence[GradeAdjustment]
    rank: int | None
    teams: int
    total: HomeworkTotal


@dataclass(frozen=True, slots=True)
class StudentPoints:
    """A student's points: of each homework by its slug, and of the course.

    adjustments: of the course's total, in force.
    """

    student: Enrolled
    homeworks: Mapping[str, HomeworkPoints]
    adjustments: Sequence[GradeAdjustment]
    total: CourseTotal


@dataclass(frozen=True)
class CoursePoints:
    """The points of a course. homeworks: the first deadline first; students: by student number."""

    homeworks: Sequence[CountedHomework]
    countings: CourseCountings
    students: Sequence[StudentPoints]


def course_points(
    session: Session,
    *,
    course_id: int,
    rights: Collection[Right],
    now: datetime,
    user_ids: Collection[int] | None = None,
) -> CoursePoints:
    """The points of the course's students as a member of the staff with these rights may see them.

    Needs a session that may see private scores; without the right to see them, those of a competition count
    from its reveal on. user_ids: of these students alone, None for all. About twenty statements, however many
    students and homeworks there are. Homeworks that open later count for nothing yet.
    """
    rows = open_rows(session, course_id=course_id, opened_by=now, user_ids=user_ids)
    visible = [each.id for each in rows.competitions if Right.SEE_PRIVATE in rights or is_revealed(each, now)]
    return computed(rows, sealed_rows(session, rows, competition_ids=visible))


def computed(
    rows: OpenRows, sealed: SealedRows = NOTHING_SEALED, *, countings: CourseCountings | None = None
) -> CoursePoints:
    """The points that these rows come to. countings: as if the course counted so; None for its own rules."""
    countings = countings or rows.countings
    homeworks = [_counted(each, rows, sealed, countings) for each in rows.competitions]
    graded = _Graded(rows, sealed)
    rules = {each.competition.slug: each.rules for each in homeworks}
    students = []
    for student in rows.students:
        results = {
            each.competition.slug: graded.result(each.competition.id, student.user_id) for each in homeworks
        }
        own = rows.adjustments.get((None, student.user_id), ())
        total = course_total(
            results, homeworks=rules, course=countings.course_rules, adjustments=plain_adjustments(own)
        )
        points = {each.competition.slug: graded.points(each, student.user_id, total) for each in homeworks}
        students.append(StudentPoints(student, points, own, total))
    return CoursePoints(homeworks, countings, students)


def _counted(
    competition: Competition, rows: OpenRows, sealed: SealedRows, countings: CourseCountings
) -> CountedHomework:
    tiers = rows.tiers.get(competition.id, [])
    most = sum(tier.points_public + tier.points_private for tier in tiers)
    counting = countings.of(competition.id)
    return CountedHomework(
        competition,
        counting,
        counting.homework_rules(tiers=most),
        tiers,
        is_sealed=competition.id not in sealed.competition_ids,
    )


class _Graded:
    """Both splits of every team, each graded once."""

    def __init__(self, rows: OpenRows, sealed: SealedRows) -> None:
        self._rows, self._sealed = rows, sealed
        self._higher = {each.id: each.higher_is_better for each in rows.competitions}
        self._grades: dict[tuple[int, str], SplitGrade] = {}
        self._ladders: dict[tuple[int, str], Ladder] = {}

    def result(self, competition_id: int, user_id: int) -> HomeworkResult:
        """What one student has in one homework, as the total takes it."""
        team_id = self._rows.teams.get((competition_id, user_id))
        public, private = self._splits(competition_id, team_id)
        rank, teams = self._sealed.places.get(team_id or 0, (None, 0))
        changes = self._rows.adjustments.get((competition_id, user_id), ())
        return HomeworkResult(
            tiers=public.points + (0.0 if private is None else private.points),
            items=self._rows.items.get((competition_id, user_id), {}),
            rank=rank,
            teams=teams,
            adjustments=plain_adjustments(changes),
            is_excused=any(each.is_excused for each in changes),
        )

    def points(self, homework: CountedHomework, user_id: int, total: CourseTotal) -> HomeworkPoints:
        """The parts of one student's points in one homework."""
        competition = homework.competition
        team_id = self._rows.teams.get((competition.id, user_id))
        public, private = self._splits(competition.id, team_id)
        items = self._rows.items.get((competition.id, user_id), {})
        rank, teams = self._sealed.places.get(team_id or 0, (None, 0))
        return HomeworkPoints(
            public,
            private,
            {name: points for name, points in items.items() if name in homework.rules.items},
            self._rows.adjustments.get((competition.id, user_id), ()),
            rank,
            teams,
            total.homeworks[competition.slug],
        )

    def _splits(self, competition_id: int, team_id: int | None) -> tuple[SplitGrade, SplitGrade | None]:
        is_sealed = competition_id not in self._sealed.competition_ids
        if team_id is None:
            return NO_GRADE, None if is_sealed else NO_GRADE
        public = self._grade("public", competition_id, team_id)
        return public, None if is_sealed else self._grade("private", competition_id, team_id)

    def _ladder(self, split: Split, competition_id: int) -> Ladder:
        ladder = self._ladders.get((competition_id, split))
        if ladder is None:
            tiers = (self._rows if split == "public" else self._sealed).tiers.get(competition_id, ())
            ladder = Ladder(split, tiers, higher_is_better=self._higher[competition_id])
            self._ladders[competition_id, split] = ladder
        return ladder

    def _grade(self, split: Split, competition_id: int, team_id: int) -> SplitGrade:
        grade = self._grades.get((team_id, split))
        if grade is None:
            of = self._rows if split == "public" else self._sealed
            standing = of.standings.get(team_id)
            in_time = () if standing is None else (standing,)
            grade = self._ladder(split, competition_id).best((*in_time, *of.late.get(team_id, ())))
            self._grades[team_id, split] = grade
        return grade


def plain_adjustments(changes: Sequence[GradeAdjustment]) -> list[Adjustment]:
    """The adjustments as a total takes them."""
    return [Adjustment(each.points, each.factor) for each in changes]
