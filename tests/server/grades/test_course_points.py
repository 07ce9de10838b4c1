"""The points of a whole course equal those that a slow function recomputes from the raw rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from server.database.database import EPOCH, Database
from server.database.private_tables import PrivateScoresGuarded
from server.domain.grades.counting.counting import CourseCountings
from server.domain.grades.counting.course_total import (
    Adjustment,
    Bonus,
    CourseRules,
    HomeworkResult,
    HomeworkRules,
)
from server.domain.grades.points.course_points import CoursePoints, computed, course_points
from server.domain.grades.points.point_rows import open_rows
from server.models import ALL_RIGHTS, Competition, Course
from tests.support.drawn_course import GRACE, DrawnCourse
from tests.support.slow_points import slow_totals
from tests.support.tiny_homework import NOW

SPLITS = ("public", "private")


class RawCourse:
    """A course as its raw rows tell it: submissions, scores, thresholds, nothing that is kept for speed."""

    def __init__(self, session: Session, course_id: int) -> None:
        self.session = session
        self.competitions = session.query(Competition).filter(Competition.course_id == course_id).all()
        self.users = [row.id for row in self.rows("SELECT id FROM users WHERE username LIKE 's%'")]

    def rows(self, query: str, **values: Any) -> Any:
        """What a query gives."""
        return self.session.execute(text(query), values).all()

    def files(self, competition: Competition, team_id: int) -> list[Any]:
        """A team's scored files that count in time or late, as they came."""
        return self.rows(  # type: ignore[no-any-return]
            "SELECT s.id, s.received_at, s.is_late, s.is_final, p.score AS public, q.score AS private "
            "FROM submissions s JOIN public_scores p ON p.submission_id = s.id "
            "JOIN private_scores q ON q.submission_id = s.id "
            "WHERE s.team_id = :team AND s.excluded_at IS NULL AND NOT s.is_practice "
            "ORDER BY s.received_at, s.id",
            team=team_id,
        )

    def is_better(self, competition: Competition, score: float, than: float) -> bool:
        """Whether a score is at least as good as another."""
        return score >= than if competition.higher_is_better else score <= than

    def standing(self, competition: Competition, files: list[Any], split: str) -> float | None:
        """The score that stands on a split."""
        in_time = [file for file in files if not file.is_late]
        if not in_time:
            return None
        sign = 1 if competition.higher_is_better else -1

        def best(of: list[Any], by: str) -> Any:
            return max(of, key=lambda file: sign * getattr(file, by))

        if split == "public":
            return float(best(in_time, "public").public)
        finals = [file for file in in_time if file.is_final]
        match (bool(finals), competition.unselected.value):
            case (True, _):
                return float(best(finals, "private").private)
            case (False, "best"):
                return float(best(in_time, "private").private)
            case (False, "best_public"):
                return float(best(in_time, "public").private)
        return float(in_time[0].private)

    def tier_points(self, competition: Competition, score: float | None, split: str) -> float:
        """What a score earns on a split."""
        tiers = self.rows(
            "SELECT t.points_public, t.points_private, p.score AS public, q.score AS private FROM tiers t "
            "JOIN baseline_runs r ON r.tier_id = t.id JOIN public_scores p ON p.submission_id = "
            "r.submission_id JOIN private_scores q ON q.submission_id = r.submission_id "
            "WHERE t.competition_id = :of",
            of=competition.id,
        )
        return sum(
            getattr(tier, f"points_{split}")
            for tier in tiers
            if score is not None and self.is_better(competition, score, getattr(tier, split))
        )

    def deadline(self, competition: Competition, team_id: int) -> datetime:
        """The team's own deadline."""
        allowances = self.rows(
            "SELECT deadline_at FROM allowances WHERE competition_id = :of AND (team_id = :team OR user_id "
            "IN (SELECT user_id FROM team_members WHERE team_id = :team))",
            of=competition.id,
            team=team_id,
        )
        ends = [EPOCH + timedelta(microseconds=row.deadline_at) for row in allowances]
        return max([competition.deadline_at, *ends])

    def split_points(self, competition: Competition, team_id: int, split: str) -> float:
        """The most that a standing or a late file earns on a split."""
        files = self.files(competition, team_id)
        earned = [self.tier_points(competition, self.standing(competition, files, split), split)]
        for file in files:
            if file.is_late:
                received = EPOCH + timedelta(microseconds=file.received_at)
                day = 1
                while received >= self.deadline(competition, team_id) + timedelta(days=day) + GRACE:
                    day += 1
                worth = max(0.0, 1 - competition.late_penalty * day)
                earned.append(worth * self.tier_points(competition, getattr(file, split), split))
        return max(earned)

    def board(self, competition: Competition) -> dict[int, float]:
        """The private board's teams with their scores."""
        teams = self.rows(
            "SELECT id FROM teams WHERE competition_id = :of AND kind = 'student'", of=competition.id
        )
        scores = {
            team.id: self.standing(competition, self.files(competition, team.id), "private") for team in teams
        }
        return {team: score for team, score in scores.items() if score is not None}

    def result(self, competition: Competition, user_id: int, *, splits: tuple[str, ...]) -> HomeworkResult:
        """What one student has in one homework."""
        members = self.rows(
            "SELECT team_id FROM team_members WHERE competition_id = :of AND user_id = :user",
            of=competition.id,
            user=user_id,
        )
        tiers = sum(self.split_points(competition, row.team_id, split) for row in members for split in splits)
        board = self.board(competition) if "private" in splits else {}
        rank = None
        if members and members[0].team_id in board:
            own = board[members[0].team_id]
            rank = 1 + sum(not self.is_better(competition, own, other) for other in board.values())
        items = self.rows(
            "SELECT i.name, p.points FROM item_points p JOIN grade_items i ON i.id = p.item_id "
            "WHERE i.competition_id = :of AND p.user_id = :user",
            of=competition.id,
            user=user_id,
        )
        changes = self.changes(competition.id, user_id)
        excused = any(row.is_excused for row in changes)
        return HomeworkResult(
            tiers, {row.name: row.points for row in items}, rank, len(board), plain(changes), bool(excused)
        )

    def changes(self, competition_id: int | None, user_id: int) -> Any:
        """The adjustments in force."""
        return self.rows(
            "SELECT * FROM grade_adjustments WHERE user_id = :user AND revoked_at IS NULL AND "
            "coalesce(competition_id, 0) = :of ORDER BY id",
            user=user_id,
            of=competition_id or 0,
        )

    def rules(self, competition: Competition) -> HomeworkRules:
        """How a competition counts."""
        most = "SELECT sum(points_public + points_private) AS most FROM tiers WHERE competition_id = :of"
        (tiers,) = self.rows(most, of=competition.id)
        items = self.rows("SELECT name, most FROM grade_items WHERE competition_id = :of", of=competition.id)
        (row,) = self.rows("SELECT * FROM grade_rules WHERE competition_id = :of", of=competition.id)
        bonus = None
        if row.bonus_points is not None:
            bonus = Bonus(row.bonus_points, places=row.bonus_places, percent=row.bonus_percent)
        return HomeworkRules(tiers.most, {item.name: item.most for item in items}, bonus, row.weight, row.cap)

    def totals(self, user_id: int, *, splits: Mapping[str, tuple[str, ...]]) -> set[float]:
        """The totals that are right for a student; splits: those that count of each homework."""
        rules = {each.slug: self.rules(each) for each in self.competitions}
        results = {
            each.slug: self.result(each, user_id, splits=splits[each.slug]) for each in self.competitions
        }
        return slow_totals(
            results,
            homeworks=rules,
            course=CourseRules(*self.rows("SELECT drop_lowest, cap FROM course_grade_rules")[0]),
            adjustments=plain(self.changes(None, user_id)),
        )


def plain(changes: Any) -> list[Adjustment]:
    return [Adjustment(row.points, row.factor) for row in changes]


def drawn(database: Database, seed: int, **size: int) -> Course:
    homeworks = size.pop("homeworks", 5)
    return database.write(
        lambda session: DrawnCourse(session, Random(seed), NOW, **size).fill(homeworks), private=True
    )


@pytest.fixture
def database(database_url: str) -> Any:
    database = Database(database_url)
    yield database
    database.close()


@pytest.mark.both
@pytest.mark.parametrize("seed", range(5))
def test_the_points_of_a_course_are_those_that_its_raw_rows_come_to(database: Database, seed: int) -> None:
    course = drawn(database, seed)

    def compare(session: Session) -> None:
        points = course_points(session, course_id=course.id, rights=ALL_RIGHTS, now=NOW)
        raw = RawCourse(session, course.id)
        every = {each.slug: SPLITS for each in raw.competitions}
        assert [each.student.user_id for each in points.students] == raw.users
        for student in points.students:
            right = raw.totals(student.student.user_id, splits=every)
            assert any(student.total.points == pytest.approx(each, abs=1e-8) for each in right)
        assert any(student.total.points > 0 for student in points.students)

    database.read(compare, private=True)


@pytest.mark.parametrize("seed", range(5, 8))
def test_without_the_right_to_see_private_scores_only_revealed_homeworks_count_whole(
    database: Database, seed: int
) -> None:
    course = drawn(database, seed)

    def compare(session: Session) -> None:
        points = course_points(session, course_id=course.id, rights=(), now=NOW)
        raw = RawCourse(session, course.id)
        splits = {each.slug: SPLITS if each.reveal_at <= NOW else SPLITS[:1] for each in raw.competitions}
        assert len(set(splits.values())) == 2
        for student in points.students:
            right = raw.totals(student.student.user_id, splits=splits)
            assert any(student.total.points == pytest.approx(each, abs=1e-8) for each in right)

    database.read(compare, private=True)


def test_the_open_half_needs_no_session_that_may_see_private_scores(database: Database) -> None:
    course = drawn(database, 1)

    points = database.read(lambda session: computed(open_rows(session, course_id=course.id, opened_by=NOW)))

    assert all(each.private is None for student in points.students for each in student.homeworks.values())
    with pytest.raises(PrivateScoresGuarded):
        database.read(lambda session: course_points(session, course_id=course.id, rights=ALL_RIGHTS, now=NOW))


def test_the_number_of_statements_does_not_grow_with_students_or_homeworks(database: Database) -> None:
    counts = []
    for size in ({"students": 2, "homeworks": 3}, {"students": 12, "homeworks": 6}):
        course = drawn(database, 3, **size) if not counts else _grown(database, **size)
        statements: list[str] = []
        event.listen(
            database.engine, "before_cursor_execute", lambda *of, into=statements: into.append(of[2])
        )
        database.read(
            lambda session, course=course: course_points(
                session, course_id=course.id, rights=ALL_RIGHTS, now=NOW
            ),
            private=True,
        )
        counts.append(len(statements))

    assert counts[0] == counts[1] < 25


def _grown(database: Database, **size: int) -> Course:
    """A larger course, with its own names, in the database that has a small one."""

    def fill(session: Session) -> Course:
        for table in ("courses", "users", "competitions"):
            column = "username_key" if table == "users" else "slug"
            session.execute(text(f"UPDATE {table} SET {column} = 'old-' || {column}"))  # noqa: S608  # our own
        session.execute(text("UPDATE users SET username = 'old-' || username"))
        return DrawnCourse(session, Random(3), NOW, students=size["students"]).fill(size["homeworks"])

    return database.write(fill, private=True)


def test_other_rules_are_tried_on_the_same_rows(database: Database) -> None:
    """What a preview of a change shows: the same rows, as if the course counted otherwise."""
    course = drawn(database, 2)
    rows = database.read(lambda session: open_rows(session, course_id=course.id, opened_by=NOW))

    def total(points: CoursePoints) -> float:
        return sum(each.total.points for each in points.students)

    usual = computed(rows, countings=CourseCountings(type(rows.countings.course)(), {}))

    assert total(usual) != total(computed(rows))
    assert usual.homeworks[0].rules.items == {}
