"""The page on which staff change a competition's rules."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel

from grader.homeworks.rules import keys_of
from grader.parted_text import parted
from server.domain.competitions import placeholders
from server.domain.setup import rules
from server.domain.setup.rule_fields import Rules
from server.domain.setup.rules import Amendment
from server.http.deps import Db, Now
from server.models import Competition, Unselected
from server.serializers import competitions as shapes
from server.web.rendering import pages, redraw
from server.web.rendering.filters import rule_word
from server.web.rendering.forms import Acting, from_local, wants_preview
from server.web.rendering.pages import RuleHere, ViewerHere
from server.web.rendering.prose import preview, prose
from server.web.rendering.units import stored

KEYS = keys_of(Rules)
TIMES = tuple(name for name, key in KEYS.items() if key.type is datetime)
NUMBERS: dict[str, type[int] | type[float]] = {
    name: key.type for name, key in KEYS.items() if key.type in (int, float)
}
MAY_BE_EMPTY = {name for name, key in KEYS.items() if key.may_be_none}
router = APIRouter()


class RulesForm(BaseModel):
    """The form's fields as a browser sends them: every one is text; times are local ones of the old zone."""

    title: str = ""
    description_md: str = ""
    daily_limit: str = ""
    final_selections: str = ""
    unselected: str = ""
    opens_at: str = ""
    deadline_at: str = ""
    late_until: str = ""
    reveal_at: str = ""
    merge_until: str = ""
    grace_seconds: str = ""
    reset_zone: str = ""
    late_penalty: str = ""
    ladder_step: str = ""
    has_practice: str = ""
    shows_disagreement: str = ""
    team_size: str = ""
    upload_limit_bytes: str = ""
    code_limit_bytes: str = ""
    leaks_accepted: str = ""
    version: str = ""
    reason: str = ""


@router.get("/competitions/{slug}/rules/change")
async def form(request: Request, access: RuleHere, viewer: ViewerHere, db: Db) -> Response:
    """The rules as a form, and how they were changed."""
    row = access.competition
    values = await db.aread(lambda session: shapes.staff_rule_list(session, row))
    current = rules.rules_of(row)
    return pages.render(
        request,
        "setup/rules.html",
        viewer,
        times={name: as_local(getattr(current, name), row.reset_zone) for name in TIMES},
        instants={name: getattr(current, name) for name in TIMES},
        ways=[each.value for each in Unselected],
        bounds={name: key.kind for name, key in KEYS.items()},
        **values,
    )


@router.post("/competitions/{slug}/rules/change")
async def change(
    request: Request,
    access: RuleHere,
    viewer: Acting,
    db: Db,
    now: Now,
    fields: Annotated[RulesForm, Form()],
) -> Response:
    """Change the rules that differ from what stands; or show the description first."""
    row = access.competition
    if wants_preview(request):
        return await redraw.previewed(request, "description_md", _description(fields.description_md, row))
    amendment = Amendment(read(fields, rules.rules_of(row), row), fields.version, fields.reason)
    await db.awrite(
        lambda session: rules.change_rules(session, amendment, access=access, now=now), private=True
    )
    return RedirectResponse(f"/competitions/{row.slug}/rules/change", 303)


def _description(text: str, row: Competition) -> Markup:
    """The description in each of its languages, with the rules as they stand."""
    parts = parted(text.replace("\r\n", "\n"))
    shown = [
        prose(part, slug=row.slug, values=placeholders.values_in(code, row)) for code, part in parts.items()
    ]
    return preview(*shown, languages=list(parts))


def read(fields: RulesForm, current: Rules, row: Competition) -> dict[str, object]:
    """The rules that the form tells; raises Invalid for a time or number that is none.

    A time whose text is that of the current rule stays exactly what it is: a form shows no microseconds.
    """
    changes: dict[str, object] = {
        "title": " ".join(fields.title.split()),
        "description_md": fields.description_md.replace("\r\n", "\n"),
        "unselected": fields.unselected,
        "reset_zone": fields.reset_zone.strip(),
        "has_practice": bool(fields.has_practice),
        "shows_disagreement": bool(fields.shows_disagreement),
        "leaks_accepted": " ".join(fields.leaks_accepted.split()),
    }
    if changes["description_md"] == current.description_md.replace("\r\n", "\n").strip("\n"):
        changes["description_md"] = current.description_md  # a browser drops line ends at the edges
    for name, kind in NUMBERS.items():
        text = getattr(fields, name).strip()
        is_none = not text and name in MAY_BE_EMPTY
        changes[name] = None if is_none else stored(text, name, kind, name=rule_word(name))
    for name in TIMES:
        text, old = getattr(fields, name), getattr(current, name)
        is_same = text == as_local(old, row.reset_zone)
        changes[name] = old if is_same else None if not text else from_local(text, row.reset_zone)
    return changes


def as_local(instant: datetime | None, zone: str) -> str:
    """The instant as a form's field for local times has it; empty for None.

    It goes to the minute, or to the second where it has any.
    """
    if instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")
