"""JSON into frozen dataclasses and back; msgspec does the work, this page says what we ask of it.

A misspelt or missing field is found here, at the edge, with its path, and not as an AttributeError in the
middle of a training run. Fields that the client does not know are ignored, so a newer server can say more.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, TypeAlias, TypeVar

import msgspec

from grader.messages import Text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]  # one without its zone is refused
T = TypeVar("T")


class Mismatch(ValueError):
    """A value is not of the announced shape; the text names the path to it."""


def decode(shape: type[T], value: Json) -> T:
    """The JSON `value` as the frozen dataclass `shape`; raises Mismatch with the path of the first misfit."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as misfit:
        reason, _, path = str(misfit).partition(" - at `$")
        raise Mismatch(f"{shape.__name__}{path.removesuffix('`')}: {reason}") from None


def encode(value: object) -> Json:
    """The JSON form of dataclasses and tuples, for the body of a request."""
    plain: Json = msgspec.to_builtins(value)
    return plain


def json_text(value: object) -> str:
    """The indented JSON text of dataclasses, mappings and tuples; times as the server writes them.

    A text that has a form in other languages is written in English: programs compare it.
    """
    plain = msgspec.to_builtins(value, builtin_types=(datetime,), enc_hook=_english)
    return json.dumps(plain, default=_time_text, ensure_ascii=False, indent=2)


def _english(value: object) -> str:
    if isinstance(value, Text):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
