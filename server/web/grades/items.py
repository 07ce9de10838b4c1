"""The page of the items that staff check by hand: a sheet to type in, a CSV file out and in."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message, joined
from server.domain.errors import Invalid
from server.domain.grades.items import item_cells
from server.domain.grades.items.item_cells import BYTES_MOST, NoPoints, no_points, read_points
from server.domain.grades.items.item_sheet import (
    ItemCell,
    ItemSheet,
    SheetRow,
    change_cells,
    item_sheet,
    of_rows,
)
from server.domain.texts.csv_cells import number_cell
from server.http.deps import NO_STORE, Db, Now
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field, file_bytes, form_with_files
from server.web.rendering.pages import NamesHere, ViewerHere

FIELDS_MOST = 900  # of a form that is read; a page has no more cells
ROWS_MOST = 100
PACKED_MOST = 8_000_000
MARK = "p"  # begins the name of a cell: p.item.row.was
SHOWN_MOST = 300  # rows of a preview
router = APIRouter()


@router.get("/competitions/{slug}/items")
async def sheet(
    request: Request,
    access: NamesHere,
    viewer: ViewerHere,
    db: Db,
    q: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    saved: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """A page of the sheet; each cell is called by what it was."""
    whole = await db.aread(lambda session: item_sheet(session, competition=access.competition))
    rows = [row for row in whole.rows if _answers(row, q)]
    most = max(10, min(ROWS_MOST, FIELDS_MOST // max(1, len(whole.items))))
    last = max(1, -(-len(rows) // most))
    page = min(page, last)
    return pages.render(
        request,
        "grades/items.html",
        viewer,
        items=[{"id": item.id, "name": item.name, "most": item.most} for item in whole.items],
        rows=[_row(row, whole) for row in rows[(page - 1) * most : page * most]],
        checked=_checked(whole),
        students=len(whole.students),
        q=q,
        page=page,
        pages=last,
        saved=saved,
    )


def _answers(row: SheetRow, words: str) -> bool:
    texts = [
        row.team,
        *(text for each in row.students for text in (each.name, each.username, each.student_number)),
    ]
    return any(words.casefold().strip() in text.casefold() for text in texts)


def _row(row: SheetRow, sheet: ItemSheet) -> Json:
    return {
        "name": row.name,
        "students": [
            {"id": each.user_id, "name": each.name, "number": each.student_number} for each in row.students
        ],
        "cells": [
            {
                "name": f"{MARK}.{item.id}.{row.key}.{points}",
                "points": points,
                "item": item.name,
                "most": item.most,
            }
            for item in sheet.items
            for points in [number_cell(row.points.get(item.id))]
        ],
    }


def _checked(sheet: ItemSheet) -> list[int]:
    """How many students each item was checked for."""
    return [sum(item.id in row.points for _, row in sheet.students.values()) for item in sheet.items]


@router.post("/competitions/{slug}/items")
async def save(request: Request, access: NamesHere, viewer: Acting, db: Db, now: Now) -> Response:
    """Save the cells that differ from what they were: all of them, or none."""
    form: FormData = request.state.form
    cells = _cells(form)

    def work(session: Session) -> int:
        own = of_rows(item_sheet(session, competition=access.competition), cells)
        return change_cells(session, own, competition=access.competition, by=viewer.actor, now=now)

    count = await db.awrite(work)
    back = f"/competitions/{access.competition.slug}/items?page={field(form, 'page') or '1'}&saved={count}"
    return RedirectResponse(back, 303)


def _cells(form: FormData) -> list[ItemCell]:
    """The cells whose text is another than it was; Invalid for each that is no points."""
    cells, problems = [], []
    for name, text in form.multi_items():
        parts = name.split(".", 3)
        if len(parts) != 4 or parts[0] != MARK or not isinstance(text, str) or text.strip() == parts[3]:
            continue
        _, item, row, was = parts
        try:
            cells.append(ItemCell(int(item), int(row), read_points(was), read_points(text)))
        except NoPoints:
            problems.append(no_points(text))
        except ValueError:
            raise Invalid(Message("The form did not come back whole. Load the page again.")) from None
    if problems:
        raise Invalid(joined(Message("Nothing was saved."), *problems[:5]))
    return cells


@router.get("/competitions/{slug}/items.csv")
async def export(access: NamesHere, viewer: ViewerHere, db: Db) -> Response:
    """The sheet as a CSV file, to be filled in a spreadsheet and read again."""
    data = await db.aread(
        lambda session: item_cells.to_csv(item_sheet(session, competition=access.competition))
    )
    headers = NO_STORE | {
        "Content-Disposition": f'attachment; filename="{access.competition.slug}-items.csv"'
    }
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/competitions/{slug}/items/file")
async def file_form(request: Request, access: NamesHere, viewer: ViewerHere) -> Response:
    """The form that takes a file."""
    return pages.render(request, "grades/items_file.html", viewer, reading=None, packed="", has_changed=False)


@router.post("/competitions/{slug}/items/file", max_body_size=BYTES_MOST + 2 * PACKED_MOST)
async def file(request: Request, access: NamesHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """What the file would change; after the button that applies it, the sheet."""
    competition = access.competition
    async with form_with_files(
        request, viewer, max_files=1, max_fields=10, max_part_size=PACKED_MOST
    ) as form:
        data = await file_bytes(form, "file", most=BYTES_MOST) or _unpacked(field(form, "packed"))
        seen = field(form, "seen") if field(form, "act") == "apply" else ""
    whole = await db.aread(lambda session: item_sheet(session, competition=competition))
    reading = item_cells.read_file(data, whole)
    if reading.cells and not reading.problems and seen == _version(reading.cells):
        count = await db.awrite(
            lambda session: change_cells(
                session, reading.cells, competition=competition, by=viewer.actor, now=now
            )
        )
        return RedirectResponse(f"/competitions/{competition.slug}/items?saved={count}", 303)
    return pages.render(
        request,
        "grades/items_file.html",
        viewer,
        status=422 if reading.problems else 200,
        reading={
            "changes": [_change(cell, whole) for cell in reading.cells[:SHOWN_MOST]],
            "count": len(reading.cells),
            "lines": reading.lines,
            "problems": reading.problems,
            "seen": _version(reading.cells),
        },
        has_changed=bool(seen),
        packed=base64.b64encode(data).decode(),
    )


def _unpacked(text: str) -> bytes:
    if not text:
        raise Invalid(Message("No file was chosen. Choose a CSV file or an Excel workbook."))
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Invalid(Message("The file did not come back whole. Choose it again.")) from None


def _version(cells: Sequence[ItemCell]) -> str:
    return hashlib.sha256(repr(list(cells)).encode()).hexdigest()[:32]


def _change(cell: ItemCell, sheet: ItemSheet) -> Json:
    student, _ = sheet.students[cell.user_id]
    item = next(item for item in sheet.items if item.id == cell.item_id)
    return {
        "name": student.name,
        "number": student.student_number or student.username,
        "item": item.name,
        "was": number_cell(cell.was),
        "points": number_cell(cell.points),
    }
