"""What pip calls to build the package: the hooks of PEP 517, with nothing to be installed first.

`pip install .` makes a wheel of client, grader and languages. An editable installation is none of the hooks:
in a checkout `./splitboard` makes an environment in which the code runs as it lies there.
"""

import importlib
import io
import tarfile
from pathlib import Path

from distribution import wheel

COMPILER = "babel>=2.19"
FOR_BUILDING = ("client", "distribution", "grader", "languages", "pyproject.toml", "README.md", "LICENSE")
Settings = dict[str, str | list[str]] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Babel where the catalogues are not compiled yet, as on a fresh clone; else nothing."""
    return [] if _is_compiled() else [COMPILER]


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Write the wheel into a folder; its name."""
    if not _is_compiled():
        importlib.import_module("languages.compiling").compile_all()
    built = wheel.wheel(is_local=False)
    Path(wheel_directory, built.name).write_bytes(built.data)
    return built.name


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Write the sources that the wheel is made of into a folder, as a .tar.gz; its name."""
    version = wheel.project()["version"]
    name = f"splitboard-{version}"
    with tarfile.open(Path(sdist_directory, f"{name}.tar.gz"), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for each in FOR_BUILDING:
            archive.add(wheel.PROJECT / each, f"{name}/{each}", filter=_without_caches)
        information = wheel.metadata(version).encode()
        entry = tarfile.TarInfo(f"{name}/PKG-INFO")
        entry.size = len(information)
        archive.addfile(entry, io.BytesIO(information))
    return f"{name}.tar.gz"


def _without_caches(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name else entry


def _is_compiled() -> bool:
    """Whether each catalogue has been compiled since it was changed."""
    sources = (wheel.PROJECT / "languages").glob("*/LC_MESSAGES/splitboard.po")
    return all(
        (binary := source.with_suffix(".mo")).exists()
        and binary.stat().st_mtime_ns >= source.stat().st_mtime_ns
        for source in sources
    )
