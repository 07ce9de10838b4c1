"""The shapes of announcements and notices in the web API and on pages."""

from typing import NotRequired

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.parted_text import PartedText
from server.clock import iso
from server.domain.competitions.access import Access
from server.domain.notices import announcements, choices, mail_counts, notices
from server.domain.notices.announcements import PostedAnnouncement
from server.domain.notices.mail_counts import MailCounts
from server.domain.notices.sentences import address, sentence
from server.domain.notices.team_names import teams_of
from server.models import User
from server.serializers.values import Time, iso_or_none


class MailCountsJson(TypedDict):
    """How many mails of an announcement are sent, wait, and were refused for good."""

    sent: int
    waiting: int
    refused: int


class AnnouncementJson(TypedDict):
    """An announcement; for students a withdrawn one has no text. `mails` is for staff."""

    id: int
    title: str | None
    body_md: str | None
    posted_at: Time
    posted_by: str
    withdrawn_at: Time | None
    mails: NotRequired[MailCountsJson]


class AnnouncementListJson(TypedDict):
    """All announcements of a competition, the newest first."""

    announcements: list[AnnouncementJson]


class NoticeJson(TypedDict):
    """A notice of the viewer: a sentence without a score, and the page to which it leads.

    course, competition: null where it is about the viewer's account.
    """

    key: str
    kind: str
    text: str
    url: str
    course: str | None
    competition: str | None
    made_at: Time
    read_at: Time | None


class NoticeListJson(TypedDict):
    """The viewer's notices, the newest first, and how many of them all are not read."""

    unread: int
    notices: list[NoticeJson]


class NoticeChoiceJson(TypedDict):
    """A kind of notices that the viewer may get: in words, and whether it comes by mail too."""

    kind: str
    words: str
    by_mail: bool


class NoticeChoicesJson(TypedDict):
    """Every kind that the viewer may get; without `wants_mail` none comes by mail, whatever was chosen."""

    wants_mail: bool
    kinds: list[NoticeChoiceJson]


class RetriedMailsJson(TypedDict):
    """How many refused mails are due again."""

    mails: int


def notice_list(session: Session, user: User) -> NoticeListJson:
    """The newest notices of a person, and how many of all are not read."""
    rows = notices.listed(session, user=user)
    teams = teams_of(session, rows)
    return {
        "unread": notices.count_unread(session, user=user),
        "notices": [
            {
                "key": each.row.key,
                "kind": each.row.kind.value,
                "text": sentence(each, teams=teams),
                "url": address(each),
                "course": None if each.course is None else each.course.slug,
                "competition": None if each.competition is None else each.competition.slug,
                "made_at": iso(each.row.made_at),
                "read_at": iso_or_none(each.row.read_at),
            }
            for each in rows
        ],
    }


def choices_of(session: Session, user: User) -> NoticeChoicesJson:
    """The kinds of a person's notices, in the order of the page, and which of them come by mail."""
    chosen = choices.of_person(session, user=user)
    return {
        "wants_mail": user.wants_mail,
        "kinds": [
            {"kind": kind.value, "words": choices.WORDS[kind], "by_mail": by_mail}
            for kind, by_mail in chosen.items()
        ],
    }


def announcement(posted: PostedAnnouncement) -> AnnouncementJson:
    """An announcement as everybody sees it: of a withdrawn one no more than that it was there."""
    row = posted.row
    stands = row.withdrawn_at is None
    return {
        "id": row.id,
        "title": row.title if stands else None,
        "body_md": PartedText(row.body_md) if stands else None,
        "posted_at": iso(row.posted_at),
        "posted_by": posted.posted_by,
        "withdrawn_at": iso_or_none(row.withdrawn_at),
    }


def for_staff(posted: PostedAnnouncement, counts: MailCounts) -> AnnouncementJson:
    """An announcement as staff see it: the text of a withdrawn one too, and how its mails stand."""
    return {
        **announcement(posted),
        "title": posted.row.title,
        "body_md": PartedText(posted.row.body_md),
        "mails": {"sent": counts.sent, "waiting": counts.waiting, "refused": counts.refused},
    }


def announcement_list(session: Session, access: Access) -> list[AnnouncementJson]:
    """All announcements of a competition, the newest first."""
    rows = announcements.of_competition(session, access.competition.id)
    if not access.role.is_staff:
        return [announcement(each) for each in rows]
    counts = mail_counts.counts_of(session, competition_id=access.competition.id)
    return [for_staff(each, counts.get(each.row.id, MailCounts())) for each in rows]
