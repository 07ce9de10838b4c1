"""No proof is lost: each test is in one of the two commands, and docs/tests.md tells which and why."""

import ast
import re
import subprocess
import sys
import tomllib
from argparse import Namespace
from copy import copy
from pathlib import Path

import pytest

from tests import __main__ as command
from tests.support import both_databases, groups

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tests.md").read_text(encoding="utf-8")
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def marked(mark: str) -> set[str]:
    """The tests that have the mark themselves, in a parameter or by their file, as "file::name"."""
    return {
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if any(f"pytest.mark.{mark}" in ast.unparse(each) for each in node.decorator_list)
    }


def files_marked(mark: str) -> set[str]:
    """The files all of whose tests have the mark."""
    line = rf"(?m)^pytestmark = .*\bpytest\.mark\.{mark}\b"
    return {
        str(path.relative_to(ROOT)) for path in TESTS if re.search(line, path.read_text(encoding="utf-8"))
    }


def section(title: str) -> str:
    """The page's section of that title."""
    match = re.search(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE)
    assert match is not None, title
    return match[1]


def test_each_test_is_in_one_of_the_commands() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]

    assert command.chosen([]) == ["-m", "not long and not kaggle"]
    assert command.chosen(["--all"]) == ["-m", "long and not kaggle"]
    assert command.chosen(["--kaggle"]) == ["-m", "kaggle"]
    assert command.chosen(["--all", "-k", "word"]) == ["-m", "long and not kaggle", "-k", "word"]
    assert command.chosen(["-k", "word"]) == ["-k", "word"]
    chosen_by_options = ("-m", "-k", "--ignore", "--deselect", "--ignore-glob")
    assert not [each for each in options["ini_options"]["addopts"] if each.startswith(chosen_by_options)]
    assert options["ini_options"]["testpaths"] == ["tests", "grader"]


def test_kaggles_clients_are_a_folder_of_their_own() -> None:
    files = {str(path.relative_to(ROOT)) for path in TESTS if path.parent.name == "kaggle"}

    marked_files = {file for file in files if file.startswith("tests/kaggle/")}
    assert files_marked("kaggle") == marked_files
    assert marked("kaggle") == set()


def test_both_commands_stand_where_people_and_machines_look_for_them() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "docs/tests.md", ".ci/run"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert any(re.search(r"\./splitboard test(?! --)", line) for line in lines), name
        assert any("./splitboard test --all" in line for line in lines), name


def test_the_page_lists_the_long_proofs_each_with_its_reason() -> None:
    rows = re.findall(r"(?m)^\| `(tests/\S+)` \| (.+) \| (.+) \|$", section("Long proofs"))

    assert {test for test, _, _ in rows} == marked("long") | files_marked("long")
    assert all(len(reason) > 20 for _, _, reason in rows)


def test_the_page_lists_what_runs_on_both_databases() -> None:
    listed = set(re.findall(r"`(tests/\S+)`", section("On both databases")))

    files = files_marked("both") | {test.split("::")[0] for test in marked("both")}
    assert listed == files


def test_the_page_lists_what_runs_on_the_second_database_among_the_long_proofs() -> None:
    listed = set(re.findall(r"`(tests/\S+)`", section("On the second database later")))

    later = {
        str(path.relative_to(ROOT)) for path in TESTS if "both(later=" in path.read_text(encoding="utf-8")
    }
    assert listed == later - {str(Path(__file__).relative_to(ROOT))}


def test_sql_that_ran_on_sqlite_alone_is_missed() -> None:
    modules = both_databases.modules_with_sql()

    assert "server.domain.submissions.submit" in modules
    assert "server.domain.errors" not in modules


def test_the_short_command_is_a_run_in_which_missing_sql_is_a_failure(pytestconfig: pytest.Config) -> None:
    config = copy(pytestconfig)
    config.args_source = pytest.Config.ArgsSource.TESTPATHS
    config.option = Namespace(markexpr=command.SHORT[1], keyword="")

    assert both_databases.is_whole(config)


def test_tests_that_share_something_costly_are_in_a_group() -> None:
    files = [f"{path.relative_to(ROOT)}::test_something" for path in TESTS]
    folders = "tests/baselines/homeworks/test_homework_folders.py::test_something"

    assert set(groups.GROUPS.values()) <= {groups.group_of(each) for each in files}
    assert groups.group_of(f"{folders}[hw02_phoneme-boss]") == "hw02_phoneme"
    assert groups.group_of("tests/baselines/homeworks/test_hw02_phoneme.py::test_a") == "hw02_phoneme"
    assert groups.group_of(folders) == folders
    assert all(any(each.startswith(beginning) for each in files) for beginning in groups.GROUPS)


def test_every_mark_is_used() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    names = [line.split(":")[0] for line in options["ini_options"]["markers"]]

    text = "".join(path.read_text(encoding="utf-8") for path in TESTS)

    assert [name for name in names if f"pytest.mark.{name}" not in text] == []


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_help_of_the_test_command_tells_of_both(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert "--all" in done.stdout
