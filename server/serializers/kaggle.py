"""The shapes that Kaggle's client reads: its names for competitions, files, submissions and boards.

Its rules, where they differ from ours: a list and an enum are never null, an older client wants every key
that it prints, scores are texts, times are in UTC with a Z.
"""

from collections.abc import Iterable
from datetime import datetime

from typing_extensions import TypedDict

from grader.messages import Message, joined
from server.clock import iso
from server.domain.boards.leaderboard import BoardRow
from server.domain.competitions.access import Access
from server.models import Competition, SubmissionState
from server.serializers.submissions.submissions import ListedSubmissionJson
from server.serializers.values import Time, TodayJson

STATES = {
    SubmissionState.RECEIVED: "PENDING",
    SubmissionState.SCORED: "COMPLETE",
    SubmissionState.INVALID: "ERROR",
    SubmissionState.FAILED: "ERROR",
}
OUR_FAULT = Message(
    "Grading this file failed by our fault, not yours. It was not counted; the staff can see why."
)


class KaggleCompetition(TypedDict):
    """A competition as `kaggle competitions list` has it; ref: its slug, which the client takes back."""

    id: int
    ref: str
    title: str
    url: str
    description: str
    organizationName: str
    category: str
    reward: str
    tags: list[str]
    deadline: Time
    enabledDate: Time
    dateCreated: Time
    mergerDeadline: Time
    kernelCount: int
    teamCount: int
    userHasEntered: bool
    userRank: int
    maxDailySubmissions: int
    maxTeamSize: int
    evaluationMetric: str
    awardsPoints: bool
    isKernelsSubmissionsOnly: bool
    submissionsDisabled: bool


class KaggleFile(TypedDict):
    """A file of `kaggle competitions files`."""

    ref: str
    name: str
    totalBytes: int
    creationDate: Time
    url: str
    description: str


class KaggleSubmission(TypedDict):
    """A row of `kaggle competitions submissions`; privateScore: empty until private scores may be seen."""

    ref: int
    fileName: str
    date: Time
    description: str
    errorDescription: str
    status: str
    publicScore: str
    privateScore: str
    totalBytes: int
    submittedBy: str
    submittedByRef: str
    teamName: str
    url: str
    hasError: bool
    hasFileName: bool


class KaggleStanding(TypedDict):
    """A row of `kaggle competitions leaderboard --show`; teamId: 0 for every team but one's own."""

    teamId: int
    teamName: str
    submissionDate: Time
    score: str


class KaggleLimits(TypedDict):
    """What is left today; numTotal: the files that were counted so far."""

    numToday: int
    numTotal: int
    numAllowedNow: int
    limitedByTotal: bool


class KaggleUploadAddress(TypedDict):
    """Where the file goes next, and by which token it is used then."""

    token: str
    createUrl: str


class KaggleReceipt(TypedDict):
    """What `submit` prints, and the number of the submission."""

    message: str
    ref: int


def competition(
    access: Access, *, entered: bool, rank: int | None, teams: int, url: str, now: datetime
) -> KaggleCompetition:
    """A competition as one user meets it."""
    row = access.competition
    return {
        "id": row.id,
        "ref": row.slug,
        "title": row.title,
        "url": f"{url}/competitions/{row.slug}",
        "description": "",
        "organizationName": access.course.title,
        "category": access.course.slug,
        "reward": "",
        "tags": [],
        "deadline": iso(access.terms.deadline_at),
        "enabledDate": iso(row.opens_at),
        "dateCreated": iso(row.created_at),
        "mergerDeadline": iso(row.merge_until or row.deadline_at),
        "kernelCount": 0,
        "teamCount": teams,
        "userHasEntered": entered,
        "userRank": rank or 0,
        "maxDailySubmissions": row.daily_limit,
        "maxTeamSize": row.team_size,
        "evaluationMetric": row.metric,
        "awardsPoints": False,
        "isKernelsSubmissionsOnly": False,
        "submissionsDisabled": not access.takes_uploads(now),
    }


def file(name: str, size: int, *, since: datetime, of: Competition, url: str) -> KaggleFile:
    """A public file as it stands since then."""
    return {
        "ref": f"{of.slug}/{name}",
        "name": name,
        "totalBytes": size,
        "creationDate": iso(since),
        "url": f"{url}/competitions/{of.slug}/data",
        "description": "",
    }


def submission(row: ListedSubmissionJson, *, team: str, url: str) -> KaggleSubmission:
    """A submission in the client's words; what is private of it stands there only where the row has it."""
    state = SubmissionState(row["state"])
    return {
        "ref": row["id"],
        "fileName": row["file_name"],
        "date": row["received_at"],
        "description": row["note"],
        "errorDescription": why(row),
        "status": STATES[state],
        "publicScore": _text(row["public_score"]),
        "privateScore": _text(row.get("private_score")),
        "totalBytes": row["size"],
        "submittedBy": row["submitted_by"],
        "submittedByRef": row["submitted_by"],
        "teamName": team,
        "url": f"{url}/submissions/{row['id']}",
        "hasError": STATES[state] == "ERROR",
        "hasFileName": True,
    }


def why(row: ListedSubmissionJson) -> str:
    """Why a submission has no score, in a line each; empty for one that has, or waits for it."""
    if row["state"] == SubmissionState.FAILED:
        return OUR_FAULT
    return joined(*(joined(each["message"], each["hint"]) for each in row["problems"]), between="\n")


def standings(rows: Iterable[BoardRow], *, own_team: int | None) -> list[KaggleStanding]:
    """The rows of a board in their order."""
    return [
        {
            "teamId": row.team_id if row.team_id == own_team else 0,
            "teamName": row.team,
            "submissionDate": iso(row.received_at),
            "score": str(row.score),
        }
        for row in rows
    ]


def limits(today: TodayJson, *, total: int) -> KaggleLimits:
    """A team's course day."""
    return {
        "numToday": today["used"],
        "numTotal": total,
        "numAllowedNow": today["left"],
        "limitedByTotal": False,
    }


def _text(score: float | None) -> str:
    return "" if score is None else str(score)
