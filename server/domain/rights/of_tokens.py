"""The scopes of tokens: who asks by one has no right of the staff that it was not made for."""

from collections.abc import Collection

from grader.messages import Message
from server.domain.errors import NotAllowed
from server.models import Scope


class MissingScope(NotAllowed):
    """The token is its owner's, and was not made for this."""

    code = "scope_needed"

    def __init__(self, needed: Scope, scopes: Collection[Scope]) -> None:
        super().__init__(
            Message(
                "This takes a token with the scope `{needed}`; yours has {scopes}. "
                "Make another on the page Account.",
                needed=needed.value,
                scopes=", ".join(f"`{each}`" for each in in_order(scopes)),
            ),
            details={"scope": needed.value, "scopes": in_order(scopes)},
        )


def in_order(scopes: Collection[Scope]) -> list[str]:
    """The scopes' names, the weakest first."""
    return [each.value for each in Scope if each in scopes]


def require_staff_scope(scopes: Collection[Scope]) -> None:
    """Raise MissingScope for a token that was not made for what is the staff's."""
    if Scope.STAFF not in scopes:
        raise MissingScope(Scope.STAFF, scopes)
