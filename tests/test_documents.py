"""What the documentation says of the house is so: links, files, settings, refusals, code, pages."""

import ast
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

from benchmarks import pictures
from server.app import STATUSES, status_of
from server.domain import errors
from server.settings import PROJECT, Settings

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
TEMPLATES = sorted((PROJECT / "server" / "web" / "templates").rglob("*.html"))
PROGRAMS = [
    path
    for folder in ("baselines", "client", "grader", "server")
    for path in (PROJECT / folder).rglob("*.py")
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?")
SETTING = re.compile(r"SPLITBOARD_[A-Z_]+")
PAGE = re.compile(r"pages? \*([^*]+)\*")
REFUSAL = re.compile(r"`([a-z_]+)` (4\d\d|5\d\d)")
OUTLINE = "<!-- outline -->"  # before code that shows a shape and is not meant to run
# From where a text names files: the project, and what is talked of there.
ROOTS = ("", "docs/", "server/", "grader/", "client/", "baselines/", "baselines/homeworks/hw01_covid/")
# What looks like a file of the house and is one of a reader: of a homework being written, of a data folder.
OF_THE_READER = re.compile(r"(?:out|public|private|food-11|receipt-keys|build)/.*|text/csv")


def slug(heading: str) -> str:
    """The anchor that a forge gives to a heading."""
    plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def anchors(document: Path) -> set[str]:
    return {
        slug(match) for match in re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    }


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def test_every_link_of_a_document_leads_somewhere() -> None:
    astray = []
    for document in DOCUMENTS:
        for link in LINK.findall(document.read_text(encoding="utf-8")):
            if re.match(r"https?:|mailto:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists() or (anchor and anchor not in anchors(target)):
                astray.append(f"{name_of(document)}: {link}")

    assert astray == []


def test_every_file_that_a_document_names_is_there() -> None:
    listing = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = set(listing.stdout.split())
    there = files | {parent.as_posix() for name in files for parent in Path(name).parents}
    named = {
        (name_of(document), match.rstrip("/"))
        for document in DOCUMENTS
        if "/adr/" not in name_of(document) and document.name != "CHANGELOG.md"  # they tell of other days
        for match in CODE.findall(document.read_text(encoding="utf-8"))
        if FILE.fullmatch(match) and not OF_THE_READER.fullmatch(match)
    }

    assert {each for each in named if not any(f"{root}{each[1]}" in there for root in ROOTS)} == set()
    assert len(named) > 20


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    fields = {f"SPLITBOARD_{name.upper()}" for name in Settings.model_fields}
    operate = (PROJECT / "docs" / "operate.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`SPLITBOARD_[^|]+) \|", operate, re.MULTILINE)
    table = {name for row in rows for name in SETTING.findall(row)}
    named = {match for path in DOCUMENTS for match in SETTING.findall(path.read_text(encoding="utf-8"))}
    programs = "".join(path.read_text(encoding="utf-8") for path in (*PROGRAMS, PROJECT / "splitboard"))

    assert fields - table == set()
    assert {name for name in named - fields if f'"{name}"' not in programs} == set()


def test_every_refusal_of_the_api_is_documented_with_its_status() -> None:
    text = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = {(code, int(status)) for code, status in REFUSAL.findall(text)}
    statuses = {kind.code: status_of(kind.__new__(kind)) for kind in kinds_of(errors.DomainError)}

    assert set(statuses.items()) - documented == set()
    assert {each for each in documented if statuses.get(each[0], each[1]) != each[1]} == set()


def kinds_of(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    """All refusals there are, but those that only gather others."""
    if kind in STATUSES or any(parent in STATUSES for parent in kind.__mro__):
        yield kind
    for each in kind.__subclasses__():
        yield from kinds_of(each)


def test_python_of_the_documents_is_python() -> None:
    faults = []
    for document in DOCUMENTS:
        for before, code in indented_blocks(document.read_text(encoding="utf-8")):
            if (
                re.search(r"^(?:import \w|from \w+ import|def \w+\(|class \w+[(:])", code, re.MULTILINE)
                and before != OUTLINE
            ):
                try:
                    ast.parse(code)
                except SyntaxError as error:
                    faults.append(f"{name_of(document)}: {error}: {code[:60]}")

    assert faults == []


def indented_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each block of code with the last line of text before it."""
    before, block = "", []
    for line in [*text.splitlines(), "end"]:
        if line.startswith("    ") or (block and not line):
            block.append(line)
            continue
        if block:
            yield before, textwrap.dedent("\n".join(block))
            block = []
        before = line or before


def test_every_page_that_a_text_names_is_one() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES]
    titles = {match for text in texts for match in re.findall(r"<h1>([^<{]+)</h1>", text)}
    titles |= {match for text in texts for match in re.findall(r"block title %}([^<{]+){%", text)}
    titles |= {match for text in texts for match in re.findall(r"\"([A-Z][\w -]+)\"\)", text)}  # tabs, marked
    titles |= {match for text in texts for match in re.findall(r">([A-Z][\w -]+)</a>", text)}
    named = {
        (name_of(path), page)
        for path in (*DOCUMENTS, *TEMPLATES)
        for page in PAGE.findall(path.read_text(encoding="utf-8"))
        if "/adr/" not in name_of(path)
    }

    assert {(place, page) for place, page in named if page not in titles} == set()
    assert len(named) > 10


def test_the_pictures_of_both_readmes_are_there_small_and_in_the_readers_language() -> None:
    for page, language in (("README.md", "en"), ("README.zh-TW.md", "zh-TW")):
        names = re.findall(r"!\[[^]]+\]\((\S+)\)", (PROJECT / page).read_text(encoding="utf-8"))
        folder = PROJECT / "docs" / "pictures" / language
        assert {PROJECT / name for name in names} == set(folder.iterdir()) == set(made_of(folder))
        assert max(path.stat().st_size for path in folder.iterdir()) <= pictures.BYTES_MOST


def made_of(folder: Path) -> list[Path]:
    """What the command makes in a folder."""
    return [folder / f"{name}.png" for name in pictures.PAGES]
