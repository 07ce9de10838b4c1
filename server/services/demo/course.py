"""The demonstration course: who signs in, and when its homeworks run.

`python -m server.services.demo.course` makes it: in a process of its own, so that the supervisor starts at
once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.accounts import accounts, secrets
from server.domain.people.accounts import worker_account as worker_accounts
from server.models import Course, Role
from server.services.demo.notes import Login, Notes
from server.services.schema import upgrade
from server.settings import Settings, get_settings

SLUG, ZONE = "ml-autumn", "Asia/Taipei"
TITLE = "Machine Learning, Autumn <!-- zh-TW --> 機器學習（秋季）"
MAIL_DOMAIN = "ml-autumn.example"  # a name that no mail server has
LAST_MINUTE = time(23, 59)
# Who signs in: user name, name, role, department and section, and what there is to see for them.
CAST = (
    ("instructor", "Prof. Lin", Role.INSTRUCTOR, "", "both boards, baseline runs, grades"),
    ("ta", "Wu Ting-Yu", Role.TA, "", "the same as the course's other staff"),
    (
        "student1",
        "Chang Chia-Wen",
        Role.STUDENT,
        "Computer Science",
        "has submitted to two homeworks",
    ),
    ("student2", "Emily Hsu", Role.STUDENT, "Mathematics", "has yet to begin with the second homework"),
)
ADMIN = ("admin", "Ho Mei-Ling", "the installation: people, courses, the audit trail")
BUSY, FRESH = "student1", "student2"  # the simulation leaves these two something to do


@dataclass(frozen=True)
class Times:
    """When a homework opens, closes and is revealed."""

    opens_at: datetime
    deadline_at: datetime
    late_until: datetime
    reveal_at: datetime


def set_up(settings: Settings) -> None:
    """Make the course with its logins, and note them; passwords are noted before they are of use."""
    notes = Notes.read(settings.data_dir)
    if not notes.logins:
        notes.logins = [Login(each[0], secrets.new_initial_password(), each[-1]) for each in (*CAST, ADMIN)]
        notes.write(settings.data_dir)
    upgrade(settings.url)
    db = Database(settings.url)
    notes.worker_token = db.write(lambda session: _make(session, notes.logins, now=utc_now()))
    db.close()
    notes.write(settings.data_dir)


def _make(session: Session, logins: list[Login], *, now: datetime) -> str:
    make_course(session, logins, now=term_began(now))
    return worker_accounts.fresh_token(session, now=now)


def make_course(session: Session, logins: list[Login], *, now: datetime) -> Course:
    """The demonstration course with those who can sign in; made unless it is there."""
    known = session.scalar(select(Course).where(Course.slug == SLUG))
    if known is not None:
        return known
    new = courses.NewCourse(SLUG, courses.CourseSettings(TITLE, ZONE))
    course = courses.create_course(session, new, by=COMMAND_LINE, now=now)
    passwords = {login.username: login.password for login in logins}
    accounts.create_user(
        session, _account(ADMIN[0], ADMIN[1], passwords, is_admin=True), by=COMMAND_LINE, now=now
    )
    for serial, (username, name, role, department, _) in enumerate(CAST, start=1):
        user = accounts.create_user(session, _account(username, name, passwords), by=COMMAND_LINE, now=now)
        courses.add_member(
            session,
            course=course,
            user=user,
            enrolment=courses.Enrolment(
                role,
                student_number=f"B1000000{serial}" if role is Role.STUDENT else None,
                department=department,
                section="Section 1" if role is Role.STUDENT else "",
            ),
            by=COMMAND_LINE,
            now=now,
        )
    return course


def _account(
    username: str, name: str, passwords: dict[str, str], *, is_admin: bool = False
) -> accounts.NewUser:
    return accounts.NewUser(
        username,
        name,
        email=f"{username}@{MAIL_DOMAIN}",
        password_hash=secrets.hash_initial_password(passwords[username]),
        is_admin=is_admin,
    )


def term_began(now: datetime) -> datetime:
    """When the course was made and its students were enrolled: a week before the first homework opened."""
    return finished_times(now).opens_at - timedelta(days=7)


def finished_times(now: datetime) -> Times:
    """A homework of four weeks whose private board opened some days ago."""
    return Times(_at(now, -35, time(14)), _at(now, -7), _at(now, -5), _at(now, -4, time(0)))


def running_times(now: datetime) -> Times:
    """A homework that is open, with its deadline some days ahead."""
    return Times(_at(now, -12, time(14)), _at(now, 4), _at(now, 6), _at(now, 7, time(0)))


def times_of_week(now: datetime, week: int) -> Times:
    """A homework of two weeks among those that open one a week: the one of week 0 opened two days ago."""
    opens = 7 * week - 2
    return Times(
        _at(now, opens, time(14)), _at(now, opens + 14), _at(now, opens + 16), _at(now, opens + 17, time(0))
    )


def _at(now: datetime, days: int, at: time = LAST_MINUTE) -> datetime:
    """`days` after today at that time of the course's day, in UTC."""
    zone = ZoneInfo(ZONE)
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


if __name__ == "__main__":
    set_up(get_settings())
