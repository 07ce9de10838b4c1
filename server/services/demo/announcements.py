"""What the demonstration's staff have announced, so that a visitor finds announcements and their mails."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.notices import posting
from server.domain.notices.announcements import NewAnnouncement
from server.models import Announcement, Competition, User
from server.settings import Settings

BY = "instructor"
# By the homework's name.
TEXTS = {
    "hw01_covid": (
        "The private board is open",
        "Thank you all for taking part. The **private leaderboard** is open: compare your rank there "
        "with your rank on the public one, and see how much of the difference is luck.\n\n"
        "- Grades follow within a week.\n"
        "- Questions about a score: write to the TAs with the number of the submission.",
    ),
    "hw02_phoneme": (
        "Office hours before the deadline",
        "The TAs are in room 112 on the last two afternoons before the deadline, from 14:00 to 17:00.\n\n"
        "Before you come:\n\n"
        "1. Run `splitboard check` on your file.\n"
        "2. Read the hint of the first tier above your score: it is meant to be used.",
    ),
}


AFTER = timedelta(hours=9)  # the reveal, when a finished homework's announcement is posted
BEFORE = timedelta(hours=20)  # now, when a running one's is


def post(session: Session, settings: Settings, *, now: datetime) -> None:
    """Announce in each competition of the demonstration that has none yet; safe to repeat."""
    by = Actor(session.scalar(select(User.id).where(User.username == BY)))
    for competition in session.scalars(select(Competition).where(Competition.homework.in_(TEXTS))):
        has_any = select(Announcement.id).where(Announcement.competition_id == competition.id).limit(1)
        if session.scalar(has_any) is None:
            new = NewAnnouncement(*TEXTS[competition.homework])
            is_revealed = competition.reveal_at + AFTER < now
            posted_at = competition.reveal_at + AFTER if is_revealed else now - BEFORE
            posting.announce(session, settings, new, competition=competition, by=by, now=posted_at)
