"""splitboard roster"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.setup import roster_links
from server.commands.setup.roster_links import LinkWays
from server.commands.terminal import DataDir, open_database, settings_for
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.password_files import keep_passwords, password_file
from server.domain.people import courses
from server.domain.people.roster import importing as roster
from server.domain.people.roster.diff import Approval, RosterDiff
from server.domain.people.roster.file import Roster, RosterLayout, read_roster
from server.domain.people.roster.importing import RosterImport

PROBLEMS_SHOWN = 50
RosterPath = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="CSV or TSV in any usual encoding, or an Excel workbook."
    ),
]
CourseSlug = Annotated[str, typer.Option(help="The course's slug.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it, and print the new accounts' passwords.")]
Invite = Annotated[
    bool,
    typer.Option("--invite", help="Mail new people with an address a link; no password is made."),
]
Sheet = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="Write new people's links into this CSV file; no password is made."),
]
Encoding = Annotated[
    str | None,
    typer.Option(help="The file's encoding, such as big5 or cp1252; default: it is found out, or asked."),
]
Drop = Annotated[
    int | None, typer.Option(min=0, help="So many active students have left, and are not in the file.")
]
Nameless = Annotated[
    bool, typer.Option("--nameless", help="Call new people without a name by their user names.")
]
AsWritten = Annotated[
    bool, typer.Option("--as-written", help="Take what looks spoiled for right as it stands.")
]
app = typer.Typer(add_completion=False)


@app.command()
def compare(
    file: RosterPath,
    course: CourseSlug,
    apply: Apply = False,
    encoding: Encoding = None,
    drop: Drop = None,
    nameless: Nameless = False,
    as_written: AsWritten = False,
    invite: Invite = False,
    sheet: Sheet = None,
    data: DataDir = None,
) -> None:
    """Show what importing a roster would change; with --apply, change it."""
    settings = settings_for(data)
    approval = Approval(drop=drop, nameless=nameless, as_written=as_written)
    with open_database(settings) as db:
        people = read_roster(file.read_bytes(), encoding=encoding)
        diff = db.read(
            lambda session: roster.diff(
                session, course=courses.course_named(session, course), roster=people, approval=approval
            )
        )
        is_open = bool(diff.problems or diff.questions)
        if not apply or is_open:
            show(people.layout, diff)
            typer.echo("Nothing was changed." if apply else "Nothing was changed; --apply imports it.")
            raise typer.Exit(1 if is_open else 0)
        ways = LinkWays(by_mail=invite, sheet=sheet)
        if ways.are_wanted:
            origin = roster_links.require_origin(settings, ways)
            linked = roster_links.imported(
                db, people, course=course, approval=approval, ways=ways, origin=origin
            )
            show(people.layout, linked.diff)
            typer.echo("\n".join(linked.lines(ways)))
            return
        print_passwords(db, settings.data_dir, people, course=course, approval=approval)


def print_passwords(db: Database, data_dir: Path, people: Roster, *, course: str, approval: Approval) -> None:
    """Import the roster, and print the new accounts' passwords when they are in a file."""
    passwords = password_file(data_dir, course=course, now=utc_now())
    result = imported(db, people, course=course, approval=approval, passwords=passwords)
    if result.passwords:
        typer.echo(f"The new accounts' passwords are in {passwords}; delete it once they are handed out.")
    show(people.layout, result.diff)
    for line in password_lines(result):
        typer.echo(line)


def imported(
    db: Database, people: Roster, *, course: str, approval: Approval, passwords: Path
) -> RosterImport:
    """What the import did, after its passwords are in a file and it is committed, in this order."""

    def work(session: Session) -> RosterImport:
        result = roster.import_roster(
            session,
            course=courses.course_named(session, course),
            roster=people,
            by=COMMAND_LINE,
            now=utc_now(),
            approval=approval,
        )
        if result.passwords:
            keep_passwords(passwords, password_lines(result))
        return result

    try:
        return db.write(work)
    except BaseException:
        passwords.unlink(missing_ok=True)
        raise


def password_lines(result: RosterImport) -> Iterator[str]:
    """User name, password and name of each new account, parted by tabs."""
    for new in result.passwords:
        yield f"{new.username}\t{new.password}\t{new.name}"


def show(layout: RosterLayout, diff: RosterDiff) -> None:
    """Print how the file was read, and what it changes."""
    typer.echo("\n".join([*lines_of_layout(layout), *lines_of(diff)]))


def lines_of_layout(layout: RosterLayout) -> Iterator[str]:
    """How the file was read: encoding, separator, columns, and what else to know."""
    columns = ", ".join(f"{field.replace('_', ' ')} from '{title}'" for field, title in layout.titles.items())
    yield f"Read as {layout.encoding}, fields parted by {layout.separator}: {columns}."
    if layout.unused:
        yield f"Columns that were not used: {', '.join(layout.unused)}."
    yield from layout.remarks


def lines_of(diff: RosterDiff) -> Iterator[str]:
    """The difference as lines: + added, ~ changed, - removed, ! what is wrong, ? what must be meant."""
    for problem in diff.problems[:PROBLEMS_SHOWN]:
        doubt = " If it is right so, say --as-written." if problem.is_doubt else ""
        yield f"! line {problem.line}: {problem.message}{doubt}"
    if len(diff.problems) > PROBLEMS_SHOWN:
        yield f"! and {len(diff.problems) - PROBLEMS_SHOWN} more"
    for question in diff.questions:
        yield f"? {question.message} {question.advice}"
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
