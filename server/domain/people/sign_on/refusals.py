"""Why nobody was signed in by a provider: a sentence for the person, and a reason for the operator's log.

A reason names claims and what was expected of them. It never holds a token, a code or a secret.
"""

from grader.messages import Message
from server.domain.errors import NotSignedIn


class SignOnRefused(NotSignedIn):
    """The provider's answer opens no account here. `reason` is for the log."""

    code = "sign_on_refused"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class TicketIsOver(SignOnRefused):
    """The answer belongs to nothing that this browser has begun and not yet used."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "This sign-in was used already, was begun in another browser or window, or took longer than "
                "ten minutes. Begin it again."
            ),
            reason="no ticket for this state and this browser",
        )


class ProviderDeclined(SignOnRefused):
    """The provider itself signed nobody in. `error`: the word by which it says why."""

    def __init__(self, label: str, error: str) -> None:
        super().__init__(
            Message("{label} has signed nobody in. Try again, or use your password.", label=label),
            reason=f"the provider answered {error[:80]!r}",
        )


class UntrustedAnswer(SignOnRefused):
    """Something in the answer is not what it must be, whoever's doing that is."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(
            Message(
                "The answer of {label} cannot be trusted, so nobody was signed in. Begin again; if this "
                "stays, tell the operator of this installation, whose log has the reason.",
                label=label,
            ),
            reason=reason,
        )


class ProviderAway(SignOnRefused):
    """The provider did not answer, or not in a form that can be used."""

    code = "provider_away"

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(
            Message(
                "{label} does not answer as it should just now. Try again in a minute, or use your password.",
                label=label,
            ),
            reason=reason,
        )
