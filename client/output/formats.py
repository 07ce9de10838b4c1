"""The two ways a command speaks: tables for people (tables.py), and with --json one value for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from client.api.decode import json_text
from client.api.errors import ApiError, ClientError
from client.api.types.code import NewCode, OwnCode
from client.api.types.comparisons import Comparison
from client.api.types.competitions import Competition, Submission
from client.api.types.grades import Points
from client.api.types.notices import NoticeChoices, Notices
from client.api.types.teams import Team
from client.output.views import Board, Checked, DownloadedFile, Proof, Sent, SignedIn, SignedOut
from client.output.words import can_print, problem_lines, problems_of

Advance = Callable[[int, int], None]  # (bytes done, bytes in all)


class Output(Protocol):
    """What every command may show; results go to standard output, everything else to standard error."""

    def progress(self, title: str) -> AbstractContextManager[Advance]:
        """Show how far a transfer is, while the block runs."""

    def signed_in(self, account: SignedIn) -> None:
        """Show who is signed in now."""

    def signed_out(self, what: SignedOut) -> None:
        """Show that the token is gone."""

    def competitions(self, rows: Sequence[Competition]) -> None:
        """Show the competitions of my courses."""

    def downloaded(self, files: Sequence[DownloadedFile]) -> None:
        """Show where the files lie."""

    def checked(self, file: Checked) -> None:
        """Show that a file is well-formed."""

    def sent(self, sent: Sent) -> None:
        """Show what became of an upload."""

    def submissions(self, rows: Sequence[Submission], competition: Competition) -> None:
        """Show my team's submissions."""

    def selected(self, submission: Submission) -> None:
        """Show whether a submission is a final selection now."""

    def handed_in(self, code: NewCode, competition: Competition) -> None:
        """Show that code was handed in."""

    def code(self, own: OwnCode, competition: Competition) -> None:
        """Show the versions of my team's code."""

    def compared(self, comparison: Comparison) -> None:
        """Show two submissions side by side."""

    def board(self, board: Board) -> None:
        """Show a leaderboard."""

    def proven(self, proof: Proof) -> None:
        """Show what was verified."""

    def team(self, team: Team) -> None:
        """Show my team and its invitations."""

    def points(self, points: Points) -> None:
        """Show my points of a course."""

    def notices(self, notices: Notices) -> None:
        """Show what concerns me."""

    def notice_kinds(self, choices: NoticeChoices) -> None:
        """Show which kinds of notices come by mail."""

    def refusal(self, error: ClientError) -> None:
        """Show what went wrong, in the words it came with."""


class JsonOutput(Output):
    """Prints one JSON value on standard output: the server's answer, or {"error": ...} when it refuses."""

    @contextmanager
    def progress(self, title: str) -> Iterator[Advance]:
        """Stay silent: a program waits for the result."""
        yield lambda done, total: None

    def signed_in(self, account: SignedIn) -> None:
        """Print {"url", "username", "display_name"}."""
        _print(account)

    def signed_out(self, what: SignedOut) -> None:
        """Print {"url", "ended_on_server"}."""
        _print(what)

    def competitions(self, rows: Sequence[Competition]) -> None:
        """Print {"competitions": [...]}."""
        _print({"competitions": list(rows)})

    def downloaded(self, files: Sequence[DownloadedFile]) -> None:
        """Print {"files": [...]}."""
        _print({"files": list(files)})

    def checked(self, file: Checked) -> None:
        """Print {"file", "rows", "columns", "size"}."""
        _print(file)

    def sent(self, sent: Sent) -> None:
        """Print the receipt."""
        _print(sent.receipt)

    def submissions(self, rows: Sequence[Submission], competition: Competition) -> None:
        """Print {"submissions": [...]}."""
        _print({"submissions": list(rows)})

    def selected(self, submission: Submission) -> None:
        """Print the submission."""
        _print(submission)

    def handed_in(self, code: NewCode, competition: Competition) -> None:
        """Print {"version", "repeated"}."""
        _print(code)

    def code(self, own: OwnCode, competition: Competition) -> None:
        """Print {"versions": [...], "is_open", "closes_at", "limit_bytes", "most_versions"}."""
        _print(own)

    def compared(self, comparison: Comparison) -> None:
        """Print the comparison."""
        _print(comparison)

    def board(self, board: Board) -> None:
        """Print the board with three keys more, `mine`, `ahead` and `next_tier`."""
        own = board.own
        _print({**vars(board.board), "mine": own.row, "ahead": own.ahead, "next_tier": own.next_tier})

    def proven(self, proof: Proof) -> None:
        """Print {"subject", "findings": [{"what", "said"}], "told", "sealed_until"}."""
        _print(proof)

    def team(self, team: Team) -> None:
        """Print the team."""
        _print(team)

    def points(self, points: Points) -> None:
        """Print the points."""
        _print(points)

    def notices(self, notices: Notices) -> None:
        """Print {"unread", "notices": [...]}."""
        _print(notices)

    def notice_kinds(self, choices: NoticeChoices) -> None:
        """Print {"wants_mail", "kinds": [...]}."""
        _print(choices)

    def refusal(self, error: ClientError) -> None:
        """Print {"error": {"code", "message", "details"}}, and the message on standard error."""
        code = error.code if isinstance(error, ApiError) else type(error).__name__
        details: dict[str, object] = dict(error.details) if isinstance(error, ApiError) else {}
        if problems := problems_of(error):
            details["problems"] = problems
        _print({"error": {"code": code, "message": str(error), "details": details}})
        print(error, file=sys.stderr)


def refusal_lines(error: ClientError) -> list[str]:
    """An error as lines: its own sentence word for word, then every problem of a file."""
    return [error.sentence, *(line for problem in problems_of(error) for line in problem_lines(problem))]


def _print(value: object) -> None:
    text = json_text(value)
    print(text if can_print(text) else json.dumps(json.loads(text), indent=2))  # the same value, in ASCII
