"""The points of a whole course, and the pages that show them, against writing the same cells from memory.

    .venv/bin/python -m benchmarks.grades [--students 1300] [--homeworks 15] [--files 2] [--rounds 5]

A course of drawn rows on SQLite: teams of one or two, up to so many files each, in time and late, items,
rules. Floor: the points of each homework and the total of every student, which lie in memory, written as CSV.
Measured in seconds of the processor and of the wall, medians: the computation for all students, the page of a
hundred of them, a student's results, the first page, the course at a glance after a change and without one;
the pages as the server answers them in this process. Each export is made from points in memory.
"""

import argparse
import csv
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.app import create_app
from server.domain.grades.exports.export_files import ExportOrder, exported
from server.domain.grades.points.course_points import CoursePoints, course_points
from server.domain.people.accounts.scopes import TokenTerms
from server.domain.people.accounts.tokens import make_token
from server.domain.texts.csv_cells import number_cell
from server.models import ALL_RIGHTS, ExportKind, User
from server.services.course_glances import CourseGlances
from server.services.schema import upgrade
from server.settings import Settings
from tests.support.drawn_course import DrawnCourse
from tests.support.installation import Clock, event_loop, new_user
from tests.support.tiny_homework import NOW


@dataclass(frozen=True)
class Took:
    """Seconds of the wall and of the processor, medians over the rounds."""

    wall: float
    cpu: float


def took(work: Callable[[], object], rounds: int) -> Took:
    """How long the work takes, once warm."""
    work()
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Took(statistics.median(walls), statistics.median(cpus))


def table_of(points: CoursePoints) -> list[list[float]]:
    """Every student's homeworks and total."""
    return [
        [*(each.total.points for each in row.homeworks.values()), row.total.points] for row in points.students
    ]


def written(table: list[list[float]]) -> bytes:
    """The floor: the same cells as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([number_cell(cell) for cell in row] for row in table)
    return out.getvalue().encode()


def gradebook_of(points: CoursePoints) -> bytes:
    """A gradebook of Canvas with all students, and an empty column for each homework."""
    titles = [f"{each.competition.slug} ({900 + place})" for place, each in enumerate(points.homeworks)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles])
    for place, row in enumerate(points.students):
        of = row.student
        keys = [of.name, place, of.student_number, of.username, of.section]
        writer.writerow([*keys, *[""] * len(titles)])
    return out.getvalue().encode()


def exports_of(points: CoursePoints) -> dict[str, Callable[[], object]]:
    """Each export that has a column a homework, from points in memory."""
    gradebook = gradebook_of(points)
    kinds = (ExportKind.CANVAS, ExportKind.MOODLE, ExportKind.JSON, ExportKind.XLSX)
    return {
        f"export, {kind.value}": partial(exported, points, ExportOrder(kind, gradebook)) for kind in kinds
    }


def measure(folder: Path, *, students: int, homeworks: int, files: int, rounds: int) -> None:
    """Fill a course, and print what each costs."""
    url = f"sqlite:///{folder / 'grades.db'}"
    upgrade(url)
    app = create_app(Settings(data_dir=folder, database_url=SecretStr(url), sweep_seconds=3600))
    app.state.clock = Clock()
    db = app.state.db

    def fill(session: Session) -> tuple[int, str, str]:
        course = DrawnCourse(session, Random(1), NOW, students=students, files=files).fill(homeworks)
        root = new_user(session, "root", now=NOW, is_admin=True)
        student = session.scalars(select(User).where(User.username == "s0001")).one()
        tokens = [
            make_token(session, user=user, name="b", terms=TokenTerms(), now=NOW) for user in (root, student)
        ]
        return course.id, tokens[0].secret, tokens[1].secret

    course_id, staff, student = db.write(fill, private=True)

    def compute() -> CoursePoints:
        points: CoursePoints = db.read(
            lambda session: course_points(session, course_id=course_id, rights=ALL_RIGHTS, now=NOW),
            private=True,
        )
        return points

    points = compute()
    works: dict[str, Callable[[], object]] = {
        "points of all": compute,
        "points of all, written": lambda: written(table_of(compute())),
    }
    print(f"{students:,} students x {homeworks} homeworks, up to {files} files")
    report(table_of(points), works | pages_of(app, staff, student) | exports_of(points), rounds)
    app.state.context.close()
    db.close()


def pages_of(app: FastAPI, staff: str, student: str) -> dict[str, Callable[[], object]]:
    """The pages that show points, as staff or a student ask for them by their tokens."""

    def page(token: str, path: str) -> Callable[[], object]:
        client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
        client.portal = event_loop()
        return lambda: client.get(path).raise_for_status()

    glance = page(staff, "/courses/drawn/glance")

    def changed_glance() -> None:
        app.state.glances = CourseGlances()
        glance()

    return {
        "page of 100 students": page(staff, "/courses/drawn/points"),
        "a student's results": page(student, "/courses/drawn/results"),
        "the first page": page(student, "/"),
        "glance, after a change": changed_glance,
        "glance, kept": glance,
    }


def report(table: list[list[float]], works: dict[str, Callable[[], object]], rounds: int) -> None:
    """Print what each costs beside the floor."""
    floor = took(lambda: written(table), rounds)
    print(f"floor {1000 * floor.cpu:.1f} ms of the processor")
    for name, work in works.items():
        cost = took(work, rounds)
        ratio = cost.cpu / floor.cpu
        print(f"{name:26} {1000 * cost.wall:8.0f} ms wall {1000 * cost.cpu:8.0f} ms cpu {ratio:8.1f} x floor")


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=1300)
    parser.add_argument("--homeworks", type=int, default=15)
    parser.add_argument("--files", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(
            Path(folder),
            students=arguments.students,
            homeworks=arguments.homeworks,
            files=arguments.files,
            rounds=arguments.rounds,
        )


if __name__ == "__main__":
    main()
