"""Learning platforms, for admins: registering them, and what they have to know of this installation."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid
from server.domain.lti import own_key, platforms
from server.domain.lti.platforms import NewPlatform, PlatformAddresses, canvas_addresses, moodle_addresses
from server.domain.people.sign_on.claims import WORDS, RosterFact
from server.http.deps import Config, Db, Now
from server.serializers.values import Json
from server.services.lti.platforms import canvas_settings
from server.web.lti.launch import own_origin
from server.web.privacy import AdminHere
from server.web.rendering import pages
from server.web.rendering.forms import Acting

router = APIRouter()
FACTS = (RosterFact.STUDENT_NUMBER, RosterFact.EMAIL, RosterFact.USERNAME)
Text = Annotated[str, Field(max_length=2000)]


class PlatformForm(BaseModel):
    """What the form says of a platform; the addresses where its kind and its own do not tell them."""

    label: Text = ""
    kind: str = "other"
    site: Text = ""
    client_id: Text = ""
    deployment_id: Text = ""
    fact: RosterFact = RosterFact.STUDENT_NUMBER
    issuer: Text = ""
    authorization_url: Text = ""
    token_url: Text = ""
    keys_url: Text = ""

    def addresses(self) -> PlatformAddresses:
        """The platform's addresses; raises Invalid for a Moodle without its own."""
        site = self.site.strip()
        if self.kind == "canvas":
            return canvas_addresses(site)
        if self.kind == "moodle" and not site:
            raise Invalid(Message("Moodle's own address is missing, as in https://moodle.example.edu."))
        if self.kind == "moodle":
            return moodle_addresses(site)
        own = (self.issuer, self.authorization_url, self.token_url, self.keys_url)
        return PlatformAddresses(*(each.strip() for each in own))


@router.get("/lti")
async def show(request: Request, viewer: AdminHere, db: Db) -> Response:
    """The registered platforms, our addresses, and the form that registers one."""

    def look(session: Session) -> list[Json]:
        linked = platforms.linked_courses(session)
        return [
            {
                "id": each.id,
                "label": each.label,
                "issuer": each.issuer,
                "client_id": each.client_id,
                "deployment_ids": each.deployment_ids,
                "matches": each.matches,
                "registered_at": iso(each.registered_at),
                "courses": linked.get(each.id, 0),
            }
            for each in platforms.all_platforms(session)
        ]

    values: Json = {"platforms": await db.aread(look), "origin": own_origin(request)}
    facts = {fact.value: WORDS[fact] for fact in FACTS}
    return pages.render(request, "lti/platforms.html", viewer, facts=facts, **values)


@router.post("/lti")
async def register(
    _: AdminHere, viewer: Acting, db: Db, now: Now, form: Annotated[PlatformForm, Form()]
) -> Response:
    """Register a platform."""
    new = NewPlatform(
        label=form.label,
        client_id=form.client_id.strip(),
        deployment_ids=(form.deployment_id,),
        addresses=form.addresses(),
        matches=form.fact,
    )
    await db.awrite(lambda session: platforms.register(session, new, by=viewer.actor, now=now).id)
    return RedirectResponse("/lti", 303)


@router.post("/lti/{platform_id}/deployments")
async def add_deployment(
    platform_id: int,
    _: AdminHere,
    viewer: Acting,
    db: Db,
    now: Now,
    deployment_id: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Take launches of one more deployment of a platform."""

    def work(session: Session) -> None:
        platform = platforms.platform_numbered(session, platform_id)
        platforms.add_deployment(
            session, platform=platform, deployment_id=deployment_id.strip(), by=viewer.actor, now=now
        )

    await db.awrite(work)
    return RedirectResponse("/lti", 303)


@router.post("/lti/{platform_id}/removal")
async def remove(platform_id: int, _: AdminHere, viewer: Acting, db: Db, now: Now) -> Response:
    """Take no more launches of a platform."""

    def work(session: Session) -> None:
        platform = platforms.platform_numbered(session, platform_id)
        platforms.remove(session, platform=platform, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse("/lti", 303)


@router.get("/lti/keys.json")
async def keys(request: Request, config: Config) -> Response:
    """The public half of the key by which we sign what we ask of platforms."""
    return JSONResponse(await request.app.state.context.in_thread(lambda: own_key.published(config.data_dir)))


@router.get("/lti/canvas.json")
async def canvas(request: Request) -> Response:
    """What an admin of Canvas pastes, or lets Canvas fetch, to make a key for this installation."""
    return JSONResponse(canvas_settings(own_origin(request)))
