"""JSON into frozen dataclasses and back, checked field by field.

A misspelt or missing field is found here, at the edge, with its path, and not as an AttributeError in the
middle of a training run. Fields that the client does not know are ignored, so a newer server can say more.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import (
    TYPE_CHECKING,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
T = TypeVar("T")


class Mismatch(ValueError):
    """A value is not of the announced shape; the text names the path to it."""


def decode(shape: type[T], value: Json) -> T:
    """Return `value` as the frozen dataclass `shape`; raise Mismatch with the path of the first misfit.

    Known shapes: dataclasses, str, int, float (an int will do), bool, None, datetime (ISO 8601 with a zone),
    tuple[X, ...] from lists, Mapping[str, X] from objects, and unions of these, tried in their order.
    """
    return cast(T, _decode(shape, value, shape.__name__))


def encode(value: object) -> Json:
    """Return the JSON form of dataclasses, tuples and datetimes, the way the server writes them."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case Mapping():
            return {str(name): encode(inner) for name, inner in value.items()}
        case list() | tuple():
            return [encode(inner) for inner in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return encode(asdict(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def encode_fields(value: "DataclassInstance") -> dict[str, Json]:
    """Return the JSON form of a dataclass, as the object that it is."""
    return {name: encode(inner) for name, inner in asdict(value).items()}


def _decode(shape: object, value: Json, path: str) -> object:
    if isinstance(shape, type) and is_dataclass(shape):
        return _decode_dataclass(shape, value, path)
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(shape), value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise _mismatch(path, "a list", value)
        return tuple(_decode(get_args(shape)[0], inner, f"{path}[{at}]") for at, inner in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _mismatch(path, "an object", value)
        return {name: _decode(get_args(shape)[1], inner, f"{path}.{name}") for name, inner in value.items()}
    return _decode_plain(shape, value, path)


def _decode_plain(shape: object, value: Json, path: str) -> object:
    if shape is datetime:
        return _decode_time(value, path)
    if shape is type(None):
        return _require(value is None, value, None, path, "null")
    if shape is float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(cast(float, _require(is_number, value, value, path, "a number")))
    assert isinstance(shape, type), f"{path}: {shape!r} is not a shape that decode() knows"
    is_right = isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return _require(is_right, value, value, path, shape.__name__)


def _decode_dataclass(shape: "type[DataclassInstance]", value: Json, path: str) -> object:
    if not isinstance(value, dict):
        raise _mismatch(path, "an object", value)
    wanted = _wanted_fields(shape)
    missing = [name for name, (_, needed) in wanted.items() if needed and name not in value]
    if missing:
        raise Mismatch(f"{path} lacks {', '.join(missing)}")
    present = {name: inner for name, (inner, _) in wanted.items() if name in value}
    return shape(**{name: _decode(inner, value[name], f"{path}.{name}") for name, inner in present.items()})


@cache
def _wanted_fields(shape: "type[DataclassInstance]") -> dict[str, tuple[object, bool]]:
    """Return each field's shape and whether it must be there (it must when it has no default)."""
    hints = get_type_hints(shape)
    return {field.name: (hints[field.name], _is_needed(field)) for field in fields(shape)}


def _is_needed(field: "Field[object]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _decode_union(choices: tuple[object, ...], value: Json, path: str) -> object:
    if value is None and type(None) in choices:
        return None
    reasons = []
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return _decode(choice, value, path)
        except Mismatch as reason:
            reasons.append(str(reason))
    raise Mismatch("; ".join(reasons))


def _decode_time(value: Json, path: str) -> datetime:
    if not isinstance(value, str):
        raise _mismatch(path, "a time", value)
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise _mismatch(path, "a time", value) from None
    if time.tzinfo is None:
        raise _mismatch(path, "a time with its zone", value)
    return time


def _require(holds: bool, value: Json, result: object, path: str, expected: str) -> object:
    if not holds:
        raise _mismatch(path, expected, value)
    return result


def _mismatch(path: str, expected: str, value: Json) -> Mismatch:
    return Mismatch(f"{path} should be {expected}, not {str(value)[:40]!r}")
