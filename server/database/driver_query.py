"""A statement of SQLAlchemy, compiled once into the text that `Database.first_row` gives to the driver."""

import re
from enum import StrEnum
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite


def driver_query(statement: Select[*tuple[Any, ...]], *, parameters: tuple[str, ...]) -> str:
    """The statement's text; its values are given in the order of `parameters`, instants as UTC microseconds.

    States and roles that stand in the statement itself are written out, and the values are numbered: a name
    is looked up for each use, which costs a fifth of the query.
    """
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    places = {name: f"?{place}" for place, name in enumerate(parameters, start=1)}
    for name, value in compiled.params.items():
        if value is not None:
            places[name] = _written_out(value)
    return re.sub(r":(\w+)", lambda match: places[match[1]], str(compiled))


def _written_out(value: object) -> str:
    assert isinstance(value, StrEnum), "what stands in a statement is a word of ours"
    assert value.isidentifier(), "which needs no quoting"
    return f"'{value.value}'"
