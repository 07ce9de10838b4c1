"""How a course counts, on one page: what stands, whose points a change would move, and the change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid, NotFound
from server.domain.grades import rule_changes
from server.domain.grades.counting.counting import RULES
from server.domain.grades.rule_changes import COURSE, RuleOrder, RulePreview, Tables
from server.domain.people.courses import Membership
from server.domain.texts.csv_cells import number_cell
from server.http.deps import Db, Now
from server.models import Competition
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field
from server.web.rendering.pages import ViewerHere

SHOWN_MOST = 100  # students of a preview
WHOLE = {"drop_lowest", "bonus_places"}  # rules that are whole numbers
OF_COURSE = ("drop_lowest", "cap")
router = APIRouter()


@router.get("/courses/{course}/grade-rules")
async def form(
    request: Request,
    course: str,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    back: int | None = Query(default=None, ge=1),
) -> Response:
    """The rules as a form, and how they were changed; `back`: as they were before that change."""

    def read(session: Session) -> Json:
        own = rule_changes.may_change(session, slug=course, user=viewer.user)
        competitions, current = rule_changes.current_rules(session, own.course.id)
        tables = rule_changes.as_tables(current, competitions)
        if back is None:
            return _values(session, own, competitions, tables, tables, now=now)
        entries = rule_changes.past_changes(session, own.course.id)
        entry = next((each for each in entries if each.id == back), None)
        if entry is None:
            raise NotFound(Message("There is no such change of this course's rules."))
        proposed = rule_changes.taken_back(entry, tables)
        return _values(session, own, competitions, tables, proposed, now=now) | {"reason": entry.reason}

    values: Json = {"reason": "", "has_changed": False} | await db.aread(read, private=True)
    return pages.render(request, "grades/rules.html", viewer, **values)


@router.post("/courses/{course}/grade-rules")
async def change(request: Request, course: str, viewer: Acting, db: Db, now: Now) -> Response:
    """Show whose points these rules would move; after the button that applies them, change them."""
    fields: FormData = request.state.form

    def read(session: Session) -> tuple[Membership, Tables, Json]:
        own = rule_changes.may_change(session, slug=course, user=viewer.user)
        competitions, current = rule_changes.current_rules(session, own.course.id)
        tables = rule_changes.as_tables(current, competitions)
        proposed = _tables(fields, competitions)
        return own, proposed, _values(session, own, competitions, tables, proposed, now=now)

    own, proposed, values = await db.aread(read, private=True)
    seen = field(fields, "seen") if field(fields, "act") == "apply" else ""
    reason = field(fields, "reason")
    if seen == rule_changes.version_of(proposed):
        order = RuleOrder(proposed, field(fields, "version"), reason)
        await db.awrite(
            lambda session: rule_changes.change_rules(
                session, order, course=own.course, by=viewer.actor, now=now
            )
        )
        return RedirectResponse(f"/courses/{course}/grade-rules", 303)
    return pages.render(
        request, "grades/rules.html", viewer, has_changed=bool(seen), **(values | {"reason": reason})
    )


def _values(
    session: Session,
    own: Membership,
    competitions: Sequence[Competition],
    tables: Tables,
    proposed: Tables,
    *,
    now: datetime,
) -> Json:
    """The page: the proposed rules in its form, and whose points they would move where they are others."""
    preview = None
    if proposed != tables:
        countings = rule_changes.read_tables(proposed, competitions)
        preview = _preview(rule_changes.previewed(session, countings, course_id=own.course.id, now=now))
    return pages.of_course(own.course) | {
        "rules": {name: number_cell(proposed[COURSE][name]) for name in OF_COURSE},
        "homeworks": [_homework(each, proposed[each.slug]) for each in competitions],
        "version": rule_changes.version_of(tables),
        "seen": rule_changes.version_of(proposed),
        "preview": preview,
        "changes": [
            {
                "id": entry.id,
                "at": iso(entry.at),
                "reason": entry.reason,
                "names": list(entry.after or {}),
            }
            for entry in rule_changes.past_changes(session, own.course.id)
        ],
    }


def _homework(row: Competition, table: dict[str, Any]) -> Json:
    numbers = {name: number_cell(table[name]) for name in RULES}
    items = "\n".join(f"{name} {number_cell(most)}" for name, most in table["items"].items())
    return {"slug": row.slug, "title": row.title, **numbers, "hand_items": items}


def _preview(row: RulePreview) -> Json:
    return {
        "moved": [
            {
                "user_id": each.student.user_id,
                "name": each.student.name,
                "number": each.student.student_number,
                "before": each.before,
                "after": each.after,
                "change": round(each.after - each.before, 9),
            }
            for each in row.moved[:SHOWN_MOST]
        ],
        "count": len(row.moved),
        "students": row.students,
        "up": row.up,
        "down": row.down,
    }


def _tables(fields: FormData, competitions: Sequence[Competition]) -> Tables:
    """The rules that the form says; Invalid for what is no number, or no item with its most."""
    tables: Tables = {COURSE: {name: _number(name, field(fields, name)) for name in OF_COURSE}}
    tables[COURSE]["drop_lowest"] = tables[COURSE]["drop_lowest"] or 0
    for each in competitions:
        table: dict[str, Any] = {name: _number(name, field(fields, f"{name}.{each.slug}")) for name in RULES}
        if table["weight"] is None:
            table["weight"] = 1.0
        tables[each.slug] = table | {"items": _items(field(fields, f"items.{each.slug}"))}
    return tables


def _items(text: str) -> dict[str, float]:
    """Each line's name with the most at its end."""
    items: dict[str, float] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _, most = line.rpartition(" ")
        points = _number("most", most) if name.strip() else None
        if points is None:
            raise Invalid(
                Message("'{line}' is no item: write its name, a blank and its most points.", line=line)
            )
        if name.strip() in items:
            raise Invalid(Message("There are two items '{name}'.", name=name.strip()))
        items[name.strip()] = points
    return items


def _number(name: str, text: str) -> float | None:
    """The number in a field, None for an empty one; whole where the rule is."""
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        number = float(plain)
    except ValueError:
        raise Invalid(Message("'{text}' is no number.", text=text.strip()[:40])) from None
    return int(number) if name in WHOLE and number.is_integer() else number
