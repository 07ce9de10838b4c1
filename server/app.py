"""The application: its parts put together, and the one table from refusals to statuses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from grader.messages import Message
from server import web
from server.api import openapi
from server.api.kaggle import dialects as kaggle
from server.api.kaggle.routes import ROUTERS as KAGGLE_ROUTERS
from server.api.nouns import ROUTERS
from server.database.database import Database
from server.database.disk import FAULTS, is_disk_full
from server.database.private_tables import PrivateScoresGuarded
from server.domain import errors
from server.domain.files.file_store import FileStore
from server.domain.files.owner_only import close_to_others
from server.domain.people.sign_on.refusals import SignOnRefused
from server.http import languages, limits
from server.http.boards.fast_board import BoardDoor
from server.http.bounds import BeyondBounds, require_bounds
from server.http.deps import cookie_name, is_https
from server.http.middleware import HSTS, HSTS_SUBDOMAINS, Packing, RequestFacts, SecurityHeaders
from server.http.plain_refusals import PlainRefusals
from server.http.proxy import FromProxy
from server.http.route_index import RouteIndex
from server.http.versions import Versioned
from server.logs import logger_of
from server.serializers.refusals import refusal
from server.services.board_cache import BoardCache
from server.services.comparisons import Comparisons
from server.services.course_glances import CourseGlances
from server.services.grading.context import GradingContext
from server.services.lti.asking import PlatformServices
from server.services.lti.platforms import Launches
from server.services.lti.sender import ScoreSender, sender_of
from server.services.mail.mailer import Mailer, mailer_of
from server.services.past_ranks import PastRanks
from server.services.rescores.preview_cache import PreviewCache
from server.services.sign_on.from_settings import provider_of
from server.services.sweeper import background_of, look_at_walls, sweep_forever
from server.services.uploads.refusals import FileRefused, OurFault
from server.services.worker_bell import Bell
from server.settings import Settings, get_settings
from server.web.rendering.errors import page
from server.web.rendering.redraw import redrawn
from server.web.static_files import StaticFolder

STATUSES: dict[type[errors.DomainError], int] = {
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotOpen: 403,
    errors.Closed: 403,
    errors.PrivateHidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    FileRefused: 422,
    errors.LimitReached: 429,
    OurFault: 500,
    errors.TooBusy: 503,
    errors.DiskFull: 507,
}
CODES = {"idempotency_mismatch": 422, "provider_away": 503}  # codes whose status differs from their kind's
BEYOND_BOUNDS = (DataError, OverflowError, UnicodeEncodeError)  # what values raise that no rule has refused
LOGGED = frozenset({401, 403, 429, 503, 507})  # statuses of refusals that an operator may look for
HTTP_SENTENCES = {  # by Starlette's own words
    "Not Found": Message("Not Found."),
    "Method Not Allowed": Message("Method Not Allowed."),
    "Content Too Large": Message("Content Too Large."),
}
BODY_LIMIT = 1_000_000  # for anything but an upload, which counts its own bytes
log = logger_of(__name__)


class WebApplication(FastAPI):
    """FastAPI's, whose own refusals are said in our words."""

    def build_middleware_stack(self) -> ASGIApp:
        """Everything through which a request goes."""
        return PlainRefusals(super().build_middleware_stack(), answer=_answer)


def create_app(settings: Settings | None = None) -> FastAPI:
    """A server over the settings' database and files, whose schema is there already."""
    chosen = settings or get_settings()
    app = WebApplication(
        title="Splitboard",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=BODY_LIMIT,
        lifespan=_lifespan,
    )
    app.state.settings = chosen
    _include_routes(app)
    app.mount("/static", StaticFolder(), name="static")
    app.router.middleware_stack = RouteIndex(app.router)
    app.add_exception_handler(errors.DomainError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    for value_error in BEYOND_BOUNDS:
        app.add_exception_handler(value_error, _beyond_bounds)
    for system_error in (OSError, *FAULTS):
        app.add_exception_handler(system_error, _out_of_order)
    app.add_exception_handler(Exception, _broken)
    _open(app, chosen)
    app.add_middleware(
        BoardDoor,
        db=app.state.db,
        boards=app.state.boards,
        cookie="" if chosen.staff_second_factor else cookie_name(chosen),  # sessions then take a longer look
        clock=lambda: app.state.clock(),
    )
    app.add_middleware(Versioned)
    hsts = HSTS_SUBDOMAINS if chosen.hsts_subdomains else HSTS
    app.add_middleware(Packing)
    app.add_middleware(SecurityHeaders, hsts=hsts if is_https(chosen) else None)
    app.add_middleware(RequestFacts)
    app.add_middleware(FromProxy, settings=chosen)
    return app


def _include_routes(app: FastAPI) -> None:
    bounded = [Depends(require_bounds)]
    for routes in (*ROUTERS, openapi.router):
        app.include_router(routes, prefix="/api", dependencies=bounded)
    for routes in KAGGLE_ROUTERS:
        app.include_router(routes, prefix=kaggle.PREFIX, dependencies=bounded)
    app.include_router(web.router, dependencies=bounded)


def _open(app: FastAPI, settings: Settings) -> None:
    close_to_others(settings.data_dir)
    db = Database(settings.url)
    context = GradingContext(db=db, store=FileStore(settings.files_dir), settings=settings)
    app.state.db = db
    app.state.context = context
    app.state.boards = BoardCache(db, lag=settings.board_lag_ms / 1000)
    app.state.glances = CourseGlances()
    app.state.past_ranks = PastRanks(db)
    app.state.comparisons = Comparisons(context)
    app.state.previews = PreviewCache(context)
    app.state.bell = Bell(settings)
    app.state.provider = provider_of(settings)
    app.state.launches = Launches()
    app.state.lti_services = PlatformServices(settings.data_dir)
    app.state.clock = context.clock
    app.state.sender = sender_of(settings, db=db, clock=lambda: context.clock())
    app.state.mailer = mailer_of(settings, db=db, clock=lambda: context.clock())


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.context.receipt_keys.signing(
        app.state.clock()
    )  # a folder that cannot be used shows at the start
    background = background_of(app.state.settings)
    looking = asyncio.create_task(look_at_walls(app.state.context))
    sweeping = asyncio.create_task(sweep_forever(app.state.context, app.state.bell, background))
    mailer: Mailer | None = app.state.mailer
    sender: ScoreSender = app.state.sender
    sender.start()
    if mailer is not None:
        mailer.start()
    yield
    for task in (sweeping, looking):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    background.close()
    if app.state.context.unfinished:
        await asyncio.wait(app.state.context.unfinished)
    await asyncio.to_thread(sender.stop)
    if mailer is not None:
        await asyncio.to_thread(mailer.stop)
    app.state.context.close()
    app.state.db.close()


def status_of(error: errors.DomainError) -> int:
    """The status for a refusal: its code's, or that of the nearest kind among its ancestors."""
    if error.code in CODES:
        return CODES[error.code]
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DomainError)
    status = status_of(error)
    if status in LOGGED:
        facts = {"reason": error.reason} if isinstance(error, SignOnRefused) else {}
        log.warning("refused", status=status, code=error.code, **facts)
    return await _answer(request, error, status)


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _answer(request, errors.Malformed(error.errors()), 422)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "refused")
    return await _answer(request, errors.DomainError(_sentence(error), code=code), error.status_code)


def _sentence(error: HTTPException) -> str:
    return HTTP_SENTENCES.get(error.detail, f"{error.detail}.")


async def _gone(request: Request, error: Exception) -> Response:
    """The client hung up while sending: nothing was stored, and nobody is there to read this."""
    log.info("the client hung up")
    return Response(status_code=400)


async def _beyond_bounds(request: Request, error: Exception) -> Response:
    """A value got as far as the database, the clock or an encoder, and is none that they can take."""
    log.warning("a value is beyond bounds", exc_info=error)
    return await _answer(request, BeyondBounds(), 422)


async def _out_of_order(request: Request, error: Exception) -> Response:
    """The disk or the database did not do as it was told; a full disk is told apart."""
    if not is_disk_full(error):
        return await _broken(request, error)
    log.error("the disk is full", reason=str(error))
    return await _answer(request, errors.DiskFull(), status_of(errors.DiskFull()))


async def _broken(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    leak = isinstance(error, PrivateScoresGuarded)
    words = (
        Message(
            "This page asked for something it may not show, so it shows nothing. It is our fault, not yours."
        )
        if leak
        else Message("Something broke here. It is our fault, not yours.")
    )
    return await _answer(request, errors.DomainError(words, code="our_fault"), 500)


async def _answer(request: Request, error: errors.DomainError, status: int) -> Response:
    headers = dict(limits.of_refusal(error))
    if kaggle.is_kaggles(request):
        return kaggle.refused(request, error, status, headers)
    if not request.url.path.startswith("/api/"):
        answer = await redrawn(request, error, status) or page(request, error, status)
        answer.headers.update(headers)
        return answer
    return JSONResponse(refusal(error, languages.templates_of(request)), status_code=status, headers=headers)
