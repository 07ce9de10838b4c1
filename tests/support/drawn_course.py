"""A course in raw rows: homeworks, tiers, teams, files in time and late, items, adjustments, all drawn.

Only what a judge would write down is written; who passed what, and what it is worth, is left to be computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import CountingRules, CourseCounting, HandItem
from grader.homeworks.rules import TierName, Unselected
from server.domain.boards import standings
from server.domain.grades.counting.counting import Counting, keep_counting, keep_course_counting
from server.models import (
    Allowance,
    AnswerKeyVersion,
    BaselineRun,
    BoardRevision,
    Competition,
    Course,
    GradeAdjustment,
    GradeItem,
    ItemPoints,
    Member,
    PrivateScore,
    PublicScore,
    Role,
    RunState,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
    Tier,
    User,
)

ZONE = "Asia/Taipei"
GRACE = timedelta(seconds=60)
THRESHOLDS = (0.5, 0.65, 0.8, 0.9)
KEY = {"rows": 100, "public_rows": 50, "private_rows": 50, "metric": "accuracy", "metric_arguments": {}}


@dataclass
class DrawnCourse:
    """A course of `students` in teams of one or two, at `now`; rows of one table are inserted at once."""

    session: Session
    source: Random
    now: datetime
    students: int = 8
    files: int = 3

    def fill(self, homeworks: int) -> Course:
        """The course with so many homeworks, some of them revealed, with everything that counts in them."""
        course = Course(slug="drawn", title="Drawn", zone=ZONE, created_at=self.now)
        self.session.add(course)
        self.session.flush()
        users = self._enrol(course)
        counting = CourseCounting(drop_lowest=self.source.randrange(3), cap=self.source.choice([None, 30.0]))
        keep_course_counting(self.session, counting, course_id=course.id)
        for number in range(homeworks):
            competition = self._open(course, number)
            self._train(competition, users[0])
            self.take_part(competition, users)
            self._check(competition, users)
        self._adjust(course, None, users)
        return course

    def take_part(self, competition: Competition, users: Sequence[int]) -> None:
        """Let most of these students form teams and send files, which are scored and on the board."""
        self._send(competition, self._teams(competition, users))
        standings.refresh_all(self.session, competition_id=competition.id)

    def _enrol(self, course: Course) -> list[int]:
        for number in range(self.students):
            name = f"s{number:04}"
            self.session.add(
                User(username=name, username_key=name, display_name=f"Student {number}", created_at=self.now)
            )
        self.session.flush()
        users = [
            user.id for user in self.session.query(User).filter(User.username.like("s%")).order_by(User.id)
        ]
        self._insert(
            Member,
            [
                {
                    "course_id": course.id,
                    "user_id": user,
                    "role": Role.STUDENT,
                    "student_number": f"r{user:05}",
                }
                | {"department": "CS", "section": "1", "is_active": True}
                for user in users
            ],
        )
        return users

    def _open(self, course: Course, number: int) -> Competition:
        source = self.source
        deadline = self.now + timedelta(days=6 - 7 * number)  # the first is open, the third revealed
        competition = Competition(
            **{"course_id": course.id, "slug": f"drawn{number}", "homework": "tiny", "title": f"HW {number}"},
            **{"description_md": "", "metric": "accuracy", "id_column": "id", "target_columns": ["y"]},
            **{"higher_is_better": source.random() < 0.8, "daily_limit": 5, "final_selections": 2},
            **{"reset_zone": ZONE, "opens_at": deadline - timedelta(days=60), "deadline_at": deadline},
            **{"late_until": deadline + timedelta(days=3), "reveal_at": deadline + timedelta(days=3)},
            **{"unselected": source.choice(list(Unselected)), "upload_limit_bytes": 1000},
            late_penalty=source.choice([1.0, 0.5, 0.3]),
            created_at=self.now,
        )
        self.session.add(competition)
        self.session.flush()
        key = AnswerKeyVersion(
            competition_id=competition.id,
            version=1,
            sha256="0" * 64,
            created_at=self.now,
            higher_is_better=competition.higher_is_better,
            **KEY,
        )
        self.session.add_all([key, BoardRevision(competition_id=competition.id)])
        self.session.flush()
        competition.answer_key_id = key.id
        keep_counting(self.session, self._counting(), competition_id=competition.id)
        return competition

    def _counting(self) -> Counting:
        source = self.source
        bonus: dict[str, Any] = source.choice(
            [{}, {"bonus_points": 0.5, "bonus_places": 2}, {"bonus_points": 1.0, "bonus_percent": 30.0}]
        )
        rules = CountingRules(
            weight=source.choice([1.0, 0.5, 2.0]), cap=source.choice([None, None, 6.0]), **bonus
        )
        items = [HandItem(name="code", most=2.0), HandItem(name="report", most=4.0)]
        return Counting(rules, tuple(items[: source.randrange(3)]))

    def _train(self, competition: Competition, by: int) -> None:
        for place, (name, score) in enumerate(zip(TierName, THRESHOLDS, strict=True)):
            tier = Tier(
                competition_id=competition.id,
                name=name,
                place=place,
                hint="x",
                minutes=1.0,
                hardware="x",
                needs_torch=False,
                points_public=self.source.choice([1.0, 0.5]),
                points_private=0.25 * (place + 1),
            )
            self.session.add(tier)
            self.session.flush()
            team = Team(
                competition_id=competition.id,
                kind=TeamKind.BASELINE,
                tier_id=tier.id,
                name=name,
                created_at=self.now,
            )
            self.session.add(team)
            self.session.flush()
            if self.source.random() < 0.1:
                continue  # nobody has trained it yet
            at = competition.opens_at
            (sent,) = self._score(competition, [(team.id, by, at, score, score)])
            run: dict[str, Any] = {
                "competition_id": competition.id,
                "tier_id": tier.id,
                "seed": 0,
                "requested_by": by,
            }
            run |= {"state": RunState.SUCCEEDED, "requested_at": at, "finished_at": at, "submission_id": sent}
            self.session.add(BaselineRun(**run))
            self.session.flush()

    def _teams(self, competition: Competition, users: Sequence[int]) -> list[tuple[int, int]]:
        """The teams of those who take part, each with one of its members."""
        waiting = [user for user in users if self.source.random() < 0.9]
        members: list[list[int]] = []
        while waiting:
            size = min(len(waiting), 2 if self.source.random() < 0.2 else 1)
            members.append([waiting.pop() for _ in range(size)])
        teams = [
            Team(
                competition_id=competition.id, kind=TeamKind.STUDENT, name=f"T{each[0]}", created_at=self.now
            )
            for each in members
        ]
        self.session.add_all(teams)
        self.session.flush()
        self._insert(
            TeamMember,
            [
                {"team_id": team.id, "competition_id": competition.id, "user_id": user}
                for team, users in zip(teams, members, strict=True)
                for user in users
            ],
        )
        return [(team.id, users[0]) for team, users in zip(teams, members, strict=True)]

    def _send(self, competition: Competition, teams: Sequence[tuple[int, int]]) -> None:
        source, deadline = self.source, competition.deadline_at
        extended = {team for team, _ in teams if source.random() < 0.4}
        until = deadline + timedelta(hours=30)
        for team, user in teams:
            if team in extended:
                to = source.choice([{"team_id": team}, {"user_id": user}])
                allowance = {"competition_id": competition.id, "deadline_at": until, "reason": "ill"} | to
                self.session.add(Allowance(**allowance, created_at=self.now))
        rows, lates = [], []
        for team, user in teams:
            for _ in range(source.randrange(self.files + 1)):
                at = deadline + timedelta(minutes=source.randint(-5000, 5000))
                rows.append((team, user, at, round(source.random(), 1), round(source.random(), 1)))
                ends = until if team in extended else deadline
                lates.append(at >= ends + GRACE)
        ids = self._score(competition, rows)
        for submission, is_late, row in zip(ids, lates, rows, strict=True):
            state: dict[str, Any] = {"is_late": is_late, "is_final": not is_late and source.random() < 0.2}
            state["is_practice"] = row[2] >= competition.late_until + GRACE
            state["excluded_at"] = self.now if source.random() < 0.2 else None
            self.session.execute(update(Submission).where(Submission.id == submission).values(**state))

    def _score(
        self, competition: Competition, rows: Sequence[tuple[int, int, datetime, float, float]]
    ) -> list[int]:
        """Submissions with their public and private scores, each of a team; their ids."""
        sent = [
            Submission(
                competition_id=competition.id,
                team_id=team,
                submitted_by=user,
                received_at=at,
                course_day=at.date(),
                state=SubmissionState.SCORED,
                file_name="p.csv",
                sha256=f"{team:064}",
                size=10,
                is_late=False,
                finished_at=at,
            )
            for team, user, at, _, _ in rows
        ]
        self.session.add_all(sent)
        self.session.flush()
        sign = 1 if competition.higher_is_better else -1
        public = [score for _, _, _, score, _ in rows]
        private = [score for _, _, _, _, score in rows]
        for table, values in ((PublicScore, public), (PrivateScore, private)):
            scores: list[dict[str, Any]] = [
                {"submission_id": each.id, "answer_key_id": competition.answer_key_id}
                | {"score": score, "sort_key": sign * score}
                for each, score in zip(sent, values, strict=True)
            ]
            self._insert(table, scores)
        return [each.id for each in sent]

    def _check(self, competition: Competition, users: Sequence[int]) -> None:
        items = self.session.query(GradeItem).filter(GradeItem.competition_id == competition.id)
        checked: list[dict[str, Any]] = [
            {"item_id": item.id, "user_id": user, "checked_at": self.now}
            | {"points": self.source.choice([0.0, 0.5, 1.0]) * item.most}
            for item in items
            for user in users
            if self.source.random() < 0.8
        ]
        self._insert(ItemPoints, checked)
        course = self.session.get_one(Course, competition.course_id)
        self._adjust(course, competition, users)

    def _adjust(self, course: Course, competition: Competition | None, users: Sequence[int]) -> None:
        for user in users:
            if self.source.random() < 0.1:
                change = {
                    "points": self.source.choice([-1.0, 2.0]),
                    "factor": self.source.choice([1.0, 0.9, 0.0]),
                }
                is_excused = competition is not None and self.source.random() < 0.3
                self.session.add(
                    GradeAdjustment(
                        course_id=course.id,
                        competition_id=None if competition is None else competition.id,
                        user_id=user,
                        is_excused=is_excused,
                        reason="Because.",
                        given_at=self.now,
                        revoked_at=self.now if self.source.random() < 0.3 else None,
                        **change,
                    )
                )
        self.session.flush()

    def _insert(self, table: type[Any], rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(table), rows)
