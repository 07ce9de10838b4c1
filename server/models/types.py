"""Column types that every table shares."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, Enum, Integer, String, Text
from sqlalchemy.orm import mapped_column

from server.database.database import UtcMicros

Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcMicros)]
Name = Annotated[str, mapped_column(String(200))]
Sha256 = Annotated[str, mapped_column(String(64))]
LongText = Annotated[str, mapped_column(Text)]


def states(of: type[StrEnum]) -> Enum:
    """A text column that admits the values of `of` alone, by a check constraint."""
    return Enum(
        of,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=of.__name__.lower(),
        values_callable=_values,
    )


def _values(of: type[StrEnum]) -> list[str]:
    return [member.value for member in of]
