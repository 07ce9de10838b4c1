"""Learning platforms as admins register them: who signs a launch, and where its questions go."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.people.sign_on.claims import RosterFact
from server.domain.people.sign_on.identities import OF_PLATFORMS
from server.models import (
    IdentityOffer,
    LinkedIdentity,
    LtiContext,
    LtiItem,
    LtiMember,
    LtiPlatform,
    LtiScore,
    SignOnTicket,
)
from server.models.lti import ADDRESS_MOST
from server.models.sign_on import PROVIDER_TEXT_MOST

LABEL_MOST = 60
LABEL, ISSUER = Message("name of the platform"), Message("issuer")
CLIENT_ID, DEPLOYMENT_ID = Message("client ID"), Message("deployment ID")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Where Canvas that Instructure hosts is asked, whatever the school's own address.
CANVAS = "https://sso.canvaslms.com"
CANVAS_ISSUER = "https://canvas.instructure.com"


@dataclass(frozen=True)
class PlatformAddresses:
    """Who signs the launches, where browsers are sent, where tokens are asked for, where the keys lie."""

    issuer: str
    authorization_url: str
    token_url: str
    keys_url: str


@dataclass(frozen=True)
class NewPlatform:
    """A platform to be registered. label: what people call it; matches: what its launches say of a person."""

    label: str
    client_id: str
    deployment_ids: tuple[str, ...]
    addresses: PlatformAddresses
    matches: RosterFact


def canvas_addresses(site: str = "") -> PlatformAddresses:
    """Those of Canvas as Instructure hosts it, or of a Canvas of one's own at `site`.

    >>> canvas_addresses().token_url, canvas_addresses("https://canvas.example.edu/").keys_url
    ('https://sso.canvaslms.com/login/oauth2/token', 'https://canvas.example.edu/api/lti/security/jwks')
    """
    base = site.rstrip("/") or CANVAS
    return PlatformAddresses(
        issuer=CANVAS_ISSUER,
        authorization_url=f"{base}/api/lti/authorize_redirect",
        token_url=f"{base}/login/oauth2/token",
        keys_url=f"{base}/api/lti/security/jwks",
    )


def moodle_addresses(site: str) -> PlatformAddresses:
    """Those of the Moodle at `site`.

    >>> moodle_addresses("https://moodle.example.edu/").authorization_url
    'https://moodle.example.edu/mod/lti/auth.php'
    """
    base = site.rstrip("/")
    return PlatformAddresses(
        issuer=base,
        authorization_url=f"{base}/mod/lti/auth.php",
        token_url=f"{base}/mod/lti/token.php",
        keys_url=f"{base}/mod/lti/certs.php",
    )


def register(session: Session, new: NewPlatform, *, by: Actor, now: datetime) -> LtiPlatform:
    """Take launches of this platform from now on. Raises Invalid for what is missing or no safe address.

    Raises Conflict where this client of this issuer is registered already.
    """
    label = " ".join(new.label.split())
    deployments = tuple(dict.fromkeys(each.strip() for each in new.deployment_ids if each.strip()))
    for name, text in ((LABEL, label), (CLIENT_ID, new.client_id), (ISSUER, new.addresses.issuer)):
        _require_text(name, text)
    if len(label) > LABEL_MOST:
        raise Invalid(Message("A platform's name has at most {most} characters.", most=LABEL_MOST))
    if not deployments:
        raise Invalid(
            Message("A platform needs a deployment ID: Canvas and Moodle show it beside the client ID.")
        )
    for each in deployments:
        _require_text(DEPLOYMENT_ID, each)
    addresses = asdict(new.addresses)
    for column in ("authorization_url", "token_url", "keys_url"):
        _require_safe(addresses[column])
    platform = LtiPlatform(
        label=label,
        client_id=new.client_id,
        deployment_ids=list(deployments),
        matches=new.matches.value,
        registered_at=now,
        **addresses,
    )
    try:
        with session.begin_nested():
            session.add(platform)
    except IntegrityError:
        raise Conflict(
            Message(
                "The client {client_id} of {issuer} is registered already.",
                client_id=new.client_id,
                issuer=new.addresses.issuer,
            )
        ) from None
    facts = {"label": label, "issuer": platform.issuer, "client_id": platform.client_id}
    audit.record(session, _act("platform_registered", platform, after=facts), by=by, now=now)
    return platform


def _require_text(name: Message, text: str) -> None:
    if not 0 < len(text) <= PROVIDER_TEXT_MOST or not text.isprintable():
        raise Invalid(Message("The {name} has 1 to {most} characters.", name=name, most=PROVIDER_TEXT_MOST))


def _require_safe(address: str) -> None:
    parts = urlsplit(address)
    is_near = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_near) or len(address) > ADDRESS_MOST:
        raise Invalid(Message("'{address}' is no https address.", address=address[:200]))


def add_deployment(
    session: Session, *, platform: LtiPlatform, deployment_id: str, by: Actor, now: datetime
) -> None:
    """Take launches of one more deployment; a platform has one for each place where the tool is installed."""
    _require_text(DEPLOYMENT_ID, deployment_id)
    before = list(platform.deployment_ids)
    if deployment_id in before:
        raise Conflict(Message("This deployment is registered already."))
    platform.deployment_ids = [*before, deployment_id]
    session.add(platform)
    lists = {"before": {"deployments": before}, "after": {"deployments": platform.deployment_ids}}
    audit.record(session, _act("platform_changed", platform, **lists), by=by, now=now)


def remove(session: Session, *, platform: LtiPlatform, by: Actor, now: datetime) -> None:
    """Take no more launches of the platform, and forget its courses and identities; accounts stay."""
    contexts = select(LtiContext.id).where(LtiContext.platform_id == platform.id)
    for table in (LtiMember, LtiScore, LtiItem):
        session.execute(delete(table).where(table.context_id.in_(contexts)))
    session.execute(delete(LtiContext).where(LtiContext.platform_id == platform.id))
    for own in (LinkedIdentity, IdentityOffer, SignOnTicket):
        session.execute(delete(own).where(own.issuer == identity_issuer(platform.id)))
    session.execute(delete(LtiPlatform).where(LtiPlatform.id == platform.id))
    before = {"label": platform.label, "issuer": platform.issuer, "client_id": platform.client_id}
    audit.record(session, _act("platform_removed", platform, before=before), by=by, now=now)


def all_platforms(session: Session) -> list[LtiPlatform]:
    """The registered platforms, the first one first."""
    return list(session.scalars(select(LtiPlatform).order_by(LtiPlatform.id)))


def platform_numbered(session: Session, platform_id: int) -> LtiPlatform:
    """The platform with this number; raises NotFound."""
    platform = session.get(LtiPlatform, platform_id)
    if platform is None:
        raise NotFound(Message("There is no platform {number}.", number=platform_id))
    return platform


def platforms_of(session: Session, *, issuer: str, client_id: str | None) -> Sequence[LtiPlatform]:
    """The registrations that a request to sign somebody in may mean: of one issuer there can be several."""
    query = select(LtiPlatform).where(LtiPlatform.issuer == issuer)
    if client_id is not None:
        query = query.where(LtiPlatform.client_id == client_id)
    return session.scalars(query.order_by(LtiPlatform.id)).all()


def identity_issuer(platform_id: int) -> str:
    """What identities and tickets of this registration have as their issuer: platforms may share theirs."""
    return f"{OF_PLATFORMS}{platform_id}"


def by_identity_issuer(session: Session) -> dict[str, LtiPlatform]:
    """The platforms by what their identities have as their issuer."""
    return {identity_issuer(each.id): each for each in all_platforms(session)}


def linked_courses(session: Session) -> dict[int, int]:
    """How many courses here each platform is linked with."""
    query = select(LtiContext.platform_id, func.count()).where(LtiContext.course_id.is_not(None))
    return dict(session.execute(query.group_by(LtiContext.platform_id)).all())


def _act(name: str, platform: LtiPlatform, **facts: Any) -> audit.Act:
    return audit.Act(name, f"platform {platform.label}", **facts)
