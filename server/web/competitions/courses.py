"""The first page: my courses and their competitions."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.clock import course_day, iso
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access, Today
from server.domain.competitions.own_standings import CountedFile, OwnStanding, own_standings, used_slots
from server.domain.grades.points.point_rows import OpenRows, open_rows
from server.domain.grades.points.points_now import Taking
from server.domain.grades.private_results import final_places
from server.domain.people import courses
from server.domain.questions import questions
from server.domain.submissions import activity
from server.domain.teams import invitation_lists
from server.http.deps import Db, Now
from server.models import Competition, Course, Right, Role, Standing, User
from server.serializers import grades as grades_json
from server.serializers import values as values_json
from server.serializers.people import results as results_json
from server.serializers.values import Json
from server.services.own_points import points_with
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere

router = APIRouter()
Studied = tuple[Json, OpenRows, dict[int, Taking]]  # a course, its open rows, how its student stands to it


@router.get("/")
async def mine(request: Request, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Each course with its competitions: state, countdown, own rank, slots left; the result once revealed."""
    values, revealed, studied = await db.aread(lambda session: _course_list(session, viewer.user, now))
    for course, rows, takings in studied:
        points = await points_with(db, rows, takings=takings, now=now)
        course["points"] = None if points is None else grades_json.points(course["slug"], points)
    if revealed:
        final = await db.aread(
            lambda session: final_places(session, competitions=revealed, user_id=viewer.user.id), private=True
        )
        for each in (row for course in values for row in course["competitions"]):
            place = final.get(each["id"])
            each["final"] = None if place is None else results_json.final_place(place, each["decimals"])
    zone = {"zone": values[0]["zone"]} if values else {}
    return pages.render(request, "competitions/courses.html", viewer, courses=values, **zone)


def _course_list(
    session: Session, user: User, now: datetime
) -> tuple[list[Json], list[Competition], list[Studied]]:
    """The courses, the revealed competitions whose private result a student may see, and open points."""
    accesses = competitions.mine(session, user=user, now=now)
    revealed = competitions.revealed_to_students(accesses, now)
    invitations = invitation_lists.waiting(session, user=user, accesses=accesses, now=now)
    memberships = courses.courses_of(session, user=user)
    staffed = [each.course.id for each in memberships if Right.SEE_NAMES in each.rights]
    waiting = questions.count_open(session, course_ids=staffed)
    own = OwnState.of(session, accesses, user, now)
    values: list[Json] = [
        {
            "id": each.course.id,
            "open_questions": waiting.get(each.course.id, 0),
            "slug": each.course.slug,
            "title": each.course.title,
            "zone": each.course.zone,
            "role": each.role.value,
            "rights": each.rights,
            "competitions": [
                _competition(session, access, own, now)
                | {"asking": invitations.get(access.competition.id, [])}
                for access in _of_course(accesses, each.course)
                if access.competition.archived_at is None and access.competition.opens_at <= now
            ],
            "to_come": [
                _line(access)
                for access in _of_course(accesses, each.course)
                if access.competition.archived_at is None and access.competition.opens_at > now
            ],
            "archived": [
                _line(access)
                for access in _of_course(accesses, each.course)
                if access.competition.archived_at is not None
            ],
        }
        for each in memberships
    ]
    return values, revealed, _studied(session, values, accesses, user, now)


def _of_course(accesses: list[Access], course: Course) -> list[Access]:
    return [each for each in accesses if each.course.id == course.id]


def _line(access: Access) -> Json:
    """A competition that takes no files now, in one line."""
    row = access.competition
    times = {name: iso(getattr(row, name)) for name in ("opens_at", "deadline_at")}
    return {"slug": row.slug, "title": row.title, "zone": row.reset_zone, **times}


def _studied(
    session: Session, courses: list[Json], accesses: list[Access], user: User, now: datetime
) -> list[Studied]:
    takings = _takings(session, accesses, user)
    return [
        (course, open_rows(session, course_id=course["id"], opened_by=now, user_ids=[user.id]), takings)
        for course in courses
        if course["role"] == Role.STUDENT.value
    ]


def _takings(session: Session, accesses: list[Access], user: User) -> dict[int, Taking]:
    """By competition, the user's terms and how many files their team has sent."""
    counts = activity.files_of(session, user_id=user.id, competition_ids=[a.competition.id for a in accesses])
    return {each.competition.id: Taking(each.terms, counts.get(each.competition.id, 0)) for each in accesses}


@dataclass(frozen=True)
class OwnState:
    """How the viewer stands in each competition, and what they have used of its slots today."""

    standings: dict[int, OwnStanding]
    used: dict[tuple[int, date], int]

    @classmethod
    def of(cls, session: Session, accesses: list[Access], user: User, now: datetime) -> "OwnState":
        """Read for all of these at once."""
        ids = [each.competition.id for each in accesses]
        standings = own_standings(session, user_id=user.id, competition_ids=ids)
        days = {course_day(now, each.competition.reset_zone) for each in accesses}
        team_ids = [each.team_id for each in standings.values()]
        return cls(standings, used_slots(session, team_ids=team_ids, days=days))

    def counted(self, access: Access) -> CountedFile | None:
        """What counts for them on the public board."""
        own = self.standings.get(access.competition.id)
        return None if own is None else own.counted

    def today(self, access: Access, now: datetime) -> Today:
        """Their day as a student: no page of the staff's shows one."""
        row, own = access.competition, self.standings.get(access.competition.id)
        day = course_day(now, row.reset_zone)
        used = 0 if own is None else self.used.get((own.team_id, day), 0)
        return competitions.day_with(row, terms=access.terms, day=day, used=used)


def _competition(session: Session, access: Access, own: OwnState, now: datetime) -> Json:
    row, counted = access.competition, own.counted(access)
    _, count = leaderboard.public_rank(session, competition_id=row.id, team_id=0)
    limits = leaderboard.thresholds(session, competition_id=row.id, split=Standing)
    passed = []
    if counted is not None:
        passed = leaderboard.reached(limits, counted.score, higher_is_better=row.higher_is_better)
    return pages.head(access, now) | {
        "id": row.id,
        "final": None,
        "counted": counted,
        "rank": None if counted is None else counted.rank,
        "teams": count,
        "best": None if counted is None else counted.score,
        "decimals": leaderboard.shown(session, row),
        "passed": passed,
        "trained": list(limits),
        "tiers": competitions.tier_names(session, row.id),
        "today": values_json.today(own.today(access, now), now),
    }
