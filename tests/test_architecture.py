"""The rules of the house that a program can check; import-linter keeps the ones about who imports whom."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("grader", "languages", "client", "distribution", "server", "baselines")
MOST_LINES = {"tests": 400}  # a test file reads as a list, so it may be a little longer
MOST_LINES_OF_DATA = 400  # a homework's data.py stands alone: it invents data, and reads real ones
MOST_LINES_ELSEWHERE = 300
MOST_FUNCTION_LINES = 40  # without its docstring
MOST_ARGUMENTS = 6  # of a rule; more are a value without a name
# A route or a command declares each field of its form and each option as an argument; rules need not.
RULES = ("server/domain/", "server/services/")
# A migration writes tables down, one after the other; there is nothing in it to part.
LONG_FUNCTIONS_ALLOWED = ("migrations/versions/",)

# Words of the glossary's "Never" column that have no honest other use in a program.
NEVER = {
    "challenge",
    "contest",
    "organiser",
    "participant",
    "quota",
    "rejudge",
    "solution",
    "superuser",
    "tenant",
    "unblind",
}
# Kaggle's convention for a custom metric fixes the names of its arguments and its error.
NEVER_BUT = {
    f"grader/custom_metrics/{name}.py": {"solution", "participant"}
    for name in ("metric", "signature", "score_in_child", "kaggle_metric_utilities")
} | {
    "server/services/sign_on/provider.py": {"challenge"},  # two names of RFC 7636
    # Names of files there, and keys of a bundle.
    "server/domain/setup/foreign/codabench.py": {"solution"},
    "server/domain/setup/foreign/kaggle.py": {"solution"},
    "server/api/kaggle/hosts.py": {"solution"},  # two of Kaggle's calls
}

# Custom metrics keep the convention, too.
KAGGLES_OWN = re.compile(r"baselines/homeworks/\w+/metric\.py")

# Where `except Exception` may stand, how often, and why.
LAST_RESORTS = {
    "baselines/homeworks/hw04_speaker/data.py": 1,  # a broken real file is named, whatever it raised
    "baselines/worker/serve.py": 1,  # around a worker's task: the run is reported as failed
    "client/notebook/connection.py": 1,  # Colab's and Kaggle's own errors for a secret that is not there
    "client/notebook/experiments.py": 1,  # a tracker's fault is a warning: what is sent is sent
    "grader/custom_metrics/kaggle_metric_utilities.py": 1,  # Kaggle's own: sorts errors by who may see them
    "grader/custom_metrics/score_in_child.py": 1,  # a custom metric's error whose text cannot be had either
    "server/services/setup/launching.py": 1,  # around a launch: the draft says that it is our fault
    "server/services/grading/grade.py": 1,  # a fault of the grader becomes `failed`, which costs no slot
    "server/database/group_commit.py": 2,  # a fault is handed to its writer, a failed commit to the group
    "server/services/sending.py": 1,  # what waits is looked at again when the database was away
    "server/services/sweeper.py": 1,  # the sweep goes on when the database was away
}
MAY_ASK = tuple(f"server/{part}/" for part in ("database", "domain", "models", "services"))
# Where text becomes HTML without being escaped again.
RAW_HTML = {
    "server/web/rendering/qr_codes.py",  # a drawing of segno, in which no text stands
    "server/web/rendering/charts/shapes.py",  # our own SVG, its values escaped by Markup.format
    "server/web/rendering/charts/pairs.py",  # the same
    "server/web/rendering/charts/ranks.py",  # the same
    "server/web/rendering/charts/score_chart.py",  # the same
    "server/web/rendering/charts/shares.py",  # the same
    "server/web/rendering/texts.py",  # a template of ours or of a translator, its values escaped
    "server/web/rendering/prose.py",  # students' descriptions, cleaned by nh3
}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "torch.load", "os.system", "os.popen"} | {
    f"yaml.{name}"
    for name in ("load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all")
}  # yaml.safe_load alone makes plain values and nothing else


ADDRESS_OF_A_REGISTRY = re.compile(
    r"https?://[^/\s\"'`]*(?:pypi|npm|registry|mirror|nexus|artifact|wheels)[^/\s]*"
)
SILENT = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
PATH_OF_ONE_MACHINE = re.compile(r"(?<![\w./-])/(?:work|root|Users|home/\w+)/")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git knows or would take, or, in an unpacked archive, every file outside .venv."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listing.stdout.split("\0") if listing.returncode == 0 else unpacked_files()
    return tuple(sorted(ROOT / name for name in names if name and (ROOT / name).is_file()))


def unpacked_files() -> list[str]:
    """Every file below the root that does not lie in a hidden or a cache folder, as git would name it."""
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    return [str(name) for name in names if not re.search(r"(^|/)(\.(?!ci/)|__pycache__)", str(name))]


def name_of(path: Path) -> str:
    """The path as the project writes it, such as "server/database/database.py"."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """Every Python file in these top folders; everywhere, the launcher included, when none is named."""
    files = [path for path in tracked_files() if path.suffix == ".py" or path == ROOT / "splitboard"]
    return [path for path in files if not folders or path.relative_to(ROOT).parts[0] in folders]


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, in the order of `ast.walk`; without those that say nothing by themselves."""
    return tuple(node for node in ast.walk(tree_of(path)) if not isinstance(node, SILENT))


@cache
def functions(path: Path) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
    """Every function and method in a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return tuple(node for node in nodes_of(path) if isinstance(node, kinds))


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method that another module may call: not nested, without a leading underscore."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has, its docstring not counted, for that is to be as long as it needs."""
    first = function.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def dotted(node: ast.expr) -> str:
    """The name in a call, such as "torch.load"; "" when it is no plain name."""
    text = ast.unparse(node)
    return text if re.fullmatch(r"[\w.]+", text) else ""


def names_written_in(path: Path) -> Iterator[str]:
    """Every name a module gives or uses, and every text in it that looks like an address or a column."""
    for node in nodes_of(path):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Constant(value=str(text)) if re.fullmatch(r"[\w/{}:.-]+", text):
                yield text


def words_in(name: str) -> set[str]:
    """The words of a name in either spelling, small and singular: "TeamQuotas" is {"team", "quota"}."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {word.lower().removesuffix("s") for word in words}


def test_a_file_fits_on_a_few_screens() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert {name: lines for name, lines in lengths.items() if lines > most_lines(name)} == {}


def most_lines(name: str) -> int:
    """How long a file may be."""
    if re.fullmatch(r"baselines/homeworks/\w+/data\.py", name):
        return MOST_LINES_OF_DATA
    return MOST_LINES.get(name.split("/")[0], MOST_LINES_ELSEWHERE)


def test_a_function_fits_on_one_screen() -> None:
    files = [path for path in modules() if not name_of(path).startswith(LONG_FUNCTIONS_ALLOWED)]

    sizes = {
        f"{name_of(path)}:{each.lineno} {each.name}": lines_without_docstring(each)
        for path in files
        for each in functions(path)
    }

    assert {name: size for name, size in sizes.items() if size > MOST_FUNCTION_LINES} == {}


def test_a_rule_takes_few_arguments() -> None:
    counts = {
        f"{name_of(path)}:{each.lineno} {each.name}": len(arguments_of(each))
        for path in modules("server")
        if name_of(path).startswith(RULES)
        for each in functions(path)
    }

    assert {name: count for name, count in counts.items() if count > MOST_ARGUMENTS} == {}


def arguments_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of a function's arguments, without that of the object it belongs to."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [each.arg for each in arguments if each.arg not in ("self", "cls")]


def test_every_module_says_why_it_exists() -> None:
    silent = [name_of(path) for path in modules(*PACKAGES) if not ast.get_docstring(tree_of(path))]

    assert silent == []


def test_every_public_function_of_the_grader_is_explained() -> None:
    silent = [
        f"{name_of(path)}:{each.lineno} {each.name}"
        for path in modules("grader")
        for each in public_functions(tree_of(path))
        if not ast.get_docstring(each)
    ]

    assert silent == []


def test_a_word_that_the_glossary_forbids_names_nothing() -> None:
    forbidden_names = [
        f"{name_of(path)}: {name}"
        for path in modules(*PACKAGES, "migrations")
        for name in names_written_in(path)
        if words_in(name) & (NEVER - honest_words(name_of(path)))
    ]

    assert forbidden_names == []


def honest_words(name: str) -> set[str]:
    """The forbidden words that a file may use, since somebody else's convention fixes them."""
    return {"solution", "participant"} if KAGGLES_OWN.fullmatch(name) else NEVER_BUT.get(name, set())


def test_a_word_that_the_glossary_forbids_stands_on_no_page() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".html"]

    forbidden_words = [
        f"{name_of(path)}: {word}"
        for path in pages
        for word in re.findall(r"[a-z]+", path.read_text(encoding="utf-8").lower())
        if word.removesuffix("s") in NEVER
    ]

    assert forbidden_words == []


def test_the_forbidden_words_are_the_glossarys() -> None:
    rows = [line.split("|") for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()]
    nevers = " ".join(row[3] for row in rows if len(row) == 6)

    assert {word for word in NEVER if word not in nevers} == set()


def test_nothing_is_run_or_unpacked_that_came_from_outside() -> None:
    unsafe_lines = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)}"
        for path in modules(*PACKAGES, "migrations", "benchmarks", "splitboard")
        for node in nodes_of(path)
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom) and is_unsafe(node)
    ]

    assert unsafe_lines == []


def is_unsafe(node: ast.Call | ast.Import | ast.ImportFrom) -> bool:
    """Tell whether a call or an import could run code that lies in data."""
    match node:
        case ast.Call(func=function, keywords=keywords):
            # Read so, a file of weights gives numbers or an error, and nothing in it is run.
            settings = {each.arg: ast.unparse(each.value) for each in keywords}
            return dotted(function) in UNSAFE_CALLS and settings.get("weights_only") != "True"
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] in UNSAFE_MODULES for alias in names)
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] in UNSAFE_MODULES | {"yaml"}  # a call is to say whose it is
    return False


def test_only_rules_and_ways_of_several_transactions_ask_the_database() -> None:
    asking = {
        name_of(path)
        for path in modules("server")
        for each in nodes_of(path)
        if isinstance(each, ast.ImportFrom) and each.module == "sqlalchemy"
    }

    elsewhere = {name for name in asking if not name.startswith(MAY_ASK)}
    assert elsewhere == set()
    assert len(asking) > 50


def test_every_fault_is_caught_by_name_but_at_the_places_of_last_resort() -> None:
    handlers = Counter(
        name_of(path)
        for path in modules(*PACKAGES)
        for node in nodes_of(path)
        if isinstance(node, ast.ExceptHandler) and (not node.type or ast.unparse(node.type) == "Exception")
    )

    assert handlers == LAST_RESORTS


def test_text_becomes_html_only_where_it_was_made_harmless() -> None:
    python = [path for path in modules("server") if "Markup(" in path.read_text(encoding="utf-8")]
    pages = [path for path in tracked_files() if path.suffix == ".html"]

    unescaped = [
        name_of(path)
        for path in pages
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ]

    assert unescaped == []
    assert {name_of(path) for path in python} <= RAW_HTML


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    texts = {name_of(path): path.read_bytes().decode("utf-8", "replace") for path in tracked_files()}

    mentions = [
        f"{name}: {hit.group()}"
        for name, text in texts.items()
        for pattern in (ADDRESS_OF_A_REGISTRY, PATH_OF_ONE_MACHINE)
        for hit in pattern.finditer(text)
    ]

    assert mentions == []


@pytest.mark.parametrize(
    ("module", "strangers"),
    [
        (
            "server.app",
            {"torch", "pandas", "sklearn", "baselines", "celery", "psycopg", "openpyxl", "PIL", "xlsxwriter"},
        ),
        ("grader.grade", {"torch", "pandas", "sklearn", "fastapi", "sqlalchemy"}),
        ("client.commands.student", {"torch", "pandas", "sklearn", "fastapi", "sqlalchemy", "server"}),
    ],
)
def test_a_module_loads_nothing_heavy_that_it_does_not_use(module: str, strangers: set[str]) -> None:
    code = f"import sys, {module}; print(*sorted(name for name in sys.modules if '.' not in name))"

    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)

    assert set(loaded.split()) & strangers == set()
