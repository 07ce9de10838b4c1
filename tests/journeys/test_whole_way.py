"""A fresh student's first day, with the real client against a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import client
from client.notebook.submitting import InvalidPredictions
from tests.journeys.town import PROJECT, Town, town
from tests.support import databases, tiny_homework
from tests.support.installation import PASSWORD

FINE, INVALID, NOT_ALLOWED, LIMIT = 0, 1, 3, 4


class Student:
    """A student at a terminal: runs `splitboard` commands with a home of their own."""

    def __init__(self, campus: Town, address: str, home: Path, name: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(PROJECT),
            "SPLITBOARD_URL": address,
        }
        self.name = name
        self.home = home

    def runs(self, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """One command, from the student's home folder."""
        command = [sys.executable, "-m", "client", *arguments]
        return subprocess.run(
            command,
            env=self.environment,
            cwd=self.home,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def asks(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """One command with --json: its exit code and its answer."""
        done = self.runs(*arguments, "--json")
        return done.returncode, json.loads(done.stdout or done.stderr)


def submit_from_a_notebook(campus: Town, student: Student) -> None:
    """The frame of one of the student's files, sent by somebody else from Python."""
    other = {"server": student.environment["SPLITBOARD_URL"], "token": campus.tokens["student1"]}
    frame = pd.read_csv(student.home / "pred1.csv")

    card = client.submit("tiny", frame, note="from a notebook", **other)
    rows = client.submissions("tiny", **other)
    with pytest.raises(InvalidPredictions, match="an id that stood before"):
        client.submit("tiny", pd.concat([frame, frame[:1]]), **other)

    assert (card.state, card.left_today, rows["note"].tolist()) == ("scored", 4, ["from a notebook"])
    assert card.score == rows["public_score"].iloc[0]
    assert "private_score" not in card.receipt.__dict__


def test_a_students_first_day_at_the_command_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with town(databases.fresh("sqlite", tmp_path), tmp_path) as campus:
        student = Student(campus, campus.start_server(), home, "student0")
        login = student.runs("login", "--username", "student0", typed=PASSWORD + "\n")
        downloaded = student.runs("download", "tiny", "--to", "data")
        for seed in range(6):
            (home / f"pred{seed}.csv").write_bytes(tiny_homework.predictions(400, accuracy=0.6, seed=seed))
        (home / "bad.csv").write_bytes(b"id,label\n0,a\n0,b\n")
        sample = "data/sample_submission.csv"
        checked = student.runs("check", "bad.csv", "--like", sample)
        fine = student.runs("check", "pred0.csv", "--like", sample)
        first, receipt = student.asks("submit", "tiny", "pred0.csv")
        bad, refusal = student.asks("submit", "tiny", "bad.csv")
        again, repeated = student.asks("submit", "tiny", "pred0.csv")
        others = [student.asks("submit", "tiny", f"pred{seed}.csv")[0] for seed in range(1, 5)]
        sixth = student.runs("submit", "tiny", "pred5.csv")
        listed = student.asks("submissions", "tiny")[1]["submissions"]
        board = student.asks("leaderboard", "tiny")[1]["rows"]
        private = student.runs("leaderboard", "tiny", "--private")
        submit_from_a_notebook(campus, student)

    assert login.returncode == downloaded.returncode == fine.returncode == FINE, (
        login.stderr + downloaded.stderr
    )
    assert checked.returncode == INVALID
    assert "without a row" in checked.stderr
    assert (first, receipt["rank"], receipt["today"]["left"]) == (FINE, 1, 4)
    assert (bad, refusal["error"]["code"]) == (INVALID, "invalid_submission")
    assert (again, repeated["id"], repeated["today"]["left"]) == (FINE, receipt["id"], 4)
    assert others == [FINE] * 4
    assert sixth.returncode == LIMIT
    assert "Asia/Taipei" in sixth.stderr
    assert [each["state"] for each in listed].count("scored") == 5
    assert [row["team"] for row in board] == ["Student0"]
    assert private.returncode in (NOT_ALLOWED, LIMIT)
    assert "private leaderboard opens" in private.stderr
