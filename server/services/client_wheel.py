"""The `splitboard` command as a wheel, so that a student installs it from the course's own server.

It holds the client, its languages and the grader, which checks files offline, as they are on this server:
client and server always understand each other. The same code gives the same bytes, other code another
version.
"""

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.processes.children import PROJECT

# As in pyproject.toml; a test compares the two.
VERSION, PYTHON = "0.1.0", ">=3.11"
REQUIREMENTS = (
    "httpx2>=2.16",
    "typer>=0.29",
    "rich>=15",
    "numpy>=2.4",
    "pyarrow>=26",
    "cryptography>=46",
    "msgspec>=0.20",
)
PACKAGES = ("client", "grader", "languages")
ENDS = (".py", ".typed", ".mo", ".json")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of every file within
WHEEL = "Wheel-Version: 1.0\nGenerator: splitboard\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY_POINTS = "[console_scripts]\nsplitboard = client.__main__:main\n"


@dataclass(frozen=True)
class ClientWheel:
    """The wheel's file name, which names its version, and its bytes."""

    name: str
    data: bytes


@cache
def client_wheel() -> ClientWheel:
    """The wheel of the code that this server runs."""
    files = {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in _sources()}
    digest = hashlib.sha256(b"\0".join([*map(str.encode, files), *files.values()])).hexdigest()[:10]
    version = f"{VERSION}+{digest}"
    folder = f"splitboard-{version}.dist-info"
    files |= {
        f"{folder}/METADATA": _metadata(version).encode(),
        f"{folder}/WHEEL": WHEEL.encode(),
        f"{folder}/entry_points.txt": ENTRY_POINTS.encode(),
    }
    files[f"{folder}/RECORD"] = _record(files, f"{folder}/RECORD").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return ClientWheel(f"splitboard-{version}-py3-none-any.whl", buffer.getvalue())


def _sources() -> list[Path]:
    paths = [path for package in PACKAGES for path in (PROJECT / package).rglob("*")]
    return sorted(path for path in paths if path.suffix in ENDS)


def _metadata(version: str) -> str:
    lines = ["Metadata-Version: 2.1", "Name: splitboard", f"Version: {version}", f"Requires-Python: {PYTHON}"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in REQUIREMENTS)]) + "\n"


def _record(files: dict[str, bytes], own_name: str) -> str:
    """Each file with its hash and its size, as pip verifies them; the record itself has neither."""
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{own_name},,\n"])
