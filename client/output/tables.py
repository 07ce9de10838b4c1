"""What people read: tables and sentences on standard output, progress and complaints on standard error."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from client.api.errors import ClientError
from client.api.types.competitions import (
    Competition,
    PastLeaderboard,
    Receipt,
    Row,
    Standings,
    Submission,
    Today,
)
from client.api.types.teams import Team
from client.output.formats import Advance, Output, refusal_lines
from client.output.views import Board, Checked, DownloadedFile, Proof, Sent, SignedIn, SignedOut
from client.output.words import (
    NOTHING,
    can_print,
    duration_text,
    mark_of,
    plain,
    proof_lines,
    score_column,
    score_text,
    size_text,
    time_text,
)

BASELINE_STYLE, OWN_STYLE = "dim", "bold"
TIED, TIED_IN_ASCII = "\N{ALMOST EQUAL TO}", "~"
SENT_BEFORE = "Your team sent this very file before: this is that result, and no submission was used."
PIPE_WIDTH = 160  # a pipe has no width of its own, and the usual guess of 80 folds names


class Tables(Output):
    """Speaks to a person at a terminal; in a pipe the same tables come without colour and without bars."""

    def __init__(self) -> None:
        # Names and messages are other people's text: neither markup nor emoji codes in them may act.
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self._out = Console(markup=False, emoji=False, highlight=False, width=width)
        self._err = Console(markup=False, emoji=False, highlight=False, stderr=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Advance]:
        """Show a bar while the block runs, where there is a terminal to show it."""
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def signed_in(self, account: SignedIn) -> None:
        """Say who is signed in now."""
        self._say(f"Signed in to {account.url} as {account.display_name or account.username}.")

    def signed_out(self, what: SignedOut) -> None:
        """Say that the token is gone."""
        self._say(f"Signed out of {what.url}.")
        if not what.ended_on_server:
            self._err.print("The server could not be asked to end the token; you can end it on its page.")

    def competitions(self, rows: Sequence[Competition]) -> None:
        """Show the competitions of my courses, one a row."""
        if not rows:
            self._say("There is no competition in your courses yet.")
            return
        table = _table("competition", "title", "course", "state", "deadline", "metric")
        table.add_column("left today", justify="right")
        for one in rows:
            deadline = time_text(one.deadline_at, one.reset_zone)
            left = f"{one.today.left} of {one.today.limit}" if one.today else NOTHING
            metric = f"{one.metric}, {'higher' if one.higher_is_better else 'lower'} is better"
            table.add_row(*map(_text, (one.slug, one.title, one.course, one.state, deadline, metric, left)))
        self._out.print(table)

    def downloaded(self, files: Sequence[DownloadedFile]) -> None:
        """Show where the files lie."""
        table = _table("file", "where")
        table.add_column("size", justify="right")
        for file in files:
            was_here = " (was here)" if file.was_here else ""
            table.add_row(_text(file.name), _text(file.path + was_here), _text(size_text(file.size)))
        self._out.print(table)

    def checked(self, file: Checked) -> None:
        """Say that a file is well-formed."""
        columns = ", ".join(file.columns)
        self._say(f"{file.file} is well-formed: {file.rows:,} rows, columns {columns}.")

    def sent(self, sent: Sent) -> None:
        """Say what became of an upload: score, rank, tiers, what is left today, and the server's time."""
        for line in receipt_lines(sent.receipt, sent.competition):
            self._say(line)

    def submissions(self, rows: Sequence[Submission], competition: Competition) -> None:
        """Show my team's submissions, newest first; a refused one with its problems."""
        if not rows:
            self._say("Your team has no submissions here yet.")
            return
        private = any(one.private_score is not None for one in rows)
        table = _table("id", "received", "file", "state")
        table.add_column("public", justify="right")
        if private:
            table.add_column("private", justify="right")
        table.add_column("remarks")
        public_scores = score_column([one.public_score for one in rows])
        private_scores = score_column([one.private_score for one in rows])
        for one, *both in zip(rows, public_scores, private_scores, strict=True):
            scores = both if private else both[:1]
            received = time_text(one.received_at, competition.reset_zone)
            cells = (str(one.id), received, one.file_name, one.state, *scores, _remarks(one))
            table.add_row(*map(_text, cells), style=OWN_STYLE if one.is_final else None)
        self._out.print(table)

    def selected(self, submission: Submission) -> None:
        """Say whether a submission is a final selection now."""
        verb = "is now" if submission.is_final else "is no longer"
        self._say(f"Submission {submission.id} ({submission.file_name}) {verb} a final selection.")

    def board(self, board: Board) -> None:
        """Show a leaderboard; baselines are dim, the viewer's row is bold and always in sight."""
        shown = board.board
        self._say(_board_title(shown))
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("rank", justify="right")
        table.add_column("team")
        for name in ("score", "submissions"):
            table.add_column(name, justify="right")
        rows = list(shown.rows)
        is_below = board.mine is not None and all(row.team != board.mine.team for row in rows)
        if board.mine is not None and is_below:
            rows.append(board.mine)
        for row, score in zip(rows, score_column([row.score for row in rows]), strict=True):
            if is_below and row is board.mine:
                table.add_row("...")
            _add_row(table, row, score, mine=board.mine)
        self._out.print(table)

    def proven(self, proof: Proof) -> None:
        """Say what was verified, and what a receipt says."""
        for line in proof_lines(proof):
            self._say(line)

    def team(self, team: Team) -> None:
        """Show my team: its members, whom it has invited, who invites me."""
        for line in team_lines(team):
            self._say(line)

    def refusal(self, error: ClientError) -> None:
        """Say what went wrong, in the words it came with."""
        for line in "\n".join(refusal_lines(error)).splitlines():
            self._err.print(_text(line), soft_wrap=True)

    def _say(self, sentence: str) -> None:
        self._out.print(_text(sentence), soft_wrap=True)


def team_lines(team: Team) -> list[str]:
    """A team as sentences, one a line."""
    lines = [f"{team.name}: {len(team.members)} of at most {team.team_size}"]
    lines += [f"  {person.display_name or person.username} ({person.username})" for person in team.members]
    lines += [f"Invited: {one.student}, invitation {one.id}" for one in team.invited]
    for invitation in team.invitations:
        comes_to = invitation.refusal or (
            "a merge of the two teams" if invitation.is_merge else "you simply join"
        )
        lines.append(f"{invitation.team} invites you, invitation {invitation.id}: {comes_to}")
    return lines


def receipt_lines(receipt: Receipt, competition: Competition) -> list[str]:
    """A receipt as sentences, one a line."""
    if receipt.state == "received":
        return [
            f"{receipt.file_name} is safe on the server and still being scored.",
            f"`splitboard submissions {competition.slug}` shows its score when it is there.",
        ]
    lines = []
    if receipt.repeated:
        lines.append(SENT_BEFORE)
    lines.append(f"Public score  {score_text(receipt.public_score)} ({competition.metric})")
    lines.append(f"Rank          {_rank_text(receipt)}")
    if receipt.tiers_passed is not None:
        lines.append(f"Tiers passed  {', '.join(receipt.tiers_passed) or 'none yet'}")
    if receipt.today is not None:
        zone = receipt.reset_zone or competition.reset_zone
        lines.append(f"Left today    {_left_text(receipt.today, zone)}")
    mark = mark_of(receipt)
    if mark is not None:
        lines.append(f"{mark.word.capitalize():<14}{mark.means}")
    took = NOTHING if receipt.took_ms is None else f"{receipt.took_ms:.0f} ms"
    lines.append(f"Server time   {took}, for submission {receipt.id}")
    return lines


def _text(words: str) -> Text:
    return Text(plain(words))


def _rank_text(receipt: Receipt) -> str:
    if receipt.rank is None:
        return NOTHING
    return f"{receipt.rank} of {receipt.teams}" if receipt.teams else str(receipt.rank)


def _left_text(today: Today, zone: str) -> str:
    begins = f"{time_text(today.resets_at, zone)}, in {duration_text(today.resets_in_seconds)}"
    return f"{today.left} of {today.limit}; the next day begins {begins}"


def _remarks(submission: Submission) -> str:
    remarks = [problem.message for problem in submission.problems]
    if submission.is_final:
        remarks.append("final selection")
    mark = mark_of(submission)
    if mark is not None:
        remarks.append(mark.word)
    if submission.is_excluded:
        remarks.append(f"excluded by the staff: {submission.exclusion_reason or 'no reason told'}")
    return "; ".join(remarks)


def _board_title(board: Standings) -> str:
    better = "higher" if board.higher_is_better else "lower"
    metric = f"{board.metric}, {better} is better"
    teams = "1 team" if board.teams == 1 else f"{board.teams} teams"
    then = f" at {time_text(board.at, 'UTC')}" if isinstance(board, PastLeaderboard) else ""
    return f"{board.competition}: {board.split} board{then}, {metric}, {teams}"


def _add_row(table: Table, row: Row, score: str, *, mine: Row | None) -> None:
    is_baseline = row.kind == "baseline"
    name = " ".join(filter(None, (row.team, f"({row.hint})" if is_baseline and row.hint else "")))
    cells = (
        _rank_cell(row),
        name,
        score,
        NOTHING if is_baseline or row.submissions is None else str(row.submissions),
    )
    own_style = OWN_STYLE if mine is not None and row.team == mine.team else None
    table.add_row(*map(_text, cells), style=BASELINE_STYLE if is_baseline else own_style)


def _rank_cell(row: Row) -> str:
    if row.rank is None:
        return NOTHING
    if row.tied_with in (None, row.rank):
        return str(row.rank)
    return f"{TIED if can_print(TIED) else TIED_IN_ASCII}{row.rank}"


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table
