"""One malformed file: what it is about, its bytes, the verdict it must get, and words it must have."""

from collections.abc import Callable
from dataclasses import dataclass

from grader.answer_keys.answer_key import AnswerKey
from grader.spec import GradingSpec
from tests.grader.cases import IDS, a_file, key_of

HEADER = "id,y"


@dataclass(frozen=True)
class MalformedFile:
    """codes: of all problems, sorted. words: each stands in a message or a hint. key: whose submission."""

    about: str
    data: bytes
    codes: tuple[str, ...]
    words: tuple[str, ...]
    key: Callable[[], AnswerKey] = key_of


def rows(*lines: str, header: str = HEADER) -> bytes:
    """Exactly these lines under the header."""
    return "\n".join([header, *lines, ""]).encode()


def every(spell: Callable[[str], str], value: str = "0.5", header: str = HEADER) -> bytes:
    """A good file but for the spelling of its ids."""
    return rows(*(f"{spell(name)},{value}" for name in IDS), header=header)


def values(spell: Callable[[int], str]) -> bytes:
    """A good file but for the values, by the number of the row."""
    return rows(*(f"{name},{spell(number)}" for number, name in enumerate(IDS)))


def labels() -> AnswerKey:
    """A competition of labels that are whole numbers."""
    return key_of(GradingSpec("accuracy", "id", ("y",)))


def animals() -> AnswerKey:
    """A competition of three declared labels."""
    return key_of(
        GradingSpec("accuracy", "id", ("y",), labels=("cat", "dog", "owl")), truth="cat", private="dog"
    )


def chances() -> AnswerKey:
    """A competition of probabilities."""
    return key_of(GradingSpec("log_loss", "id", ("y",)))


def two_columns() -> AnswerKey:
    """A competition of two columns of numbers."""
    return key_of(GradingSpec("rmse", "id", ("y", "z")))


def names() -> AnswerKey:
    """A competition whose ids are file names."""
    return key_of(ids=[f"img_{int(name):04d}.jpg" for name in IDS])


def padded() -> AnswerKey:
    """A competition whose ids have leading zeros."""
    return key_of(ids=[f"{int(name):04d}" for name in IDS])


def from_zero() -> AnswerKey:
    """A competition whose ids count from 0."""
    return key_of(ids=[str(number) for number in range(12)])


__all__ = [
    "IDS",
    "MalformedFile",
    "a_file",
    "animals",
    "chances",
    "every",
    "from_zero",
    "labels",
    "names",
    "padded",
    "rows",
]
__all__ += ["two_columns", "values"]
