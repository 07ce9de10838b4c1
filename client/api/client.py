"""Typed calls of the web API, one method a route; docs/api.md is the contract.

with Api("https://judge.example.edu", token) as api:
    receipt = api.submit("food-images", Path("predictions.csv"))
    print(receipt.public_score, receipt.rank)
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from client.api.code import CodeApi
from client.api.decode import Json
from client.api.downloads import fetch
from client.api.grades import GradesApi
from client.api.notices import NoticeApi
from client.api.runs import RunApi
from client.api.staff import StaffApi
from client.api.teams import TeamApi
from client.api.transport import Transport
from client.api.types.boards import OwnRow
from client.api.types.comparisons import Comparison
from client.api.types.competitions import (
    Competition,
    Id,
    Leaderboard,
    PastLeaderboard,
    PublicFile,
    Receipt,
    Split,
    Submission,
)
from client.api.types.grades import Points
from client.api.types.integrity import LookAlikes
from client.api.types.origins import Origin
from client.api.types.people import NewToken, Token, User
from client.api.types.proofs import Commitment, ReceiptKey, ReceiptKeys
from client.api.types.results import CourseResults
from client.api.uploads import NO_ORIGIN, ProgressCallback, Upload, send
from client.api.worker import WorkerApi
from languages.catalogue import ENGLISH

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class _Tokens:
    tokens: tuple[Token, ...]


@dataclass(frozen=True, kw_only=True)
class _Competitions:
    competitions: tuple[Competition, ...]


@dataclass(frozen=True, kw_only=True)
class _Files:
    files: tuple[PublicFile, ...]


@dataclass(frozen=True, kw_only=True)
class _Submissions:
    submissions: tuple[Submission, ...]


class Api(CodeApi, GradesApi, NoticeApi, RunApi, StaffApi, TeamApi, WorkerApi):
    """One server, as one user or worker. Every method raises the kinds of errors.py and nothing else.

    base_url: where the server lives, without `/api`; a path prefix is kept.
    token: `sbp_...` of a person or `sbw_...` of a worker; None is enough for login alone.
    timeout: seconds to wait for each piece of an answer, not for the whole of it.
    language: in which the server's sentences are to come.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        language: str = ENGLISH,
    ) -> None:
        self._transport = Transport(base_url, token, timeout=timeout, language=language)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Where the server lives."""
        return self._transport.base_url

    def points(self, course: str) -> Points:
        """My points of a course."""
        return self._transport.call(Points, "GET", f"/api/courses/{quote(course, safe='')}/points")

    def results(self, course: str) -> CourseResults:
        """My results of a course: files and why they count, ranks, tiers, allowances, points."""
        return self._transport.call(CourseResults, "GET", f"/api/courses/{quote(course, safe='')}/results")

    def close(self) -> None:
        """Close the connections; the object is of no use afterwards."""
        self._transport.close()

    def login(
        self,
        username: str,
        password: str,
        *,
        name: str,
        code: str = "",
        scopes: tuple[str, ...] = (),
        days: int | None = None,
    ) -> NewToken:
        """Make a token called `name` for the user; the answer is the one time it is shown.

        code: of the account's second factor, where it has one. scopes, days: what the token is for, and how
        long; all that the user may do, and as long as is usual there, unless they are named.
        """
        body: dict[str, Json] = {"username": username, "password": password, "name": name}
        if code:
            body["code"] = code
        if scopes:
            body["scopes"] = list(scopes)
        if days is not None:
            body["days"] = days
        return self._transport.call(NewToken, "POST", "/api/tokens", body=body)

    def tokens(self) -> tuple[Token, ...]:
        """My tokens, without their secrets."""
        return self._transport.call(_Tokens, "GET", "/api/tokens").tokens

    def revoke_token(self, token_id: Id) -> None:
        """End one of my tokens at once."""
        self._transport.request("DELETE", f"/api/tokens/{token_id}")

    def me(self) -> User:
        """Who this token belongs to."""
        return self._transport.call(User, "GET", "/api/me")

    def competitions(self) -> tuple[Competition, ...]:
        """The competitions of my courses."""
        return self._transport.call(_Competitions, "GET", "/api/competitions").competitions

    def competition(self, slug: str) -> Competition:
        """One competition, with its tiers and what is left today."""
        return self._transport.call(Competition, "GET", _competition_path(slug))

    def files(self, slug: str) -> tuple[PublicFile, ...]:
        """The files that the competition hands out."""
        return self._transport.call(_Files, "GET", f"{_competition_path(slug)}/files").files

    def download(self, file: PublicFile, to: Path, *, progress: ProgressCallback | None = None) -> Path:
        """Fetch a listed file to the path `to`: whole and with the announced SHA-256, or not at all."""
        return fetch(self._transport, file, to, progress=progress)

    def submit(
        self,
        slug: str,
        content: Path | bytes,
        *,
        file_name: str | None = None,
        idempotency_key: str | None = None,
        note: str = "",
        origin: Origin = NO_ORIGIN,
        progress: ProgressCallback | None = None,
    ) -> Receipt:
        """Upload predictions and return their receipt, scored; after a cut connection it goes again."""
        upload = Upload.of(
            content, file_name=file_name, idempotency_key=idempotency_key, note=note, origin=origin
        )
        receipt = send(self._transport, f"{_competition_path(slug)}/submissions", upload, progress=progress)
        if receipt.state != "scored" or receipt.rank is not None or receipt.is_trial:
            return receipt
        # A score that came only by asking again says nothing about the rank; the board does.
        row = self.my_row(slug).row
        return receipt if row is None else replace(receipt, rank=row.rank)

    def submissions(self, slug: str) -> tuple[Submission, ...]:
        """My team's submissions, newest first."""
        return self._transport.call(_Submissions, "GET", f"{_competition_path(slug)}/submissions").submissions

    def submission(self, submission_id: Id) -> Submission:
        """One submission of my team."""
        return self._transport.call(Submission, "GET", f"/api/submissions/{_quoted(submission_id)}")

    def comparison(self, submission_id: Id, other_id: Id) -> Comparison:
        """Two submissions of one competition side by side."""
        path = f"/api/submissions/{_quoted(submission_id)}/comparisons/{_quoted(other_id)}"
        return self._transport.call(Comparison, "GET", path)

    def download_submission(
        self, submission: Submission, to: Path, *, progress: ProgressCallback | None = None
    ) -> Path:
        """Fetch a submission's file as it was sent to the path `to`: whole, by its SHA-256, or not at all."""
        file = PublicFile(
            name=submission.file_name,
            size=submission.size,
            sha256=submission.sha256,
            url=f"/api/submissions/{_quoted(submission.id)}/file",
        )
        return fetch(self._transport, file, to, progress=progress)

    def signed_receipt(self, submission_id: Id) -> dict[str, Json]:
        """A submission's signed receipt as the server tells it now, as it came."""
        path = f"/api/submissions/{_quoted(submission_id)}/receipt"
        return self._transport.json_object(self._transport.request("GET", path))

    def receipt_keys(self) -> tuple[ReceiptKey, ...]:
        """The public keys of the server's receipts, the one that signs now first."""
        return self._transport.call(ReceiptKeys, "GET", "/api/receipt-key").keys

    def commitment(self, slug: str) -> Commitment:
        """What was promised of the competition's answer keys; opened from the reveal on."""
        return self._transport.call(Commitment, "GET", f"{_competition_path(slug)}/commitment")

    def change_note(self, submission_id: Id, note: str) -> Submission:
        """Let the note of one of my team's submissions read so; empty for none."""
        path = f"/api/submissions/{_quoted(submission_id)}/note"
        return self._transport.call(Submission, "PUT", path, body={"note": note})

    def select_final(self, submission_id: Id) -> Submission:
        """Let the submission count for the private board; 409 when too many do, 403 after the deadline."""
        return self._set_final(submission_id, selected=True)

    def unselect_final(self, submission_id: Id) -> Submission:
        """Let the submission no longer count for the private board."""
        return self._set_final(submission_id, selected=False)

    def leaderboard(
        self, slug: str, split: Split = "public", *, after: str | None = None, limit: int | None = None
    ) -> Leaderboard:
        """The whole board of a split, or with `limit` (1 to 2000) a page from the cursor `after`."""
        query = {name: value for name, value in {"after": after, "limit": limit}.items() if value is not None}
        return self._transport.call(Leaderboard, "GET", _board_path(slug, split), query=query)

    def board_csv(self, slug: str, split: Split = "public") -> bytes:
        """The board of a split as a CSV file, with its ranks."""
        return self._transport.request("GET", f"{_board_path(slug, split)}/board.csv").content

    def leaderboard_at(self, slug: str, time: str, split: Split = "public") -> PastLeaderboard:
        """The board as it was: `time` in ISO 8601, local to the competition but for an offset."""
        query = {"time": time}
        return self._transport.call(PastLeaderboard, "GET", f"{_board_path(slug, split)}/at", query=query)

    def my_row(self, slug: str, split: Split = "public") -> OwnRow:
        """My team's standing, those before it, and the next tier; without a row while nothing is scored."""
        return self._transport.call(OwnRow, "GET", f"{_board_path(slug, split)}/me")

    def description(self) -> dict[str, Json]:
        """What the server says of its routes, in OpenAPI."""
        return self._transport.json_object(self._transport.request("GET", "/api/openapi.json"))

    def look_alikes(self, slug: str) -> LookAlikes:
        """The last comparison of all teams' files (staff)."""
        return self._transport.call(LookAlikes, "GET", f"{_competition_path(slug)}/integrity")

    def compare_files(self, slug: str) -> None:
        """Start a comparison of all teams' files; `look_alikes` has its report later (staff)."""
        self._transport.request("POST", f"{_competition_path(slug)}/integrity")

    def exclude(self, submission_id: Id, *, reason: str) -> Submission:
        """Let a submission count nowhere; its team is shown the reason (staff)."""
        return self._set_excluded(submission_id, excluded=True, reason=reason)

    def restore(self, submission_id: Id, *, reason: str) -> Submission:
        """Let an excluded submission count again (staff)."""
        return self._set_excluded(submission_id, excluded=False, reason=reason)

    def _set_final(self, submission_id: Id, *, selected: bool) -> Submission:
        path = f"/api/submissions/{_quoted(submission_id)}/final"
        return self._transport.call(Submission, "PUT", path, body={"selected": selected})

    def _set_excluded(self, submission_id: Id, *, excluded: bool, reason: str) -> Submission:
        path = f"/api/submissions/{_quoted(submission_id)}/excluded"
        body: dict[str, Json] = {"excluded": excluded, "reason": reason}
        return self._transport.call(Submission, "PUT", path, body=body)


def _competition_path(slug: str) -> str:
    return f"/api/competitions/{_quoted(slug)}"


def _board_path(slug: str, split: Split) -> str:
    return f"{_competition_path(slug)}/leaderboard/{split}"


def _quoted(part: Id) -> str:
    return quote(str(part), safe="")
