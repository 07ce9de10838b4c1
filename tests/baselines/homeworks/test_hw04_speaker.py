"""What homework 4 promises of its data: nothing but the sound tells who speaks."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE, build_homework_from
from baselines.files import SourceProblems
from baselines.homework import homework_named, load_script
from tests.support.homeworks import built

HOMEWORK = homework_named("hw04_speaker")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw04_speaker")


@pytest.fixture(scope="module")
def files(data: Path) -> dict[str, bytes]:
    return contents_of(data)


def contents_of(built: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(built / "public" / "Dataset.zip") as archive:
        return {name.removeprefix("Dataset/"): archive.read(name) for name in archive.namelist()}


def speakers_of(files: dict[str, bytes]) -> dict[str, str]:
    """Who speaks in each training file."""
    speakers = json.loads(files["metadata.json"])["speakers"]
    return {line["feature_path"]: speaker for speaker, lines in speakers.items() for line in lines}


def array(data: bytes) -> np.ndarray:
    return np.load(io.BytesIO(data), allow_pickle=False)


def npy(sound: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, sound)
    return file.getvalue()


def small_source(
    folder: Path, *, change: Callable[[dict[str, Any], dict[str, bytes]], None] | None = None
) -> Path:
    """Write a Dataset/ of three speakers with ten short utterances each, after `change` was made to it."""
    rng = np.random.default_rng(0)
    sounds = {f"uttr-{n}.npy": npy(rng.normal(size=(8, 4)).astype(np.float32)) for n in range(30)}
    speakers = {
        f"id0000{number}": [{"feature_path": f"uttr-{n}.npy", "mel_len": 8} for n in range(number, 30, 3)]
        for number in range(3)
    }
    table = {"n_mels": 4, "speakers": speakers}
    if change is not None:
        change(table, sounds)
    place = folder / "source" / "Dataset"
    place.mkdir(parents=True)
    (place / "metadata.json").write_text(json.dumps(table))
    for name, data in sounds.items():
        (place / name).write_bytes(data)
    return folder / "source"


def test_the_files_have_the_real_layout(data: Path, files: dict[str, bytes]) -> None:
    metadata, testdata, mapping = (
        json.loads(files[f"{name}.json"]) for name in ("metadata", "testdata", "mapping")
    )
    lines = [line for lines in metadata["speakers"].values() for line in lines] + testdata["utterances"]

    assert metadata["n_mels"] == testdata["n_mels"] == 20
    assert set(mapping["speaker2id"]) == set(metadata["speakers"]) == set(mapping["id2speaker"].values())
    assert {line["feature_path"] for line in lines} == {name for name in files if name.startswith("uttr-")}
    assert all(array(files[line["feature_path"]]).shape == (line["mel_len"], 20) for line in lines)
    assert [line["feature_path"] for line in testdata["utterances"]] == list(pd.read_csv(data / SAMPLE)["Id"])


def test_no_utterance_occurs_twice(files: dict[str, bytes]) -> None:
    sounds = [content for name, content in files.items() if name.startswith("uttr-")]

    assert len(set(sounds)) == len(sounds)


def test_every_speaker_is_asked_for_in_both_halves(data: Path, files: dict[str, bytes]) -> None:
    key = pd.read_csv(data / KEY)

    people = set(speakers_of(files).values())

    assert set(key["Category"]) == people
    assert key.groupby("Usage")["Category"].nunique().eq(len(people)).all()


def test_length_and_name_do_not_tell_the_speaker(data: Path, files: dict[str, bytes]) -> None:
    key, speaker_of = pd.read_csv(data / KEY), speakers_of(files)
    lengths = {name: len(content) for name, content in files.items() if name.startswith("uttr-")}
    train = pd.DataFrame(
        {"who": speaker_of.values(), "size": [lengths[name] for name in speaker_of], "name": list(speaker_of)}
    )

    by_size = train.groupby("size")["who"].agg(lambda speakers: speakers.mode()[0])
    guesses = key["Id"].map(lengths).map(by_size)
    by_name = train.sort_values("name")
    nearest = np.searchsorted(by_name["name"], key["Id"]).clip(max=len(by_name) - 1)

    assert (guesses == key["Category"]).mean() < 0.075
    assert (by_name["who"].to_numpy()[nearest] == key["Category"]).mean() < 0.075


def test_neighbouring_rows_of_the_key_have_nothing_in_common(data: Path) -> None:
    key = pd.read_csv(data / KEY)

    same_speaker = (key["Category"].to_numpy()[1:] == key["Category"].to_numpy()[:-1]).mean()
    same_half = (key["Usage"].to_numpy()[1:] == key["Usage"].to_numpy()[:-1]).mean()

    assert same_speaker < 0.075
    assert 0.42 < same_half < 0.58


def test_attention_alone_does_not_hear_the_order_of_the_frames_and_the_convolution_does() -> None:
    torch = pytest.importorskip("torch", reason="these tiers need torch, which is not installed")
    torch.manual_seed(0)
    frames = torch.randn(4, 40, 20)
    shuffled = frames[:, torch.randperm(40)]
    scripts = (load_script(HOMEWORK.folder / f"{tier}.py") for tier in ("medium", "strong"))
    medium, strong = (script.Classifier(20, 24, script.SIZES).eval() for script in scripts)

    with torch.no_grad():
        change = [(net(frames) - net(shuffled)).abs().max().item() for net in (medium, strong)]

    assert change[0] < 1e-4
    assert change[1] > 1e-3


def test_the_boss_tier_does_not_hear_the_room(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the boss tier needs torch, which is not installed")
    shared, boss = (load_script(HOMEWORK.folder / f"{name}.py") for name in ("shared", "boss"))
    sound, room = np.random.default_rng(0).normal(size=(2, 50, 20))
    with zipfile.ZipFile(tmp_path / "Dataset.zip", "w") as archive:
        archive.writestr("Dataset/here.npy", npy(sound.astype(np.float32)))
        archive.writestr("Dataset/there.npy", npy((sound + room[0]).astype(np.float32)))

    with zipfile.ZipFile(tmp_path / "Dataset.zip") as archive:
        utterances = boss.without_room(shared.read(archive, ["here.npy", "there.npy"]))

    here, there = np.split(utterances.frames.numpy(), 2)
    assert np.allclose(here, there, atol=1e-4)


def test_a_course_gets_its_own_recordings_back_under_other_names(tmp_path: Path) -> None:
    source = small_source(tmp_path)

    build_homework_from(HOMEWORK, tmp_path / "out", source=source, seed=1)

    files, key = contents_of(tmp_path / "out"), pd.read_csv(tmp_path / "out" / KEY)
    before = {
        array((source / "Dataset" / f"uttr-{n}.npy").read_bytes())
        .astype(np.float16)
        .tobytes(): f"id0000{n % 3}"
        for n in range(30)
    }
    speaker_of = speakers_of(files) | dict(zip(key["Id"], key["Category"], strict=True))
    assert {array(files[name]).tobytes(): speaker for name, speaker in speaker_of.items()} == before
    assert key["Category"].value_counts().eq(2).all()
    assert not set(speaker_of) & {f"uttr-{n}.npy" for n in range(30)}


def test_the_real_files_may_be_tensors_and_one_that_lies_there_twice_is_kept_once(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="tensors need torch, which is not installed")

    def save_tensors(table: dict[str, Any], sounds: dict[str, bytes]) -> None:
        sounds["uttr-3.npy"] = sounds["uttr-0.npy"]
        for name in list(sounds):
            file = io.BytesIO()
            torch.save(torch.from_numpy(array(sounds.pop(name))), file)
            sounds[name.replace(".npy", ".pt")] = file.getvalue()
        for lines in table["speakers"].values():
            for line in lines:
                line["feature_path"] = line["feature_path"].replace(".npy", ".pt")

    build_homework_from(
        HOMEWORK, tmp_path / "out", source=small_source(tmp_path, change=save_tensors), seed=1
    )

    sounds = [name for name in contents_of(tmp_path / "out") if name.startswith("uttr-")]
    assert len(sounds) == 29


def lose_files(table: dict[str, Any], sounds: dict[str, bytes]) -> None:
    del sounds["uttr-4.npy"]


def spoil_files(table: dict[str, Any], sounds: dict[str, bytes]) -> None:
    sounds["uttr-5.npy"] = b"no array"
    sounds["uttr-6.npy"] = npy(np.zeros((8, 3)))
    sounds["uttr-7.npy"] = npy(np.full((8, 4), np.nan))
    table["speakers"]["id00000"] = table["speakers"]["id00000"][:3]


def reach_outside(table: dict[str, Any], sounds: dict[str, bytes]) -> None:
    table["speakers"]["id00001"][0]["feature_path"] = "../../key.npy"


def lose_the_speakers(table: dict[str, Any], sounds: dict[str, bytes]) -> None:
    table["speakers"] = [1, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lose_files, r"metadata.json names Dataset/uttr-4.npy, which is not there"),
        (spoil_files, r"uttr-6.*uttr-7.*uttr-5.*shape \(frames, 4\).*id00000 with too few"),
        (reach_outside, r"Dataset/../../key.npy, which is not there"),
        (lose_the_speakers, r"metadata.json should look like"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None], words: str
) -> None:
    source = small_source(tmp_path, change=change)

    with pytest.raises(SourceProblems, match=words):
        build_homework_from(HOMEWORK, tmp_path / "out", source=source, seed=1)
