"""Make the characters of homework 15: invented alphabets whose characters share strokes, drawn by many hands.

Nothing is downloaded. Alphabets, the hands that draw them and the tasks come from one seed; the files have
the names of the real ones (Omniglot, Omniglot-test), so the tiers run unchanged on either. `build_from` makes
the same files from the real ones. NOTES.md says what was planted and why.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import UnidentifiedImageError

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip

WAYS = 5  # characters in a task; one picture of each is given with its class, another is asked for
TRAIN_ALPHABETS, TEST_ALPHABETS = 20, 40  # alphabets of the training, and of the tasks
CHARACTERS = 10  # in an alphabet
DRAWINGS = 20  # of each training character, as in the real data
TASKS = 400  # ten of each test alphabet; each half has 1,000 queries
STROKES = 7  # that an alphabet has; a character takes three or four of them
POINTS = 14
SIDE = 16  # pixels
GRID = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE  # (SIDE,) centres of the pixels, between 0 and 1
FEWEST_ALPHABETS, FEWEST_DRAWINGS = 4, 12  # that build_from makes tasks of
HELD_OUT = 0.3  # share of real alphabets that build_from takes for the tasks
SPARE = 6  # drawings that a character must have left to be in another task: one to show, five to ask for
MOST_TASKS = 640  # that build_from makes, as in the real homework


Picture = tuple[str, np.ndarray]  # a name without its ending, and pixels (height, width) of uint8


@dataclass(frozen=True)
class Tasks:
    """Tasks: support, query (tasks, WAYS, height, width) of uint8, classes (tasks, WAYS) of int.

    The picture support[t, c] shows class c, query[t, i] shows class classes[t, i]. public: (tasks,) of bool.
    """

    support: np.ndarray
    query: np.ndarray
    classes: np.ndarray
    public: np.ndarray


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/Omniglot.zip, Omniglot-test.zip and sample_submission.csv, out/private/answer_key.csv.

    The same seed gives the same bytes. What is shown and what is kept (the queries' classes, the split) draw
    from separate streams, so that nothing in the public files shows the state of the generator that made the
    answers. The default seed is for demonstrations: who knows the seed has the key, so a real course passes
    a long random one of its own.
    """
    pens, hands, answers, split = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)
    )
    train = np.concatenate([alphabet(pens) for _ in range(TRAIN_ALPHABETS)])  # (200, 4, 3, 2)
    pictures = draw(hands, np.repeat(train, DRAWINGS, axis=0)).reshape(-1, DRAWINGS, SIDE, SIDE)
    tests = np.stack([alphabet(pens) for _ in range(TEST_ALPHABETS)])  # (40, 10, 4, 3, 2)
    is_public = split.permutation(TEST_ALPHABETS) < TEST_ALPHABETS // 2  # whole alphabets go to one side
    write(out, named(pictures), new_tasks(tests, is_public, hands=hands, answers=answers))


def named(pictures: np.ndarray) -> Iterator[Picture]:
    """Yield pictures (200, DRAWINGS, SIDE, SIDE) under names such as Alphabet_07.0/character03/0063_20."""
    for place, of_character in enumerate(pictures):
        letter, number = divmod(place, CHARACTERS)
        for drawing, picture in enumerate(of_character, start=1):
            folder = f"Alphabet_{letter + 1:02}.0/character{number + 1:02}"
            yield f"{folder}/{place + 1:04}_{drawing:02}", picture


def new_tasks(
    alphabets: np.ndarray, is_public: np.ndarray, *, hands: np.random.Generator, answers: np.random.Generator
) -> Tasks:
    """Draw TASKS tasks of characters of one alphabet each; no drawing is used twice.

    alphabets: (n, CHARACTERS, 4, 3, 2); is_public: (n,) of bool. The classes of a task's queries are drawn
    one by one, so that a class may come twice and another not at all.
    """
    of_task = hands.permutation(np.repeat(np.arange(len(alphabets)), TASKS // len(alphabets)))
    chosen = hands.permuted(np.tile(np.arange(CHARACTERS), (TASKS, 1)), axis=1)[:, :WAYS]
    classes = answers.integers(0, WAYS, (TASKS, WAYS))
    support_characters = alphabets[of_task[:, None], chosen]  # (TASKS, WAYS, 4, 3, 2)
    query_characters = support_characters[np.arange(TASKS)[:, None], classes]
    support, query = (
        draw(hands, characters.reshape(-1, 4, 3, 2)).reshape(TASKS, WAYS, SIDE, SIDE)
        for characters in (support_characters, query_characters)
    )
    return Tasks(support, query, classes, is_public[of_task])


def alphabet(rng: np.random.Generator) -> np.ndarray:
    """The characters of a new alphabet, (CHARACTERS, 4, 3, 2): strokes of three control points each.

    They choose from the same few strokes, so that which strokes there are tells characters apart and no
    single one does. A character of three strokes has its last one twice.
    """
    strokes = rng.uniform(0.1, 0.9, (STROKES, 3, 2))
    characters: list[np.ndarray] = []
    while len(characters) < CHARACTERS:
        chosen = np.sort(rng.permutation(STROKES)[: rng.integers(3, 5)])
        chosen = np.append(chosen, chosen[-1])[:4]
        if not any(np.array_equal(chosen, other) for other in characters):
            characters.append(chosen)
    return strokes[np.array(characters)]


def draw(rng: np.random.Generator, characters: np.ndarray) -> np.ndarray:
    """Pictures (n, SIDE, SIDE), black on white: characters (n, 4, 3, 2), each by a hand of its own.

    Hands tilt, stretch and shift what they draw, differ in the width of their pen, and miss each control
    point by a little.
    """
    n = len(characters)
    tilt = rng.normal(0, 0.25, n)
    turn = np.stack([np.cos(tilt), -np.sin(tilt), np.sin(tilt), np.cos(tilt)], axis=1).reshape(n, 2, 2)
    stretch = 1 + rng.normal(0, 0.16, (n, 1, 1, 2))
    shift = rng.normal(0.5, 0.07, (n, 1, 1, 2))
    width = rng.uniform(0.028, 0.042, n)
    missed = characters - 0.5 + rng.normal(0, 0.025, characters.shape)
    placed = np.einsum("nij,nskj->nski", turn, missed) * stretch + shift
    parts = np.array_split(np.arange(n), 20)  # a part at a time: the pens' marks of all would fill the memory
    return np.concatenate([ink(placed[part], width[part]) for part in parts])


def ink(strokes: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Pictures (n, SIDE, SIDE) of uint8: strokes (n, 4, 3, 2) drawn with pens of this width (n,)."""
    time = np.linspace(0, 1, POINTS)
    weights = np.stack([(1 - time) ** 2, 2 * time * (1 - time), time**2])  # (3, POINTS)
    pen = np.einsum("kp,nskj->nspj", weights, strokes).reshape(len(strokes), -1, 2).astype(np.float32)
    scale = (1 / width[:, None, None] / np.sqrt(2)).astype(np.float32)
    across, down = (np.exp(-(((GRID - pen[..., axis, None]) * scale) ** 2)) for axis in (0, 1))
    dark = np.zeros((len(strokes), SIDE, SIDE), dtype=np.float32)
    for point in range(pen.shape[1]):
        np.maximum(dark, down[:, point, :, None] * across[:, point, None, :], out=dark)
    return np.rint(255 * (1 - dark)).astype(np.uint8)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real ones in source/Omniglot, unpacked or as Omniglot.zip.

    The classes of the real test are not public, so some alphabets of the training are held out, and tasks
    are made of them. An alphabet goes to the training, the public or the private tasks with all its
    rotations. Raises SourceProblems when the files are not as in the real homework.
    """
    split, draws, answers = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    scripts = read(source)
    names = split.permutation(sorted({alphabet_of(script) for script in scripts}))
    held_out = max(2, round(HELD_OUT * len(names)))
    halves = []
    for part in (names[: held_out // 2], names[held_out // 2 : held_out]):
        chosen = {script: scripts[script] for script in scripts if alphabet_of(script) in set(part)}
        halves.append(tasks_of_drawings(chosen, draws=draws, answers=answers))
    each = min(len(half) for half in halves)
    mixed = draws.permutation(2 * each)  # so that a task's number does not tell its half
    flat = [half[place] for half in halves for place in range(each)]
    support, query, classes = (np.stack([flat[place][part] for place in mixed]) for part in range(3))
    train = (
        (f"{script}/{character}/{name}", picture)
        for script in scripts
        if alphabet_of(script) not in set(names[:held_out])
        for character, drawings in scripts[script].items()
        for name, picture in drawings
    )
    write(out, train, Tasks(support, query, classes, mixed < each))


def alphabet_of(script: str) -> str:
    """The alphabet of a folder's name; the real ones say a rotation, too: Greek.90 is Greek."""
    return re.sub(r"\.\d+$", "", script)


def read(source: Path) -> dict[str, dict[str, list[Picture]]]:
    """The drawings in source/Omniglot/images_background, by script and character, in order of name.

    Raises SourceProblems with all that is wrong with them.
    """
    files = RealFiles(source, "Omniglot")
    scripts: dict[str, dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
    misplaced, unreadable, sizes = [], [], set()
    for name in files.below("images_background/", ".png"):
        parts = name.split("/")[2:]
        try:
            picture = pixels_of(files.read(name), mode="L")
        except UnidentifiedImageError:
            unreadable.append(name)
            continue
        if len(parts) != 3:
            misplaced.append(name)
            continue
        sizes.add(picture.shape)
        scripts[parts[0]][parts[1]].append((parts[2].removesuffix(".png"), picture))
    problems = picture_problems(misplaced, unreadable, sizes) + script_problems(scripts)
    if problems:
        raise SourceProblems(source, problems)
    return scripts


def picture_problems(misplaced: list[str], unreadable: list[str], sizes: set[tuple[int, ...]]) -> list[str]:
    """A sentence for each kind of trouble with single files."""
    problems = []
    if misplaced:
        problems.append(
            f"{len(misplaced)} pictures, such as {misplaced[0]}, are not in Omniglot/images_background/"
            "ALPHABET/CHARACTER/; put each there."
        )
    if unreadable:
        problems.append(
            f"{len(unreadable)} files, such as {unreadable[0]}, are no pictures; fetch them again."
        )
    if len(sizes) > 1:
        shown = ", ".join(f"{height} x {width}" for height, width in sorted(sizes)[:5])
        problems.append(
            f"The pictures have several sizes ({shown} pixels); they should all have one, 28 x 28 in the "
            "real files."
        )
    return problems


def script_problems(scripts: dict[str, dict[str, list[Picture]]]) -> list[str]:
    """A sentence for each lack of alphabets, characters or drawings."""
    problems = []
    alphabets = {alphabet_of(script) for script in scripts}
    if len(alphabets) < FEWEST_ALPHABETS:
        problems.append(
            f"There are {len(alphabets)} alphabets; at least {FEWEST_ALPHABETS} are needed, since whole "
            "alphabets are held out for the tasks."
        )
    small = [script for script, characters in scripts.items() if len(characters) < WAYS]
    if small:
        problems.append(
            f"{len(small)} alphabets, such as {small[0]}, have fewer than {WAYS} characters, which a task "
            "needs; add characters or take the alphabet out."
        )
    rare = [
        f"{script}/{character}"
        for script, characters in scripts.items()
        for character, drawings in characters.items()
        if len(drawings) < FEWEST_DRAWINGS
    ]
    if rare:
        problems.append(
            f"{len(rare)} characters, such as {rare[0]}, have fewer than {FEWEST_DRAWINGS} drawings (the "
            "real ones have 20); add drawings or take the character out."
        )
    return problems


def tasks_of_drawings(
    scripts: dict[str, dict[str, list[Picture]]], *, draws: np.random.Generator, answers: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Up to MOST_TASKS / 2 tasks (support, query, classes) from drawings, each of them used once.

    The scripts take turns, so that one with many characters has no more tasks than another.
    """
    left = {
        script: {name: list(draws.permutation(len(drawings))) for name, drawings in characters.items()}
        for script, characters in scripts.items()
    }
    tasks: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    while left and len(tasks) < MOST_TASKS // 2:
        for script in list(left):
            rich = [name for name, drawings in left[script].items() if len(drawings) >= SPARE]
            if len(rich) < WAYS:
                del left[script]
                continue
            names = draws.permutation(rich)[:WAYS]
            classes = answers.integers(0, WAYS, WAYS)
            support, query = (
                np.stack([scripts[script][name][left[script][name].pop()][1] for name in chosen_names])
                for chosen_names in (names, names[classes])
            )
            tasks.append((support, query, classes))
    return tasks[: MOST_TASKS // 2]


def write(out: Path, train: Iterable[Picture], tasks: Tasks) -> None:
    """Write the two archives, the sample and the answer key."""
    public, private = out / "public", out / "private"
    private.mkdir(parents=True, exist_ok=True)
    members = ((f"Omniglot/images_background/{name}.png", png(picture)) for name, picture in train)
    write_zip(public / "Omniglot.zip", members)
    members = (
        (f"Omniglot-test/{part}/{task:04}/image_{place}.png", png(picture))
        for part, pictures in (("support", tasks.support), ("query", tasks.query))
        for task, of_task in enumerate(pictures)
        for place, picture in enumerate(of_task)
    )
    write_zip(public / "Omniglot-test.zip", members)
    usage = np.repeat(np.where(tasks.public, "Public", "Private"), WAYS)
    key = pd.DataFrame({"id": np.arange(len(usage)), "class": tasks.classes.ravel(), "Usage": usage})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"id": key["id"], "class": 0})
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")
