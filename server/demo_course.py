"""The demonstration course: who can sign in to it, what it is called, and when its two homeworks run."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import security
from server.domain import accounts, courses
from server.models import Course, Role

SLUG, TITLE, ZONE = "ml-autumn", "Machine Learning, Autumn", "Asia/Taipei"
LAST_MINUTE = time(23, 59)
# Who signs in: user name, name, role, department and section, and what there is to see for them.
CAST = (
    ("instructor", "Prof. Lin", Role.INSTRUCTOR, "", "both boards, baseline runs, grades"),
    ("ta", "Wu Ting-Yu", Role.TA, "", "the same as the course's other staff"),
    ("student1", "Chang Chia-Wen", Role.STUDENT, "Computer Science", "has submitted to both homeworks"),
    ("student2", "Emily Hsu", Role.STUDENT, "Mathematics", "has yet to begin with the second homework"),
)
BUSY, FRESH = "student1", "student2"  # the simulation leaves these two something to do


@dataclass(frozen=True)
class Login:
    """A user name with its password, and what there is to see."""

    username: str
    password: str
    sees: str


@dataclass(frozen=True)
class Times:
    """When a homework opens, closes and is revealed."""

    opens_at: datetime
    deadline_at: datetime
    late_until: datetime
    reveal_at: datetime


@dataclass
class Notes:
    """What the demonstration remembers between two starts: the logins, and whether the course is filled."""

    logins: list[Login]
    is_filled: bool = False

    @classmethod
    def read(cls, folder: Path) -> "Notes":
        """The notes in `folder`, or new ones with random passwords."""
        try:
            table = json.loads(_file(folder).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls([Login(cast[0], security.new_initial_password(), cast[-1]) for cast in CAST])
        return cls([Login(**login) for login in table["logins"]], table["is_filled"])

    def write(self, folder: Path) -> None:
        """Keep the notes, readable by their owner alone; a kill leaves the old ones or the new."""
        new = _file(folder).with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
        new.replace(_file(folder))


def _file(folder: Path) -> Path:
    return folder / "demo.json"


def found_course(session: Session, logins: list[Login], *, now: datetime) -> Course:
    """The demonstration course with those who can sign in; made unless it is there."""
    known = session.scalar(select(Course).where(Course.slug == SLUG))
    if known is not None:
        return known
    course = courses.create_course(session, slug=SLUG, title=TITLE, zone=ZONE, by=None, now=now)
    passwords = {login.username: login.password for login in logins}
    for serial, (username, name, role, department, _) in enumerate(CAST, start=1):
        user = accounts.create_user(
            session,
            username=username,
            display_name=name,
            password_hash=security.hash_initial_password(passwords[username]),
            by=None,
            now=now,
        )
        courses.add_member(
            session,
            course=course,
            user=user,
            role=role,
            student_number=f"B1000000{serial}" if role is Role.STUDENT else None,
            department=department,
            section="Section 1" if role is Role.STUDENT else "",
            by=None,
            now=now,
        )
    return course


def finished_times(now: datetime) -> Times:
    """A homework of four weeks whose private board opened some days ago."""
    return Times(_at(now, -35, time(14)), _at(now, -7), _at(now, -5), _at(now, -4, time(0)))


def running_times(now: datetime) -> Times:
    """A homework that is open, with its deadline some days ahead."""
    return Times(_at(now, -12, time(14)), _at(now, 4), _at(now, 6), _at(now, 7, time(0)))


def _at(now: datetime, days: int, at: time = LAST_MINUTE) -> datetime:
    """`days` after today at that time of the course's day, in UTC."""
    zone = ZoneInfo(ZONE)
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
