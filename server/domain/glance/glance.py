"""A course as one member of it may see it at a glance, in two halves: what is open, and what is private.

Students see what reveals nobody: folded groups, and of homeworks with ten teams on the board the public half.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.competitions.access import is_revealed
from server.domain.glance import figures, folding
from server.domain.glance.figures import BoardScores, Cohort, DayCount, Passing
from server.domain.grades import course_points
from server.domain.grades.course_points import CoursePoints
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.models import Competition, Right, Standing, User


@dataclass(frozen=True)
class HomeworkFigures:
    """What is known of one homework.

    decimals: of its scores. own: the viewer's public score. private: None where the viewer may not see it.
    """

    competition: Competition
    decimals: int
    days: list[DayCount]
    cohorts: list[Cohort]
    public: BoardScores
    passings: list[Passing]
    own: float | None
    private: BoardScores | None = None

    @property
    def is_legible(self) -> bool:
        """Whether so many teams have a score that a figure about them is about nobody."""
        return len(self.public.scores) >= folding.LEAST

    @property
    def shows_own(self) -> bool:
        """Whether the viewer has a score, and ten others have one too."""
        return self.own is not None and len(self.public.scores) > folding.LEAST


@dataclass(frozen=True)
class Glance:
    """A course at a glance, as one viewer sees it. points: for staff alone."""

    own: Membership
    now: datetime
    cohorts: list[Cohort]
    homeworks: list[HomeworkFigures] = field(default_factory=list)
    points: CoursePoints | None = None

    @property
    def is_staff(self) -> bool:
        """Whether groups and points stand in it."""
        return self.own.role.is_staff

    @property
    def visible(self) -> list[HomeworkFigures]:
        """The homeworks whose private half the viewer may see."""
        sees_all = Right.SEE_PRIVATE in self.own.rights
        return [each for each in self.homeworks if sees_all or is_revealed(each.competition, self.now)]


def open_half(session: Session, *, slug: str, user: User, now: datetime) -> Glance:
    """What of the course is no secret. Raises NotFound for outsiders."""
    own = courses.membership(session, slug=slug, user=user)
    course_id = own.course.id
    rows = figures.homeworks(session, course_id=course_id, now=now)
    by_day = figures.days(session, course_id=course_id)
    cohorts_of = figures.taking_part(session, course_id=course_id)
    scores = figures.split_scores(session, competition_ids=[row.id for row, _ in rows], split=Standing)
    passings = figures.passings(session, course_id=course_id)
    own_scores = (
        {} if own.role.is_staff else figures.own_scores(session, course_id=course_id, user_id=user.id)
    )
    homeworks = [
        HomeworkFigures(
            row,
            decimals,
            by_day.get(row.id, []),
            cohorts_of.get(row.id, []),
            scores[row.id],
            passings.get(row.id, []),
            own_scores.get(row.id),
        )
        for row, decimals in rows
    ]
    shown = [each for each in homeworks if own.role.is_staff or each.is_legible]
    return Glance(own, now, figures.cohorts(session, course_id=course_id), shown)


def whole(session: Session, half: Glance) -> Glance:
    """The same with what the viewer may see beside it; needs a session that may see private scores."""
    ids = [each.competition.id for each in half.visible]
    private = figures.private_scores(session, competition_ids=ids) if ids else {}
    points = None
    if half.is_staff:
        points = course_points.course_points(
            session, course_id=half.own.course.id, rights=half.own.rights, now=half.now
        )
    homeworks = [replace(each, private=private.get(each.competition.id)) for each in half.homeworks]
    return replace(half, homeworks=homeworks, points=points)
