"""The scope that a route takes: what a personal token must be made for to open it.

What is for staff takes `staff`, whether it reads or writes; what reads else takes `read`, and shows staff who
ask without `staff` what a student may see (`server/domain/competitions/access.py`). A route that changes
something takes `staff` unless its decorator says `openapi_extra=SUBMITS`, so that none is open by being
forgotten. `server/http/deps.py` asks, and `server/http/description.py` publishes the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from server.domain.people.accounts.scopes import PagesNeedAll
from server.domain.rights.of_tokens import MissingScope
from server.models import ALL_SCOPES, Scope

MARK = "x-scope"  # in a route's `openapi_extra`, and so in the description
API = "/api/"
_FOR_STAFF: set[Callable[..., Any]] = set()


def takes(scope: Scope, **extra: Any) -> dict[str, Any]:
    """For a decorator's `openapi_extra`: the scope of a route, where its kind does not tell."""
    return {MARK: scope.value, **extra}


SUBMITS, OF_STAFF = takes(Scope.SUBMIT), takes(Scope.STAFF)


def for_staff(dependency: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a dependency that lets staff alone pass: routes that have it take the scope `staff`."""
    _FOR_STAFF.add(dependency)
    return dependency


def scope_of(route: APIRoute) -> Scope:
    """The scope that a route of the API takes of personal tokens."""
    mark = (route.openapi_extra or {}).get(MARK)
    if mark is not None:
        return Scope(mark)
    if any(each.call in _FOR_STAFF for each in all_of(route.dependant)):
        return Scope.STAFF
    return Scope.READ if route.methods == {"GET"} else Scope.STAFF


def require(request_scope: Mapping[str, Any], scopes: frozenset[Scope]) -> None:
    """Raise MissingScope unless a token with `scopes` opens the route of this request.

    A page shows whatever its viewer may see, so that a token opens one with all scopes only; else it raises
    PagesNeedAll.
    """
    if scopes == ALL_SCOPES:
        return
    if not request_scope["path"].startswith(API):
        raise PagesNeedAll(scopes)
    needed = scope_of(request_scope["route"])
    if needed not in scopes:
        raise MissingScope(needed, scopes)


def all_of(dependant: Dependant) -> Iterator[Dependant]:
    """Everything that a route depends on, directly or not."""
    for each in dependant.dependencies:
        yield each
        yield from all_of(each)
