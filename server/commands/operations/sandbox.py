"""splitboard sandbox"""

import typer

from grader.custom_metrics.sandbox import Sandbox
from grader.errors import MetricFailed

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def sandbox() -> None:
    """Try out what keeps custom metrics from this machine; exit status 1 if they could do what none may."""
    try:
        with Sandbox() as box:
            protection = box.start()
    except MetricFailed as failure:
        typer.secho(str(failure), fg="red", err=True)
        raise typer.Exit(1) from None
    for line in protection.lines():
        typer.secho(line, fg=None if protection.complete else "red")
    if not protection.complete:
        raise typer.Exit(1)
