"""Archives of homework folders: what is unpacked of them, and which entries are refused."""

import stat
import zipfile
from pathlib import Path

import pytest

from server.domain.errors import Invalid
from server.domain.setup.homework_archive import unpack
from tests.support.archives import packed, packed_entry

FILES = {
    "competition.toml": b"title = 1",
    "description.md": b"x",
    "private/answer_key.csv": b"id,label,Usage\n",
    "public/sample_submission.csv": b"id,label\n",
    "public/images/a.png": b"x",
}


def entry(name: str, *, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr, info.flag_bits = mode << 16, flags
    return info


def refusal(data: bytes, folder: Path) -> str:
    with pytest.raises(Invalid) as refused:
        unpack(data, into=folder, name="hw", most=100_000)
    return str(refused.value.message)


@pytest.mark.parametrize("below", ["", "hw77_waves/"])
def test_the_homework_is_unpacked_and_code_is_left_out(tmp_path: Path, below: str) -> None:
    files = FILES | {"data.py": b"boom", "simple.py": b"boom", ".DS_Store": b""}
    packed_files = {f"{below}{name}": data for name, data in files.items()} | {"__MACOSX/x": b""}

    archive = unpack(packed(packed_files), into=tmp_path, name="folder")

    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert names == set(FILES)
    assert archive.name == (below.rstrip("/") or "folder")
    assert archive.left_out == ("data.py", "simple.py")


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [
        ("../evil.md", 0, "leads out of the folder"),
        ("public/../../evil", 0, "leads out of the folder"),
        ("/etc/passwd", 0, "leads out of the folder"),
        ("C:evil", 0, "leads out of the folder"),
        ("public\\evil", 0, "leads out of the folder"),
        ("public/link", stat.S_IFLNK | 0o777, "a link or a device"),
        ("public/pipe", stat.S_IFIFO | 0o644, "a link or a device"),
        ("Description.md", 0, "differs in case alone"),
        ("public/images", 0, "differs in case alone"),
        ("description.md/x", 0, "differs in case alone"),
        (f"public/{'x' * 300}", 0, "longer than 200 letters"),
    ],
    ids=["up", "up later", "root", "drive", "backslash", "link", "pipe", "case", "folder", "file", "long"],
)
def test_an_entry_that_cannot_be_taken_is_named_and_nothing_leaves_the_folder(
    tmp_path: Path, name: str, mode: int, reason: str
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()

    message = refusal(packed_entry(entry(name, mode=mode), b"evil", FILES), inside)

    assert reason in message
    assert repr(name)[1:20] in message
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path: Path) -> None:
    message = refusal(packed(FILES | {"public/zeros.bin": bytes(5_000_000)}), tmp_path)

    assert "'public/zeros.bin'" in message
    assert "more than 100,000 bytes" in message
    assert not (tmp_path / "public" / "zeros.bin").exists() or (
        (tmp_path / "public" / "zeros.bin").stat().st_size <= 100_000
    )


@pytest.mark.parametrize("name", list(FILES)[:4])
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    message = refusal(packed({each: data for each, data in FILES.items() if each != name}), tmp_path)

    assert message == f"The archive lacks {name}."


def test_code_without_data_is_told_to_build_first(tmp_path: Path) -> None:
    code = {name: FILES[name] for name in ("competition.toml", "description.md")} | {"data.py": b""}

    message = refusal(packed(code), tmp_path)

    assert "The server runs no code of an upload" in message


@pytest.mark.parametrize("data", [b"", b"no zip", packed(FILES)[:200]], ids=["empty", "text", "cut"])
def test_what_is_no_zip_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "no zip archive" in refusal(data, tmp_path)
