"""What the tiers of a homework share stands once, in its shared.py: a test over all folders."""

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest

from baselines.homework import HOMEWORKS, SHARED_MODULE, TIERS, homework_names, load_script
from baselines.starter_code import TRAINING, ModuleSource, is_of_shared

AREAS = {"baselines", "client", "grader", "server"}
LONGEST_REPETITION = 7  # lines of code that two tiers may have in common on end
SHARING = [name for name in homework_names() if (HOMEWORKS / name / f"{SHARED_MODULE}.py").is_file()]


def source_of(name: str, script: str) -> ModuleSource:
    """A script of the homework of this name."""
    return ModuleSource.of((HOMEWORKS / name / f"{script}.py").read_text(encoding="utf-8"))


def shared_names(name: str, tier: str) -> set[str]:
    """The names that a tier imports from its homework's shared module."""
    nodes = (node for node in source_of(name, tier).body if is_of_shared(node))
    return {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def foreign_imports(tree: ast.Module) -> Iterator[str]:
    """What a script imports of this project, as it is written."""
    for node in ast.walk(tree):
        modules = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            modules = ["." * node.level + (node.module or "")]
        yield from (module for module in modules if module[0] == "." or module.split(".")[0] in AREAS)


def code_lines(path: Path) -> list[str]:
    """The lines of a script without its docstring, its imports, comments, and lines of marks alone."""
    source = ModuleSource.of(path.read_text(encoding="utf-8"))
    body = [node for node in source.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    lines = [
        line.strip()
        for node in body
        for line in source.lines[node.lineno - 1 : node.end_lineno or node.lineno]
    ]
    return [line for line in lines if any(map(str.isalnum, line)) and not line.startswith("#")]


def longest_repetition(name: str) -> int:
    """The number of lines on end that two tiers of a homework have in common, at the most."""
    scripts = [code_lines(HOMEWORKS / name / f"{tier}.py") for tier in TIERS]
    return max(
        SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
        for one, other in combinations(scripts, 2)
    )


@pytest.mark.parametrize("name", homework_names())
def test_no_tier_repeats_another(name: str) -> None:
    assert longest_repetition(name) <= LONGEST_REPETITION


@pytest.mark.parametrize("name", homework_names())
@pytest.mark.parametrize("script", [*TIERS, SHARED_MODULE])
def test_a_tier_imports_nothing_of_ours_but_what_a_starter_can_write_out(name: str, script: str) -> None:
    path = HOMEWORKS / name / f"{script}.py"
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    lower = TIERS[: TIERS.index(script)] if script in TIERS else ()  # whose ideas it may build on
    known = {TRAINING, f".{SHARED_MODULE}", *(f".{tier}" for tier in lower)}
    known -= {f".{script}"}

    assert set(foreign_imports(tree)) <= known
    assert all(node.col_offset == 0 for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))


@pytest.mark.parametrize("name", SHARING)
def test_each_name_of_a_shared_module_serves_at_least_two_tiers(name: str) -> None:
    shared = source_of(name, SHARED_MODULE)
    used = {tier: shared.used_by(shared_names(name, tier)) for tier in TIERS}
    definitions = shared.definitions()

    lonely = [
        each
        for each, nodes in definitions.items()
        if not isinstance(nodes[0], ast.Import | ast.ImportFrom)
        and sum(nodes[0] in statements for statements in used.values()) < 2
    ]

    assert definitions
    assert lonely == []


def test_tiers_of_a_folder_anywhere_share_its_module_as_it_is_now(tiny: Path) -> None:
    predict = (tiny / "simple.py").read_text(encoding="utf-8")
    for tier in ("simple", "medium"):
        (tiny / f"{tier}.py").write_text("from .shared import WIDTH\n" + predict)

    widths = []
    for width in (3, 14):
        (tiny / "shared.py").write_text(f"WIDTH = {width}\n")
        widths += [load_script(tiny / f"{tier}.py").WIDTH for tier in ("simple", "medium")]

    assert widths == [3, 3, 14, 14]
