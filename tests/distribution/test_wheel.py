"""What pip installs: one name, `splitboard`, whose code runs without any other name of ours."""

import ast
import os
import re
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.metadata import parse_email

from distribution import backend
from distribution.renaming import NAMES, NotRenamable, renamed
from distribution.wheel import Wheel
from tests.client import answers
from tests.client.stub_server import Answer, StubServer

ROOT = Path(__file__).resolve().parents[2]
OURS = ("client", "grader", "languages", "server", "baselines", "migrations", "docs", "tests", "distribution")
MODULE = re.compile(rf"({'|'.join(NAMES)})(\.[a-z_]+)+")
EXTRA = ("numpy", "pyarrow", "cryptography", "pandas", "sklearn", "torch")
# What `splitboard submit` loads of others, with all that these load.
LIGHT = {
    "anyio",
    "certifi",
    "h11",
    "httpcore2",
    "httpx2",
    "idna",
    "msgspec",
    "rich",
    "sniffio",
    "truststore",
} | {
    # Typer and its own.
    "annotated_doc",
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "shellingham",
    "typer",
    "typing_extensions",
    "typing_inspection",
}
BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"blocked: {{name}}", name=name)

sys.meta_path.insert(0, Blocker())
sys.path.insert(0, {folder!r})
before = set(sys.modules)
from splitboard.__main__ import main
try:
    main(sys.argv[1:])
finally:
    loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
    print(*sorted(name for name in loaded - set(sys.stdlib_module_names) if name[0] != "_"), file=sys.stderr)
"""


def run(folder: Path, *words: str, blocked: tuple[str, ...], **environment: str) -> tuple[int, str, str]:
    """The installed command with these words, where these names cannot be imported."""
    program = BLOCKED.format(names=set(blocked), folder=str(folder))
    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, *words],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={
            "HOME": str(folder),
            "SPLITBOARD_LANGUAGE": "zh_TW.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def old_names_in(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports, or names in a text that is no docstring, by an old name."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and str(node.module).partition(".")[0] in OURS
        ):
            yield str(node.module)
        elif isinstance(node, ast.Constant) and MODULE.fullmatch(str(node.value)):
            yield str(node.value)


def test_no_old_name_is_left_in_the_code(installed: Path) -> None:
    paths = sorted(installed.rglob("*.py"))

    left = {path: list(old_names_in(ast.parse(path.read_bytes()))) for path in paths}

    assert {path: names for path, names in left.items() if names} == {}
    assert {"__main__.py", "grader/check.py", "languages/catalogue.py"} <= {
        path.relative_to(installed / "splitboard").as_posix() for path in paths
    }


@pytest.mark.parametrize(
    "source", ["import grader", "import client.api as api", "if x:\n    import languages"]
)
def test_an_import_that_binds_an_old_name_stops_the_build(source: str) -> None:
    with pytest.raises(NotRenamable, match="a module, line"):
        renamed(source.encode())


def test_a_renamed_module_keeps_its_lines() -> None:
    source = "from grader.spec import (\n  A,\n)\nx = 'from grader'  # 中文\nif x:\n  from client import y\n"

    new = renamed(source.encode()).decode()

    assert new == source.replace("from grader.spec", "from splitboard.grader.spec").replace(
        "from client import", "from splitboard import"
    )


def test_the_wheel_has_one_name_on_top_and_the_languages(built: Wheel) -> None:
    with ZipFile(BytesIO(built.data)) as archive:
        names = archive.namelist()
        catalogue = archive.read("splitboard/languages/zh_TW/LC_MESSAGES/splitboard.mo")

    assert {name.partition("/")[0] for name in names} == {"splitboard", "splitboard-0.1.0.dist-info"}
    assert catalogue
    assert not [name for name in names if name.endswith((".po", "extraction.py"))]


def test_what_pip_reads_of_the_wheel_is_well_formed(built: Wheel) -> None:
    with ZipFile(BytesIO(built.data)) as archive:
        read, unread = parse_email(archive.read("splitboard-0.1.0.dist-info/METADATA"))
        commands = archive.read("splitboard-0.1.0.dist-info/entry_points.txt").decode()

    assert unread == {}
    assert (read["name"], read["version"]) == ("splitboard", "0.1.0")
    assert {"check", "text"} == set(read["provides_extra"])
    base = {each.partition(">")[0] for each in read["requires_dist"] if "extra" not in each}
    assert base == {"httpx2", "typer", "rich", "msgspec"}
    assert commands == "[console_scripts]\nsplitboard = splitboard.__main__:main\n"


def test_submitting_loads_the_base_alone(installed: Path, server: StubServer, tmp_path: Path) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(body=answers.competition()))
    server.prepare("POST", "/api/competitions/food/submissions", Answer(201, answers.receipt()))
    predictions = tmp_path / "pred.csv"
    predictions.write_bytes(b"id,label\na1,0\n")

    status, out, err = run(
        installed,
        "submit",
        "food",
        str(predictions),
        blocked=(*OURS, *EXTRA),
        SPLITBOARD_URL=server.url,
        SPLITBOARD_TOKEN=answers.TOKEN,
    )

    assert status == 0, err
    assert "公開" in out
    assert set(err.splitlines()[-1].split()) <= {"splitboard", *LIGHT}


def test_the_offline_check_names_its_extra_and_works_with_it(installed: Path, tmp_path: Path) -> None:
    predictions = tmp_path / "pred.csv"
    predictions.write_bytes(b"id,label\na1,0\n")
    words = ("check", str(predictions), "--like", str(predictions))

    without = run(installed, *words, blocked=(*OURS, *EXTRA), SPLITBOARD_LANGUAGE="en")
    with_it = run(installed, *words, blocked=OURS, SPLITBOARD_LANGUAGE="en")

    assert without[0] == 2
    assert "pip install 'splitboard[check]'" in without[2].splitlines()[0]
    assert (with_it[0], with_it[1]) == (0, f"{predictions} is well-formed: 1 row, columns id, label.\n")


def test_the_sources_are_all_that_the_same_wheel_needs(built: Wheel, tmp_path: Path) -> None:
    name = backend.build_sdist(str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        for entry in archive:
            archive.extract(entry, tmp_path, filter="data")
    build = "import sys; from distribution import backend; print(backend.build_wheel(sys.argv[1]))"

    again = subprocess.check_output(
        [sys.executable, "-S", "-P", "-c", f"import sys; sys.path.insert(0, '.'); {build}", str(tmp_path)],
        cwd=tmp_path / "splitboard-0.1.0",
        encoding="utf-8",
        env={},
    ).strip()

    assert (tmp_path / again).read_bytes() == built.data


@pytest.mark.long
def test_pip_installs_a_checkout_into_an_empty_environment(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]

    before = set(next(environment.glob("lib/python*/site-packages")).iterdir())
    subprocess.run([*pip, str(ROOT)], check=True, cwd=tmp_path)
    after = {
        path.name for path in set(next(environment.glob("lib/python*/site-packages")).iterdir()) - before
    }
    libraries = os.pathsep.join(path for path in sys.path if path.endswith("-packages"))
    ended = subprocess.run(
        [environment / "bin" / "splitboard", "--help"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={"PYTHONPATH": libraries, "SPLITBOARD_LANGUAGE": "zh_TW.UTF-8"},
    )

    extra = subprocess.run(
        [*pip[:-1], "splitboard[check]"], capture_output=True, encoding="utf-8", cwd=tmp_path, check=False
    )

    assert after == {"splitboard", "splitboard-0.1.0.dist-info"}
    # What is installed is taken as it is, never looked up under its name: its libraries are what is missing.
    assert "No matching distribution found for httpx2" in extra.stderr
    assert "學生：" in ended.stdout
