"""Make the phoneme frames of homework 2: a small invented language, read by a few hundred invented voices.

Nothing is downloaded. Phones, their habits of following each other and the voices are drawn from one seed;
the files have the layout of the real ones (timit_11), so the tiers run unchanged on either. `build_from`
makes the same files from the real ones. NOTES.md says what was planted and why.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import SourceProblems, require_files

PHONES = 39  # classes: 20 vowel-like, 12 noisy, 6 stops, 1 silence, in this order before renaming
VOWELS, NOISES, STOPS, SILENCE = range(0, 20), range(20, 32), range(32, 38), 38
TRAIN, TEST = 260, 110  # utterances; about 31,000 and 13,500 frames of 10 ms
BANDS = 26  # mel bands between 0 and 8 kHz
CEPSTRA = 13  # kept of each frame's cosine transform
CONTEXT = 5  # frames on either side of the middle one in a row: 11 frames of 39 numbers
FRAME, ROW = 39, 429  # numbers in a frame, and in a row of eleven of them
HELD_OUT = 0.25  # build_from: share of the recordings that becomes the test
FEWEST = 40  # build_from: recordings, below which a half would be a handful of voices
LARGEST = 60_000  # build_from: what half precision can still hold
AT_ONCE = 100_000  # build_from: rows that are compared or checked in one go
MEL_TOP = 2595 * np.log10(1 + 8000 / 700)
HERTZ = 700 * (10 ** (np.linspace(0, MEL_TOP, BANDS + 2)[1:-1] / 2595) - 1)  # (BANDS,) centres of the bands
COSINES = np.sqrt(2 / BANDS) * np.cos(
    np.pi * np.arange(CEPSTRA)[:, None] * (np.arange(BANDS) + 0.5) / BANDS
)  # (CEPSTRA, BANDS)


@dataclass(frozen=True)
class Language:
    """What all speakers share; arrays over phones.

    targets: (PHONES, 3) in hertz: three formants of a vowel; band and locus of a consonant; zeros for
    silence. loudness, frames: (PHONES,) typical amplitude and length in frames of 10 ms. voiced: (PHONES,) of
    bool. follows: (PHONES, PHONES), the chance that the column's phone comes after the row's.
    """

    targets: np.ndarray
    loudness: np.ndarray
    frames: np.ndarray
    voiced: np.ndarray
    follows: np.ndarray


@dataclass(frozen=True)
class Utterance:
    """One recording: features (time, 39), float32, normalised over the utterance; phones (time,) of int."""

    features: np.ndarray
    phones: np.ndarray


@dataclass(frozen=True)
class Piece:
    """A recording as it is written: rows (time, 429) and the class of each, (time,) of int."""

    rows: np.ndarray
    classes: np.ndarray


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/timit_11/*.npy, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. The language, the recordings and the split draw from separate streams,
    so that nothing in the public files shows the state of the generator that made the split. The default seed
    is for demonstrations: who knows the seed has the key, so a real course passes a long random one of its
    own.
    """
    words, voices, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    language = invent(words)
    names = words.permutation(PHONES)  # so that a class's number does not tell its kind
    recordings = [record(voices, language) for _ in range(TRAIN + TEST)]
    public = split.permutation(TEST) < TEST // 2  # (TEST,) of bool: whole utterances go to one side
    pieces = [Piece(rows(each), names[each.phones]) for each in recordings]
    write(out, train=pieces[:TRAIN], test=pieces[TRAIN:], public=public)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real timit_11/*.npy in `source`; the seed draws the split and the order.

    The labels of the real test are not public, so a quarter of the labelled recordings becomes the test here,
    whole recordings, half of them public; the real test is left out. Raises SourceProblems with all that is
    wrong.
    """
    table, labels = labelled(source)
    cuts = ends(table)
    if len(cuts) + 1 < FEWEST:
        count = f"train_11.npy has {len(cuts) + 1} recordings, told by rows that overlap with the next"
        advice = f"At least {FEWEST} are needed; are the rows in the order in which they were handed out?"
        raise SourceProblems(source, [f"{count}. {advice}"])
    pieces = [Piece(*both) for both in zip(np.split(table, cuts), np.split(labels, cuts), strict=True)]
    split, places = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    test = split.permutation(len(pieces))[: int(HELD_OUT * len(pieces))]
    public = split.permutation(len(test)) < len(test) // 2
    train = places.permutation(np.setdiff1d(np.arange(len(pieces)), test))
    write(
        out, train=[pieces[place] for place in train], test=[pieces[place] for place in test], public=public
    )


def labelled(source: Path) -> tuple[np.ndarray, np.ndarray]:
    """The real rows (n, 429), left on the disk, and their labels (n,); raises SourceProblems."""
    names = ["timit_11/train_11.npy", "timit_11/train_label_11.npy"]
    require_files(source, names)
    arrays, problems = [], []
    for name in names:
        try:
            arrays.append(np.load(source / name, mmap_mode="r", allow_pickle=False))
        except (ValueError, OSError, EOFError) as error:
            problems.append(f"{name} is no .npy file of numbers or text: {error}.")
    if problems:
        raise SourceProblems(source, problems)
    table, text = arrays
    try:
        labels = text.astype(np.int64)
    except (ValueError, TypeError):
        labels = np.full(len(text), -1)
    if table.ndim != 2 or table.shape[1] != ROW or table.dtype.kind != "f":
        problems.append(f"{names[0]} is {table.dtype} {table.shape}; expected are floats (rows, {ROW}).")
    elif not all((np.abs(part) < LARGEST).all() for part in in_parts(table)):
        problems.append(f"{names[0]} has numbers that are not finite or beyond {LARGEST:,} in size.")
    if labels.shape != table.shape[:1]:
        problems.append(f"{names[1]} has {labels.shape} labels for {len(table)} rows; expected is one a row.")
    elif len(wrong := np.flatnonzero((labels < 0) | (labels >= PHONES))):
        first = f"the first in row {wrong[0]} ({text[wrong[0]]!s})"
        problems.append(f"{names[1]} has {len(wrong)} labels outside 0 to {PHONES - 1}, {first}.")
    if problems:
        raise SourceProblems(source, problems)
    return table, labels


def ends(table: np.ndarray) -> np.ndarray:
    """The rows of a table (n, 429) with which a recording begins, but for the first."""
    cuts = []
    for start in range(0, len(table) - 1, AT_ONCE):
        part = table[start : start + AT_ONCE + 1]  # one row more, so that each row meets the next
        follows = (part[:-1, FRAME:] == part[1:, : ROW - FRAME]).all(axis=1)
        cuts.append(start + 1 + np.flatnonzero(~follows))
    return np.concatenate(cuts) if cuts else np.array([], dtype=int)


def in_parts(table: np.ndarray) -> list[np.ndarray]:
    """Views of a table's rows, AT_ONCE each."""
    return [table[start : start + AT_ONCE] for start in range(0, len(table), AT_ONCE)]


def invent(rng: np.random.Generator) -> Language:
    """Draw a language: where each phone sounds, how long and loud it is, and what likes to follow what."""
    targets = np.zeros((PHONES, 3))
    targets[VOWELS] = rng.uniform([280, 850, 2300], [850, 2400, 3200], (len(VOWELS), 3))
    targets[NOISES, :2] = rng.uniform([1500, 600], [6500, 2200], (len(NOISES), 2))
    targets[STOPS, :2] = rng.uniform([1200, 700], [5000, 2000], (len(STOPS), 2))
    loudness, frames, voiced = np.zeros(PHONES), np.full(PHONES, 8.0), np.zeros(PHONES, dtype=bool)
    for phones, quietest, loudest, shortest, longest in (
        (VOWELS, 0.8, 1.2, 6, 12),
        (NOISES, 0.45, 0.9, 4, 9),
        (STOPS, 0.5, 0.9, 4, 7),
    ):
        loudness[phones] = rng.uniform(quietest, loudest, len(phones))
        frames[phones] = rng.uniform(shortest, longest, len(phones))
    voiced[NOISES] = rng.random(len(NOISES)) < 0.45
    # A sparse Dirichlet row per phone: a few successors are common and all are possible.
    follows = 0.85 * rng.dirichlet(np.full(PHONES, 0.18), PHONES) + 0.15 / PHONES
    np.fill_diagonal(follows, 0)
    follows /= follows.sum(axis=1, keepdims=True)
    return Language(targets, loudness, frames, voiced, follows)


def record(rng: np.random.Generator, language: Language) -> Utterance:
    """Let a new speaker read 8 to 15 phones between two silences."""
    phones = speak(rng, language)
    rate = np.exp(rng.normal(0, 0.18))  # this speaker's tempo
    lengths = language.frames[phones] * rate * np.exp(rng.normal(0, 0.25, len(phones)))
    lengths = np.maximum(2, np.rint(lengths)).astype(int)
    length_of_tract = np.exp(rng.normal(0, 0.09))  # moves all formants of a speaker together
    targets = language.targets[phones] * length_of_tract * np.exp(rng.normal(0, 0.045, (len(phones), 3)))
    sound = spectrum(language, phones, lengths, targets)  # (time, BANDS)
    features = cepstra(rng, sound)
    return Utterance(features, np.repeat(phones, lengths))


def speak(rng: np.random.Generator, language: Language) -> np.ndarray:
    """The phones of one utterance, silence first and last."""
    phones = [SILENCE]
    for _ in range(int(rng.integers(9, 17))):
        phones.append(int(rng.choice(PHONES, p=language.follows[phones[-1]])))
    return np.array([*phones, SILENCE])


def spectrum(language: Language, phones: np.ndarray, lengths: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The noiseless spectrum (time, BANDS) of phones (n,), lengths (n,) and targets (n, 3) in hertz.

    Neighbours pull: a vowel's formants slide towards the next vowel's, and its second formant towards the
    locus of a consonant. A stop is silent for five eighths of its time and then bursts.
    """
    place = np.repeat(np.arange(len(phones)), lengths)  # (time,) which phone a frame belongs to
    starts = np.cumsum(lengths) - lengths
    progress = (np.arange(len(place)) - starts[place] + 0.5) / lengths[
        place
    ]  # (time,) from 0 to 1 in the phone
    formants = slide(targets, phones, place, progress)
    phone = phones[place]
    vowel, noise, stop = (np.isin(phone, kind)[:, None] for kind in (VOWELS, NOISES, STOPS))
    loud = language.loudness[phone][:, None]
    vowels = bump(formants[:, 0], 110) + 0.55 * bump(formants[:, 1], 150) + 0.3 * bump(formants[:, 2], 200)
    hiss = 0.5 * bump(formants[:, 0], 900)
    hum = 0.4 * bump(np.full(len(place), 250.0), 90) * language.voiced[phone][:, None]
    burst = 0.8 * bump(formants[:, 0], 1200) * (progress > 0.62)[:, None]
    return vowel * loud * vowels + noise * (loud * hiss + hum) + stop * loud * burst


def slide(targets: np.ndarray, phones: np.ndarray, place: np.ndarray, progress: np.ndarray) -> np.ndarray:
    """The formants (time, 3) of each frame, vowels drawn to the phones before and after them."""
    formants = targets[place]
    is_vowel = np.isin(phones, VOWELS)
    for step, weight in ((-1, 0.5 - progress), (1, progress - 0.5)):
        neighbour = np.clip(place + step, 0, len(phones) - 1)
        weight = 0.9 * np.maximum(0, weight)[:, None] * is_vowel[place][:, None]
        to_vowel = is_vowel[neighbour][:, None]
        to_consonant = np.isin(phones[neighbour], [*NOISES, *STOPS])[:, None]
        pull = np.hstack(
            [to_vowel, to_vowel | to_consonant, to_vowel]
        )  # (time, 3): consonants pull the second
        towards = np.where(to_vowel, targets[neighbour], targets[neighbour][:, [1, 1, 1]])
        formants = formants + weight * pull * (towards - formants)
    return formants


def bump(centre: np.ndarray, width: float) -> np.ndarray:
    """(time, BANDS): a bell of height 1 around centre (time,) with this width, both in hertz."""
    return np.exp(-0.5 * ((HERTZ - centre[:, None]) / width) ** 2)


def cepstra(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Features (time, 39): 13 cepstra of a noisy spectrum (time, BANDS), their speed and acceleration.

    The room's noise, the channel's tilt and the loudness of each frame vary; each column is then brought to
    mean 0 and spread 1 over the utterance, which takes out what is constant in it.
    """
    time = len(sound)
    noise = np.exp(rng.normal(-2.6, 0.45) + 0.25 * rng.normal(size=(time, BANDS)))
    loud = np.exp(0.15 * rng.normal(size=(time, 1)))
    tilt = rng.normal(0, 0.5) * (np.arange(BANDS) / BANDS - 0.5)
    energies = np.log(sound * loud + 0.35 * noise) + tilt + 0.22 * rng.normal(size=(time, BANDS))
    static = energies @ COSINES.T  # (time, 13)
    speed = np.gradient(static, axis=0)
    features = np.hstack([static, speed, np.gradient(speed, axis=0)])  # (time, 39)
    return ((features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)).astype(np.float32)


def write(out: Path, *, train: list[Piece], test: list[Piece], public: np.ndarray) -> None:
    """Write the files; public (recordings of the test,) of bool says which are public."""
    folder, private = out / "public" / "timit_11", out / "private"
    folder.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    save(folder / "train_11.npy", train)
    save(folder / "test_11.npy", test)
    # Labels are text in the real file, too.
    np.save(folder / "train_label_11.npy", np.concatenate([piece.classes for piece in train]).astype("U2"))
    labels = np.concatenate([piece.classes for piece in test])
    usage = np.repeat(np.where(public, "Public", "Private"), [len(piece.classes) for piece in test])
    key = pd.DataFrame({"Id": np.arange(len(labels)), "Class": labels, "Usage": usage})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Class": 0})
    sample.to_csv(out / "public" / "sample_submission.csv", index=False, lineterminator="\n")


def save(path: Path, pieces: list[Piece]) -> None:
    """Write the rows of these recordings one after the other, never all of them in memory.

    Half precision keeps the files small; the noise is a hundred times coarser.
    """
    count = sum(len(piece.rows) for piece in pieces)
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(count, ROW))
    start = 0
    for piece in pieces:
        table[start : start + len(piece.rows)] = piece.rows
        start += len(piece.rows)
    table.flush()


def rows(utterance: Utterance) -> np.ndarray:
    """(time, 429): each frame with five before and after it; beyond the ends, the edge is repeated."""
    padded = np.pad(utterance.features, ((CONTEXT, CONTEXT), (0, 0)), mode="edge")
    time = len(utterance.phones)
    return np.hstack([padded[shift : shift + time] for shift in range(2 * CONTEXT + 1)])
