"""The code of all teams, for staff."""

from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from server.domain.code import bundle, versions
from server.domain.files.archive import zip_chunks
from server.http.answers import Answer, api_router, sends
from server.http.deps import NO_STORE, Db, NamesAccess, Now, TrailExportAccess
from server.serializers import code as code_json
from server.serializers.code import AllCodeJson

router = api_router("code")


@router.get("/competitions/{slug}/code/teams")
async def of_all(access: NamesAccess, db: Db) -> Answer[AllCodeJson]:
    """Every student of the course with the versions of their team: who has handed in, and who has not."""
    students = await db.aread(lambda session: versions.by_student(session, competition=access.competition))
    return Answer({"students": [code_json.student(each) for each in students]}, headers=NO_STORE)


@router.get("/competitions/{slug}/code.zip", responses=sends("application/zip"))
async def as_one_zip(request: Request, access: TrailExportAccess, db: Db, now: Now) -> Response:
    """The newest version of each team in one zip, named by student number, with a list of all students."""
    competition, store = access.competition, request.app.state.context.store
    students = await db.aread(lambda session: versions.by_student(session, competition=competition))
    files = bundle.archived(students, path_of=store.path, is_there=Path.exists)
    await db.awrite(
        lambda session: bundle.record_export(session, competition=competition, by=access.actor, now=now)
    )
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{competition.slug}-code.zip"'}
    return StreamingResponse(zip_chunks(files), media_type="application/zip", headers=headers)
