"""Launches: what a platform says of a person who comes from it, once its token's signature is right.

`sign_on/id_tokens.py` has checked signature, issuer, audience, times and nonce; here is what LTI adds.
Source: 1EdTech LTI Core 1.3, sections 5.3 and 5.4.
"""

from dataclasses import dataclass, field
from typing import Any

from grader.messages import Message
from server.domain.lti.platforms import identity_issuer
from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.sign_on import claims as sign_on_claims
from server.domain.people.sign_on.claims import ClaimRule, RosterFact
from server.domain.people.sign_on.id_tokens import Claims
from server.domain.people.sign_on.identities import ProviderIdentity
from server.domain.people.sign_on.refusals import SignOnRefused, UntrustedAnswer
from server.models import LtiPlatform
from server.models.lti import ADDRESS_MOST
from server.models.sign_on import PROVIDER_TEXT_MOST

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ITEMS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
VERSION, MESSAGE = "1.3.0", "LtiResourceLinkRequest"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTRUCTOR, LEARNER = f"{MEMBERSHIP}#Instructor", f"{MEMBERSHIP}#Learner"
# By what of a roster a launch may name a person: claims of ours that the platform fills in, then its own.
EMAIL, USERNAME, NUMBER = "email", "username", "student_number"


class UnknownPlatform(SignOnRefused):
    """A platform that is not registered, or a request that does not say which of several it is."""

    def __init__(self, issuer: str, client_id: str | None, count: int) -> None:
        super().__init__(
            Message(
                "The learning platform you come from is not registered here. Tell the operator of this "
                "installation, whose log has its name; your password works as before."
            ),
            reason=f"{count} platforms have the issuer {issuer[:200]!r} and the client {client_id!r:.80}",
        )


class UnknownDeployment(SignOnRefused):
    """The platform is registered, and the place in it from which somebody came is not."""

    def __init__(self, label: str, deployment: object) -> None:
        super().__init__(
            Message(
                "{label} is registered here, but not the place in it that you come from. Tell the operator "
                "of this installation, whose log has its deployment ID.",
                label=label,
            ),
            reason=f"deployment_id: {str(deployment)[:200]!r} is not registered",
        )


class WrongMessage(SignOnRefused):
    """The platform sent something else than somebody who follows a link."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(
            Message(
                "{label} sent something that this site does not take: it takes launches of a link, of LTI "
                "1.3. Tell whoever has set up the link there.",
                label=label,
            ),
            reason=reason,
        )


@dataclass(frozen=True)
class LaunchContext:
    """The course on the platform from which somebody came, and where its services are; "" for none."""

    context_id: str
    title: str
    members_url: str
    items_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Launch:
    """Who came, from which course of the platform, and to which page. facts: what names them."""

    identity: ProviderIdentity
    deployment_id: str
    target: str
    is_instructor: bool
    context: LaunchContext | None
    facts: dict[RosterFact, str] = field(repr=False)

    def claimed(self, platform: LtiPlatform) -> tuple[str, ClaimRule]:
        """By what the platform names this person, as an admin has chosen; raises SignOnRefused."""
        fact = RosterFact(platform.matches)
        rule = ClaimRule(platform.label, fact.value, fact)
        return sign_on_claims.verified(_vouched(self.facts), rule), rule


def launch_of(claims: Claims, platform: LtiPlatform) -> Launch:
    """The launch in the claims of a trusted token.

    Raises UnknownDeployment, WrongMessage for another kind or version, UntrustedAnswer for a damaged one.
    """
    deployment = claims.get(f"{CLAIM}deployment_id")
    if deployment not in platform.deployment_ids:
        raise UnknownDeployment(platform.label, deployment)
    if claims.get(f"{CLAIM}version") != VERSION:
        raise WrongMessage(platform.label, f"version: {str(claims.get(f'{CLAIM}version'))[:80]!r}")
    if claims.get(f"{CLAIM}message_type") != MESSAGE:
        raise WrongMessage(platform.label, f"message_type: {str(claims.get(f'{CLAIM}message_type'))[:80]!r}")
    if not _text(_object(claims, f"{CLAIM}resource_link").get("id")):
        raise UntrustedAnswer(platform.label, "resource_link: it has no id")
    roles = claims.get(f"{CLAIM}roles")
    if not isinstance(roles, list):
        raise UntrustedAnswer(platform.label, "roles: there are none")
    facts = _facts(claims)
    shown_as = _text(claims.get("name")) or _text(claims.get("email")) or next(iter(facts.values()), "")
    return Launch(
        ProviderIdentity(
            identity_issuer(platform.id),
            claims["sub"],
            platform.label,
            (shown_as or claims["sub"])[:NAME_MOST],
        ),
        deployment_id=str(deployment),
        target=_text(claims.get(f"{CLAIM}target_link_uri"), most=ADDRESS_MOST),
        is_instructor=INSTRUCTOR in roles,
        context=_context(claims),
        facts=facts,
    )


def _context(claims: Claims) -> LaunchContext | None:
    context = _object(claims, f"{CLAIM}context")
    context_id = _text(context.get("id"))
    if not context_id:
        return None
    items = _object(claims, ITEMS_CLAIM)
    scopes = items.get("scope")
    return LaunchContext(
        context_id,
        (_text(context.get("title")) or _text(context.get("label")) or context_id)[:NAME_MOST],
        members_url=_text(_object(claims, MEMBERS_CLAIM).get("context_memberships_url"), most=ADDRESS_MOST),
        items_url=_text(items.get("lineitems"), most=ADDRESS_MOST),
        scopes=tuple(each for each in scopes if isinstance(each, str)) if isinstance(scopes, list) else (),
    )


def _facts(claims: Claims) -> dict[RosterFact, str]:
    """What names the person: fields that the registration asks the platform to fill in go first."""
    custom, lis, extension = (_object(claims, f"{CLAIM}{name}") for name in ("custom", "lis", "ext"))
    facts = {
        RosterFact.STUDENT_NUMBER: _filled(custom.get(NUMBER)) or _text(lis.get("person_sourcedid")),
        RosterFact.USERNAME: _filled(custom.get(USERNAME)) or _text(extension.get("user_username")),
        RosterFact.EMAIL: _text(claims.get("email")) if claims.get("email_verified") is not False else "",
    }
    return {fact: value for fact, value in facts.items() if value}


def _filled(value: object) -> str:
    """A field of ours that the platform has filled in; those it does not know it leaves as `$Some.name`."""
    text = _text(value)
    return "" if text.startswith("$") else text


def _vouched(facts: dict[RosterFact, str]) -> Claims:
    """The facts as a provider's claims: an admin has chosen which of them this platform vouches for."""
    return {fact.value: value for fact, value in facts.items()} | {"email_verified": True}


def _object(claims: Claims, name: str) -> dict[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object, *, most: int = PROVIDER_TEXT_MOST) -> str:
    """A text of the claims, without blanks around it; "" for what is none, is too long or cannot be shown."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= most and text.isprintable() else ""
