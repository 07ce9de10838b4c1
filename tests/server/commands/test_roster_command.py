"""`splitboard roster`: what it says of a file, and what becomes of the passwords it made."""

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from client.__main__ import main
from tests.support import databases


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation with the course `ml`, which the commands find by the environment."""
    databases.fresh("sqlite", tmp_path)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(tmp_path))
    for name in ("SPLITBOARD_DATABASE_URL", "SPLITBOARD_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    run("course", "add", "ml")
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert isinstance(end.value.code, int)
    return end.value.code


def a_file(data: Path, content: bytes) -> str:
    path = data / "students.csv"
    path.write_bytes(content)
    return str(path)


def test_the_command_says_how_it_read_a_file_and_what_it_left_unused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(data, "學號,姓名,狀態\nB1,王小明,在學\nB2,Test Student,在學\n".encode("cp950"))

    status = run("roster", file, "--course", "ml")

    output = capsys.readouterr().out
    assert status == 0
    assert "Read as Big5, fields parted by commas: student number from '學號', name from '姓名'." in output
    assert "Columns that were not used: 狀態." in output
    assert "Line 3 is the test student 'Test Student', and was left out." in output
    assert "+ B1  王小明" in output


def test_an_encoding_that_cannot_be_told_is_asked_for_and_may_be_said(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(data, "username,name\nu1,Hélène Durand\n".encode("cp1252"))

    statuses = [
        run("roster", file, "--course", "ml"),
        run("roster", file, "--course", "ml", "--encoding", "cp1252"),
    ]

    captured = capsys.readouterr()
    assert statuses == [1, 0]
    assert "'Hélène Durand' with --encoding cp1252" in captured.err
    assert "+ u1  Hélène Durand" in captured.out


def test_what_must_be_meant_is_asked_before_anything_is_done(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = a_file(data, b"username,name\n" + b"".join(b"u%d,Ann\n" % number for number in range(4)))
    run("roster", whole, "--course", "ml", "--apply")
    part = a_file(data, b"username,section\nu0,1\nu9,1\n")

    refused = run("roster", part, "--course", "ml", "--apply")
    done = run("roster", part, "--course", "ml", "--apply", "--drop", "3", "--nameless")

    output = capsys.readouterr().out
    assert (refused, done) == (1, 0)
    assert "? 3 of 4 active students are not in this file" in output
    assert "all students would see their user names on the board: 'u9'" in output
    assert "1 added, 1 changed, 3 removed" in output


def test_passwords_of_new_accounts_outlive_a_pipe_that_breaks(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(data, b"username,name\nann,Ann\nbob,Bob\n")
    reader, writer = os.pipe()
    os.close(reader)
    broken = os.fdopen(writer, "w")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", broken)
        run("roster", file, "--course", "ml", "--apply")
    with pytest.raises(BrokenPipeError):
        broken.close()

    (passwords,) = (data / "initial-passwords").iterdir()
    lines = passwords.read_text("utf-8").splitlines()
    assert [re.sub(r"\w{4}-", "", line).split("\t")[::2] for line in lines] == [
        ["ann", "Ann"],
        ["bob", "Bob"],
    ]
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert run("roster", file, "--course", "ml") == 0
    assert "2 unchanged" in capsys.readouterr().out


def test_new_people_get_links_on_a_sheet_in_the_place_of_passwords(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, sheet = a_file(data, b"username,name\nu1,Ann\nu2,Bob\n"), data / "links.csv"

    status = run("roster", file, "--course", "ml", "--apply", "--sheet", str(sheet))

    output, lines = capsys.readouterr().out, sheet.read_text(encoding="utf-8-sig").splitlines()
    assert status == 0
    assert f"Links in {sheet}: 2." in output
    assert lines[0] == "name,username,link,works_until"
    assert re.fullmatch(r"Ann,u1,http://127\.0\.0\.1:8080/set-password\?link=[\w-]{43},\S+", lines[1])
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert not (data / "initial-passwords").exists()
    assert "link=" not in output


def test_new_people_with_an_address_are_invited_by_mail_and_the_others_counted(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(data, b"username,name,email\nu1,Ann,ann@example.edu\nu2,Bob,\n")
    refused = run("roster", file, "--course", "ml", "--apply", "--invite")
    monkeypatch.setenv("SPLITBOARD_MAIL_DIR", str(data / "mails"))

    status = run("roster", file, "--course", "ml", "--apply", "--invite")

    output = capsys.readouterr()
    assert (refused, status) == (1, 0)
    assert "No mails go out" in output.err
    assert "Invitations by mail: 1." in output.out
    assert "Without an address and a link: 1." in output.out
