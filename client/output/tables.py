"""What people read: tables and sentences on standard output, progress and complaints on standard error."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.api.errors import ClientError
from client.api.types.code import NewCode, OwnCode
from client.api.types.comparisons import Comparison
from client.api.types.competitions import Competition, Row, Submission
from client.api.types.grades import Points
from client.api.types.notices import NoticeChoices, Notices
from client.api.types.teams import Team
from client.language import catalogue
from client.output.boards import next_tier_text, own_part, row_cells
from client.output.formats import Advance, Output, refusal_lines
from client.output.progress import progress_bar
from client.output.sentences import (
    SENT_BEFORE,
    board_title,
    by_mail_text,
    code_lines,
    comparison_title,
    new_code_text,
    next_step,
    notice_cells,
    points_cells,
    receipt_facts,
    remarks,
    team_lines,
    waiting_sentences,
)
from client.output.views import Board, Checked, DownloadedFile, Finding, Proof, Sent, SignedIn, SignedOut
from client.output.words import (
    NOTHING,
    metric_text,
    plain,
    proof_facts,
    proof_result,
    score_column,
    size_text,
    state_text,
    time_text,
)
from grader.messages import COMMA, Message, counted, joined, translated

BASELINE_STYLE, OWN_STYLE = "dim", "bold"
HEADING_COLUMNS = 12  # of what stands before a fact; a longer heading pushes its own fact alone
PIPE_WIDTH = 160  # a pipe has no width of its own, and the usual guess of 80 folds names


class Tables(Output):
    """Speaks to a person at a terminal; in a pipe the same tables come without colour and without bars.

    is_quiet: what went wrong is all that is shown.
    """

    def __init__(self, *, is_quiet: bool = False) -> None:
        # Names and messages are other people's text: neither markup nor emoji codes in them may act.
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self._out = Console(markup=False, emoji=False, highlight=False, width=width, quiet=is_quiet)
        self._err = Console(markup=False, emoji=False, highlight=False, stderr=True)
        self._catalogue = catalogue()

    @contextmanager
    def progress(self, title: str) -> Iterator[Advance]:
        """Show a bar while the block runs, where there is a terminal to show it."""
        screen = self._out if self._out.quiet else self._err
        with progress_bar(translated(title, self._catalogue), screen) as advance:
            yield advance

    def signed_in(self, account: SignedIn) -> None:
        """Say who is signed in now."""
        name = account.display_name or account.username
        self._say(Message("Signed in to {server} as {name}.", server=account.url, name=name))

    def signed_out(self, what: SignedOut) -> None:
        """Say that the token is gone."""
        self._say(Message("Signed out of {server}.", server=what.url))
        if not what.ended_on_server:
            words = Message("The server could not be asked to end the token; you can end it on its page.")
            self._err.print(self._text(words))

    def competitions(self, rows: Sequence[Competition]) -> None:
        """Show the competitions of my courses, one a row."""
        if not rows:
            self._say(Message("There is no competition in your courses yet."))
            return
        table = self._table(
            Message("competition"),
            Message("title"),
            Message("course"),
            Message("state"),
            Message("deadline"),
            Message("metric"),
        )
        table.add_column(self._text(Message("left today")), justify="right")
        for one in rows:
            deadline = time_text(one.deadline_at, one.reset_zone)
            left = NOTHING
            if one.today is not None:
                left = Message("{left} of {limit}", left=one.today.left, limit=one.today.limit)
            metric = metric_text(one.metric, higher_is_better=one.higher_is_better)
            cells = (one.slug, one.title, one.course, state_text(one.state), deadline, metric, left)
            table.add_row(*map(self._text, cells))
        self._out.print(table)

    def downloaded(self, files: Sequence[DownloadedFile]) -> None:
        """Show where the files lie."""
        table = self._table(Message("file"), Message("where"))
        table.add_column(self._text(Message("size")), justify="right")
        for file in files:
            where = Message("{path} (was here)", path=file.path) if file.was_here else file.path
            table.add_row(*map(self._text, (file.name, where, size_text(file.size))))
        self._out.print(table)

    def checked(self, file: Checked) -> None:
        """Say that a file is well-formed."""
        self._say(
            counted(
                "{file} is well-formed: {count:,} row, columns {columns}.",
                "{file} is well-formed: {count:,} rows, columns {columns}.",
                file.rows,
                file=file.file,
                columns=joined(*file.columns, between=COMMA),
            )
        )

    def sent(self, sent: Sent) -> None:
        """Say what became of an upload: score, rank, tiers, what is left today, and the server's time."""
        if sent.receipt.state == "received":
            for sentence in waiting_sentences(sent.receipt, sent.competition):
                self._say(sentence)
            return
        if sent.receipt.repeated:
            self._say(SENT_BEFORE)
        self._say_facts(receipt_facts(sent.receipt, sent.competition))

    def submissions(self, rows: Sequence[Submission], competition: Competition) -> None:
        """Show my team's submissions, newest first; a refused one with its problems."""
        if not rows:
            self._say(Message("Your team has no submissions here yet."))
            return
        private = any(one.private_score is not None for one in rows)
        table = self._table(Message("id"), Message("received"), Message("file"), Message("state"))
        table.add_column(self._text(Message("public")), justify="right")
        if private:
            table.add_column(self._text(Message("private")), justify="right")
        table.add_column(self._text(Message("remarks")))
        if has_notes := any(one.note for one in rows):
            table.add_column(self._text(Message("note")))
        public_scores = score_column([one.public_score for one in rows])
        private_scores = score_column([one.private_score for one in rows])
        for one, *both in zip(rows, public_scores, private_scores, strict=True):
            scores = both if private else both[:1]
            received = time_text(one.received_at, competition.reset_zone)
            cells = (str(one.id), received, one.file_name, state_text(one.state), *scores, remarks(one))
            cells += (one.note,) * has_notes
            table.add_row(*map(self._text, cells), style=OWN_STYLE if one.is_final else None)
        self._out.print(table)

    def selected(self, submission: Submission) -> None:
        """Say whether a submission is a final selection now."""
        fields = {"id": submission.id, "file": submission.file_name}
        if submission.is_final:
            self._say(Message("Submission {id} ({file}) is now a final selection.", **fields))
        else:
            self._say(Message("Submission {id} ({file}) is no longer a final selection.", **fields))

    def handed_in(self, code: NewCode, competition: Competition) -> None:
        """Say that code was handed in, by its hash, so that it can be compared."""
        self._say(new_code_text(code, zone=competition.reset_zone))

    def code(self, own: OwnCode, competition: Competition) -> None:
        """Show the versions of my team's code, the one that counts first."""
        for line in code_lines(own, zone=competition.reset_zone):
            self._say(line)

    def compared(self, comparison: Comparison) -> None:
        """Say how two submissions differ, split by split, and show on which labels."""
        for split in comparison.splits:
            scores = score_column([split.first_score, split.second_score])
            self._say(comparison_title(comparison, split, scores))
            for sentence in split.sentences:
                self._say(sentence)
            if split.labels:
                self._say(Message("Rows on which exactly one is right:"))
                table = self._table(Message("true label"))
                for one in (comparison.first, comparison.second):
                    heading = Message("only {id}", id=one.id)
                    table.add_column(self._text(heading), justify="right")
                for row in split.labels:
                    table.add_row(*map(self._text, (row.label, str(row.first), str(row.second))))
                self._out.print(table)

    def board(self, board: Board) -> None:
        """Show a leaderboard; baselines are dim, the viewer's row is bold and always in sight."""
        shown = board.board
        self._say(board_title(shown))
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(self._text(Message("rank")), justify="right")
        table.add_column(self._text(Message("team")))
        for name in (Message("score"), Message("submissions")):
            table.add_column(self._text(name), justify="right")
        rows, below = list(shown.rows), own_part(board)
        scores = score_column([row.score for row in (*rows, *below)])
        for row, score in zip((*rows, *below), scores, strict=True):
            if below and row is below[0]:
                table.add_row("...")
            self._add_row(table, row, score, mine=board.own.row)
        self._out.print(table)
        if (ahead := next_tier_text(board)) is not None:
            self._say(ahead)

    def proven(self, proof: Proof) -> None:
        """Say what was verified, and what a receipt says."""
        self._say_facts(proof_facts(proof))
        self._say(proof_result(proof))

    def team(self, team: Team) -> None:
        """Show my team: its members, whom it has invited, who invites me."""
        for line in team_lines(team):
            self._say(line)

    def points(self, points: Points) -> None:
        """Show my points of a course: what is earned, sealed, still to be had, by homework and in sum."""
        table = self._table(Message("homework"))
        for name in (Message("points"), Message("sealed"), Message("still to be had")):
            table.add_column(self._text(name), justify="right")
        table.add_column(self._text(Message("next")))
        for one in points.homeworks:
            table.add_row(*map(self._text, (one.title, *points_cells(one), next_step(one))))
        table.add_row(*map(self._text, (Message("sum"), *points_cells(points), "")), style=OWN_STYLE)
        self._out.print(table)

    def notices(self, notices: Notices) -> None:
        """Show what concerns me, the newest first, with the keys by which each is marked as read."""
        if not notices.notices:
            return self._say(Message("Nothing concerns you yet."))
        table = self._table("", Message("when"), Message("what"), Message("key"))
        for one in notices.notices:
            table.add_row(*map(self._text, notice_cells(one)), style=None if one.read_at else OWN_STYLE)
        self._out.print(table)

    def notice_kinds(self, choices: NoticeChoices) -> None:
        """Show each kind of notices, and whether it comes by mail."""
        if not choices.wants_mail:
            self._say(Message("No notice comes to you by mail; *Account* on the site switches mails on."))
        table = self._table(Message("kind"), Message("by mail"), Message("what"))
        for one in choices.kinds:
            table.add_row(*map(self._text, (one.kind, by_mail_text(one), one.words)))
        self._out.print(table)

    def refusal(self, error: ClientError) -> None:
        """Say what went wrong, in the words it came with."""
        for line in refusal_lines(error):
            for part in translated(line, self._catalogue).splitlines():
                self._err.print(self._text(part), soft_wrap=True)

    def _say(self, sentence: str) -> None:
        self._out.print(self._text(sentence), soft_wrap=True)

    def _say_facts(self, facts: Sequence[Finding]) -> None:
        """One fact a line; a wide letter takes two columns of its heading."""
        for fact in facts:
            heading = self._text(fact.what)
            heading.pad_right(max(0, HEADING_COLUMNS - heading.cell_len) + 2)
            self._out.print(heading + self._text(fact.said), soft_wrap=True)

    def _text(self, words: str) -> Text:
        """A text in the reader's language."""
        return Text(plain(translated(words, self._catalogue)))

    def _table(self, *names: str) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in names:
            table.add_column(self._text(name), overflow="fold")
        return table

    def _add_row(self, table: Table, row: Row, score: str, *, mine: Row | None) -> None:
        own_style = OWN_STYLE if mine is not None and row.team == mine.team else None
        style = BASELINE_STYLE if row.kind == "baseline" else own_style
        table.add_row(*map(self._text, row_cells(row, score)), style=style)
