"""The `splitboard` package as a wheel: what pip makes of a checkout, and what a course's server hands out.

The same code gives the same bytes, other code another version, so that client and server always understand
each other.
"""

import base64
import hashlib
import io
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distribution.renaming import NAMES, installed_path, renamed

PROJECT = Path(__file__).resolve().parent.parent
ENDS = (".py", ".typed", ".mo", ".json")
# They read the whole repository, to write the catalogues.
OF_TRANSLATORS = {f"languages/{name}.py" for name in ("__main__", "compiling", "extraction")}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of every file within
WHEEL = "Wheel-Version: 1.0\nGenerator: splitboard\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Wheel:
    """A wheel's file name, which names its version, and its bytes."""

    name: str
    data: bytes


def wheel(*, is_local: bool) -> Wheel:
    """The wheel of the code that lies here. is_local: its version says by a hash which code it is."""
    about = project()
    files = package_files()
    digest = hashlib.sha256(b"\0".join([*map(str.encode, files), *files.values()])).hexdigest()[:10]
    version = f"{about['version']}+{digest}" if is_local else about["version"]
    folder = f"splitboard-{version}.dist-info"
    files |= {
        f"{folder}/METADATA": metadata(version).encode(),
        f"{folder}/WHEEL": WHEEL.encode(),
        f"{folder}/entry_points.txt": _entry_points(about).encode(),
        f"{folder}/licenses/LICENSE": (PROJECT / "LICENSE").read_bytes(),
    }
    files[f"{folder}/RECORD"] = _record(files, f"{folder}/RECORD").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return Wheel(f"splitboard-{version}-py3-none-any.whl", buffer.getvalue())


def package_files() -> dict[str, bytes]:
    """Every file of the package by its path there, with its imports renamed."""
    return {
        installed_path(path): renamed(data, path=path) if path.endswith(".py") else data
        for path, data in sources().items()
    }


def sources() -> dict[str, bytes]:
    """Every file that goes into the package by its path in the repository."""
    paths = sorted(path for top in NAMES for path in (PROJECT / top).rglob("*") if path.suffix in ENDS)
    names = {path.relative_to(PROJECT).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if name not in OF_TRANSLATORS}


def metadata(version: str) -> str:
    """What pip and an index read of the package, from pyproject.toml and the README."""
    about = project()
    extras: dict[str, list[str]] = about["optional-dependencies"]
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {about['name']}",
        f"Version: {version}",
        f"Summary: {about['description']}",
        f"License-Expression: {about['license']}",
        "License-File: LICENSE",
        f"Keywords: {','.join(about['keywords'])}",
        *(f"Classifier: {each}" for each in about["classifiers"]),
        f"Requires-Python: {about['requires-python']}",
        *(f"Requires-Dist: {each}" for each in about["dependencies"]),
    ]
    for extra, requirements in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {each}; extra == "{extra}"' for each in requirements]
    readme = (PROJECT / about["readme"]).read_text(encoding="utf-8")
    return "\n".join([*lines, "Description-Content-Type: text/markdown", "", readme])


def project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def _entry_points(about: dict[str, Any]) -> str:
    scripts = (f"{name} = {target}" for name, target in about["scripts"].items())
    return "\n".join(["[console_scripts]", *scripts, ""])


def _record(files: dict[str, bytes], own_name: str) -> str:
    """Each file with its hash and its size, as pip verifies them; the record itself has neither."""
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{own_name},,\n"])
