"""A competition's text, and whom to ask about it, for Kaggle's clients."""

from fastapi import Request
from typing_extensions import TypedDict

from grader.parted_text import parted
from server.api.kaggle.dialects import READS, RPC, Caller, NamedCompetition, kaggle_router
from server.domain.competitions import descriptions, placeholders
from server.domain.texts.markdown import PLACEHOLDER
from server.http import deps
from server.http.answers import Answer
from server.http.deps import Db, Now, own_url
from server.models import Competition
from server.services.kaggle import hosting

DESCRIPTION = "description"
router = kaggle_router()


class Page(TypedDict):
    """A text of a competition."""

    name: str
    content: str
    mimeType: str
    isPublished: bool


class PageList(TypedDict):
    """A competition's texts."""

    pages: list[Page]


class Host(TypedDict):
    """Whom a course's people write to."""

    userName: str
    displayName: str
    id: int
    profileUrl: str


class HostList(TypedDict):
    """Who runs a competition."""

    hosts: list[Host]


@router.post(f"{RPC}/ListCompetitionPages", openapi_extra=READS)
async def list_pages(
    request: Request, body: NamedCompetition, caller: Caller, db: Db, now: Now
) -> Answer[PageList]:
    """The description, in the language that the request asks for; of a draft for whoever writes it, whole."""
    draft = await db.aread(
        lambda session: hosting.description_of(session, body.competition_name, caller.user)
    )
    if draft is None:
        access = await deps.access(body.competition_name, caller, request, now)
        content = plain_description(access.competition, request.headers.get("accept-language", ""))
    else:
        content = draft
    page: Page = {
        "name": DESCRIPTION,
        "content": content,
        "mimeType": "text/markdown",
        "isPublished": draft is None,
    }
    is_listed = body.page_name in ("", DESCRIPTION) and (draft is None or content)
    return Answer({"pages": [page] if is_listed else []})


def plain_description(row: Competition, accepted: str) -> str:
    """The description as Markdown, with the values of the rules that it names."""
    parts = parted(row.description_md)
    chosen = descriptions.chosen(parts, language=None, accepted=accepted)
    values = placeholders.values_in(chosen, row)
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), parts.get(chosen, ""))


@router.post(f"{RPC}/ListCompetitionHosts", openapi_extra=READS)
async def list_hosts(request: Request, body: NamedCompetition, caller: Caller, now: Now) -> Answer[HostList]:
    """The course, and the line that says whom its people write to; no page lists its staff either."""
    course = (await deps.access(body.competition_name, caller, request, now)).course
    url = own_url(request).rstrip("/")
    host: Host = {
        "userName": course.slug,
        "displayName": course.contact or course.title,
        "id": course.id,
        "profileUrl": f"{url}/courses/{course.slug}",
    }
    return Answer({"hosts": [host]})
