"""A course as one member of it may see it at a glance, in two halves: what is open, and what is private.

Students see what reveals nobody: folded groups, and of homeworks with ten teams on the board the public half.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.competitions.access import is_revealed
from server.domain.glance import figures, folding
from server.domain.glance.figures import BoardScores, Cohort, DayCount, Passing
from server.domain.grades.points import course_points
from server.domain.people.courses import Membership
from server.models import Competition, Right, Standing


@dataclass(frozen=True)
class HomeworkFigures:
    """What is known of one homework.

    decimals: of its scores. own: the viewer's public score. private: None where the viewer may not see it.
    pairs: public and private score of each team on both boards, where the viewer may see them.
    """

    competition: Competition
    decimals: int
    days: list[DayCount]
    cohorts: list[Cohort]
    public: BoardScores
    passings: list[Passing]
    own: float | None = None
    private: BoardScores | None = None
    pairs: Sequence[tuple[float, float]] = ()

    @property
    def is_legible(self) -> bool:
        """Whether so many teams have a score that a figure about them is about nobody."""
        return len(self.public.scores) >= folding.LEAST

    def moved(self) -> tuple[int, int]:
        """How many teams have a better private score than a public one, and how many a worse one."""
        sign = 1 if self.competition.higher_is_better else -1
        moves = [sign * (private - public) for public, private in self.pairs]
        return sum(move > 0 for move in moves), sum(move < 0 for move in moves)

    @property
    def shows_own(self) -> bool:
        """Whether the viewer has a score, and ten others have one too."""
        return self.own is not None and len(self.public.scores) > folding.LEAST


@dataclass(frozen=True, slots=True)
class TotalSoFar:
    """A student's department, section and points of the course so far, and the most that could be had."""

    department: str
    section: str
    points: float
    most: float


@dataclass(frozen=True)
class Glance:
    """A course at a glance, as one viewer sees it. totals: for staff alone, a student each."""

    own: Membership
    now: datetime
    cohorts: list[Cohort]
    homeworks: list[HomeworkFigures] = field(default_factory=list)
    totals: Sequence[TotalSoFar] | None = None

    @property
    def is_staff(self) -> bool:
        """Whether groups and points stand in it."""
        return self.own.role.is_staff

    @property
    def visible(self) -> list[HomeworkFigures]:
        """The homeworks whose private half the viewer may see."""
        ids = self.visible_at(self.now)
        return [each for each in self.homeworks if each.competition.id in ids]

    def visible_at(self, now: datetime) -> frozenset[int]:
        """The ids of their competitions, at this instant."""
        sees_all = Right.SEE_PRIVATE in self.own.rights
        rows = [each.competition for each in self.homeworks]
        return frozenset(row.id for row in rows if sees_all or is_revealed(row, now))

    def seen_by(self, own: Membership, *, scores: Mapping[int, float], now: datetime) -> "Glance":
        """The same for a member with the same rights. scores: the viewer's own, by competition."""
        homeworks = [replace(each, own=scores.get(each.competition.id)) for each in self.homeworks]
        return replace(self, own=own, now=now, homeworks=homeworks)


def open_half(session: Session, *, own: Membership, now: datetime) -> Glance:
    """What of the course is no secret."""
    course_id = own.course.id
    rows = figures.homeworks(session, course_id=course_id, now=now)
    competitions = [row for row, _ in rows]
    by_day = figures.days(session, competitions)
    cohorts_of = figures.taking_part(session, course_id=course_id)
    scores = figures.split_scores(session, competition_ids=[row.id for row in competitions], split=Standing)
    passings = figures.passings(session, competitions)
    homeworks = [
        HomeworkFigures(
            row,
            decimals,
            by_day.get(row.id, []),
            cohorts_of.get(row.id, []),
            scores[row.id],
            passings.get(row.id, []),
        )
        for row, decimals in rows
    ]
    shown = [each for each in homeworks if own.role.is_staff or each.is_legible]
    return Glance(own, now, figures.cohorts(session, course_id=course_id), shown)


def whole(session: Session, half: Glance) -> Glance:
    """The same with what the viewer may see beside it; needs a session that may see private scores."""
    ids = [each.competition.id for each in half.visible]
    private = figures.private_scores(session, competition_ids=ids) if ids else {}
    homeworks = [_with_private(each, private.get(each.competition.id)) for each in half.homeworks]
    return replace(half, homeworks=homeworks, totals=_totals(session, half) if half.is_staff else None)


def _with_private(homework: HomeworkFigures, private: BoardScores | None) -> HomeworkFigures:
    if private is None:
        return homework
    public = dict(zip(homework.public.team_ids, homework.public.scores, strict=True))
    own = zip(private.team_ids, private.scores, strict=True)
    pairs = [(public[team_id], score) for team_id, score in own if team_id in public]
    return replace(homework, private=private, pairs=pairs)


def _totals(session: Session, half: Glance) -> list[TotalSoFar]:
    points = course_points.course_points(
        session, course_id=half.own.course.id, rights=half.own.rights, now=half.now
    )
    return [
        TotalSoFar(each.student.department, each.student.section, each.total.points, each.total.most)
        for each in points.students
    ]
