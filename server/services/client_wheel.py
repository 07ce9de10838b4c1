"""The `splitboard` command as a wheel, so that a student installs it from the course's own server."""

from functools import cache

from distribution.wheel import Wheel, wheel


@cache
def client_wheel() -> Wheel:
    """The wheel of the code that this server runs."""
    return wheel(is_local=True)
