"""What routes depend on runs in the event loop: FastAPI would take a plain function to a thread."""

import inspect
from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tests.support.installation import Installation


def needs_of(dependant: Dependant) -> Iterator[Dependant]:
    """All that it depends on, however deep."""
    for each in dependant.dependencies:
        yield each
        yield from needs_of(each)


def needs_in(router: Any) -> Iterator[Dependant]:
    """All that the routes below a router depend on."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield from needs_of(route.dependant)
        elif hasattr(route, "original_router"):
            yield from needs_in(route.original_router)


def test_no_dependency_costs_a_switch_of_threads(installation: Installation) -> None:
    needs = {each.call for each in needs_in(installation.app.router) if each.call is not None}

    plain = {each.__qualname__ for each in needs if not inspect.iscoroutinefunction(each)}

    assert len(needs) > 20
    assert plain == set()
