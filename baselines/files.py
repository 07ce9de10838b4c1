"""Files that the data scripts write and read: pictures, archives that are the same byte for byte, real data.

A homework of ten thousand pictures is one archive in public/, as the real ones are handed out; its tiers read
it without unpacking.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

FIRST_OF_JANUARY = (2020, 1, 1, 0, 0, 0)  # stamped on each member: the same members give the same bytes
MOST_NAMED = 5  # missing files that a sentence names


class SourceProblems(Exception):
    """A folder of real data cannot be used; a problem says what was found, what was expected, what to do."""

    def __init__(self, source: Path, problems: Sequence[str]) -> None:
        super().__init__(f"{source} cannot be used: {' '.join(problems)}")
        self.problems = list(problems)


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of pixels (height, width) or (height, width, 3), uint8."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    """An .npy file of an array, which holds no objects."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def pixels_of(data: bytes, *, mode: str = "RGB", side: int | None = None) -> np.ndarray:
    """The pixels of a PNG or JPEG file, uint8: (height, width, 3) for mode "RGB", (height, width) "L".

    side: height and width to which the picture is brought, where it is not so large; None leaves it.
    """
    with Image.open(io.BytesIO(data)) as picture:
        image = picture.convert(mode)
        if side is not None and image.size != (side, side):
            image = image.resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(image)


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write an archive of (name, contents), in this order and unpacked: pictures are small already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, FIRST_OF_JANUARY), data)


class RealFiles:
    """The files of a real homework below a folder, whether it is unpacked there or lies there as one .zip.

    `folder` is the top folder's name, such as food-11: RealFiles(source, "food-11") reads source/food-11/...
    or source/food-11.zip. Raises SourceProblems when there is neither.
    """

    def __init__(self, source: Path, folder: str) -> None:
        self.source, self.folder = source, folder
        place, archive = source / folder, source / f"{folder}.zip"
        if place.is_dir():
            self._archive = None
            files = sorted(path for path in place.rglob("*") if path.is_file())
            self.names = [path.relative_to(source).as_posix() for path in files]
        elif archive.is_file():
            self._archive = zipfile.ZipFile(archive)
            self.names = sorted(name for name in self._archive.namelist() if not name.endswith("/"))
        else:
            raise SourceProblems(source, [_neither(source, folder)])

    def read(self, name: str) -> bytes:
        """The contents of one of `names`."""
        return self._archive.read(name) if self._archive else (self.source / name).read_bytes()

    def below(self, prefix: str, *endings: str) -> list[str]:
        """The names below folder/prefix with one of these endings, in order.

        Raises SourceProblems when there is none.
        """
        start = f"{self.folder}/{prefix}"
        names = [name for name in self.names if name.startswith(start) and name.lower().endswith(endings)]
        if not names:
            patterns = " or ".join(f"*{ending}" for ending in endings)
            raise SourceProblems(
                self.source, [f"There is no {patterns} below {start}; put the real homework's files there."]
            )
        return names


def require_files(source: Path, names: Sequence[str]) -> None:
    """Raise SourceProblems that names each of these files that is not in the folder `source`."""
    missing = [name for name in names if not (source / name).is_file()]
    if missing:
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        problem = (
            f"{', '.join(missing[:MOST_NAMED])}{more} not found; there is {_listing(source)}. "
            "Put the real homework's files there under the names they are handed out with."
        )
        raise SourceProblems(source, [problem])


def _neither(source: Path, folder: str) -> str:
    return (
        f"Neither the folder {folder} nor {folder}.zip is there; there is {_listing(source)}. "
        "Put the real homework's files there under the names they are handed out with."
    )


def _listing(source: Path) -> str:
    if not source.is_dir():
        return "no such folder"
    names = sorted(path.name for path in source.iterdir())
    more = ", ..." if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more if names else "nothing"
