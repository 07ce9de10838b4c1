"""What a newcomer meets: entries a folder, lines a file and a function, modules a layer, parameters.

    .venv/bin/python -m benchmarks.house
    .venv/bin/python -m benchmarks.ways      # how many files each way through the program enters

Read off the files that git knows. Homeworks are left out: each is a folder of data, pages and tiers.
"""

import ast
import statistics
import subprocess
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("grader", "client", "server", "baselines")
HOMEWORKS = "baselines/homeworks/"
CROWDED = 12  # entries of a folder that can be taken in at a glance
FULLEST = 8  # folders that are listed by name


def main() -> None:
    """Print the four tables."""
    files = [name for name in known_files() if name.startswith(PACKAGES) and not name.startswith(HOMEWORKS)]
    python = [name for name in files if name.endswith(".py") and not name.endswith("__init__.py")]
    print_folders(python)
    print_lengths(python)
    print_layers(python)


def known_files() -> list[str]:
    """The paths that git knows, from the root."""
    listing = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S607
    return listing.stdout.splitlines()


def entries(python: Sequence[str]) -> dict[str, int]:
    """How many modules and folders of modules each folder holds."""
    inside: dict[str, set[str]] = {}
    for name in python:
        parts = name.split("/")
        for depth in range(1, len(parts)):
            inside.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    return {folder: len(names) for folder, names in inside.items()}


def print_folders(python: Sequence[str]) -> None:
    """Print how full the folders are, and the fullest by name."""
    sizes = entries(python)
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    print(f"{'folders':26} {'number':>7} {'median':>7} {'p90':>5} {'most':>5} {f'over {CROWDED}':>8}")
    for package in PACKAGES:
        own = [size for folder, size in sizes.items() if folder.split("/")[0] == package]
        crowded = sum(size > CROWDED for size in own)
        print(f"{package:26} {len(own):7} {spread(own)} {crowded:8}")
    print("fullest: " + ", ".join(f"{folder} {size}" for folder, size in ordered[:FULLEST]) + "\n")


def print_lengths(python: Sequence[str]) -> None:
    """Print the lines of files and functions (without docstrings), and who takes many parameters."""
    print(f"{'lines':26} {'number':>7} {'median':>7} {'p90':>5} {'most':>5} {'7+ parameters':>14}")
    for package in PACKAGES:
        texts = [(PROJECT / name).read_text("utf-8") for name in python if name.split("/")[0] == package]
        functions = [
            node
            for text in texts
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        many = sum(parameters(node) >= 7 for node in functions)
        lengths = spread([len(text.splitlines()) for text in texts])
        print(f"{package + ' files':26} {len(texts):7} {lengths}")
        sizes = spread([body_lines(function) for function in functions])
        print(f"{package + ' functions':26} {len(functions):7} {sizes} {many:14}")
    print()


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many parameters a function has, `self` not counted."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in arguments)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has, its docstring not counted."""
    first = function.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def spread(sizes: Sequence[int]) -> str:
    """Median, 90th percentile and greatest, in columns."""
    ordered = sorted(sizes)
    tenth = ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]
    return f"{statistics.median(ordered):7.0f} {tenth:5} {ordered[-1]:5}"


def print_layers(python: Sequence[str]) -> None:
    """Print how many modules each layer of the contracts holds, and how many are in none."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    modules = [name.removesuffix(".py").replace("/", ".") for name in python]
    covered: set[str] = set()
    print(f"{'layers, from above':58} {'modules':>8}")
    for contract in (each for each in contracts if each["type"] == "layers"):
        print(contract["name"])
        for layer in contract["layers"]:
            counts = layer_counts(contract, layer, modules, covered)
            print(f"    {layer[:52]:54} {sum(counts.values()):8}")
    print(f"{'modules in no layer':58} {len(set(modules) - covered):8}")


def layer_counts(
    contract: dict[str, list[str]], layer: str, modules: Sequence[str], covered: set[str]
) -> Counter[str]:
    """How many modules each member of a layer holds; `covered` is given those modules."""
    members = [name.strip(" ()") for part in layer.split("|") for name in part.split(":")]
    roots = contract.get("containers", [""])
    counts: Counter[str] = Counter()
    for root in roots:
        for member in members:
            full = f"{root}.{member}".strip(".")
            inside = [name for name in modules if name == full or name.startswith(f"{full}.")]
            counts[full] = len(inside)
            covered.update(inside)
    return counts


if __name__ == "__main__":
    main()
