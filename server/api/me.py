"""Who the viewer is."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from server import shapes_people
from server.deps import NO_STORE, Db, Viewer

router = APIRouter()


@router.get("/me")
async def me(who: Viewer, db: Db) -> Response:
    """The viewer, and the courses they are in."""
    shown = await db.aread(lambda session: shapes_people.user(session, who.user))
    return JSONResponse(shown, headers=NO_STORE)
