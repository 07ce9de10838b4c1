"""Notes of teams: a line beside a submission, for the team and the staff, which the team may change."""

from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions.access import Access
from server.domain.errors import Invalid, NotAllowed
from server.domain.teams import trials
from server.domain.texts.letters import legible, name_key
from server.models import Submission

NOTE_MOST = 500  # characters


def checked(text: str) -> str:
    """The note as it is kept: in one line, without what no reader sees. Raises Invalid for one too long."""
    note = legible(" ".join(text.split()))
    if len(note) > NOTE_MOST:
        raise Invalid(
            Message(
                "A note has at most {most} characters; this one has {length}.",
                most=NOTE_MOST,
                length=len(note),
            )
        )
    return note


def change(session: Session, *, submission: Submission, access: Access, text: str) -> None:
    """Let the note of a submission of one's own team, or of one's own trial, read so; empty for none.

    Raises NotAllowed for staff and everybody else, Invalid for one too long.
    """
    own = trials.own_team_ids(session, competition_id=submission.competition_id, user_id=access.user_id)
    if submission.team_id not in own:
        raise NotAllowed(Message("A submission's note is its team's; only the team changes it."))
    session.get_one(Submission, submission.id).note = checked(text)
    session.flush()


def holds(words: str, *texts: str) -> bool:
    """Whether one of these texts has the words in it, whatever the case of their letters."""
    key = name_key(words)
    return any(key in name_key(text) for text in texts)
