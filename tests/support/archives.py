"""A homework folder with its data as a zip archive, whole or spoiled."""

import zipfile
from io import BytesIO

from tests.support.installation import Installation


def homework_files(installation: Installation) -> dict[str, bytes]:
    """The tiny homework with its data, by name, as an archive of it would have them."""
    folders = (installation.folder / "tiny", installation.folder / "built")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def packed(files: dict[str, bytes]) -> bytes:
    """These files as a zip archive."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def packed_entry(info: zipfile.ZipInfo, content: bytes, files: dict[str, bytes]) -> bytes:
    """These files as a zip archive, and one entry more, made as it is told."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
        archive.writestr(info, content)
    return data.getvalue()
