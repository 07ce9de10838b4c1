"""The shapes of what is told of a course's drafts."""

from typing_extensions import TypedDict

from grader.parted_text import PartedTitle
from server.domain.setup.drafts.draft import DraftWithParts
from server.serializers.values import Time


class DraftJson(TypedDict):
    """A competition to be: where it stands, and why its last launch came to nothing."""

    id: int
    slug: str
    title: str
    source: str
    state: str
    error: str
    opens_at: Time | None
    deadline_at: Time | None
    late_until: Time | None
    reveal_at: Time | None


class DraftListJson(TypedDict):
    """A course's drafts that are being written or launched, in the order in which they open."""

    drafts: list[DraftJson]


def draft(row: DraftWithParts) -> DraftJson:
    """A draft; one of the installation's homeworks is called by its folder's name."""
    table = row.parts.table
    return {
        "id": row.draft.id,
        "slug": row.draft.slug,
        "title": PartedTitle(str(table.get("title") or row.draft.homework)),
        "source": row.draft.source.value,
        "state": row.draft.state.value,
        "error": row.draft.error,
        "opens_at": table.get("opens_at"),
        "deadline_at": table.get("deadline_at"),
        "late_until": table.get("late_until"),
        "reveal_at": table.get("reveal_at"),
    }
