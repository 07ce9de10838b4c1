"""What a personal token may be used for, and until when; never more than its owner may do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.messages import Message
from server.domain.errors import Invalid, NotAllowed
from server.domain.rights.of_tokens import in_order
from server.models import ALL_SCOPES, ApiToken, Scope

DAYS, DAYS_MOST = 180, 366  # a token lasts a term, and a year at most
DAYS_OFFERED = (7, 30, 90, DAYS, DAYS_MOST)  # on the page


@dataclass(frozen=True)
class TokenTerms:
    """The scopes of a token and its last instant; None: it has no end."""

    scopes: frozenset[Scope] = ALL_SCOPES
    expires_at: datetime | None = None


class PagesNeedAll(NotAllowed):
    """A token of chosen scopes has come to a page, which shows whatever its owner may see."""

    code = "scope_needed"

    def __init__(self, scopes: Collection[Scope]) -> None:
        super().__init__(
            Message(
                "A token opens pages only with all scopes, {all_scopes}; yours has {scopes}. "
                "The addresses below /api/ take it.",
                all_scopes=", ".join(f"`{each}`" for each in in_order(ALL_SCOPES)),
                scopes=", ".join(f"`{each}`" for each in in_order(scopes)),
            ),
            details={"scopes": in_order(scopes)},
        )


def scopes_of(token: ApiToken) -> frozenset[Scope]:
    """What a token may be used for."""
    held = {Scope.READ: token.can_read, Scope.SUBMIT: token.can_submit, Scope.STAFF: token.can_act_as_staff}
    return frozenset(scope for scope, is_held in held.items() if is_held)


def terms(scopes: Iterable[Scope], *, days: int, now: datetime) -> TokenTerms:
    """The terms of a token that is to be made; raises Invalid without a scope, or for too long a time."""
    chosen = frozenset(scopes)
    if not chosen:
        raise Invalid(Message("A token without a scope opens nothing. Choose at least one."))
    if not 1 <= days <= DAYS_MOST:
        raise Invalid(Message("A token lasts from 1 to {most} days, not {days}.", most=DAYS_MOST, days=days))
    return TokenTerms(chosen, now + timedelta(days=days))
