"""Who acts: a person, or the command line, which has no account."""

import pytest

from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.errors import NotAllowed


def test_an_act_that_needs_an_account_is_not_for_the_command_line() -> None:
    with pytest.raises(NotAllowed, match="not for the command line"):
        _ = COMMAND_LINE.person_id

    assert Actor(7).person_id == 7
