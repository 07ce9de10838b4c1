"""splitboard sandbox"""

import typer

from grader.custom_metrics.sandbox import Sandbox
from grader.errors import MetricFailed

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def sandbox() -> None:
    """Try out what keeps custom metrics from this machine; exit status 1 if they could do what none may."""
    try:
        with Sandbox() as tried:
            found = tried.start()
    except MetricFailed as failed:
        typer.secho(str(failed), fg="red", err=True)
        raise typer.Exit(1) from None
    for line in found.lines():
        typer.secho(line, fg=None if found.complete else "red")
    if not found.complete:
        raise typer.Exit(1)
