"""How much of a limit is left, in the head of an answer: `RateLimit-Policy`, `RateLimit`, `Retry-After`.

Source: draft-ietf-httpapi-ratelimit-headers-10; `r` is what is left of the most, `q`, `t` the seconds until
it is whole again, `w` the seconds of the window.
"""

from collections.abc import Mapping

from server.domain.errors import DomainError, LimitReached
from server.serializers.values import TodayJson

DAY, HOUR = 86_400, 3600
DAILY = "daily-submissions"
POLICIES = {  # by the code of the refusal: the name, and the window where it is fixed
    "daily_limit_reached": (DAILY, DAY),
    "too_many_invalid": ("invalid-files", HOUR),
    "too_many_failed": ("failed-files", HOUR),
}


def of_today(today: TodayJson) -> dict[str, str]:
    """What is left of the day's submissions."""
    return _headers(DAILY, most=today["limit"], left=today["left"], seconds=today["resets_in_seconds"])


def of_refusal(error: DomainError) -> Mapping[str, str]:
    """When to try again, where the refusal knows it; of a limit, that nothing is left of it."""
    seconds = error.details.get("resets_in_seconds")
    if seconds is None:
        return {}
    retry = {"Retry-After": str(seconds)}
    if not isinstance(error, LimitReached):
        return retry
    name, window = POLICIES.get(error.code, (error.code.removeprefix("too_many_").replace("_", "-"), None))
    return retry | _headers(name, most=error.details.get("limit"), left=0, seconds=seconds, window=window)


def _headers(
    name: str, *, most: int | None, left: int, seconds: int, window: int | None = DAY
) -> dict[str, str]:
    """The two fields of one policy; the most is told where it is known.

    >>> _headers("daily-submissions", most=5, left=3, seconds=60)["RateLimit-Policy"]
    '"daily-submissions";q=5;w=86400'
    """
    in_window = "" if window is None else f";w={window}"
    policy = {} if most is None else {"RateLimit-Policy": f'"{name}";q={most}{in_window}'}
    return policy | {"RateLimit": f'"{name}";r={left};t={seconds}'}
