"""docs/accessibility.md has each criterion of WCAG 2.2, levels A and AA, once, and what it names exists."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
ROW = re.compile(r"(?m)^\| (?P<number>\d\.\d\.\d+) (?P<name>[^|]+) \| (?P<level>AA?) \| (?P<rest>.+) \|$")
TERMS = {"supports", "partially supports", "does not support", "not applicable"}
# The numbers of the Recommendation, by level; 4.1.1 was removed from it.
LEVEL_A = re.findall(
    r"\S+",
    """1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2
    2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2""",
)
LEVEL_AA = re.findall(
    r"\S+",
    """1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7
    2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3""",
)


def test_each_criterion_has_one_row_with_its_level() -> None:
    rows = Counter((match["number"], match["level"]) for match in ROW.finditer(PAGE))

    assert rows == Counter({(each, "A"): 1 for each in LEVEL_A} | {(each, "AA"): 1 for each in LEVEL_AA})


def test_each_row_says_how_far_it_is_met_and_what_stands_behind_it() -> None:
    for match in ROW.finditer(PAGE):
        conformance, remarks, held_by = match["rest"].split(" | ")
        assert conformance in TERMS, match["number"]
        assert len(remarks) > 5, match["number"]
        assert held_by.startswith(("`tests/", "by reading: ")), match["number"]


def test_each_test_that_the_report_names_exists() -> None:
    names = set(re.findall(r"`(tests/[^`]+)`", PAGE))

    for each in names:
        path, _, name = each.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert not name or name in functions, each
    assert len(names) > 5
