"""Enrol the demonstration's students: those who exist in it alone, without passwords."""

import time
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.models import Course, Member, Role
from server.services.demo import course as demo_course
from server.services.demo.people import DemoStudent
from server.services.demo.simulate import REST_SECONDS

BATCH = 80  # students in one transaction; the server's own writes come in between


def add_people(db: Database, course: Course, people: list[DemoStudent]) -> None:
    """Make these people students of the course, those who are not yet; they have no passwords."""
    numbers = set(
        db.read(
            lambda session: list(
                session.scalars(select(Member.student_number).where(Member.course_id == course.id))
            )
        )
    )
    missing = [person for person in people if person.number not in numbers]
    began = demo_course.term_began(utc_now())
    for start in range(0, len(missing), BATCH):
        db.write(partial(_add_some, course=course, people=missing[start : start + BATCH], now=began))
        time.sleep(REST_SECONDS)


def _add_some(session: Session, *, course: Course, people: list[DemoStudent], now: datetime) -> None:
    for person in people:
        _add(session, course, person, now)


def _add(session: Session, course: Course, person: DemoStudent, now: datetime) -> None:
    user = accounts.create_user(
        session, accounts.NewUser(person.number.lower(), person.name), by=COMMAND_LINE, now=now
    )
    courses.add_member(
        session,
        course=course,
        user=user,
        enrolment=courses.Enrolment(
            Role.STUDENT, student_number=person.number, department=person.department, section=person.section
        ),
        by=COMMAND_LINE,
        now=now,
    )
