"""The choice of a language, by whoever reads a page, and what the scripts of pages say in it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from grader.messages import Message
from languages.catalogue import available, templates
from server.domain.errors import NotFound
from server.domain.people import languages as people_languages
from server.http import deps, languages
from server.http.deps import Db, PasserBy
from server.web.rendering.forms import TOKEN, field, same_site

FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}
router = APIRouter()


@router.post("/language")
async def choose(request: Request, viewer: PasserBy, db: Db) -> Response:
    """Read pages in a language from now on; the page that asked is shown again, in it.

    Whoever is signed in has it in their account; of others the browser knows it.
    """
    deps.require_own_page(request)
    form = await request.form()
    chosen = field(form, "language")
    if viewer is None:
        people_languages.require_language(chosen)
    else:
        user = viewer.user
        deps.require_form_token(viewer, field(form, TOKEN))
        await db.awrite(lambda session: people_languages.choose(session, user=user, language=chosen))
    answer = RedirectResponse(same_site(field(form, "next")), 303)
    languages.keep(request, answer, chosen)
    return answer


@router.get("/languages/{language}.json")
async def scripts(language: str) -> Response:
    """What the scripts of pages say, by its English template; the address changes with it."""
    if language not in available():
        raise NotFound(Message("There is no language {language} here.", language=language))
    return JSONResponse(templates(language).scripts, headers=FOR_A_YEAR)
