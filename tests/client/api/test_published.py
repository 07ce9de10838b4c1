"""The client and the published description of the API: what it sends, and what it expects to come back."""

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from msgspec import Struct
from msgspec.structs import fields as struct_fields

from client.api.client import Api
from client.api.transport import Transport
from tests.client.api.test_api import call_everything, prepare_every_route
from tests.client.stub_server import StubServer
from tests.support import published
from tests.support.published import JsonSchemaException, Operation, operation_of

Schema = dict[str, Any]
TYPES = {"string": str, "integer": int, "number": float, "boolean": bool, "null": types.NoneType}


def misfits(expected: Any, schema: Schema, where: str) -> Iterator[str]:
    """Where the client would not understand an answer of this schema, or waits for what never comes."""
    if "$ref" in schema:
        schema = published.document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    choices = get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)
    for variant in schema.get("anyOf", [schema]):
        reasons = [list(_misfits_of_one(choice, variant, where)) for choice in choices]
        if all(reasons):
            yield from min(reasons, key=len)


def _misfits_of_one(expected: Any, schema: Schema, where: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from misfits(expected, schema, where)
    elif is_dataclass(expected) or is_struct(expected):
        yield from _misfits_of_fields(expected, schema, where)
    elif get_origin(expected) is tuple and schema.get("type") == "array":
        yield from misfits(get_args(expected)[0], schema["items"], f"{where}[]")
    elif get_origin(expected) is Literal:
        values = schema.get("enum", [schema.get("const")])
        yield from [f"{where} may be {word!r}" for word in values if word not in get_args(expected)]
    elif not _is_understood(expected, schema):
        yield f"{where} is {schema}, not {expected}"


def _misfits_of_fields(expected: Any, schema: Schema, where: str) -> Iterator[str]:
    hints = get_type_hints(expected, include_extras=True)
    properties = schema.get("properties", {})
    for name, on_the_wire, is_needed in _fields(expected):
        if is_needed and on_the_wire not in schema.get("required", []):
            yield f"{where}.{on_the_wire} may be left out"
        elif on_the_wire in properties:
            yield from misfits(hints[name], properties[on_the_wire], f"{where}.{on_the_wire}")
        elif "properties" in schema:
            yield f"{where}.{on_the_wire} is never sent"


def _fields(expected: Any) -> Iterator[tuple[str, str, bool]]:
    """The fields of a record: its name here, its name in JSON, and whether it must be there."""
    if is_struct(expected):
        for each in struct_fields(expected):
            yield each.name, each.encode_name, each.required
    else:
        for field in fields(expected):
            is_needed = field.default is MISSING and field.default_factory is MISSING
            yield field.name, field.name, is_needed


def is_struct(expected: Any) -> bool:
    return isinstance(expected, type) and issubclass(expected, Struct)


def _is_understood(expected: Any, schema: Schema) -> bool:
    kind = schema.get("type")
    if getattr(expected, "__origin__", None) is datetime:
        return kind == "string" and schema.get("format") == "date-time"
    if get_origin(expected) is Mapping:
        return kind == "object"
    return TYPES.get(kind) is expected or (kind == "integer" and expected is float)


def asked_by(server: StubServer, api: Api, folder: Path) -> list[tuple[Operation, bytes]]:
    """Each operation that the client's methods call, with the body that they send."""
    prepare_every_route(server)
    call_everything(api, folder)
    requests = [(operation_of(one.method, one.path), one) for one in server.asked]
    return [(operation, one.body) for operation, one in requests if operation is not None]


def test_the_client_calls_published_operations_and_sends_what_they_read(
    server: StubServer, api: Api, tmp_path: Path
) -> None:
    wrong = {}
    for operation, body in asked_by(server, api, tmp_path):
        content = operation.description.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        reference = schema.get("$ref") or next((each.get("$ref") for each in schema.get("anyOf", [])), None)
        if reference is None:
            continue
        try:
            published.check_of(reference)(json.loads(body))
        except JsonSchemaException as fault:
            wrong[operation.name] = str(fault)

    assert len(server.asked) > 70
    assert wrong == {}


def test_the_client_understands_every_published_answer(
    server: StubServer, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: dict[str, Any] = {}
    called: set[str] = set()
    call, shaped = Transport.call, Transport.shaped

    def noted_call(self: Transport, shape: Any, method: str, path: str, **rest: Any) -> Any:
        operation = operation_of(method, path)
        assert operation is not None, (method, path)
        expected[operation.name] = shape
        called.add(path)
        return call(self, shape, method, path, **rest)

    def noted_shape(self: Transport, shape: Any, value: Any, *, where: str) -> Any:
        operation = operation_of("POST", where)  # uploads and claims: the rest comes by `call`
        if operation is not None and where not in called:
            expected.setdefault(operation.name, shape)
        return shaped(self, shape, value, where=where)

    monkeypatch.setattr(Transport, "call", noted_call)
    monkeypatch.setattr(Transport, "shaped", noted_shape)
    asked_by(server, api, tmp_path)

    described = {each.name: each.description["responses"] for each in published.operations()}
    wrong = [
        misfit
        for name, shape in expected.items()
        for status, answer in described[name].items()
        if status.startswith("2") and answer.get("content")
        for misfit in misfits(shape, answer["content"]["application/json"]["schema"], name)
    ]
    assert len(expected) > 25
    assert wrong == [], "\n".join(wrong)
