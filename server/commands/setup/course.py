"""splitboard course add | member | clone | archive"""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from grader.parted_text import whole_of
from server.clock import utc_now
from server.commands.setup.competition import (
    FirstDay,
    Thresholds,
    Why,
    clone_line,
    grading_context,
    order_of,
    ring,
)
from server.commands.setup.user import known_user
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions import archiving
from server.domain.people import courses
from server.models import Role
from server.services.setup import cloning

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def add(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as ml-2027.")],
    title: Annotated[str, typer.Option(help="Its name on pages.")] = "",
    zone: Annotated[str, typer.Option(help="IANA time zone in which its days begin.")] = "UTC",
    language: Annotated[
        str, typer.Option(help="Its pages' language where a browser asks for none we have: zh-TW.")
    ] = "",
    data: DataDir = None,
) -> None:
    """Add a course."""
    with open_database(settings_for(data)) as db:
        new = courses.NewCourse(slug, courses.CourseSettings(title, zone, language))
        course = db.write(lambda session: courses.create_course(session, new, by=COMMAND_LINE, now=utc_now()))
    typer.echo(f"The course {course.slug} stands. Its people come by `splitboard roster`.")


@app.command()
def member(
    course: Annotated[str, typer.Argument(help="The course's slug.")],
    username: str,
    role: Annotated[Role, typer.Option(help="What they are in the course.")] = Role.STUDENT,
    number: Annotated[str | None, typer.Option(help="Student number.")] = None,
    department: str = "",
    section: str = "",
    data: DataDir = None,
) -> None:
    """Make a user a member of a course, or change what they are in it."""

    def add_to(session: Session) -> None:
        courses.add_member(
            session,
            course=courses.course_named(session, course),
            user=known_user(session, username),
            enrolment=courses.Enrolment(role, student_number=number, department=department, section=section),
            by=COMMAND_LINE,
            now=utc_now(),
        )

    with open_database(settings_for(data)) as db:
        db.write(add_to)
    typer.echo(f"{username} is {role.value} in {course}.")


@app.command()
def clone(
    course: Annotated[str, typer.Argument(help="The old course's slug.")],
    slug: Annotated[str, typer.Argument(help="The new one's; it goes to the end of each competition's.")],
    first_day: FirstDay,
    title: Annotated[str, typer.Option(help="The new one's name on pages; default: the old one's.")] = "",
    staff: Annotated[bool, typer.Option("--staff/--no-staff", help="TAs and instructors come along.")] = True,
    thresholds: Thresholds = cloning.Thresholds.REENTER,
    data: DataDir = None,
) -> None:
    """Make next term's course of this one: its competitions, its staff; no student, file or score."""
    with grading_context(data) as context:
        old = context.db.read(lambda session: courses.course_named(session, course))
        copy = cloning.clone_course(
            context,
            course=old,
            slug=slug,
            title=title or whole_of(old.title),
            with_staff=staff,
            order=order_of(first_day, thresholds),
        )
        for competition in copy.competitions:
            ring(context, competition)
    typer.echo(f"The course {copy.course.slug} stands.")
    for competition in copy.competitions:
        typer.echo(clone_line(competition))


@app.command()
def archive(
    course: Annotated[str, typer.Argument(help="The course's slug.")], reason: Why, data: DataDir = None
) -> None:
    """Archive all of a course's competitions: readable as ever, and nothing is taken any more."""

    def work(session: Session) -> list[str]:
        row = courses.course_named(session, course)
        rows = archiving.archive_course(session, course=row, reason=reason, by=COMMAND_LINE, now=utc_now())
        return [competition.slug for competition in rows]

    with open_database(settings_for(data)) as db:
        slugs = db.write(work)
    typer.echo(f"Archived: {', '.join(slugs)}.")
