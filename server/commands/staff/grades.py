"""splitboard grades"""

from pathlib import Path
from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions.named import competition_named
from server.domain.files.file_store import FileStore
from server.domain.grades import report as grades
from server.domain.grades.exports.export_files import ExportOrder
from server.domain.grades.gradebooks.columns import by_hand
from server.domain.people import courses
from server.models import ALL_RIGHTS, ExportKind
from server.services.point_exports import Exporter, make_export

app = typer.Typer(add_completion=False)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The competition's slug; with --for, the course's.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    system: Annotated[
        ExportKind | None, typer.Option("--for", help="The points of the whole course, for this system.")
    ] = None,
    gradebook: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The file that Canvas or Blackboard exported."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="By hand, as in 5=hw01: what the column at a place, from 1, takes, or Total."),
    ] = None,
    homework: Annotated[str, typer.Option(help="For canvas_plain: whose points, or Total.")] = "",
    number: Annotated[str, typer.Option(help="For canvas_plain: the assignment's in Canvas.")] = "",
    clears: Annotated[bool, typer.Option("--clear", help="Take away grades that are not here.")] = False,
    scales: Annotated[bool, typer.Option("--scale", help="To the maximum of each column there.")] = False,
    data: DataDir = None,
) -> None:
    """Write every student's points, and the scores and submissions that earned them."""
    settings = settings_for(data)
    with open_database(settings) as db:
        if system is None:
            _export_competition(db, slug, out)
            return
        order = ExportOrder(
            system,
            None if gradebook is None else gradebook.read_bytes(),
            columns=by_hand(column or []),
            clears=clears,
            scales=scales,
            slug=homework,
            number=number,
        )
        _export_course(db, FileStore(settings.files_dir), slug, order, out)


def _export_competition(db: Database, slug: str, out: Path) -> None:
    rows = db.read(
        lambda session: grades.grades_of(session, competition=competition_named(session, slug)),
        private=True,
    )
    out.write_bytes(grades.to_csv(rows))
    db.write(
        lambda session: grades.record_export(
            session, competition=competition_named(session, slug), by=COMMAND_LINE, now=utc_now()
        )
    )
    typer.echo(f"{len(rows)} students in {out}")


def _export_course(db: Database, store: FileStore, slug: str, order: ExportOrder, out: Path) -> None:
    """Export as the page does, which then lists it, and write the same file."""
    course = db.read(lambda session: courses.course_named(session, slug))
    exporter = Exporter(course, ALL_RIGHTS, COMMAND_LINE)
    row = make_export(db, store, order, exporter=exporter, now=utc_now())
    out.write_bytes(store.read(row.sha256))
    facts = row.facts
    changed = "" if facts["changed"] is None else f", {facts['changed']} cells changed"
    typer.echo(f"{facts['students']} students in {out}, version {row.version}{changed}")
    for stranger in facts["not_here"]:
        near = ", ".join(partner["name"] for partner in stranger["partners"])
        perhaps = f" (perhaps {near})" if near else ""
        typer.echo(f"  not in the course: {stranger['name']} {' '.join(stranger['keys'])}{perhaps}")
    for student in facts["not_there"]:
        typer.echo(f"  not in the file: {student['name']}")
    for student in facts.get("twice", ()):
        typer.echo(f"  several rows in the file, none filled: {student['name']}")
    for one in facts.get("maxima", ()):
        scaled = " (scaled)" if one["is_scaled"] else ""
        typer.echo(f"  another maximum: {one['title']}: {one['there']:g} there, {one['here']:g} here{scaled}")
