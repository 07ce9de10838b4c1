"""How a command that is refused says so."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from server.domain.errors import DomainError


@contextmanager
def print_refusals() -> Iterator[None]:
    """Turn a refusal into its message on standard error, and exit status 1; Ctrl-C into 130."""
    try:
        yield
    except DomainError as refusal:
        typer.secho(refusal.message, fg="red", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
