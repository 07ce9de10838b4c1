"""The student's commands, over the web API. Each is a few lines: ask the server, show the answer.

What takes long to load (the HTTP library, the tables, the grader) is imported where it is needed, so that
`--help` and a mistyped option answer sooner.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from client.api.downloads import is_here, sha256_of
from client.api.errors import Misuse
from client.api.types.competitions import PublicFile, Split, Standings
from client.commands.application import Application
from client.commands.exits import STOPPED
from client.commands.reporting import AsJson, language_for, output_for, reported
from client.credentials import current
from client.downloading import files_of, is_left_alone
from client.output.formats import Output
from client.output.views import Board, DownloadedFile
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.client import Api

FOLLOW_SECONDS = 15.0  # between two looks at a board
BOARD_PAGE = 2000  # the most rows the server puts on one page

app = Application()
Slug = Annotated[str, typer.Argument(metavar="SLUG", help=Message("As `splitboard competitions` shows it."))]
SubmissionId = Annotated[
    str, typer.Argument(metavar="ID", help=Message("As `splitboard submissions` shows it."))
]
Predictions = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, metavar="FILE", help=Message("CSV, or gzip or zip of it.")),
]


@app.command()
def login(
    url: Annotated[
        str | None, typer.Option(help=Message("Address of the server; default: SPLITBOARD_URL."))
    ] = None,
    username: Annotated[str | None, typer.Option(help=Message("Your name there."))] = None,
    code: Annotated[str, typer.Option(help=Message("Code of your second factor, if you have one."))] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help=Message("What the token is for: read, submit, staff (all).")),
    ] = None,
    days: Annotated[int | None, typer.Option(help=Message("After how many days the token ends."))] = None,
    as_json: AsJson = False,
) -> None:
    """Sign in and keep a token on this machine. The password is asked for unseen, or read from a pipe."""
    from client.commands.sign_in import TokenWish, sign_in

    output = output_for(as_json)
    with reported(output):
        wish = TokenWish(code, tuple(scope or ()), days)
        output.signed_in(sign_in(url, username, wish=wish, language=language_for(as_json)))


@app.command()
def logout(as_json: AsJson = False) -> None:
    """Forget the token on this machine, and end it on the server."""
    from client.commands.sign_in import sign_out

    output = output_for(as_json)
    with reported(output):
        gone = sign_out()
        if gone is None:
            raise Misuse(Message("Nobody is signed in on this machine."))
        output.signed_out(gone)


@app.command()
def competitions(as_json: AsJson = False) -> None:
    """List the competitions of your courses, and what is left of today's submissions."""
    with asking(as_json) as (api, output):
        output.competitions(api.competitions())


@app.command()
def download(
    slug: Slug,
    to: Annotated[Path | None, typer.Option(help=Message("Folder for the files; default: SLUG."))] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a competition's files, each verified by its SHA-256; those already here are left alone."""
    with asking(as_json) as (api, output):
        folder = to or Path(slug)
        files = files_of(api, slug)
        output.downloaded([_downloaded(api, output, file, folder / file.name) for file in files])


@app.command()
def submissions(slug: Slug, as_json: AsJson = False) -> None:
    """List your team's submissions with their scores, or why they were refused."""
    with asking(as_json) as (api, output):
        output.submissions(api.submissions(slug), api.competition(slug))


@app.command()
def file(
    submission: Annotated[
        str, typer.Argument(metavar="ID", help=Message("As `splitboard submissions` shows it."))
    ],
    to: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help=Message("Where to put it; default: submission-ID.csv.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a file that your team has sent, as it was sent, verified by its SHA-256."""
    with asking(as_json) as (api, output):
        row = api.submission(submission)
        path = to or Path(f"submission-{row.id}.csv")
        was_here = path.exists() and sha256_of(path) == row.sha256
        if path.exists() and not was_here:
            raise Misuse(Message("There is another file at {path}; say --to for another place.", path=path))
        with output.progress(row.file_name) as advance:
            api.download_submission(row, path, progress=advance)
        size, sha256 = path.stat().st_size, sha256_of(path)
        output.downloaded(
            [DownloadedFile(name=row.file_name, path=str(path), size=size, sha256=sha256, was_here=was_here)]
        )


@app.command()
def final(
    slug: Slug,
    submission: SubmissionId,
    remove: Annotated[bool, typer.Option("--remove", help=Message("Take it off them instead."))] = False,
    as_json: AsJson = False,
) -> None:
    """Choose a submission for the private board."""
    with asking(as_json) as (api, output):
        row = api.submission(submission)
        if row.competition != slug:
            raise Misuse(
                Message(
                    "Submission {id} belongs to {competition}, not to {other}.",
                    id=submission,
                    competition=row.competition,
                    other=slug,
                )
            )
        change = api.unselect_final if remove else api.select_final
        output.selected(change(row.id))


@app.command()
def compare(first: SubmissionId, second: SubmissionId, as_json: AsJson = False) -> None:
    """Compare two of your team's scored submissions: the difference, how sure it is, and the tiers.

    Where the competition allows it, also on which labels of the public rows they disagree.
    """
    with asking(as_json) as (api, output):
        output.compared(api.comparison(first, second))


@app.command()
def leaderboard(
    slug: Slug,
    private: Annotated[
        bool, typer.Option("--private", help=Message("The private board, once revealed."))
    ] = False,
    top: Annotated[
        int | None, typer.Option(min=1, help=Message("Show that many rows, and your own."))
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help=Message("Show it again whenever it changes; Ctrl-C ends it."))
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help=Message("The board as it was, as 2030-03-13T12:00."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a board with the baselines' thresholds; your own row is always in sight."""
    split: Split = "private" if private else "public"
    with asking(as_json) as (api, output):
        if at is not None:
            output.board(Board(board=_cut(api.leaderboard_at(slug, at, split), top)))
            return

        def look() -> Board:
            return Board(board=_top(api, slug, split, top), own=api.my_row(slug, split))

        board = look()
        output.board(board)
        if follow:
            _follow(board, look, output)


# Short names.
app.command("board")(leaderboard)
app.command("select")(final)
app.command("files")(file)


@contextmanager
def asking(as_json: bool) -> Iterator[tuple["Api", Output]]:
    """Yield the server as the signed-in user, and the way to speak; errors leave with their exit code."""
    from client.api.client import Api

    output = output_for(as_json)
    with reported(output):
        credentials = current()
        with Api(credentials.url, credentials.token, language=language_for(as_json)) as api:
            yield api, output


def _follow(shown: Board, look: Callable[[], Board], output: Output) -> None:
    """Show a board each time that its rows differ from those shown, until somebody stops it."""
    try:
        while True:
            time.sleep(FOLLOW_SECONDS)
            board = look()
            if board.board.rows != shown.board.rows:
                output.board(board)
                shown = board
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None


def _top(api: "Api", slug: str, split: Split, top: int | None) -> Standings:
    """The first `top` rows, or all; a board beyond one page is one answer anyway, cut here."""
    if top is not None and top <= BOARD_PAGE:
        return api.leaderboard(slug, split, limit=top)
    return _cut(api.leaderboard(slug, split), top)


def _cut(board: Standings, top: int | None) -> Standings:
    return board if top is None else replace(board, rows=board.rows[:top])


def _downloaded(api: "Api", output: Output, file: PublicFile, to: Path) -> DownloadedFile:
    was_here = is_here(file, to) or is_left_alone(file, to)
    if not was_here:
        with output.progress(file.name) as advance:
            api.download(file, to, progress=advance)
    size, sha256 = to.stat().st_size, sha256_of(to)
    return DownloadedFile(name=file.name, path=str(to), size=size, sha256=sha256, was_here=was_here)
