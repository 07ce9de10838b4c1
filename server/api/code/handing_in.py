"""A team's own code: the raw file is the body."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from server.api.submissions.raw_body import raw_body
from server.domain.code import versions
from server.http.answers import FILE, Answer, Created, api_router, reads, refuses
from server.http.deps import NO_STORE, Db, Now, Viewer, ViewerAccess
from server.http.scopes import SUBMITS
from server.http.stored_files import send_code
from server.serializers import code as code_json
from server.serializers.code import CodeVersionJson, NewCodeJson, OwnCodeJson
from server.services.code.take import most_bytes, take_code

UNLIMITED = (
    2**40
)  # `take_code` counts the bytes against the competition's own cap, with a message that names it
CODE = "/competitions/{slug}/code"
router = api_router("code")


@router.post(
    CODE,
    max_body_size=UNLIMITED,
    responses=refuses(429, 503),
    openapi_extra=SUBMITS | reads("application/octet-stream"),
)
async def hand_in(
    request: Request,
    access: ViewerAccess,
    db: Db,
    file_name: Annotated[str, Query(description="Of a longer one the last 200 characters stand.")] = "code",
) -> Created[NewCodeJson] | Answer[NewCodeJson]:
    """Take the body as the newest version of the viewer's team."""
    entered = await take_code(
        request.app.state.context, access=access, stream=raw_body(request), file_name=file_name
    )
    version_id = entered.version.id

    def listed(session: Session) -> CodeVersionJson:
        entries = versions.of_person(session, access=access)
        return next(code_json.version(each) for each in entries if each.row.id == version_id)

    answer: NewCodeJson = {"version": await db.aread(listed), "repeated": entered.repeated}
    if entered.repeated:
        return Answer(answer, headers=NO_STORE)
    return Created(answer, at=answer["version"]["url"], headers=NO_STORE)


@router.get(CODE)
async def mine(request: Request, access: ViewerAccess, db: Db, now: Now) -> Answer[OwnCodeJson]:
    """The versions of the viewer's team, the newest first, which is the one that counts."""
    limit = most_bytes(access.competition, request.app.state.settings)
    entries = await db.aread(lambda session: versions.of_person(session, access=access))
    return Answer(code_json.own(entries, access=access, limit=limit, now=now), headers=NO_STORE)


@router.get("/code/{version_id}/file", responses=FILE)
async def file(version_id: int, request: Request, viewer: Viewer, db: Db, now: Now) -> Response:
    """A version's file as it was handed in, for its team and for staff who may see names."""
    row, _ = await db.aread(
        lambda session: versions.visible(session, version_id=version_id, user=viewer.user, now=now)
    )
    return send_code(request, row, file_path=request.app.state.context.store.path(row.sha256))
