"""splitboard grades"""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.terminal import DataDir, opened, settings_for
from server.domain.errors import NotFound
from server.domain.grades import report as grades
from server.models import Competition

app = typer.Typer(add_completion=False)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The competition's slug.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    data: DataDir = None,
) -> None:
    """Write every student's points, and the scores and submissions that earned them."""
    with opened(settings_for(data)) as db:
        rows = db.read(
            lambda session: grades.grades_of(session, competition=competition_named(session, slug)),
            private=True,
        )
        out.write_bytes(grades.to_csv(rows))
        db.write(
            lambda session: grades.record_export(
                session, competition=competition_named(session, slug), by=None, now=utc_now()
            )
        )
    typer.echo(f"{len(rows)} students in {out}")


def competition_named(session: Session, slug: str) -> Competition:
    """The competition with this slug; raises NotFound with those that there are."""
    found = session.scalar(select(Competition).where(Competition.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(Competition.slug).order_by(Competition.slug)))
        raise NotFound(f"There is no competition '{slug}'; there are: {known or 'none'}.")
    return found
