"""Column types that every table shares."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Dialect, Enum, Integer, String, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from grader.messages import Text as Words
from grader.messages import packed, restored
from server.database.database import UtcMicros

Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcMicros)]
Name = Annotated[str, mapped_column(String(200))]
LanguageTag = Annotated[str, mapped_column(String(35))]  # "" for none
Sha256 = Annotated[str, mapped_column(String(64))]
LongText = Annotated[str, mapped_column(Text)]
MARK = "\x1e"  # ASCII's record separator, before a text of ours as JSON


class Texts(TypeDecorator[Any]):
    """JSON in which texts keep their other languages (grader/messages.py)."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """What the database keeps."""
        return packed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What it kept, with its texts."""
        return restored(value)


class Sentence(TypeDecorator[str]):
    """A long text: what others wrote as it stands, and one of ours with its other languages.

    Ours begins with a mark that no text of people has, so that both have one column.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What the database keeps."""
        if value is None or not (isinstance(value, Words) or value.startswith(MARK)):
            return value
        return MARK + json.dumps(packed(value), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """What it kept, with its texts."""
        if value is None or not value.startswith(MARK):
            return value
        text: str = restored(json.loads(value.removeprefix(MARK)))
        return text


LongSentence = Annotated[str, mapped_column(Sentence)]


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
