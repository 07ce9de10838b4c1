"""What a command says and asks beside its result: on standard error, in the language of its reader."""

import typer

from client.language import catalogue
from client.output.words import plain
from grader.messages import translated


def note(sentence: str) -> None:
    """Say a sentence that is no result."""
    typer.echo(_shown(sentence), err=True)


def answer_to(question: str) -> str:
    """What the person types."""
    return str(typer.prompt(_shown(question), err=True))


def secret_answer_to(question: str) -> str:
    """What the person types unseen."""
    return str(typer.prompt(_shown(question), hide_input=True, err=True))


def is_confirmed(question: str, *, default: bool) -> bool:
    """Whether the person says yes. default: what an empty line means."""
    return bool(typer.confirm(_shown(question), default=default, err=True))


def _shown(sentence: str) -> str:
    return plain(translated(sentence, catalogue()))
