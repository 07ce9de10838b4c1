"""A competition.toml as text, from the table of a draft."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from grader.homeworks.rules import RuleFields, keys_of

TIMES = {name for name, key in keys_of(RuleFields).items() if key.type is datetime}


def toml_of(table: Mapping[str, Any]) -> str:
    r"""The table as TOML, its own keys first and tables below them; a time is ISO text there.

    >>> print(toml_of({"tier": [{"name": "boss"}], "title": "A \"b\"", "opens_at": "2030-01-01T00:00:00Z"}))
    title = "A \"b\""
    opens_at = 2030-01-01T00:00:00Z
    <BLANKLINE>
    [[tier]]
    name = "boss"
    <BLANKLINE>
    """
    own = {name: value for name, value in table.items() if not _is_table(value) and value is not None}
    lines = list(_lines(own))
    for name, value in table.items():
        if not _is_table(value):
            continue
        head, rows = (f"[{name}]", [value]) if isinstance(value, Mapping) else (f"[[{name}]]", value)
        for row in rows:
            lines += ["", head, *_lines(row)]
    return "\n".join([*lines, ""])


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _lines(values: Mapping[str, Any]) -> Iterable[str]:
    for name, value in values.items():
        if value is not None:
            yield f"{name} = {value if name in TIMES else _written(value)}"


def _written(value: Any) -> str:
    """A value of a key; a text of JSON is one of TOML, too, but for the sign DEL."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
