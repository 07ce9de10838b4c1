"""A zip archive of a homework folder, unpacked with care: no entry leaves the folder or is more than it says.

The server runs no code of an upload. So the archive has the homework's data beside its rules, as `splitboard
build` writes them: public/ and private/answer_key.csv. The tiers' scripts, and whatever else is in it, stay
where they are.
"""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from grader.custom_metrics.metric import FILE
from grader.homeworks.homework_file import HOMEWORK_FILE
from grader.messages import Message
from grader.reading.archives import DAMAGED, ENTRY, METHODS, is_litter
from server.domain.errors import Invalid
from server.domain.files.pictures import PICTURES

ENTRIES_MOST = 5_000
UNPACKED_MOST = 1_000_000_000  # bytes of all files together
NAME_MOST = 200  # letters of a file's name
PIECE = 1 << 20
WANTED = re.compile(
    rf"{re.escape(HOMEWORK_FILE)}|description(\.[\w-]+)?\.md|{re.escape(FILE)}|{PICTURES}/[^/]+"
    r"|public/.+|private/answer_key\.csv"
)


@dataclass(frozen=True)
class Unpacked:
    """The homework's folder and its name, and the entries of the archive that were left out."""

    folder: Path
    name: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    info: zipfile.ZipInfo
    path: PurePosixPath  # below the homework's folder


def unpack_all(data: bytes, *, into: Path, name: str, most: int = UNPACKED_MOST) -> Unpacked:
    """Unpack every file of an archive into the empty folder `into`; `name` and `most` are as for `unpack`."""
    with _opened(data) as archive:
        entries, top = _below_one_folder(list(_files(archive)))
        _write(archive, entries, into, most)
    return Unpacked(into, top or name, ())


def names_in(data: bytes) -> set[str]:
    """The names of an archive's files, below the one folder in which all of them stand if there is one."""
    with _opened(data) as archive:
        entries, _ = _below_one_folder(list(_files(archive)))
    return {str(each.path) for each in entries}


@contextmanager
def _opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive in these bytes; raises Invalid where it is none, has too many entries, or is damaged."""
    if data.count(ENTRY) > ENTRIES_MOST:
        raise Invalid(Message("The archive holds more than {most:,} entries; pack fewer.", most=ENTRIES_MOST))
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield archive
    except DAMAGED as error:
        raise Invalid(
            Message("This is no zip archive, or it is cut short or damaged: {reason}.", reason=str(error))
        ) from error


def unpack(data: bytes, *, into: Path, name: str, most: int = UNPACKED_MOST) -> Unpacked:
    """Unpack a homework's archive into the empty folder `into`.

    name: of the homework, where its files do not stand in one folder of the archive. most: bytes of all files
    together. Raises Invalid with the entry that cannot be taken.
    """
    with _opened(data) as archive:
        entries, top = _below_one_folder(list(_files(archive)))
        parts = [each for each in entries if WANTED.fullmatch(str(each.path))]
        _require_files(parts, entries)
        _write(archive, parts, into, most)
    left_out = tuple(str(each.path) for each in entries if each not in parts)
    return Unpacked(into, top or name, left_out)


def _files(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    """The archive's files, each checked by its own; raises Invalid for one that cannot be taken."""
    files: set[str] = set()
    folders: set[str] = set()
    for info in archive.infolist():
        if is_litter(info.filename) or info.is_dir():
            continue
        _require_plain(info)
        path = _safe_path(info.filename)
        key, *above = map(_folded, (path, *path.parents[:-1]))
        if key in files | folders or files & set(above):
            raise _refused(
                info.filename, Message("another entry has the same name, or one that differs in case alone")
            )
        files.add(key)
        folders.update(above)
        yield _Entry(info, path)


def _folded(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _require_plain(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _refused(info.filename, Message("it is a link or a device, and only plain files are taken"))
    if info.flag_bits & 1:
        raise _refused(info.filename, Message("it is encrypted; pack it without a password"))
    if info.compress_type not in METHODS:
        raise _refused(info.filename, Message("it is packed in another way than 'deflate'"))


def _safe_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts or "\\" in name or re.match(r"[A-Za-z]:", name)
    if leads_out or not name.isprintable() or not path.parts:
        raise _refused(name, Message("its name leads out of the folder"))
    if len(name) > NAME_MOST:
        raise _refused(name[:80], Message("its name is longer than {most} letters", most=NAME_MOST))
    return path


def _refused(name: str, reason: Message) -> Invalid:
    return Invalid(
        Message("The entry {name} of the archive cannot be taken: {reason}.", name=repr(name), reason=reason)
    )


def _below_one_folder(entries: list[_Entry]) -> tuple[list[_Entry], str]:
    """The entries below the one folder in which all of them stand, and its name; "" for none."""
    tops = {each.path.parts[0] for each in entries}
    if len(tops) != 1 or any(len(each.path.parts) < 2 for each in entries):
        return entries, ""
    return [_Entry(each.info, PurePosixPath(*each.path.parts[1:])) for each in entries], tops.pop()


def _require_files(parts: list[_Entry], entries: list[_Entry]) -> None:
    names = {str(each.path) for each in parts}
    needed = (HOMEWORK_FILE, "description.md", "private/answer_key.csv", "public/sample_submission.csv")
    missing = [name for name in needed if name not in names]
    if not missing:
        return
    has_code = any(str(each.path) == "data.py" for each in entries)
    lacks = Message("The archive lacks {names}.", names=", ".join(missing))
    if has_code and "private/answer_key.csv" in missing:
        raise Invalid(
            Message(
                "{lacks} The server runs no code of an upload, so it does not build data: put public/ and "
                "private/ into the folder, as `splitboard build` writes them, and pack it again.",
                lacks=lacks,
            )
        )
    raise Invalid(lacks)


def _write(archive: zipfile.ZipFile, entries: list[_Entry], into: Path, most: int) -> None:
    """Write the entries below `into`; raises Invalid as soon as there is more than may be."""
    left = most
    for each in entries:
        target = into / each.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(each.info) as packed, target.open("xb") as file:
            while piece := packed.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise _refused(
                        each.info.filename,
                        Message("with it the archive unpacks to more than {most:,} bytes", most=most),
                    )
                file.write(piece)
