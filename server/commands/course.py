"""splitboard course add | member"""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.terminal import DataDir, opened, settings_for
from server.commands.user import known_user
from server.domain import courses
from server.models import Role

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def add(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as ml-2027.")],
    title: Annotated[str, typer.Option(help="Its name on pages.")] = "",
    zone: Annotated[str, typer.Option(help="IANA time zone in which its days begin.")] = "UTC",
    data: DataDir = None,
) -> None:
    """Add a course."""
    with opened(settings_for(data)) as db:
        course = db.write(
            lambda session: courses.create_course(
                session, slug=slug, title=title, zone=zone, by=None, now=utc_now()
            )
        )
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
            role=role,
            student_number=number,
            department=department,
            section=section,
            by=None,
            now=utc_now(),
        )

    with opened(settings_for(data)) as db:
        db.write(add_to)
    typer.echo(f"{username} is {role.value} in {course}.")
