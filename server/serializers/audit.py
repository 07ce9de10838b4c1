"""The shapes of the audit trail in the web API's answers, for staff."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.audit.trail import Entry
from server.serializers.values import Time


class EntryJson(TypedDict):
    """One act of staff; `by` is a user name, or `-` for the installation's command line."""

    id: int
    at: Time
    by: str
    act: str
    subject: str
    course: str
    competition: str
    reason: str
    before: dict[str, object]
    after: dict[str, object]
    details: dict[str, object]


class EntryPageJson(TypedDict):
    """A page of the trail, the newest first; `next` is the following page's `below`."""

    entries: list[EntryJson]
    next: int | None


def entry(entry: Entry) -> EntryJson:
    """One act as the API tells of it."""
    return {
        "id": entry.id,
        "at": iso(entry.at),
        "by": entry.by,
        "act": entry.act,
        "subject": entry.subject,
        "course": entry.course,
        "competition": entry.competition,
        "reason": entry.reason,
        "before": entry.before,
        "after": entry.after,
        "details": entry.details,
    }


def page(entries: Sequence[Entry], *, most: int) -> EntryPageJson:
    """The first `most` of the entries; there is a next page where one more was read."""
    return {
        "entries": [entry(each) for each in entries[:most]],
        "next": entries[most - 1].id if len(entries) > most else None,
    }
