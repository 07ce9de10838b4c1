"""No value, wherever it stands in a request, is answered with a fault of ours: every route, extreme values.

The routes and what they take are read from the application itself, so that none is forgotten.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from tests.support.browser import browser, form_token
from tests.support.installation import Installation

NUMBERS = [0, -1, 2**31, 2**40, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 1e308, True]
TIMES = [
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2030-03-15T23:59",
    "2030-02-30",
]
TEXTS = ["a\0b", "\ud800", "", " ", "é\u202e", "%00", "NaN", "-1e999", "x" * 3000, "tiny", "Asia/Taipei", "["]
FILES = {"file", "key", "csv", "roster"}
UNTOUCHED = {"/sign-out", "/sign-in", "/api/competitions/{slug}/archive"}  # they end what the others need
SHORT, LONG = 1, 4  # requests for each route


@dataclass(frozen=True)
class Target:
    """A route: its method, its path with the places to fill, and the names of what it takes."""

    method: str
    path: str
    queries: tuple[str, ...]
    fields: tuple[str, ...]


def targets_in(router: Any, prefix: str = "") -> Iterator[Target]:
    """Every route below a router, with its whole path."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            parts = list(parts_of(route.dependant))
            queries = tuple(each.alias for part in parts for each in part.query_params)
            fields = tuple(name for part in parts for each in part.body_params for name in names_in(each))
            for method in sorted(route.methods or ()):
                yield Target(method, prefix + route.path, queries, fields)
        elif hasattr(route, "original_router"):
            yield from targets_in(route.original_router, prefix + route.include_context.prefix)


def parts_of(dependant: Dependant) -> Iterator[Dependant]:
    """What a route depends on, itself first."""
    yield dependant
    for each in dependant.dependencies:
        yield from parts_of(each)


def names_in(parameter: Any) -> list[str]:
    """The names of a body's fields: those of its model, or its own."""
    model = parameter.field_info.annotation
    return list(getattr(model, "model_fields", {parameter.alias: None}))


def drawn_request(source: random.Random, target: Target, form: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """A path and what goes with it: extreme values for some of what the route takes, likely ones else."""

    def value(name: str) -> Any:
        likely = ["tiny", 1, "public", "simple", "agreed", ["simple"], "student0", None]
        return source.choice([*NUMBERS, *TIMES, *TEXTS, *likely])

    def segment(name: str) -> str:
        likely = {"slug": "tiny"}.get(name, "1")
        text = source.choice([likely, likely, likely, str(value(name))])
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace")) or "x"

    path = target.path
    for part in target.path.split("{")[1:]:
        name = part.split("}")[0]
        path = path.replace(f"{{{name}}}", segment(name.split(":")[0]))
    texts = {name: str(value(name)).encode("utf-8", "replace").decode() for name in target.queries}
    options: dict[str, Any] = {
        "params": {name: text for name, text in texts.items() if source.random() < 0.7}
    }
    if target.method in {"POST", "PUT", "PATCH", "DELETE"}:
        body = {name: value(name) for name in target.fields if source.random() < 0.8}
        if target.path.startswith("/api/"):
            options |= as_json(body) if target.fields else {"content": b"id,label\n1,\0\n"}
        else:
            texts = {name: str(each).encode("utf-8", "replace").decode() for name, each in body.items()}
            options["data"] = texts | form
    return path, options


def as_json(body: dict[str, Any]) -> dict[str, Any]:
    """A body as JSON, in which half a surrogate pair is written as only escapes can."""
    return {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}


def answered_with_a_fault(installation: Installation, *, seed: int, rounds: int) -> list[str]:
    """Requests that were answered with 500 or more, by an admin's program and an instructor's browser."""
    source = random.Random(seed)
    targets = [each for each in targets_in(installation.app.router) if each.path not in UNTOUCHED]
    assert len(targets) > 120
    program = TestClient(
        installation.app,
        headers={"Authorization": f"Bearer {installation.tokens['root']}"},
        raise_server_exceptions=False,
        follow_redirects=False,
    )
    page = browser(installation, "iris")
    form = {"form_token": form_token(page)}
    faults = []
    for target in source.sample(targets * rounds, k=len(targets) * rounds):
        path, options = drawn_request(source, target, form)
        client = program if target.path.startswith("/api/") else page
        answer = client.request(target.method, path, follow_redirects=False, **options)
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code} {target.method} {path[:200]} {str(options)[:300]}")
    return faults


@pytest.mark.both(later="sqlite")
def test_no_extreme_value_is_answered_with_a_fault_of_ours(installation: Installation) -> None:
    assert answered_with_a_fault(installation, seed=20260101, rounds=SHORT) == []


@pytest.mark.both
@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_no_extreme_value_in_many_draws_is_answered_with_a_fault_of_ours(
    installation: Installation, seed: int
) -> None:
    assert answered_with_a_fault(installation, seed=seed, rounds=LONG) == []


def test_values_that_got_through_before_are_refused_with_a_sentence(installation: Installation) -> None:
    staff, student = installation.client("tina"), installation.client("student0")

    answers = [
        staff.get("/api/competitions/tiny/audit", params={"since": "0001-01-01"}),
        staff.get("/api/competitions/tiny/audit", params={"until": "9999-12-31", "format": "csv"}),
        student.get(f"/api/submissions/{2**63}"),
        student.get("/api/competitions/a%00b"),
        student.post("/api/competitions/tiny/submissions", params={"file_name": "a\0b"}, content=b"x"),
        student.put("/api/competitions/tiny/team", **as_json({"name": "a\0b"})),
        student.put("/api/competitions/tiny/team", **as_json({"name": "\ud800"})),
        student.get("/api/competitions/tiny/leaderboard/public", headers={"Cookie": "a/b=1"}),
    ]

    assert [answer.status_code for answer in answers[:5]] == [422, 422, 404, 422, 422]
    assert all(answer.status_code < 500 for answer in answers)
    assert all(answer.json()["error"]["message"].endswith(".") for answer in answers[:5])
