"""One line for each event, with all its facts: a JSON object on standard error, or words on a terminal.

What a line is about is bound once, where it is known (a request, an upload, a run, a rescore), and stands in
every line from then on, those of libraries among them. The values are ids, states and counts: never a file's
contents, a token, a password or a key.
"""

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter

P = ParamSpec("P")
T = TypeVar("T")

# What every line gets before it is written, whether one of our modules or a library has logged it.
_FACTS: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]

# At import, so that a line in a program that never calls `configure` goes to `logging`, too, and never to
# standard output, on which some of our processes speak to each other.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_FACTS, ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=BoundLogger,
)


def logger_of(name: str) -> BoundLogger:
    """The logger of a module; what it is given by keyword are the line's facts."""
    logger: BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure(level: str) -> None:
    """Write this process' lines from the level on to standard error, those of libraries among them."""
    handler = _StandardError()
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=_FACTS, processors=_written()))
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _StandardError)] + [handler]
    root.setLevel(level.upper())


class _StandardError(logging.Handler):
    """Writes to what is standard error at the time: a test may have put another in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except OSError:  # nobody reads it any more
            self.handleError(record)


def _written() -> list[structlog.types.Processor]:
    """The last steps of a line: JSON in one piece, or colours and a readable traceback on a terminal."""
    if sys.stderr.isatty():
        console = structlog.dev.ConsoleRenderer(
            timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
        )
        return [ProcessorFormatter.remove_processors_meta, console]
    return [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str),
    ]


def bind(**facts: Any) -> None:
    """Let these facts stand in every further line of the task or thread that runs."""
    structlog.contextvars.bind_contextvars(**facts)


def begin(**facts: Any) -> None:
    """Let these facts, and none that were bound before, stand in every further line."""
    structlog.contextvars.clear_contextvars()
    bind(**facts)


def bound(**facts: Any) -> AbstractContextManager[None]:
    """Let these facts stand in every line until the end of the block."""
    return structlog.contextvars.bound_contextvars(**facts)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """The same work for another thread, whose lines have the facts that are bound here and now."""
    return partial(copy_context().run, work)
