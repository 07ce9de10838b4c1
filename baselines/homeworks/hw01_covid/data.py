"""Make the survey panel of homework 1: forty states, three days a row, the third day's tests to predict.

Nothing is downloaded. The world below is drawn from one seed and written in the layout of the real files
(covid.train.csv, covid.test.csv), so the tiers run unchanged on either. `build_from` makes the same files
from the real ones. NOTES.md says what was planted and why.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import SourceProblems, require_files

# fmt: off
STATES = [
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "FL", "GA", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "MD", "MA", "MI", "MN", "MS", "MO", "NE", "NV", "NJ", "NM", "NY", "NC",
    "OH", "OK", "OR", "PA", "RI", "SC", "TX", "UT", "VA", "WA", "WV", "WI",
]
# fmt: on
SYMPTOMS = ["cli", "ili", "hh_cmnty_cli", "nohh_cmnty_cli"]
# The usual level of each habit and mood, in percent of those asked, and how far it strays from that.
HABITS = {
    "wearing_mask": (90, 5),
    "travel_outside_state": (9, 3),
    "work_outside_home": (32, 5),
    "shop": (55, 4),
    "restaurant": (17, 5),
    "spent_time": (36, 6),
    "large_event": (10, 4),
    "public_transit": (2.4, 1),
    "anxious": (18, 2),
    "depressed": (13, 1.5),
    "felt_isolated": (19, 2.5),
    "worried_become_ill": (65, 6),
    "worried_finances": (44.5, 5),
}
COLUMNS = [*SYMPTOMS, *HABITS, "tested_positive"]  # one day of one state: 18 numbers
DAYS = 3  # days in a row of the table; the answer is tested_positive on the last of them
STRIDE = 7  # a new row every 7 days: 4 days lie between rows, so no row holds a neighbour's answer
WINDOWS = 160  # rows per state
BLOCK = 5  # rows that follow each other in one state and go together to train, public or private
TRAIN_BLOCKS = 540  # 2,700 training rows; of the other 740 blocks (3,700 rows) half are public, half private
HEADER = [*STATES, *COLUMNS * DAYS]  # the names repeat from day to day, as in the real file
RUN = 20  # build_from: rows that follow each other in a state and go together to train, public or private
HELD_OUT = 0.4  # build_from: share of those runs that becomes the test
FEWEST = 600  # build_from: rows, below which the halves would tell the tiers apart by luck alone
MOST_NAMED = 3  # wrong columns that a sentence names
DECIMALS = 6  # digits kept in the files; far below the day noise


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/{covid.train,covid.test,sample_submission}.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. The world, the place of each row and the split draw from separate
    streams, so that nothing in the public files shows the state of the generator that made the split. The
    default seed is for demonstrations: who knows the seed has the key, so a real course passes a long random
    one of its own.
    """
    world, places, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    rows = windows(panel(world))  # (states * WINDOWS, 40 + DAYS * 18), in order of state and day
    usage = assign(places, split)  # (states * WINDOWS,) of "Train", "Public", "Private"
    order = places.permutation(len(rows))
    rows, usage = rows[order], usage[order]
    write(out, train=rows[usage == "Train"], test=rows[usage != "Train"], usage=usage[usage != "Train"])


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real covid.train.csv in `source`; the seed draws the split.

    The answers of the real test are not public, so runs of rows that follow each other become the test here,
    half of them public. The real windows slide by one day: a row's answer stands in its neighbours' features.
    Of the test, rows that share a day with an earlier one are left out, and of the rest those that share one
    with the test. Raises SourceProblems with all that is wrong.
    """
    require_files(source, ["covid.train.csv"])
    rows = labelled(source)
    split, places = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    usage = assign_runs(rows, split)
    days = [set(each) for each in days_of(rows)]  # of each row, the days that it tells of
    seen: set[bytes] = set()
    for row in np.flatnonzero(usage != "Train"):
        if days[row] & seen:
            usage[row] = "Nowhere"
        else:
            seen |= days[row]
    for row in np.flatnonzero(usage == "Train"):
        usage[row] = "Nowhere" if days[row] & seen else "Train"
    order = places.permutation(len(rows))
    order = order[usage[order] != "Nowhere"]
    rows, usage = rows[order], usage[order]
    write(out, train=rows[usage == "Train"], test=rows[usage != "Train"], usage=usage[usage != "Train"])


def labelled(source: Path) -> np.ndarray:
    """The rows (n, 94) of the real covid.train.csv; raises SourceProblems when it is another table."""
    table = pd.read_csv(source / "covid.train.csv", header=None, dtype=str)
    header = [
        str(name).strip().split(".")[0] for name in table.iloc[0]
    ]  # pandas numbers repeated names: cli.1
    expected = ["id", *HEADER]
    if header != expected:
        first = [
            f"column {place} is '{name}', not '{expected_name}'"
            for place, (name, expected_name) in enumerate(zip(header, expected, strict=False), start=1)
            if name != expected_name
        ]
        counts = f"covid.train.csv has {len(header)} columns and should have {len(expected)}"
        also = f"; {', '.join(first[:MOST_NAMED])}" if first else ""
        advice = "Take the file of the 2021 homework: id, 40 states, and three times the same 18 columns."
        raise SourceProblems(source, [f"{counts}{also}. {advice}"])
    rows = table.iloc[1:, 1:].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    problems = []
    if (wrong := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
        problems.append(
            f"{len(wrong)} rows have empty or non-numeric fields, the first in line {wrong[0] + 2}."
        )
    if (wrong := np.flatnonzero(rows[:, : len(STATES)].sum(axis=1) != 1)).size:
        problems.append(f"{len(wrong)} rows do not name one state, the first in line {wrong[0] + 2}.")
    if len(rows) < FEWEST:
        problems.append(
            f"There are {len(rows)} rows; at least {FEWEST} are needed, and the real file has 2,700."
        )
    if problems:
        raise SourceProblems(source, problems)
    return rows


def assign_runs(rows: np.ndarray, split: np.random.Generator) -> np.ndarray:
    """The usage of each row, "Train", "Public" or "Private"; RUN rows on end stay together."""
    state = rows[:, : len(STATES)].argmax(axis=1)
    begins = np.flatnonzero(np.diff(state, prepend=-1))  # the first row of each stretch of one state
    place = np.arange(len(rows)) - begins[np.searchsorted(begins, np.arange(len(rows)), side="right") - 1]
    run = np.cumsum(place % RUN == 0) - 1  # (rows,) the number of the row's run
    order = split.permutation(run[-1] + 1)
    test = int(HELD_OUT * len(order))
    side = np.full(len(order), "Private")
    side[order[test:]] = "Train"
    side[order[: test // 2]] = "Public"
    return side[run]


def days_of(rows: np.ndarray) -> list[list[bytes]]:
    """What tells the three days of each row apart: the state and the day's 18 columns."""
    state = rows[:, : len(STATES)].argmax(axis=1)
    days = rows[:, len(STATES) :].reshape(len(rows), DAYS, len(COLUMNS))
    return [
        [bytes([place]) + day.tobytes() for day in of_row] for place, of_row in zip(state, days, strict=True)
    ]


def panel(rng: np.random.Generator) -> np.ndarray:
    """What the survey would have said: (18, states, days), all in percent of those asked.

    A slow hidden prevalence drives the tests and, a day earlier, the symptoms; each state reports its
    symptoms with a gain of its own; habits and moods have levels of their own and hardly follow the epidemic.
    """
    days = WINDOWS * STRIDE
    prevalence = np.exp(log_prevalence(rng, days + 1))  # (states, days + 1), in percent
    today, tomorrow = prevalence[:, :-1], prevalence[:, 1:]
    answers = np.empty((len(COLUMNS), len(STATES), days))
    answers[0] = 0.25 + 0.045 * tomorrow * np.exp(offset(rng, 0.5)) + wander(rng, days, 0.02, memory=0.9)
    answers[1] = answers[0] + 0.03 + wander(rng, days, 0.02, memory=0.9)
    heard_of = 1.25 * tomorrow * np.exp(offset(rng, 0.5)) + offset(rng, 2.5)
    answers[2] = 8 + heard_of + wander(rng, days, 0.4, memory=0.9)
    answers[3] = 0.83 * answers[2] + wander(rng, days, 0.4, memory=0.9)
    for column, (level, spread) in enumerate(HABITS.values(), start=len(SYMPTOMS)):
        follows = rng.normal(0, 0.12) * spread * (tomorrow - 14) / 8
        own = offset(rng, 0.85 * spread) + wander(rng, days, 0.5 * spread, memory=0.97)
        answers[column] = level + own + follows
    answers[-1] = np.clip(today * (1 + offset(rng, 0.05)) + wander(rng, days, 0.4, memory=0.8), 0.3, 60)
    return np.clip(answers, 0, 100)


def log_prevalence(rng: np.random.Generator, days: int) -> np.ndarray:
    """The logarithm of the hidden prevalence, (states, days): waves whose growth changes slowly.

    Growth keeps 80 % of itself from day to day, is pushed by a season with a phase of its own in each state,
    and a weak pull towards about 14 % (2.65 in logarithms) keeps the waves within bounds.
    """
    states = len(STATES)
    level, growth = rng.normal(2.6, 0.35, states), np.zeros(states)
    phase, period = rng.uniform(0, 2 * np.pi, states), rng.uniform(60, 110, states)
    shocks = rng.normal(0, 0.035, (days, states))
    logs = np.empty((states, days))
    for day in range(days):
        growth = 0.8 * growth + shocks[day] + 0.003 * np.cos(2 * np.pi * day / period + phase)
        level = level + growth - 0.05 * (level - 2.65)
        logs[:, day] = level
    return logs


def wander(rng: np.random.Generator, days: int, spread: float, *, memory: float) -> np.ndarray:
    """Noise (states, days) of this spread that keeps the share `memory` of itself from day to day."""
    shocks = rng.normal(0, spread * np.sqrt(1 - memory**2), (days, len(STATES)))
    noise = np.empty((len(STATES), days))
    noise[:, 0] = rng.normal(0, spread, len(STATES))
    for day in range(1, days):
        noise[:, day] = memory * noise[:, day - 1] + shocks[day]
    return noise


def offset(rng: np.random.Generator, spread: float) -> np.ndarray:
    """One number per state, (states, 1), that stays the same on all days."""
    return rng.normal(0, spread, (len(STATES), 1))


def windows(answers: np.ndarray) -> np.ndarray:
    """Cut the panel (18, states, days) into rows: 40 state indicators, then DAYS times 18 columns."""
    starts = STRIDE * np.arange(WINDOWS)
    days = starts[:, None] + np.arange(DAYS)  # (WINDOWS, DAYS)
    cut = answers[:, :, days]  # (18, states, WINDOWS, DAYS)
    values = cut.transpose(1, 2, 3, 0).reshape(len(STATES) * WINDOWS, DAYS * len(COLUMNS))
    indicators = np.repeat(np.eye(len(STATES)), WINDOWS, axis=0)
    return np.hstack([indicators, values])


def assign(places: np.random.Generator, split: np.random.Generator) -> np.ndarray:
    """The usage of each row, "Train", "Public" or "Private", by blocks of days: neighbours stay together."""
    blocks = places.permutation(len(STATES) * WINDOWS // BLOCK)
    test = split.permutation(np.sort(blocks[TRAIN_BLOCKS:]))
    usage = np.full(len(blocks), "Private")
    usage[blocks[:TRAIN_BLOCKS]] = "Train"
    usage[test[: len(test) // 2]] = "Public"
    return np.repeat(usage, BLOCK)


def write(out: Path, *, train: np.ndarray, test: np.ndarray, usage: np.ndarray) -> None:
    """Write the four files; train and test are (rows, 40 + DAYS * 18), and test loses its last column."""
    public, private = out / "public", out / "private"
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    save(pd.DataFrame(train, columns=HEADER), public / "covid.train.csv")
    save(pd.DataFrame(test[:, :-1], columns=HEADER[:-1]), public / "covid.test.csv")
    ids = np.arange(len(test))
    sample = pd.DataFrame({"id": ids, "tested_positive": 0.0})
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")
    key = pd.DataFrame({"id": ids, "tested_positive": test[:, -1].round(DECIMALS), "Usage": usage})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")


def save(table: pd.DataFrame, path: Path) -> None:
    """Write a table with ids from 0 in its first column."""
    table.round(DECIMALS).to_csv(path, index_label="id", lineterminator="\n")
