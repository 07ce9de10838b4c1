"""Column types that every table shares."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Dialect, Enum, Integer, String, Text
from sqlalchemy.orm import mapped_column, validates
from sqlalchemy.types import TypeDecorator

from grader.messages import Text as Words
from grader.messages import packed, restored
from grader.parted_text import PartedTitle, whole_of
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


class TitleLine(TypeDecorator[str]):
    """A title that staff wrote in one language or several (grader/parted_text.py): it reads in its first."""

    impl = String(200)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What the database keeps: all languages."""
        return None if value is None else whole_of(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> PartedTitle | None:
        """What it kept, with its languages."""
        return None if value is None else PartedTitle(value)

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether two titles are the same in all languages."""
        return (x is None) == (y is None) and (x is None or whole_of(x) == whole_of(y))


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


Title = Annotated[str, mapped_column(TitleLine)]


class Titled:
    """What has a title: it keeps its languages from the moment it is given, and not only when it is read."""

    @validates("title")
    def _keep_languages(self, _: str, title: str) -> PartedTitle:
        return PartedTitle(whole_of(title))
