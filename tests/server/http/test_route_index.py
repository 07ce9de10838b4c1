"""A request's route is the one that the router would have found, and refusals stay the router's."""

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Scope

from server.http.route_index import RouteIndex
from tests.support.installation import Installation

METHODS = ("GET", "HEAD", "POST")
VALUES = ("1", "new", "é b")


def placed(index: RouteIndex, method: str, path: str) -> tuple[ASGIApp, Scope]:
    """Who answers, and what the request knows of its route."""
    scope: Scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    return index._placed(scope), scope


def test_the_route_of_a_path_is_the_first_that_matches(installation: Installation) -> None:
    """Of every route's path with parameters of several kinds, the words of other routes among them."""
    contexts = [
        each
        for each in iter_route_contexts(installation.app.router.routes)
        if isinstance(each.original_route, APIRoute)
    ]
    index = RouteIndex(installation.app.router)
    names = {name for each in contexts for name in each.param_convertors}
    paths = {
        (each.path_format or "").format(**dict.fromkeys(names, value))
        for each in contexts
        for value in VALUES
    }
    differing = []
    for path in sorted(paths | {"/static/base.css", "/nowhere", "/competitions/"}):
        for method in METHODS:
            first = next(
                (each for each in contexts if method in (each.methods or ()) and each.path_regex.match(path)),
                None,
            )
            _, scope = placed(index, method, path)
            if scope.get("endpoint") != (None if first is None else first.endpoint) and "static" not in path:
                differing.append((method, path))

    assert differing == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/me", 200),
        ("HEAD", "/api/me", 405),
        ("DELETE", "/competitions/tiny/submit", 405),
        ("GET", "/nowhere/at/all", 404),
        ("GET", "/courses/new%0A", 403),
        ("GET", "/courses/ml/people/roster%0A", 403),
        ("GET", "/api/me/", 307),
        ("GET", "/static/base.css", 200),
        ("HEAD", "/static/base.css", 200),
        ("POST", "/static/base.css", 405),
        ("GET", "/static/nowhere.css", 404),
        ("GET", f"/api/competitions/tiny/files/{'a/' * 40}b", 404),
    ],
)
def test_answers_are_those_of_the_router(
    installation: Installation, method: str, path: str, status: int
) -> None:
    client = installation.client("student0")

    by_index = client.request(method, path, follow_redirects=False)
    router = installation.app.router
    router.middleware_stack = router.app
    by_router = client.request(method, path, follow_redirects=False)

    assert (by_index.status_code, by_index.headers, by_index.content) == (
        status,
        by_router.headers,
        by_router.content,
    )


def test_a_request_asks_few_routes(installation: Installation) -> None:
    """One after the other, a page of submissions came after more than two hundred."""
    index = RouteIndex(installation.app.router)

    assert len(index._fitting("GET", "/competitions/tiny/submissions")) <= 3
    assert len(index._fitting("GET", "/")) <= 3


def test_no_address_makes_the_index_grow(installation: Installation) -> None:
    index = RouteIndex(installation.app.router)
    placed(index, "GET", "/")
    placed(index, "GET", "/api/competitions/tiny/files/" + "a/" * 50)
    before = len(index._known)

    for number in range(50):
        placed(index, "GET", f"/word{number}/other{number}")
        placed(index, "GET", "/api/competitions/tiny/files/" + "a/" * (51 + number))

    assert len(index._known) <= before + 1
