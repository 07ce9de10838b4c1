"""The shapes of announcements in the web API and on pages."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.competitions.access import Access
from server.domain.notices import announcements, outbox
from server.domain.notices.announcements import Posted
from server.domain.notices.outbox import Counts
from server.serializers.values import Json


def announcement(posted: Posted) -> Json:
    """An announcement as everybody sees it: of a withdrawn one no more than that it was there."""
    row = posted.row
    stands = row.withdrawn_at is None
    return {
        "id": row.id,
        "title": row.title if stands else None,
        "body_md": row.body_md if stands else None,
        "posted_at": iso(row.posted_at),
        "posted_by": posted.posted_by,
        "withdrawn_at": iso(row.withdrawn_at) if row.withdrawn_at else None,
    }


def for_staff(posted: Posted, counts: Counts) -> Json:
    """An announcement as staff see it: the text of a withdrawn one too, and how its mails stand."""
    told = {"title": posted.row.title, "body_md": posted.row.body_md, "mails": asdict(counts)}
    return announcement(posted) | told


def announcement_list(session: Session, found: Access) -> list[Json]:
    """All announcements of a competition, the newest first."""
    rows = announcements.of_competition(session, found.competition.id)
    if not found.role.is_staff:
        return [announcement(each) for each in rows]
    counts = outbox.counts_of(session, competition_id=found.competition.id)
    return [for_staff(each, counts.get(each.row.id, Counts())) for each in rows]
