"""Finds a request's route among the few that its address can mean, without trying all one after the other.

The router has more than three hundred, and asks each of them, those of included routers twice. What no route
here answers in full (another method, no such address, one slash too many) goes on to the router, which knows
how to refuse; so the answers are the same, and only how soon a route is known differs.
"""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

from fastapi.routing import APIRoute, APIRouter, RouteContext, iter_route_contexts
from starlette.convertors import PathConvertor
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

Segments = tuple[str, ...]  # of a path; "" for one that is a parameter, or holds one


class _Candidate:
    """A route, and what of its address tells that a path is none of its."""

    def __init__(self, context: RouteContext) -> None:
        self.context = context
        self.methods = context.methods or ()
        self.segments: Segments = tuple("" if "{" in each else each for each in _parts(context.path or ""))
        convertors: Mapping[str, Any] = context.param_convertors
        self.is_wide = any(isinstance(each, PathConvertor) for each in convertors.values())

    def fits(self, method: str, count: int, first: str, last: str) -> bool:
        """Whether a path of so many segments can be meant, of which these are the first and the last."""
        if method not in self.methods or self.segments[0] not in ("", first):
            return False
        if self.is_wide:
            return count >= len(self.segments)
        return count == len(self.segments) and self.segments[-1] in ("", last)

    def params(self, path: str) -> dict[str, Any] | None:
        """The parameters of the path as this route reads them; None where it is none of its."""
        match = self.context.path_regex.match(path)
        if match is None:
            return None
        convertors = self.context.param_convertors
        return {name: convertors[name].convert(value) for name, value in match.groupdict().items()}


class RouteIndex:
    """The router's place in the application; asks the router for whatever it cannot place."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._known: dict[Hashable, list[_Candidate]] = {}

    @cached_property
    def _candidates(self) -> list[_Candidate]:
        contexts = iter_route_contexts(self._router.routes)
        return [_Candidate(each) for each in contexts if isinstance(each.original_route, APIRoute)]

    @cached_property
    def _others(self) -> list[BaseRoute]:
        """What stands beside the routes, as a folder of static files does; of the router's own alone."""
        return [each for each in self._router.routes if hasattr(each, "path_regex")]

    @cached_property
    def _words(self) -> set[str]:
        """The segments that a path may begin or end with by the word of a route; none else becomes a key."""
        return {word for each in self._candidates for word in (each.segments[0], each.segments[-1])}

    @cached_property
    def _longest(self) -> int:
        return max(len(each.segments) for each in self._candidates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the request's route, or let the router look for it."""
        app = self._router.app if scope["type"] != "http" or scope.get("root_path") else self._placed(scope)
        await app(scope, receive, send)

    def _placed(self, scope: Scope) -> ASGIApp:
        """Who answers a request, which learns what its route is."""
        path: str = scope["path"]
        if path.endswith("\n"):  # the `$` of a route's pattern overlooks it; a comparison of words does not
            return self._router.app
        for each in self._fitting(scope["method"], path):
            params = each.params(path)
            if params is not None:
                context = each.context
                scope.setdefault("router", self._router)
                scope.update(route=context.original_route, endpoint=context.endpoint, path_params=params)
                app: ASGIApp = context.app
                return app
        for route in self._others:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.setdefault("router", self._router)
                scope.update(child_scope)
                return route.handle
        return self._router.app

    def _fitting(self, method: str, path: str) -> list[_Candidate]:
        """The routes that a path can mean, in the router's order."""
        parts = _parts(path)
        first, last = (each if each in self._words else "" for each in (parts[0], parts[-1]))
        key = (method, min(len(parts), self._longest + 1), first, last)
        fitting = self._known.get(key)
        if fitting is None:
            fitting = [each for each in self._candidates if each.fits(*key)]
            if fitting:
                self._known[key] = fitting
        return fitting


def _parts(path: str) -> list[str]:
    return path.removeprefix("/").split("/")
