"""Answers held against the published description of the API, docs/openapi.json.

Every client of `tests/support/installation.py` holds each answer that it gets: its status must be documented
for the operation, and its JSON be of the shape that is published, with no field that is not.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import httpx2
from fastjsonschema import JsonSchemaException
from starlette.testclient import TestClient

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
EXAMPLES = {
    "string": "word",
    "integer": 7,
    "number": 0.5,
    "boolean": True,
    "null": None,
    "date-time": "2026-03-14T12:00:00.000000Z",
    "date": "2026-03-14",
}
API = "/api"  # the second of the description's servers, which the tests ask
REWRITE = ".venv/bin/python -m server.api.openapi docs/openapi.json"


@dataclass(frozen=True, eq=False)
class Operation:
    """A method and path of the description, and what it says of them."""

    method: str
    path: str
    description: dict[str, Any]

    @property
    def name(self) -> str:
        """Its `operationId`."""
        name: str = self.description["operationId"]
        return name


class NotAsPublished(AssertionError):
    """An answer that the description does not promise."""


@cache
def document() -> dict[str, Any]:
    """The description in the repository, its objects closed: a field that it does not name is a fault."""
    text = DOCUMENT.read_text(encoding="utf-8")
    closed: dict[str, Any] = json.loads(text, object_hook=_closed)
    return closed


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    if node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)
    return node


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation, those with the fewest parameters in their paths first."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return tuple(
        Operation(method.upper(), API + path, description)
        for path in paths
        for method, description in document()["paths"][path].items()
    )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = [
        "(.+)" if part == "{name}" else "([^/]+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", path)
    ]
    return re.compile("".join(parts))


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request is meant for; None where the description has none."""
    return next(
        (each for each in operations() if each.method == method and _pattern(each.path).fullmatch(path)), None
    )


@cache
def check_of(reference: str) -> Any:
    """A function that raises for JSON that is not of the shape at `reference`, such as `#/components/...`."""
    return fastjsonschema.compile({"$ref": reference, "components": document()["components"]})


def example_of(schema: dict[str, Any]) -> Any:
    """The smallest JSON of a schema that leaves no field and no list empty."""
    if "$ref" in schema:
        return example_of(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0])
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            return {name: example_of(each) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"])]
        case kind:
            return EXAMPLES[str(schema.get("format", kind))]


def answer_of(operation: Operation) -> Any:
    """An example of what an operation answers when it succeeds; None where that is no JSON."""
    for status, answer in operation.description["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if status.startswith("2") and schema:
            return example_of(schema)
    return None


def hold(answer: httpx2.Response) -> Operation | None:
    """The operation that gave this answer; raises NotAsPublished where it is not what was promised."""
    request = answer.request
    operation = operation_of(request.method, request.url.path)
    if operation is None or answer.status_code == 405:
        return None
    promised = operation.description["responses"].get(str(answer.status_code))
    if promised is None:
        raise NotAsPublished(f"{operation.name} answers {answer.status_code}, which is not documented")
    for reference in _references(promised):
        try:
            check_of(reference)(answer.json())
        except JsonSchemaException as fault:
            raise NotAsPublished(f"{operation.name}, {answer.status_code}, {reference}: {fault}") from None
    return operation


def _references(promised: dict[str, Any]) -> Iterator[str]:
    if "$ref" in promised:
        status = promised["$ref"].rpartition("/")[2]
        promised = document()["components"]["responses"][status]
    schema = promised.get("content", {}).get("application/json", {}).get("schema")
    if schema:
        yield schema["$ref"]


class ConformingClient(TestClient):
    """An HTTP client of a server in this process that holds each answer of the API to what is published."""

    def request(self, *args: Any, **options: Any) -> httpx2.Response:
        """Send a request and return its answer, once it is as published."""
        answer = super().request(*args, **options)
        hold(answer)
        return answer
