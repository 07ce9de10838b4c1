"""With what a person proves who they are, as far as it may be told: the secrets are kept as hashes alone."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.people.accounts import scopes
from server.domain.people.sign_on.identities import OF_PLATFORMS
from server.domain.rights.of_tokens import in_order
from server.models import (
    AddressChange,
    ApiToken,
    LinkedIdentity,
    LtiContext,
    LtiMember,
    LtiPlatform,
    PasswordLink,
    RecoveryCode,
    SecondFactor,
    User,
    WebSession,
)

Json = dict[str, Any]


def credentials(session: Session, user: User) -> Json:
    """All of it, by the part of the data that tells it."""
    return {
        "tokens": tokens(session, user),
        "sessions": sessions(session, user),
        "password_links": links(session, user),
        "address_change": address_change(session, user),
        "second_factor": second_factor(session, user),
        "identities": identities(session, user),
        "platforms": platforms(session, user),
    }


def tokens(session: Session, user: User) -> list[Json]:
    """The person's API tokens, those that ended too."""
    rows = session.scalars(select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.id))
    return [
        {
            "name": row.name,
            "prefix": row.prefix,
            "scopes": in_order(scopes.scopes_of(row)),
            "created_at": iso(row.created_at),
            "expires_at": None if row.expires_at is None else iso(row.expires_at),
            "last_used_at": None if row.last_used_at is None else iso(row.last_used_at),
            "revoked_at": None if row.revoked_at is None else iso(row.revoked_at),
        }
        for row in rows
    ]


def sessions(session: Session, user: User) -> list[Json]:
    """Where the person is signed in."""
    rows = session.scalars(select(WebSession).where(WebSession.user_id == user.id).order_by(WebSession.id))
    return [
        {
            "browser": row.browser,
            "way": row.way.value,
            "network": row.network,
            "created_at": iso(row.created_at),
            "seen_at": None if row.seen_at is None else iso(row.seen_at),
            "expires_at": iso(row.expires_at),
        }
        for row in rows
    ]


def links(session: Session, user: User) -> list[Json]:
    """The links with which the person may set a password."""
    rows = session.scalars(
        select(PasswordLink).where(PasswordLink.user_id == user.id).order_by(PasswordLink.id)
    )
    return [
        {"kind": row.kind.value, "made_at": iso(row.made_at), "expires_at": iso(row.expires_at)}
        for row in rows
    ]


def address_change(session: Session, user: User) -> Json | None:
    """The mail address that the person has typed and not confirmed; None where there is none."""
    row = session.get(AddressChange, user.id)
    if row is None:
        return None
    return {"address": row.address, "asked_at": iso(row.asked_at), "expires_at": iso(row.expires_at)}


def identities(session: Session, user: User) -> list[Json]:
    """The identities of providers that open the person's account."""
    rows = session.scalars(
        select(LinkedIdentity).where(LinkedIdentity.user_id == user.id).order_by(LinkedIdentity.id)
    )
    named = {f"{OF_PLATFORMS}{each.id}": each.issuer for each in session.scalars(select(LtiPlatform))}
    return [
        {
            "issuer": named.get(row.issuer, row.issuer),
            "subject": row.subject,
            "shown_as": row.shown_as,
            "linked_at": iso(row.linked_at),
            "last_used_at": None if row.last_used_at is None else iso(row.last_used_at),
        }
        for row in rows
    ]


def second_factor(session: Session, user: User) -> Json | None:
    """The person's second factor, without its key; None where there is none."""
    row = session.get(SecondFactor, user.id)
    if row is None:
        return None
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id)
    return {
        "made_at": iso(row.made_at),
        "confirmed_at": None if row.confirmed_at is None else iso(row.confirmed_at),
        "recovery_codes_left": session.scalar(left) or 0,
    }


def platforms(session: Session, user: User) -> list[Json]:
    """By which subject learning platforms know the person, in which of their courses."""
    rows = session.execute(
        select(LtiPlatform.label, LtiContext.title, LtiMember.subject, LtiMember.is_instructor)
        .join(LtiContext, LtiContext.id == LtiMember.context_id)
        .join(LtiPlatform, LtiPlatform.id == LtiContext.platform_id)
        .where(LtiMember.user_id == user.id)
        .order_by(LtiContext.id, LtiMember.subject)
    )
    return [
        {
            "platform": row.label,
            "course": row.title,
            "subject": row.subject,
            "is_instructor": row.is_instructor,
        }
        for row in rows
    ]
