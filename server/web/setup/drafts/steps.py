"""A draft on its page: its steps as forms, what still lacks, a preview, and the way back and forth."""

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.grade import Grade
from grader.homeworks.rules import CODE_LIMIT, UPLOAD_LIMIT, TierName
from grader.messages import Message
from grader.metrics import FAMILIES, METRICS
from grader.parted_text import parted
from server.domain.errors import Invalid
from server.domain.people import courses
from server.domain.setup.drafts import calendar, checks, steps
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import DraftWithParts
from server.domain.setup.drafts.parts import PUBLIC, Parts
from server.domain.setup.drafts.steps import MetricChoice
from server.http.deps import Db, Now
from server.models import Course, DraftSource
from server.serializers.setup import drafts as drafts_json
from server.serializers.values import Json
from server.web.rendering import pages, redraw
from server.web.rendering.filters import rule_word
from server.web.rendering.forms import (
    Acting,
    field,
    file_bytes,
    form_with_files,
    from_local,
    wants_preview,
)
from server.web.rendering.pages import ViewerHere
from server.web.rendering.prose import preview, prose
from server.web.rendering.units import stored
from server.web.setup.drafts.calendar import TIMES
from server.web.setup.drafts.page import FILE_MOST, HERE, DraftPage, number_in
from server.web.setup.rules import as_local

NUMBERS: dict[str, type[int] | type[float]] = {
    "daily_limit": int,
    "final_selections": int,
    "team_size": int,
    "upload_limit_bytes": int,
    "code_limit_bytes": int,
    "late_penalty": float,
}
EMPTY: Json = {  # what a form shows of a key that the draft's table leaves out
    **{"team_size": 1, "upload_limit_bytes": UPLOAD_LIMIT, "code_limit_bytes": CODE_LIMIT},
    **{"late_penalty": 1.0, "tier": []},
    **{"id_column": "", "target_columns": [], "labels": [], "prediction_columns": []},
}
router = APIRouter()


@router.post("/courses/{course}/drafts/new")
async def begin(
    course: str,
    viewer: Acting,
    db: Db,
    now: Now,
    new_slug: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
) -> Response:
    """Begin a competition from nothing."""

    def work(session: Session) -> int:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        day = calendar.first_opening(session, course=row, now=now)
        parts = steps.usual_parts(
            title=title, opens=from_local(f"{day.isoformat()}T09:00", row.zone), zone=row.zone
        )
        slug = new_slug.strip()
        new = drafts.NewDraft(slug=slug, source=DraftSource.FORM, homework=slug, parts=parts)
        return drafts.begin(session, new, course=row, by=viewer.actor, now=now).id

    draft_id = await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/drafts/{draft_id}", 303)


@router.get(HERE)
async def show(request: Request, page: DraftPage, viewer: ViewerHere, db: Db) -> Response:
    """The draft: what still lacks, and each step as a form."""
    course, row = await page.load()
    lacks: list[str] = []
    if row.draft.source is not DraftSource.BOX:
        lacks = await page.context.in_thread(
            lambda: checks.problems_of(page.context.store, row.parts, name=row.draft.slug)
        )
    versions = await db.aread(lambda session: drafts.versions_of(session, row.draft))
    return pages.render(
        request,
        "setup/drafts/show.html",
        viewer,
        lacks=lacks,
        versions=_earlier(row.parts, versions),
        **_values(course, row),
    )


def _values(course: Course, row: DraftWithParts) -> Json:
    parts, table = row.parts, row.parts.table
    zone = calendar.zone_of(parts, course)
    chosen = table.get("metric", "")
    return {
        "course": {"slug": course.slug, "title": course.title},
        "zone": zone,
        "draft": drafts_json.draft(row),
        "undo": row.undo,
        "redo": row.redo,
        "table": {**EMPTY, **table},
        "description_md": parts.description_md,
        "left_out": parts.left_out,
        "files": [{"name": name, "size": each.size} for name, each in sorted(parts.files.items())],
        "key": None if parts.key is None else {"size": parts.key.size, "is_split": parts.raw_key is not None},
        "families": {
            family: [(name, metric.summary) for name, metric in members.items()]
            for family, members in FAMILIES.items()
        },
        "metric": None if not chosen else _metric(chosen),
        "arguments": json.dumps(table.get("metric_arguments") or {}),
        "auxiliary": json.dumps(table.get("auxiliary_columns") or {}),
        "local": {name: as_local(parts.time(name), zone) for name in TIMES},
        "instants": {name: parts.time(name) for name in TIMES},
        "seed": secrets.token_hex(8),
        "tier_files": sorted(parts.tier_files),
    }


def _metric(name: str) -> Json:
    definition = METRICS.get(name)
    if definition is None:
        return {"name": name, "summary": "", "edges": "", "higher": None, "parameters": {}}
    return {
        "name": name,
        "summary": definition.summary,
        "edges": definition.edges,
        "higher": definition.higher_is_better,
        "parameters": {each: parameter.summary for each, parameter in definition.parameters.items()},
    }


def _earlier(parts: Parts, versions: list[drafts.Version]) -> list[Json]:
    """The versions of data files that the draft does not have now."""
    present = {(f"{PUBLIC}{name}", file.sha256) for name, file in parts.files.items()}
    return [
        {"id": each.id, "name": each.name.removeprefix(PUBLIC), "size": each.size, "added_at": each.added_at}
        for each in versions
        if each.name.startswith(PUBLIC) and (each.name, each.sha256) not in present
    ]


@router.post(f"{HERE}/words")
async def words(
    request: Request,
    page: DraftPage,
    viewer: Acting,
    title: Annotated[str, Form()] = "",
    description_md: Annotated[str, Form()] = "",
) -> Response:
    """Save the title and the description, or show it first."""
    text = description_md.replace("\r\n", "\n")
    if wants_preview(request):
        await page.load()
        shown = {code: prose(part, home=page.address) for code, part in parted(text).items()}
        return await redraw.previewed(
            request, "description_md", preview(*shown.values(), languages=list(shown))
        )
    return await page.save(
        lambda parts: steps.with_words(parts, title=title, description_md=text), name="words"
    )


@router.post(f"{HERE}/metric")
async def set_metric(
    page: DraftPage,
    viewer: Acting,
    metric: Annotated[str, Form()] = "",
    id_column: Annotated[str, Form()] = "",
    target_columns: Annotated[str, Form()] = "",
    labels: Annotated[str, Form()] = "",
    prediction_columns: Annotated[str, Form()] = "",
    arguments: Annotated[str, Form()] = "",
    auxiliary: Annotated[str, Form()] = "",
) -> Response:
    """Save the metric and the columns."""
    choice = MetricChoice(
        metric=metric,
        id_column=id_column.strip(),
        target_columns=_names(target_columns),
        labels=_names(labels),
        prediction_columns=_names(prediction_columns),
        arguments=_object(arguments),
        auxiliary={name: str(value) for name, value in _object(auxiliary).items()},
    )
    return await page.save(lambda parts: steps.with_metric(page.context.store, parts, choice), name="metric")


@router.post(f"{HERE}/try", max_body_size=FILE_MOST)
async def try_file(request: Request, page: DraftPage, viewer: ViewerHere) -> Response:
    """Show what a file comes to under the key and the metric: an uploaded one, or a sample made for it."""
    await page.authorise()
    async with form_with_files(request, viewer, max_files=1, max_fields=2) as form:
        data = await file_bytes(form, "file", most=FILE_MOST)
    course, row = await page.load()
    store = page.context.store
    grade: Grade = await page.context.in_thread(
        lambda: checks.trial(store, row.parts, data or checks.sample_of(store, row.parts))
    )
    return pages.render(
        request,
        "setup/drafts/trial.html",
        viewer,
        course={"slug": course.slug, "title": course.title},
        draft=drafts_json.draft(row),
        metric=_metric(row.parts.table["metric"]),
        public=grade.public,
        private=grade.private,
        is_sample=data is None,
    )


@router.post(f"{HERE}/rules")
async def set_rules(request: Request, page: DraftPage, viewer: Acting) -> Response:
    """Save limits and times."""
    form: FormData = request.state.form
    course, row = await page.load()
    zone = field(form, "reset_zone").strip() or course.zone
    limits = steps.with_rules(
        row.parts,
        {
            **{
                name: stored(field(form, name), name, kind, name=rule_word(name))
                for name, kind in NUMBERS.items()
            },
            "reset_zone": zone,
        },
    )
    times = {name: from_local(field(form, name), zone) for name in TIMES}
    parts = calendar.with_times(limits, times, course=course, slug=row.draft.slug)
    return await page.save(lambda _: parts, name="rules")


@router.post(f"{HERE}/tiers", max_body_size=FILE_MOST)
async def set_tiers(request: Request, page: DraftPage, viewer: ViewerHere) -> Response:
    """Save hints and points of the tiers, and the files that set their thresholds."""
    await page.authorise()
    tiers: dict[str, dict[str, object]] = {}
    files: dict[str, bytes] = {}
    async with form_with_files(request, viewer, max_files=4, max_fields=20) as form:
        for name in (each.value for each in TierName):
            tiers[name] = {"hint": field(form, f"{name}_hint").replace("\r\n", "\n")} | {
                points: number_in(field(form, f"{name}_{points}"), float)
                for points in ("points_public", "points_private")
            }
            data = await file_bytes(form, f"{name}_file", most=FILE_MOST)
            if data is not None:
                files[name] = data
    return await page.save(
        lambda parts: steps.with_tier_files(page.context.store, steps.with_tiers(parts, tiers), files),
        name="tiers",
    )


def _names(text: str) -> tuple[str, ...]:
    """Names parted by commas or lines."""
    return tuple(filter(None, (each.strip() for each in text.replace("\n", ",").split(","))))


def _object(text: str) -> dict[str, Any]:
    """A JSON object that the form gives as a text; empty for nothing."""
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise Invalid(
            Message('The metric\'s settings are not JSON, such as {{"k": 5}}: {error}.', error=str(error))
        ) from error
    if not isinstance(value, dict):
        raise Invalid(Message('The metric\'s settings must be a JSON object, such as {"k": 5}.'))
    return value
