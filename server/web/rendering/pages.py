"""Shared rendering: the template environment, and what every page is given."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from grader.messages import Message, translated
from grader.parted_text import PartedTitle, whole_of
from languages.catalogue import ENGLISH, NAMES, Templates, available, templates
from server.clock import iso
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access, CompetitionState
from server.domain.people.accounts import secrets
from server.http import languages, zones
from server.http.deps import NO_STORE, SEEING_ALL, SEEING_PRIVATE, Identity, Now, Viewer, ViewerAccess
from server.local_time import zone_name
from server.models import DECLARED_WAYS, Course, Right, TierName
from server.serializers.values import Json, iso_or_none
from server.web.rendering.charts import shapes as charts
from server.web.rendering.filters import FILTERS
from server.web.rendering.page_help import help_section
from server.web.rendering.prose import prose
from server.web.rendering.texts import drawn_once, install_texts, scripts_url, shown
from server.web.static_files import static_url

HERE = Path(__file__).parent.parent


@cache
def environment(language: str) -> Environment:
    """The templates in one language: compiled for it, and every text in them in its words."""
    catalogue = templates(language)
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else each part of each page would be looked up on the disk
        extensions=["jinja2.ext.i18n"],
        finalize=partial(shown, catalogue=catalogue),
    )
    jinja.policies["ext.i18n.trimmed"] = True
    install_texts(jinja, catalogue)
    jinja.filters.update(FILTERS)
    jinja.filters["prose"] = lambda text, **options: prose(translated(text, catalogue), **options)
    jinja.filters["parted"] = PartedTitle  # of a name in several languages
    jinja.filters["whole"] = whole_of  # of a title to be edited
    jinja.filters["as_written"] = escape  # of a text to be edited, which a visible mark would change
    jinja.globals["static_url"] = static_url
    jinja.globals["drawn_once"] = drawn_once
    jinja.filters["zone_name"] = partial(zone_name, language=language)
    jinja.globals["tier_names"] = [name.value for name in TierName]
    jinja.globals["declared_ways"] = DECLARED_WAYS
    jinja.globals["language"] = language
    jinja.globals["languages"] = [(each, NAMES.get(each, each)) for each in available()]
    jinja.globals["scripts_url"] = None if language == ENGLISH else scripts_url(language)
    return jinja


def of_course(course: Course) -> Json:
    """What a page of a course has beside its own values: which course, and the zone of its clock."""
    return {"course": {"slug": course.slug, "title": course.title}, "zone": course.zone}


def render(
    request: Request, template: str, viewer: Identity | None, *, status: int = 200, **values: object
) -> HTMLResponse:
    """The page as HTML that nobody stores; `values` are plain values, on top of what every page has."""
    competition = getattr(request.state, "head", None)
    chosen = languages.of_page(request, viewer)
    frame = {
        "now": iso(request.app.state.clock()),
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "own_zone": zones.of_page(request, viewer),
        "viewer": None if viewer is None else viewer_values(viewer),
        "head": competition,
        "zone": competition["zone"] if competition else "UTC",  # of the clock; pages of a course: `of_course`
        "help_section": help_section(template, chosen),
        "institution": request.app.state.settings.institution,
    }
    html = environment(chosen).get_template(template).render(frame | values)
    answer = HTMLResponse(html, status_code=status, headers=NO_STORE | {"Content-Language": chosen})
    if viewer is not None:
        languages.keep(request, answer, viewer.user.language)
    return answer


def catalogue_of(request: Request, viewer: Identity | None) -> Templates:
    """The texts of the language that a page for this viewer is in, for what is drawn before the page is."""
    return templates(languages.of_page(request, viewer))


def viewer_values(viewer: Identity) -> dict[str, str | bool | int]:
    """Who looks, for the page's head and its forms."""
    return {
        "name": viewer.user.display_name,
        "username": viewer.user.username,
        "form_token": secrets.masked(viewer.form_token) if viewer.form_token else "",
        "is_admin": viewer.user.is_admin,
        "unread": viewer.unread,
    }


def head(access: Access, now: datetime) -> dict[str, object]:
    """What the head of each of a competition's pages shows; nothing here depends on a score."""
    row = access.competition
    state = access.state(now)
    return {
        "slug": row.slug,
        "title": row.title,
        "course": access.course.title,
        "course_slug": access.course.slug,
        "contact": access.course.contact,
        "is_staff": access.role.is_staff,
        "rights": access.rights,
        "role": access.role.value,
        "state": state.value,
        "takes_uploads": access.takes_uploads(now),
        "is_practice": access.is_practice(now),
        "is_late": access.terms.is_late(now),
        "grace_until": iso_or_none(access.grace_until(now)),
        "is_archived": row.archived_at is not None,
        "sees_private": access.sees_private(now),
        "is_revealed": competitions.is_revealed(row, now),
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(access.terms.deadline_at),
        "late_until": iso(access.terms.late_until),
        "is_extended": access.terms.is_extended,
        "late_penalty": row.late_penalty,
        "reveal_at": iso(row.reveal_at),
        "zone": row.reset_zone,
        "metric": row.metric,
        "team_size": row.team_size,
        "higher_is_better": row.higher_is_better,
        "next": next_event(access, now),
        "timeline": charts.timeline(
            opens=row.opens_at,
            deadline=access.terms.deadline_at,
            late=access.terms.late_until,
            reveal=row.reveal_at,
            now=now,
        ),
    }


def next_event(access: Access, now: datetime) -> dict[str, str] | None:
    """What the countdown runs to, or None after the reveal."""
    row = access.competition
    match access.state(now):
        case CompetitionState.UPCOMING:
            return {"what": Message("Opens"), "at": iso(row.opens_at)}
        case CompetitionState.OPEN:
            return {"what": Message("Deadline"), "at": iso(access.terms.deadline_at)}
        case CompetitionState.LATE:
            return {"what": Message("Late uploads end"), "at": iso(access.terms.late_until)}
        case CompetitionState.CLOSED:
            return {"what": Message("Private board opens"), "at": iso(row.reveal_at)}
        case CompetitionState.REVEALED:
            return None


async def viewer_here(request: Request, viewer: Viewer) -> Identity:
    """The viewer, remembered for an error page that may have to be shown instead."""
    request.state.viewer = viewer
    return viewer


ViewerHere = Annotated[Identity, Depends(viewer_here)]


def stand_in(request: Request, access: Access, now: datetime) -> None:
    """Let the page have this competition's head, and its course's language for want of a chosen one."""
    request.state.head = head(access, now)
    request.state.course_language = access.course.language


async def access_here(request: Request, viewer: ViewerHere, access: ViewerAccess, now: Now) -> Access:
    """The competition in the path, its head remembered for the page."""
    stand_in(request, access, now)
    return access


AccessHere = Annotated[Access, Depends(access_here)]


async def staff_here(access: AccessHere) -> Access:
    """The competition in the path for its course's staff; raises NotAllowed for students."""
    competitions.require_staff(access)
    return access


StaffHere = Annotated[Access, Depends(staff_here)]


def holding_here(*rights: Right) -> Callable[..., Awaitable[Access]]:
    """A dependency: the competition in the path for staff who have all of these rights, for its page."""

    async def access_of_holder(access: AccessHere, now: Now) -> Access:
        competitions.require_rights(access, rights, now)
        return access

    return access_of_holder


# The same as for the API (server/http/deps.py), with the page's head.
PrivateHere = Annotated[Access, Depends(holding_here(*SEEING_PRIVATE))]
NamesHere = Annotated[Access, Depends(holding_here(Right.SEE_NAMES))]
WholeHere = Annotated[Access, Depends(holding_here(*SEEING_ALL))]
RescoreHere = Annotated[Access, Depends(holding_here(*SEEING_ALL, Right.RESCORE))]
RuleHere = Annotated[Access, Depends(holding_here(Right.CHANGE_RULES))]
ThresholdHere = Annotated[Access, Depends(holding_here(Right.SEE_PRIVATE, Right.CHANGE_RULES))]
GrantHere = Annotated[Access, Depends(holding_here(Right.SEE_NAMES, Right.GRANT))]
