"""The command as the server hands it out: a page for anybody, and a wheel that pip installs and works."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from server.services import client_wheel
from tests.support.browser import words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

PROJECT = Path(__file__).resolve().parents[3]
CHECK = """
import sys
sys.path[:0] = [sys.argv[1]]
import splitboard
from splitboard.__main__ import main
assert splitboard.__file__.startswith(sys.argv[1])
main(["check", *sys.argv[2:]])
"""


def test_the_page_names_a_wheel_that_anybody_can_install_and_that_works(
    installation: Installation, tmp_path: Path
) -> None:
    nobody = installation.client(None)
    page = nobody.get("/command-line")
    address = page.text.split('pip install "')[1].split('"')[0].replace("&#43;", "+")
    answer = nobody.get(address)
    wheel, place = tmp_path / address.rpartition("/")[2], tmp_path / "installed"
    wheel.write_bytes(answer.content)
    sample, good = tmp_path / "sample_submission.csv", tmp_path / "pred.csv"
    for path in (sample, good):
        path.write_bytes(predictions(400, accuracy=0.7, seed=1))

    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", place, wheel], check=True, cwd=tmp_path)
    check = subprocess.run(
        [sys.executable, "-I", "-c", CHECK, place, good, "--like", sample],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={"SPLITBOARD_LANGUAGE": "zh_TW.UTF-8"},
    )

    assert "格式正確：400 列" in check.stdout
    assert (place / "bin" / "splitboard").is_file()
    assert f"splitboard login --url {str(nobody.base_url).rstrip('/')}" in words(page.text)
    with ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"splitboard", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}


def test_another_wheels_name_is_answered_with_the_current_one(installation: Installation) -> None:
    answer = installation.client(None).get("/command-line/splitboard-0.0.1-py3-none-any.whl")

    assert answer.status_code == 404
    assert client_wheel.client_wheel().name in answer.text.replace("&#43;", "+")


def test_every_page_that_names_the_command_says_where_it_is_to_be_had() -> None:
    templates = PROJECT / "server" / "web" / "templates"

    silent = [
        path.name
        for path in templates.rglob("*.html")
        if "<code>splitboard" in (text := path.read_text(encoding="utf-8")) and "/command-line" not in text
    ]

    assert [name for name in silent if name != "command_line.html"] == []
