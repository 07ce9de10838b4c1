"""A download is whole and verified, or it is not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from client.api.client import Api
from client.api.errors import DamagedDownload, UnexpectedAnswer, Unreachable
from client.api.types.competitions import PublicFile
from tests.client import answers
from tests.client.stub_server import Answer, HalfSent, StubServer

CONTENT = b"id,label\na1,0\n" * 1000
ADDRESS = "/api/competitions/food/files/train.csv"
TRAIN = PublicFile(**answers.file("train.csv", CONTENT))


def test_a_file_arrives_whole_in_a_folder_made_for_it(server: StubServer, api: Api, tmp_path: Path) -> None:
    server.prepare("GET", ADDRESS, Answer(200, CONTENT))

    path = api.download(TRAIN, tmp_path / "food" / "train.csv")

    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]
    assert server.asked[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT + b"x", b"X" + CONTENT[1:]])
def test_bytes_that_differ_are_refused_and_the_old_file_stays(
    server: StubServer, api: Api, tmp_path: Path, wrong: bytes
) -> None:
    server.prepare("GET", ADDRESS, Answer(200, wrong))
    old = tmp_path / "train.csv"
    old.write_bytes(b"old")

    with pytest.raises(DamagedDownload, match=r"train\.csv was damaged"):
        api.download(TRAIN, old)

    assert old.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["train.csv"]


def test_a_file_that_was_cut_short_goes_on_where_it_stopped(
    server: StubServer, api: Api, tmp_path: Path
) -> None:
    half = len(CONTENT) // 2
    rest = Answer(206, CONTENT[half:], {"Content-Range": f"bytes {half}-{len(CONTENT) - 1}/{len(CONTENT)}"})
    server.prepare("GET", ADDRESS, HalfSent(200, CONTENT), rest)

    with pytest.raises(Unreachable):
        api.download(TRAIN, tmp_path / "train.csv")
    (begun,) = tmp_path.iterdir()
    path = api.download(TRAIN, tmp_path / "train.csv")

    assert begun.name.startswith(".train.csv.")
    assert server.asked[-1].headers["range"] == f"bytes={half}-"
    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("begun", [b"other bytes", CONTENT, CONTENT + b"more"])
def test_what_was_begun_is_verified_like_all_else(
    server: StubServer, api: Api, tmp_path: Path, begun: bytes
) -> None:
    server.prepare("GET", ADDRESS, Answer(200, CONTENT))  # which gives no parts
    (tmp_path / f".train.csv.{TRAIN.sha256[:16]}.part").write_bytes(begun)

    path = api.download(TRAIN, tmp_path / "train.csv")

    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]


def test_a_rest_that_does_not_fit_is_thrown_away(server: StubServer, api: Api, tmp_path: Path) -> None:
    server.prepare("GET", ADDRESS, Answer(206, CONTENT[3:]))
    (tmp_path / f".train.csv.{TRAIN.sha256[:16]}.part").write_bytes(b"abc")

    with pytest.raises(DamagedDownload):
        api.download(TRAIN, tmp_path / "train.csv")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_here_is_not_fetched_again(server: StubServer, api: Api, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes(CONTENT)

    api.download(TRAIN, tmp_path / "train.csv")

    assert server.asked == []


def test_a_link_to_another_server_is_refused_before_the_token_goes_there(
    server: StubServer, api: Api, tmp_path: Path
) -> None:
    elsewhere = replace(TRAIN, url="http://elsewhere.example/train.csv")

    with pytest.raises(UnexpectedAnswer, match=r"another server, http://elsewhere\.example"):
        api.download(elsewhere, tmp_path / "train.csv")


def test_progress_ends_at_the_size(server: StubServer, api: Api, tmp_path: Path) -> None:
    server.prepare("GET", ADDRESS, Answer(200, CONTENT))
    seen: list[tuple[int, int]] = []

    api.download(TRAIN, tmp_path / "train.csv", progress=lambda done, total: seen.append((done, total)))

    assert seen[-1] == (len(CONTENT), len(CONTENT))
