"""What all commands share at the terminal: where they print, and how trouble becomes one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from baselines.files import SourceProblems
from baselines.homework import HomeworkError
from baselines.run import RunFailed
from baselines.worker.folder import FolderOfOthers
from baselines.worker.settings import SettingsError
from baselines.worker.shift import ShiftError
from client.api.errors import ClientError
from grader.errors import ProblemsFound

console = Console()
TROUBLE = (
    HomeworkError,
    SourceProblems,
    RunFailed,
    SettingsError,
    ShiftError,
    FolderOfOthers,
    ClientError,
    ProblemsFound,
)

HomeworkName = Annotated[
    str, typer.Argument(metavar="HOMEWORK", help="A homework folder, such as hw01_covid; hw01 is enough.")
]
Root = Annotated[
    Path, typer.Option("--homeworks", envvar="SPLITBOARD_HOMEWORKS_DIR", help="Where folders lie.")
]


@contextmanager
def clear_words() -> Iterator[None]:
    """Turn what can be expected to go wrong into one sentence and exit status 1; Ctrl-C into 130."""
    try:
        yield
    except TROUBLE as trouble:
        console.print(str(trouble), style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
