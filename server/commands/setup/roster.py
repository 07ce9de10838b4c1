"""splitboard roster"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses, roster
from server.domain.people.roster_diff import RosterDiff
from server.domain.people.roster_file import read_roster

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV or TSV, in any usual encoding.")
    ],
    course: Annotated[str, typer.Option(help="The course's slug.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it, and print the new accounts' passwords.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Show what importing a roster would change; with --apply, change it."""
    with open_database(settings_for(data)) as db:
        rows = read_roster(file.read_bytes())
        diff = db.read(
            lambda session: roster.diff(session, course=courses.course_named(session, course), roster=rows)
        )
        typer.echo("\n".join(lines_of(diff)))
        if not apply:
            typer.echo("Nothing was changed; --apply imports it.")
            raise typer.Exit(1 if diff.problems else 0)
        result = db.write(
            lambda session: roster.import_roster(
                session,
                course=courses.course_named(session, course),
                roster=rows,
                by=COMMAND_LINE,
                now=utc_now(),
            )
        )
    for new in result.passwords:
        typer.echo(f"{new.username}\t{new.password}\t{new.name}")


def lines_of(diff: RosterDiff) -> Iterator[str]:
    """The difference as lines: + who is added, ~ who is changed, - who is removed, ! what is wrong."""
    for problem in diff.problems:
        yield f"! line {problem.line}: {problem.message}"
    for row in diff.added:
        yield f"+ {row.username}  {row.name or ''}"
    for row_change in diff.changed:
        facts = ", ".join(f"{each.field} '{each.before}' -> '{each.after}'" for each in row_change.changes)
        yield f"~ {row_change.row.username}  {facts}"
    for member in diff.removed:
        yield f"- {member.username}  {member.name}"
    yield (
        f"{len(diff.added)} added, {len(diff.changed)} changed, {len(diff.removed)} removed, "
        f"{diff.unchanged} unchanged, {len(diff.problems)} problems"
    )
