"""Places where a test may stop a server: nothing happens unless SPLITBOARD_FAILPOINT names the place.

`SPLITBOARD_FAILPOINT=before_record:sleep` makes a server sleep there, so that a test can kill it between two
steps; `:raise` makes the step fail. A production installation never sets it.
"""

import os
import time

SLEEP_SECONDS = 600.0


class FailpointReached(RuntimeError):
    """A test asked this place to fail."""


def failpoint(name: str) -> None:
    """Do at the place `name` what the environment asks for: nothing, sleep, or raise FailpointReached."""
    place, _, action = os.environ.get("SPLITBOARD_FAILPOINT", "").partition(":")
    if place != name:
        return
    if action == "sleep":
        time.sleep(SLEEP_SECONDS)
    raise FailpointReached(name)
