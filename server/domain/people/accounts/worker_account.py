"""The worker that runs beside the server: its account and its tokens."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people.accounts import accounts, tokens
from server.models import ApiToken, TokenKind, User

ACCOUNT = "baselines"  # whom a worker's tokens are filed under; it has no password, so nobody signs in as it
EMBEDDED = "embedded worker"


def worker_account(session: Session, *, now: datetime) -> User:
    """The account that hands in the baselines' predictions, made at the first need."""
    account = accounts.user_named(session, ACCOUNT)
    if account is not None:
        return account
    return accounts.create_user(
        session, accounts.NewUser(ACCOUNT, "Baselines", is_admin=True), by=COMMAND_LINE, now=now
    )


def worker_token(session: Session, *, name: str, now: datetime) -> str:
    """A new worker token, sbw_..., named after where it is used."""
    user = worker_account(session, now=now)
    return tokens.make_worker_token(session, user=user, name=name, by=COMMAND_LINE, now=now).secret


def fresh_token(session: Session, *, now: datetime) -> str:
    """A token for the embedded worker of this start; those of earlier starts end."""
    user = worker_account(session, now=now)
    ended = session.execute(
        update(ApiToken)
        .where(
            ApiToken.user_id == user.id,
            ApiToken.kind == TokenKind.WORKER,
            ApiToken.name == EMBEDDED,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(ApiToken.id)
    ).all()
    for (token_id,) in ended:
        audit.record(
            session, audit.Act("worker_token_revoked", f"token {token_id}"), by=COMMAND_LINE, now=now
        )
    return worker_token(session, name=EMBEDDED, now=now)
