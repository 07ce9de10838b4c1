"""splitboard simulate"""

from typing import Annotated

import typer
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.competitions.named import competition_named
from server.domain.files.file_store import FileStore
from server.services.demo.simulate import simulate as simulate_course
from server.services.demo.simulate import students_of
from server.services.grading.context import GradingContext

app = typer.Typer(add_completion=False)


@app.command()
def simulate(
    competition: Annotated[
        str, typer.Argument(help="The competition's slug; a baseline of it must be trained.")
    ],
    students: Annotated[
        int | None, typer.Option(min=1, help="How many of the course's; default: all.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other submissions.")] = 0,
    data: DataDir = None,
) -> None:
    """Let the course's students submit, up to now, mixtures of the baselines' predictions made worse.

    For a trial before the term: what is submitted stays, in the students' names.
    """
    settings = settings_for(data)
    with (
        open_database(settings) as db,
        Progress(
            *Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn()
        ) as progress,
    ):
        context = GradingContext(db=db, store=FileStore(settings.files_dir), settings=settings)
        row = db.read(lambda session: competition_named(session, competition))
        everybody = db.read(lambda session: students_of(session, row.course_id))
        bar = progress.add_task(competition, total=None)
        tally = simulate_course(
            context,
            competition=row,
            students=everybody[:students],
            until=min(utc_now(), row.late_until),
            seed=seed,
            tell=lambda done, total: progress.update(bar, completed=done, total=total),
        )
        context.close()
    typer.echo(str(tally))
