"""Answers as tables: frames where the notebook has imported pandas, else lists of dictionaries."""

import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

Table = Any  # a pandas frame, or a list of dictionaries


def table_of(rows: Iterable[object]) -> Table:
    """One row a value, one column a field that has no parts of its own."""
    records = [_record(row) for row in rows]
    pandas = sys.modules.get("pandas")
    return records if pandas is None else pandas.DataFrame(records)


def _record(row: object) -> dict[str, Any]:
    assert is_dataclass(row)
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: value for name, value in values.items() if not is_dataclass(value)}
