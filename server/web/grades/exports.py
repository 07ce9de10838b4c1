"""Exports of a course's points: made for another system, kept, listed with who made them, downloaded."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid
from server.domain.grades.exports import exports
from server.domain.grades.exports.export_files import READERS, ExportOrder
from server.domain.grades.exports.exports import MadeExport
from server.domain.grades.gradebooks import confirmed
from server.domain.grades.gradebooks.columns import TOTAL, ColumnChoice
from server.domain.grades.gradebooks.confirmed import ConfirmedPartner
from server.domain.grades.rule_changes import competitions_of
from server.http.deps import Db, Now
from server.http.kept_exports import sent_export
from server.models import ExportKind
from server.serializers.values import Json
from server.services import point_exports
from server.services.point_exports import Exporter
from server.web.rendering import pages
from server.web.rendering.forms import field, file_bytes, form_with_files
from server.web.rendering.pages import ViewerHere

GRADEBOOK_MOST = 20_000_000
PACKED_MOST = 4 * GRADEBOOK_MOST // 3 + 4
FIELDS_MOST = 1_000
COLUMN = "column."  # begins the name of a field that says what goes into the column at a place
router = APIRouter()


@router.get("/courses/{course}/exports")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db) -> Response:
    """The forms, the exports so far, who of the last one is to be confirmed, and who was."""

    def read(session: Session) -> Json:
        own = exports.may_export(session, slug=course, user=viewer.user)
        rows = exports.of_course(session, course=own.course)
        partners = confirmed.of_course(session, course=own.course)
        return pages.of_course(own.course) | {
            "exports": [_export(each) for each in rows],
            "unmatched": _unmatched(rows, partners),
            "partners": [_partner(each) for each in partners],
            "homeworks": [
                {"slug": each.slug, "title": each.title} for each in competitions_of(session, own.course.id)
            ],
        }

    return pages.render(request, "grades/exports.html", viewer, **await db.aread(read, private=True))


def _export(each: MadeExport) -> Json:
    row, facts = each.row, each.row.facts
    return (
        {"maxima": [], "twice": []}
        | facts
        | {
            "not_here": [
                {"name": one["name"], "partners": [_name(partner) for partner in one["partners"]]}
                for one in facts["not_here"]
            ],
            "not_there": [_name(one) for one in facts["not_there"]],
            "version": row.version,
            "kind": row.kind.value,
            "made_at": iso(row.made_at),
            "made_by": each.by,
            "file_name": row.file_name,
            "size": row.size,
            "sha256": row.sha256,
        }
    )


def _name(student: str | Json) -> str:
    """A student's name in the facts of an export; early ones have nothing else."""
    return student if isinstance(student, str) else str(student["name"])


def _partner(each: ConfirmedPartner) -> Json:
    return {
        "id": each.row.id,
        "key": each.row.key,
        "user_id": each.row.user_id,
        "name": each.name,
        "by": each.by,
        "at": iso(each.row.confirmed_at),
    }


def _unmatched(rows: Sequence[MadeExport], partners: Sequence[ConfirmedPartner]) -> Json | None:
    """Whom the newest filled gradebook has and the course has not, as far as nobody has confirmed since."""
    newest = next((each.row for each in rows if each.row.kind in READERS), None)
    if newest is None:
        return None
    keys = {each.row.key for each in partners}
    students = {each.row.user_id for each in partners}
    open_rows = [
        each for each in newest.facts["not_here"] if each.get("keys") and keys.isdisjoint(each["keys"])
    ]
    free = [
        each
        for each in newest.facts["not_there"]
        if isinstance(each, dict) and each["user_id"] not in students
    ]
    return {"version": newest.version, "rows": open_rows, "students": free} if open_rows else None


@router.post("/courses/{course}/exports", max_body_size=PACKED_MOST + 100_000)
async def make(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Make an export of the points as they stand now; first ask for the columns where none is sure."""
    context = request.app.state.context
    async with form_with_files(
        request, viewer, max_files=1, max_fields=FIELDS_MOST, max_part_size=PACKED_MOST
    ) as form:
        data = await file_bytes(form, "file", most=GRADEBOOK_MOST) or _unpacked(field(form, "packed"))
        order = _order(form, data)
        is_asked_for = field(form, "act") == "columns"
    own = await db.aread(lambda session: exports.may_export(session, slug=course, user=viewer.user))
    exporter = Exporter(own.course, own.rights, viewer.actor)
    if order.gradebook and order.kind in READERS and order.columns is None:
        choosing = partial(point_exports.choices_of, db, order, exporter=exporter, now=now)
        choices, points = await context.in_thread(choosing)
        if is_asked_for or not any(each.slug for each in choices):
            titles = {each.competition.slug: str(each.competition.title) for each in points.homeworks}
            values = _choosing(order, choices, titles | {TOTAL: Message("the sum")})
            return pages.render(
                request, "grades/columns.html", viewer, **pages.of_course(own.course), **values
            )
    making = partial(point_exports.make_export, db, context.store, order, exporter=exporter, now=now)
    await context.in_thread(making)
    return RedirectResponse(f"/courses/{course}/exports", 303)


def _order(form: FormData, gradebook: bytes | None) -> ExportOrder:
    """What the form asks for; Invalid for no system, or a form that did not come back whole."""
    try:
        kind = ExportKind(field(form, "kind"))
    except ValueError:
        raise Invalid(Message("Choose for which system the export is.")) from None
    places = [name.removeprefix(COLUMN) for name in form if name.startswith(COLUMN)]
    if not all(place.isascii() and place.isdigit() for place in places):
        raise Invalid(Message("The form did not come back whole. Load the page again."))
    return ExportOrder(
        kind,
        gradebook,
        columns={int(place): field(form, COLUMN + place) for place in places} or None,
        clears=bool(field(form, "clears")),
        scales=bool(field(form, "scales")),
        slug=field(form, "homework"),
        number=field(form, "number"),
    )


def _unpacked(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except binascii.Error:
        raise Invalid(Message("The file did not come back whole. Choose it again.")) from None


def _choosing(order: ExportOrder, choices: Sequence[ColumnChoice], titles: Mapping[str, str]) -> Json:
    """The page that asks what goes into each column; it has the file with it, so that nothing is lost."""
    return {
        "kind": order.kind.value,
        "packed": base64.b64encode(order.gradebook or b"").decode(),
        "clears": order.clears,
        "scales": order.scales,
        "columns": [
            {
                "place": each.target.place,
                "title": each.target.title,
                "number": each.target.number,
                "most": each.target.most,
                "is_locked": each.target.is_locked,
                "slug": each.slug,
            }
            for each in choices
        ],
        "homeworks": [{"slug": slug, "title": title} for slug, title in titles.items()],
        "is_any_sure": any(each.slug for each in choices),
    }


@router.get("/courses/{course}/exports/{version}")
async def download(request: Request, course: str, version: int, viewer: ViewerHere, db: Db) -> Response:
    """An export's file as it was made."""
    return await sent_export(request, db, course=course, version=version, user=viewer.user)
