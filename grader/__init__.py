"""The grader: a submission's bytes in, two scores or its problems out. No web, no database, no torch.

In a notebook: `from splitboard.grader import score, read_key, grade_file, GradingSpec`; in a checkout the
package is called `grader`. These names are stable; they are
loaded when they are first asked for, so that a process which imports one of our modules pays for no other.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.library import grade_file, read_key, score
    from grader.spec import GradingSpec

__all__ = ["GradingSpec", "grade_file", "read_key", "score"]

HOMES = {
    "GradingSpec": ".spec",
    "grade_file": ".library",
    "read_key": ".library",
    "score": ".library",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name], __name__), name)
