"""Grades of teams are kept from one look to the next, and never beyond what changes them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.audit.actor import Actor
from server.domain.grades import report
from server.domain.grades.counting.counting import keep_counting
from server.domain.grades.items.item_sheet import ItemCell, change_cells, item_sheet, of_rows
from server.domain.grades.points.course_points import course_points
from server.domain.teams import allowances
from server.domain.teams.allowances import Extension, Receiver
from server.models import ALL_RIGHTS, AuditEntry, Competition, GradeAdjustment, Member, Right
from tests.support.browser import browser, form_token
from tests.support.installation import Installation
from tests.support.points_by_hand import COUNTING, count_by_hand
from tests.support.rescored import apply, ready
from tests.support.teamwork import in_teams_of

pytestmark = pytest.mark.both
Seen = tuple[list[report.GradeRow], list[float]]


def seen_by(database: Database, installation: Installation) -> Seen:
    """Each student's grade in the homework, and points of the course."""
    course_id = installation.competition().course_id

    def look(session: Session) -> Seen:
        competition = session.get_one(Competition, installation.competition().id)
        points = course_points(
            session, course_id=course_id, rights=ALL_RIGHTS, now=installation.clock.now
        ).students
        return report.grades_of(session, competition=competition), [each.total.points for each in points]

    return database.read(look, private=True)


def a_late_file(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.9, seed=2)


def a_later_late_file(installation: Installation) -> None:
    installation.clock.advance(timedelta(days=2))
    installation.submit_accuracy("student1", 0.9, seed=3)


def extended(installation: Installation, username: str, *, days: float) -> None:
    """Give a student another deadline, which leaves their files late."""
    competition = installation.competition()
    to = Receiver(username, installation.user(username).id)
    installation.db.write(
        lambda session: allowances.extend_deadline(
            session,
            competition=competition,
            extension=Extension(to, competition.deadline_at + timedelta(days=days), "ill"),
            by=Actor(installation.user("tina").id),
            now=installation.clock(),
        ),
        private=True,
    )


def fewer_days_late(installation: Installation) -> None:
    extended(installation, "student1", days=1)


def a_partner_with_more_time(installation: Installation) -> None:
    in_teams_of(installation, 2)
    extended(installation, "student2", days=2)
    answer = installation.client("tina").post(
        "/api/competitions/tiny/teams/moves",
        json={"username": "student2", "to": "student1", "reason": "They work together."},
    )
    answer.raise_for_status()


def an_exclusion(installation: Installation) -> None:
    body = {"excluded": True, "reason": "a copy"}
    installation.client("tina").put("/api/submissions/2/excluded", json=body).raise_for_status()


def a_harder_penalty(installation: Installation) -> None:
    client = installation.client("tina")
    version = client.get("/api/competitions/tiny/rules").json()["version"]
    body = {"changes": {"late_penalty": 0.3}, "version": version, "reason": "As agreed."}
    client.put("/api/competitions/tiny/rules", json=body).raise_for_status()


def another_key(installation: Installation) -> None:
    apply(installation, ready(installation).id)


def a_threshold(installation: Installation) -> None:
    installation.train("simple", accuracy=0.6)


def an_item_checked(installation: Installation) -> None:
    competition, student = installation.competition(), installation.user("student1")

    def check(session: Session) -> None:
        sheet = item_sheet(session, competition=competition)
        code = next(item.id for item in sheet.items if item.name == "code")
        cells = of_rows(sheet, [ItemCell(code, student.id, None, 2.0)])
        by = Actor(installation.user("tina").id)
        change_cells(session, cells, competition=competition, by=by, now=installation.clock())

    installation.db.write(check)


def an_adjustment(installation: Installation) -> None:
    own = browser(installation, "iris")
    path = f"/courses/ml/people/{installation.user('student0').id}/adjustments"
    form = {"form_token": form_token(own), "homework": "tiny", "points": "0.5", "reason": "A good question."}
    own.post(path, data=form).raise_for_status()


def an_adjustment_less(installation: Installation) -> None:
    own = browser(installation, "iris")
    about = installation.user("student1").id
    row = installation.db.read(
        lambda session: session.scalars(select(GradeAdjustment).where(GradeAdjustment.user_id == about)).one()
    )
    form = {"form_token": form_token(own), "reason": "It was in time."}
    path = f"/courses/ml/people/{about}/adjustments/{row.id}/revoke"
    own.post(path, data=form).raise_for_status()


def a_student_less(installation: Installation) -> None:
    about = installation.user("student2").id
    leaving = update(Member).where(Member.user_id == about).values(is_active=False)
    installation.db.write(lambda session: session.execute(leaving) and None)


def other_rules(installation: Installation) -> None:
    counting = replace(COUNTING, rules=replace(COUNTING.rules, weight=2.0))
    competition_id = installation.competition().id
    installation.db.write(lambda session: keep_counting(session, counting, competition_id=competition_id))


CHANGES: list[Callable[[Installation], None]] = [
    a_threshold,
    a_late_file,
    a_later_late_file,
    fewer_days_late,
    a_partner_with_more_time,
    an_exclusion,
    a_harder_penalty,
    another_key,
]
BY_HAND = [an_item_checked, an_adjustment, an_adjustment_less, other_rules, a_student_less]


def follow(installation: Installation, changes: Sequence[Callable[[Installation], None]]) -> None:
    """Look before and after each change, and compare with a server that has kept nothing."""
    shown = [seen_by(installation.db, installation)]
    for change in changes:
        change(installation)
        shown.append(seen_by(installation.db, installation))
        assert seen_by(installation.db, installation) == shown[-1]
        fresh = Database(installation.db.url)
        try:
            assert shown[-1] == seen_by(fresh, installation), change.__name__
        finally:
            fresh.close()
        assert change is a_threshold or shown[-1] != shown[-2], change.__name__


def test_what_is_kept_is_what_a_server_computes_that_has_kept_nothing(installation: Installation) -> None:
    deadline = installation.competition().deadline_at
    rules = {"late_penalty": 0.2, "late_until": deadline + timedelta(days=9)}
    rules |= {"reveal_at": deadline + timedelta(days=9)}
    installation.db.write(lambda session: session.execute(update(Competition).values(**rules)) and None)
    installation.clock.now = deadline + timedelta(hours=20)

    follow(installation, CHANGES)


def test_what_staff_give_and_take_by_hand_is_seen_at_once(installation: Installation) -> None:
    count_by_hand(installation)
    installation.train("simple")
    installation.submit_accuracy("student1", 0.75, seed=1)

    follow(installation, BY_HAND)


def test_an_act_that_is_seen_after_one_with_a_higher_id_is_seen(installation: Installation) -> None:
    """On PostgreSQL ids are given when rows are written, and rows are seen when they are committed."""
    count_by_hand(installation)
    installation.train("simple")
    installation.submit_accuracy("student1", 0.75, seed=1)
    competition, highest = installation.competition(), 1_000_000
    installation.db.write(
        lambda session: session.add(
            AuditEntry(
                id=highest,
                at=installation.clock(),
                act="slots_granted",
                subject="tiny",
                course_id=competition.course_id,
                competition_id=competition.id,
            )
        )
    )

    follow(installation, [an_item_checked])


def test_an_adjustment_with_the_id_of_one_that_is_gone_is_seen(installation: Installation) -> None:
    count_by_hand(installation)
    installation.submit_accuracy("student0", 0.75, seed=1)
    an_adjustment(installation)
    before = seen_by(installation.db, installation)
    newest = select(GradeAdjustment).order_by(GradeAdjustment.id.desc()).limit(1)
    row = installation.db.read(lambda session: session.scalars(newest).one())
    again = {column.key: getattr(row, column.key) for column in GradeAdjustment.__table__.columns}
    gone = delete(GradeAdjustment).where(GradeAdjustment.id == row.id)
    again |= {"points": 1.5, "given_at": row.given_at + timedelta(seconds=1)}

    installation.db.write(lambda session: session.execute(gone) and None)
    installation.db.write(lambda session: session.add(GradeAdjustment(**again)))

    assert seen_by(installation.db, installation) != before


def test_points_with_private_scores_are_never_those_without(installation: Installation) -> None:
    """Two of the staff look in turns, of whom one may not see private scores before the reveal."""
    course_id = installation.competition().course_id
    installation.train("simple")
    installation.submit_accuracy("student0", 0.75, seed=1)

    def look(rights: Collection[Right]) -> list[float]:
        points = installation.db.read(
            lambda session: course_points(
                session, course_id=course_id, rights=rights, now=installation.clock.now
            ),
            private=True,
        )
        return [each.total.points for each in points.students]

    seen = [look(rights) for rights in (ALL_RIGHTS, (), ALL_RIGHTS, ())]

    assert seen[0] == seen[2] == [2.0, 0.0, 0.0]
    assert seen[1] == seen[3] == [1.0, 0.0, 0.0]
