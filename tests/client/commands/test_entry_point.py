"""One entry point for every command, which imports only what the command needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from client.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[3]
HEAVY = ("typer", "rich", "httpx2", "numpy", "grader.errors", "babel", "server", "baselines")


def test_help_lists_every_command_in_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])

    listed = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []
    assert listed.index("Students:") < listed.index("Course staff:") < listed.index("Operations:")


def test_help_loads_nothing_heavy() -> None:
    program = (
        f"import sys; from client.__main__ import main; main([]); print(*(set({HEAVY}) & set(sys.modules)))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == ""


def test_help_ends_quietly_when_its_reader_leaves() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "-m", "client", "--help"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_mistyped_command_is_corrected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sumbit"])

    assert left.value.code == 2
    assert "Did you mean 'submit'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("app = lambda words, prog_name: print(words, prog_name)", ""),
        (
            "import fastapi_is_not_here",
            "This command needs fastapi_is_not_here, which is not installed here.",
        ),
        (
            "def app(*_, **__): import torch_is_not_here",
            "This command needs torch_is_not_here, which is not installed here.",
        ),
        ("raise ModuleNotFoundError(name='server')", "belongs to the server, and only the students' part is"),
        ("raise ModuleNotFoundError(name='pyarrow.csv')", "pip install 'splitboard[check]'"),
    ],
)
def test_a_foreign_module_runs_by_name_or_says_what_to_install(
    tmp_path: Path, source: str, sentence: str
) -> None:
    folder = tmp_path / "server" / "commands" / "trial"
    folder.mkdir(parents=True)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()
    (folder / "demo.py").write_text(source)
    first = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    program = f"{first}; from client.__main__ import main; main(sys.argv[1:])"

    ended = subprocess.run(
        [sys.executable, "-c", program, "demo", "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == (2 if sentence else 0)
    assert ended.stdout == ("" if sentence else "['--port', '0'] splitboard demo\n")
    assert sentence in ended.stderr


def test_an_installation_without_the_server_says_so(tmp_path: Path) -> None:
    for package in ("client", "grader", "languages"):
        (tmp_path / package).symlink_to(ROOT / package)

    ended = subprocess.run(
        [sys.executable, "-m", "client", "serve"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONSAFEPATH": "", "PATH": ""},
    )

    assert ended.returncode == 2
    assert "belongs to the server" in ended.stderr
