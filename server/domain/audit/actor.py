"""Who acts: the one value that every rule takes as `by`, made at the edge from a request or a command."""

from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import NotAllowed


@dataclass(frozen=True)
class Actor:
    """A person by the id of their account, or, with None, the installation's own command line."""

    user_id: int | None

    @property
    def person_id(self) -> int:
        """The id of the account that acts; raises NotAllowed for the command line, which has none."""
        if self.user_id is None:
            raise NotAllowed(Message("This is for a person with an account, and not for the command line."))
        return self.user_id


COMMAND_LINE = Actor(None)
