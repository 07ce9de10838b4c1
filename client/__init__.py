"""The student's and the worker's way in: typed calls of the web API, and the `splitboard` command.

In a notebook, once it is installed:

    import splitboard
    splitboard.submit("hw01", predictions, note="deeper")

These names are stable. They are loaded when they are first asked for, so that a process which imports one of
our modules pays for no other.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client.api.errors import ClientError
    from client.notebook.calls import board, competitions, download, points, submissions
    from client.notebook.card import SubmissionCard
    from client.notebook.submitting import submit

__all__ = [
    "ClientError",
    "SubmissionCard",
    "board",
    "competitions",
    "download",
    "points",
    "submissions",
    "submit",
]

HOMES = {
    "ClientError": ".api.errors",
    "SubmissionCard": ".notebook.card",
    "board": ".notebook.calls",
    "competitions": ".notebook.calls",
    "download": ".notebook.calls",
    "points": ".notebook.calls",
    "submissions": ".notebook.calls",
    "submit": ".notebook.submitting",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return [*__all__]
