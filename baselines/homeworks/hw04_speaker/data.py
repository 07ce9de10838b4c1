"""Make the recordings of homework 4: two dozen invented speakers, each known by how the mouth moves.

Nothing is downloaded. Vowels, voices and recordings are drawn from one seed and written in the layout of the
real files (Dataset/, in one archive), so the tiers run unchanged on either. `build_from` makes the same files
from the real ones. NOTES.md says what was planted and why.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, npy, write_zip

FOLDER = "Dataset"  # the top folder of the real files
SPEAKERS = 24
TRAIN, TEST = 56, 36  # utterances of each speaker; half of the test is public
VOWELS = 14  # sounds that all speakers share
MELS = 20  # mel bands between 0 and 8 kHz; the real files have 40
SHORTEST, LONGEST = 50, 70  # frames of 20 ms in an utterance
MEL_TOP = 2595 * np.log10(1 + 8000 / 700)
HERTZ = 700 * (10 ** (np.linspace(0, MEL_TOP, MELS + 2)[1:-1] / 2595) - 1)  # (MELS,) centres of the bands
BANDS = np.arange(MELS) / MELS - 0.5  # (MELS,) from low to high, for tilts
WIDTHS, WEIGHTS = np.array([120.0, 170.0, 230.0]), np.array([1.0, 0.6, 0.35])  # of the three formants
HELD_OUT = 0.1  # build_from: share of each speaker's utterances that becomes the test ...
FEWEST = 2  # ... but at least so many, and so many are left to train on
MOST_NAMED = 5  # files or speakers that a sentence names


class Utterance(NamedTuple):
    """A recording: who speaks, how many frames it has, and what makes its file's contents when asked."""

    speaker: str
    frames: int
    contents: Callable[[], bytes]


@dataclass(frozen=True)
class Voice:
    """What stays the same in all that a speaker says.

    vowels: (VOWELS, 3) formants in hertz. glide: (3,) how far each formant moves within a vowel, in
    logarithms. swell: how much louder a vowel ends than it begins, in logarithms. haste: the share of a vowel
    that passes before its formants are reached. tempo: length of a vowel, 1 is usual.
    """

    vowels: np.ndarray
    glide: np.ndarray
    swell: float
    haste: float
    tempo: float


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/Dataset.zip, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. The voices, the recordings, the split and the file names draw from
    separate streams, so that nothing in the public files shows the state of the generator that made the
    split. The default seed is for demonstrations: who knows the seed has the key, so a real course passes a
    long random one of its own.
    """
    people, sounds, split, names = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(4))
    voices = invent(people)
    ids = [f"id{number:05d}" for number in people.choice(np.arange(10, 10_000), SPEAKERS, replace=False)]
    train, test = (
        [
            spoken(sounds, speaker, voice)
            for speaker, voice in zip(ids, voices, strict=True)
            for _ in range(count)
        ]
        for count in (TRAIN, TEST)
    )
    write(out, mels=MELS, train=train, test=test, split=split, names=names)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real ones in source/Dataset or source/Dataset.zip, be they .pt or .npy.

    The speakers of the real test are not public, so a tenth of each speaker's labelled utterances becomes the
    test here; the real test is left out. Of files that are the same, byte for byte, one is kept. The seed
    draws the split and new file names. Raises SourceProblems.
    """
    files = RealFiles(source, FOLDER)
    mels, speakers = described(files)
    split, names = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    train: list[Utterance] = []
    test: list[Utterance] = []
    for utterances in examined(files, speakers, mels):
        order = [utterances[place] for place in split.permutation(len(utterances))]
        count = max(FEWEST, int(HELD_OUT * len(order)))
        test, train = test + order[:count], train + order[count:]
    write(out, mels=mels, train=train, test=test, split=split, names=names)


def invent(rng: np.random.Generator) -> list[Voice]:
    """Draw the vowels of the language and SPEAKERS voices that differ in how they say them."""
    vowels = rng.uniform([280, 850, 2300], [850, 2400, 3200], (VOWELS, 3))
    return [
        Voice(
            vowels=vowels * np.exp(rng.normal(0, 0.05) + rng.normal(0, 0.07, (VOWELS, 3))),
            glide=rng.normal(0, 0.25, 3),
            swell=rng.normal(0, 0.8),
            haste=rng.uniform(0.2, 0.8),
            tempo=np.exp(rng.normal(0, 0.15)),
        )
        for _ in range(SPEAKERS)
    ]


def spoken(rng: np.random.Generator, speaker: str, voice: Voice) -> Utterance:
    """A new recording of this speaker."""
    sound = record(rng, voice)
    return Utterance(speaker, len(sound), partial(npy, sound))


def record(rng: np.random.Generator, voice: Voice) -> np.ndarray:
    """Let a speaker say vowels in random order into a microphone of its own; (time, MELS), half precision.

    A microphone, or the room, raises some bands and lowers others for the whole recording; how loud it is and
    how much noise is behind it vary, too.
    """
    time = int(rng.integers(SHORTEST, LONGEST + 1))
    sound = speak(rng, voice, time)  # (time, MELS) energies
    channel = np.cumsum(rng.normal(0, 0.27, MELS)) + rng.normal(0, 1.1) * BANDS
    noise = 0.06 * np.exp(rng.normal(0, 0.7) + 0.35 * rng.normal(size=(time, MELS)))
    loud = np.exp(0.2 * rng.normal(size=(time, 1)))
    mels = np.log(sound * loud + noise) + channel - channel.mean() + 0.25 * rng.normal(size=(time, MELS))
    return mels.astype(np.float16)  # a hundredth of the noise is lost


def speak(rng: np.random.Generator, voice: Voice, time: int) -> np.ndarray:
    """The energies (time, MELS) of vowels in random order, with a pause now and then.

    The formants come from the vowel before, reach this one's after the share `haste` of its time, and move
    with the speaker's `glide` on the way: the order of the frames tells the speaker, not their sum alone.
    """
    lengths = np.maximum(
        3, np.rint(rng.uniform(4, 8, time // 3 + 2) * voice.tempo * np.exp(rng.normal(0, 0.15)))
    ).astype(int)
    vowels = rng.choice(VOWELS, size=len(lengths), p=rng.dirichlet(np.full(VOWELS, 0.5)))
    targets = voice.vowels[vowels] * np.exp(rng.normal(0, 0.03, (len(vowels), 3)))  # (vowels, 3)
    place = np.repeat(np.arange(len(lengths)), lengths)[:time]  # (time,) which of them a frame belongs to
    progress = (np.arange(time) - (np.cumsum(lengths) - lengths)[place] + 0.5) / lengths[place]
    progress = progress[:, None]  # (time, 1) from 0 to 1 within the vowel
    reached = np.minimum(1, progress / voice.haste)
    before = targets[np.maximum(place - 1, 0)]
    formants = (1 - reached) * before + reached * targets[place] * np.exp(voice.glide * (progress - 0.5))
    bells = np.exp(-0.5 * ((HERTZ - formants[:, :, None]) / WIDTHS[:, None]) ** 2)  # (time, 3, MELS)
    pause = (rng.random(len(lengths)) < 0.2)[place, None]
    return np.where(
        pause, 0.0, np.einsum("f,tfm->tm", WEIGHTS, bells) * np.exp(voice.swell * (progress - 0.5))
    )


def write(
    out: Path,
    *,
    mels: int,
    train: list[Utterance],
    test: list[Utterance],
    split: np.random.Generator,
    names: np.random.Generator,
) -> None:
    """Write the archive, the sample and the key; split orders the test and halves it, names draws file names.

    The test is put into a new order before its files get names, so that not even the stream of the names
    could tell what belongs together.
    """
    test = [test[place] for place in split.permutation(len(test))]
    paths = [f"uttr-{names.bytes(16).hex()}.npy" for _ in range(len(train) + len(test))]
    lines = [
        {"feature_path": path, "mel_len": utterance.frames}
        for path, utterance in zip(paths, train + test, strict=True)
    ]
    people = sorted({utterance.speaker for utterance in train})
    lines_of: dict[str, list[dict[str, Any]]] = {speaker: [] for speaker in people}
    for line, utterance in zip(lines, train, strict=False):  # the lines of the test come after these
        lines_of[utterance.speaker].append(line)
    tables = {
        "mapping.json": {
            "speaker2id": {speaker: number for number, speaker in enumerate(people)},
            "id2speaker": {str(number): speaker for number, speaker in enumerate(people)},
        },
        "metadata.json": {"n_mels": mels, "speakers": lines_of},
        "testdata.json": {"n_mels": mels, "utterances": lines[len(train) :]},
    }
    public, private = out / "public", out / "private"
    private.mkdir(parents=True, exist_ok=True)
    write_zip(public / f"{FOLDER}.zip", members(tables, dict(zip(paths, train + test, strict=True))))
    half = split.permutation(len(test)) < len(test) // 2  # (test,) of bool
    key = pd.DataFrame({"Id": paths[len(train) :], "Category": [utterance.speaker for utterance in test]})
    key["Usage"] = np.where(half, "Public", "Private")
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Category": people[0]})
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")


def members(tables: dict[str, Any], recordings: dict[str, Utterance]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the archive: the tables, then the recordings in the order of their random names."""
    for name, table in tables.items():
        yield f"{FOLDER}/{name}", json.dumps(table, indent=2).encode()
    for path in sorted(recordings):
        yield f"{FOLDER}/{path}", recordings[path].contents()


def described(files: RealFiles) -> tuple[int, dict[str, list[str]]]:
    """The number of mel bands and the files of each speaker, as metadata.json has them.

    Raises SourceProblems when it is missing, of another shape, or names files that are not there.
    """
    name = f"{FOLDER}/metadata.json"
    if name not in files.names:
        raise SourceProblems(files.source, [f"{name} is missing; it says who speaks in which file."])
    try:
        table = json.loads(files.read(name))
        mels = int(table["n_mels"])
        speakers = {
            str(speaker): [f"{FOLDER}/{line['feature_path']}" for line in lines]
            for speaker, lines in sorted(table["speakers"].items())
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        expected = (
            '{"n_mels": 40, "speakers": {"id00464": [{"feature_path": "uttr-...", "mel_len": 435}, ...]}}'
        )
        raise SourceProblems(files.source, [f"{name} should look like {expected}, but does not."]) from None
    there = set(files.names)
    missing = [path for paths in speakers.values() for path in paths if path not in there]
    if missing:
        problem = (
            f"metadata.json names {some(missing)}, which {'is' if len(missing) == 1 else 'are'} not there."
        )
        raise SourceProblems(files.source, [problem])
    return mels, speakers


def examined(files: RealFiles, speakers: dict[str, list[str]], mels: int) -> list[list[Utterance]]:
    """Read every file once and return each speaker's utterances; raises SourceProblems for all together."""
    digests: set[bytes] = set()
    wrong, few, utterances = [], [], []
    for speaker, paths in speakers.items():
        different = []
        for path in paths:
            data = files.read(path)
            digest = hashlib.sha256(data).digest()
            sound = features(path, data)
            if sound is None or sound.ndim != 2 or sound.shape[1] != mels or not np.isfinite(sound).all():
                wrong.append(path)
            elif len(sound) and digest not in digests:
                different.append(Utterance(speaker, len(sound), partial(converted, files, path)))
            digests.add(digest)
        few += [speaker] if len(different) < 2 * FEWEST else []
        utterances.append(different)
    problems = []
    if wrong:
        problems.append(f"{some(wrong)}: expected .pt or .npy with finite numbers of shape (frames, {mels}).")
    if few or len(speakers) < 2:
        least = f"at least 2 speakers with {2 * FEWEST} different recordings each are needed"
        problems.append(f"There are {len(speakers)} speakers, {some(few)} with too few recordings; {least}.")
    if problems:
        raise SourceProblems(files.source, problems)
    return utterances


def features(path: str, data: bytes) -> np.ndarray | None:
    """The array in a file, or None when there is none; nothing in the file is ever run."""
    try:
        if path.endswith(".pt"):
            import torch  # noqa: PLC0415  (the real files alone need it, and building the others should not)

            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True).float().numpy()
        return np.load(io.BytesIO(data), allow_pickle=False).astype(np.float32)
    except Exception:  # whatever a broken file makes them raise: it is named with the others
        return None


def converted(files: RealFiles, path: str) -> bytes:
    """A real file as .npy in half precision."""
    sound = features(path, files.read(path))
    assert sound is not None, "examined() has read it"
    return npy(sound.astype(np.float16))


def some(names: list[str]) -> str:
    """The first few names and how many there are beside them."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (", ".join(names[:MOST_NAMED]) or "none") + more
