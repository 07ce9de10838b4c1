"""Questions about submissions, as pages show them: the texts of people, and no score."""

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.questions.questions import AskedQuestion


class ReplyJson(TypedDict):
    """What staff wrote below a question."""

    body_md: str
    author: str
    written_at: str


class QuestionJson(TypedDict):
    """A question, with the file it is about and its replies."""

    id: int
    body_md: str
    asker: str
    asked_at: str
    is_open: bool
    submission_id: int
    file_name: str
    team: str
    competition: str
    replies: list[ReplyJson]


def question(entry: AskedQuestion) -> QuestionJson:
    """A question as its team and the staff of its course read it."""
    return {
        "id": entry.row.id,
        "body_md": entry.row.body_md,
        "asker": entry.asker,
        "asked_at": iso(entry.row.asked_at),
        "is_open": entry.row.closed_at is None,
        "submission_id": entry.submission.id,
        "file_name": entry.submission.file_name,
        "team": entry.team,
        "competition": entry.competition.title,
        "replies": [
            {"body_md": each.row.body_md, "author": each.author, "written_at": iso(each.row.written_at)}
            for each in entry.replies
        ],
    }
