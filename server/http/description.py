"""The web API described in OpenAPI, out of the routes' signatures.

It is made from scratch when somebody asks for it, on an application of its own: the one that serves builds no
validators of answers (`server/http/answers.py` says why).
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, get_args, get_origin, get_type_hints

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute

from server.http import deps, examples, scopes
from server.http.answers import AS_KNOWN, OF_A_LIMIT, Answer, Kept, Responses, head
from server.http.scopes import all_of, scope_of
from server.http.versions import API, VERSION, VERSIONED
from server.models import Scope
from server.serializers.refusals import RefusalJson

Security = list[dict[str, list[str]]]
ABOUT = (
    "The routes of a Splitboard server, which judges submissions of machine-learning courses; docs/api.md "
    "explains them. Times are UTC with microseconds. A refusal has one shape whatever its status: `code` for "
    "programs, `message` for people, `details` with the message's facts."
)
WORKER: Security = [{"workerToken": []}]
SCHEMES = {
    "personalToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "`sbp_...`, of POST /api/tokens; each operation names the scope that it takes",
    },
    "workerToken": {"type": "http", "scheme": "bearer", "description": "`sbw_...`, of the installation"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": deps.COOKIE,
        "description": "of the sign-in page; over https its name begins with `__Host-`",
    },
}
REFUSALS = {
    401: "Nobody is signed in, or the token is not known.",
    403: "Not allowed for this person, or not at this time.",
    404: "There is no such thing, or it is not this person's to know of.",
    409: "Somebody else was first, or the request contradicts what is.",
    413: "The body is larger than may be.",
    422: "The request, or the file in it, is not well-formed.",
    429: "A limit is reached; `Retry-After` says for how many seconds.",
    500: "Our fault; nothing was counted.",
    503: "The server has its hands full; `Retry-After` says for how many seconds.",
    507: "The disk of the server is full; nothing was kept or counted.",
}
SERVERS = [
    {"url": VERSIONED, "description": "this version"},
    {"url": API, "description": "the newest version, which now is this one"},
]
EVERYWHERE = (404, 422, 500, 507)
OF_A_PERSON = (401, 403)  # where a route wants to know who asks
OF_A_CHANGE = (409, 413)


def describe(routes: Iterable[APIRoute]) -> dict[str, Any]:
    """The OpenAPI document of `routes`, which are served below each address of `SERVERS`."""
    described = FastAPI(title="Splitboard", version=VERSION, description=ABOUT, servers=SERVERS)
    for route in routes:
        _add(described, route)
    document = described.openapi()
    document["components"] |= {"responses": {}, "securitySchemes": SCHEMES}
    for operations in document["paths"].values():
        for operation in operations.values():
            _shorten(operation, document["components"]["responses"])
    examples.fill(document)
    return document


def _add(described: FastAPI, route: APIRoute) -> None:
    """Describe one route; the first of its answers is the one to expect."""
    answers = dict(_answers(route))
    status = next(iter(answers), route.status_code)
    asks_for = _security(route)
    summary, _, rest = route.description.partition("\n\n")
    described.add_api_route(
        route.path,
        route.endpoint,
        methods=sorted(route.methods or ()),
        operation_id=route.operation_id or f"{route.tags[0]}_{route.name}".replace(" ", "_"),
        tags=route.tags,
        summary=" ".join(summary.removesuffix(".").split()),
        description=rest or summary,
        status_code=status,
        response_model=answers.get(status) if status is not None else None,
        response_class=Response if not answers else route.response_class,
        response_description=HTTPStatus(status or 200).phrase,
        responses=_responses(route, answers, asks_for),
        openapi_extra=_without_mark(route) | ({"security": asks_for} if asks_for else {}),
    )


def _without_mark(route: APIRoute) -> dict[str, Any]:
    """What the route's decorator adds; its scope stands where OpenAPI has it, at the token."""
    return {name: value for name, value in (route.openapi_extra or {}).items() if name != scopes.MARK}


def _shorten(operation: dict[str, Any], refusals: dict[str, Any]) -> None:
    """Let the refusals of all operations stand once, and a description that repeats the summary nowhere."""
    if operation["description"].removesuffix(".") == operation["summary"]:
        del operation["description"]
    statuses = {}
    for status, answer in sorted(operation["responses"].items()):
        if "304" in operation["responses"] and status == "200":
            answer["headers"] = head("ETag") | answer.get("headers", {})
        if int(status) >= 400:
            refusals.setdefault(status, answer)
            answer = {"$ref": f"#/components/responses/{status}"}
        statuses[status] = answer
    operation["responses"] = statuses


def _answers(route: APIRoute) -> Iterator[tuple[int, Any]]:
    """The statuses of a route's signature, each with the shape of its JSON."""
    declared = get_type_hints(route.endpoint).get("return")
    for kind in (declared, *get_args(declared)):
        origin = get_origin(kind)
        if isinstance(origin, type) and issubclass(origin, (Answer, Kept)):
            yield origin.status, get_args(kind)[0]


def _responses(route: APIRoute, answers: dict[int, Any], asks_for: Security) -> Responses:
    """All statuses but the first: other answers, what the route adds of its own, and the refusals."""
    responses: Responses = {
        status: {"model": shape, "description": HTTPStatus(status).phrase}
        for status, shape in list(answers.items())[1:]
    }
    for status, more in route.responses.items():
        responses[status] = responses.get(status, {}) | more
    if 200 in answers and route.methods == {"GET"}:
        responses |= AS_KNOWN
    refusals = {int(status) for status in responses if int(status) >= 400}.union(
        EVERYWHERE, OF_A_PERSON if asks_for else (), () if route.methods == {"GET"} else OF_A_CHANGE
    )
    for status in sorted(refusals):
        responses[status] = {
            "description": REFUSALS[status],
            **responses.get(status, {}),
            "model": RefusalJson,
            "content": {"application/json": {"example": examples.refusal(status)}},
            **({"headers": head("Retry-After", *OF_A_LIMIT)} if status in (429, 503, 507) else {}),
        }
    return responses


def person(scope: Scope) -> Security:
    """How people prove who asks: by a token with this scope, or by a session."""
    return [{"personalToken": [scope.value]}, {"session": []}]


def _security(route: APIRoute) -> Security:
    """How a request proves who asks, where the route wants to know."""
    calls = {each.call for each in all_of(route.dependant)}
    if deps.worker in calls:
        return WORKER
    return person(scope_of(route)) if deps.viewer in calls else []
