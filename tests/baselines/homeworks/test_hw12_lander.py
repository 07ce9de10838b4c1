"""What homework 12 promises: one lander for students and metric, fair replays, nothing for doing nothing."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE
from baselines.expected import read_expected
from baselines.homework import HOMEWORKS, TIERS, homework_named, load_script
from baselines.measure import read_key
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import InvalidSubmission
from grader.grade import Grade, grade
from tests.support import homeworks

FOLDER = HOMEWORKS / "hw12_lander"
EPISODES = np.arange(100)
STARTS = [
    [0.383310808, 1.4, -0.568279474, 0.088352791, -0.157461323, -0.086337118],
    [0.042234565, 1.4, 0.031973746, -0.078729101, 0.043190454, -0.06087314],
    [0.391860814, 1.4, -0.259540211, 0.032996082, -0.143593448, 0.145758898],
]  # of the episodes 0, 99 and 1,000,000
Policy = Callable[[np.ndarray], np.ndarray]
lander = load_script(FOLDER / "lander.py")


@pytest.fixture(scope="module")
def data() -> Path:
    return homeworks.built("hw12_lander")


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return homeworks.sandbox()


@pytest.fixture(scope="module")
def score(data: Path, sandbox: Sandbox) -> Callable[[list[str]], Grade]:
    key = read_key(homework_named("hw12_lander"), data)

    def score(actions: list[str]) -> Grade:
        table = pd.DataFrame({"Id": EPISODES, "Actions": actions})
        return grade(table.to_csv(index=False).encode(), key, sandbox=sandbox)

    return score


def flown(policy: Policy) -> tuple[list[str], np.ndarray]:
    """The actions of a policy up to each episode's end, as text, and the rewards (100,)."""
    state, time = lander.starts(EPISODES), np.zeros(100, dtype=int)
    rewards, over_at, actions = np.zeros(100), np.zeros(100, dtype=int), []
    for _ in range(lander.LONGEST):
        actions.append(policy(state))
        state, time, reward, done = lander.step(state, time, actions[-1])
        rewards += np.where(over_at == 0, reward, 0)
        over_at = np.where((over_at == 0) & done, time, over_at)
    rows = np.stack(actions, axis=1)
    return [" ".join(map(str, row[:end])) for row, end in zip(rows, over_at, strict=True)], rewards


def nothing(state: np.ndarray) -> np.ndarray:
    return np.zeros(len(state), dtype=int)


def pilot(state: np.ndarray) -> np.ndarray:
    """A pilot of flesh and blood: leans against the drift, brakes when too fast for the height."""
    x, y, across, down, angle, spin = state.T
    lean = 3 * (np.clip(0.4 * x + across, -0.3, 0.3) - angle) - 2 * spin
    brake = np.where(down < -0.1 - 0.25 * y, 2, 0)
    return np.where(lean > 0.15, 1, np.where(lean < -0.15, 3, brake))


def is_far_below_simple(scores: Grade) -> bool:
    """Whether both halves are below simple's worst by a quarter of the step to medium."""
    expected = read_expected(homework_named("hw12_lander"))
    for half in ("public", "private"):
        simple, medium = getattr(expected["simple"], half), getattr(expected["medium"], half)
        if getattr(scores, half) > min(simple) - (np.mean(medium) - np.mean(simple)) / 4:
            return False
    return True


def test_students_and_the_metric_have_the_same_lander(data: Path) -> None:
    ours = (FOLDER / "lander.py").read_text(encoding="utf-8")
    metric = (FOLDER / "metric.py").read_text(encoding="utf-8")

    body = ours[ours.index("STEP = ") :].rstrip()
    assert (data / "public" / "lander.py").read_text(encoding="utf-8") == ours
    assert body in metric
    assert re.findall(r"^import.*", ours, flags=re.MULTILINE) == ["import numpy as np"]


def test_a_replay_gives_the_reward_that_was_flown(data: Path, score: Callable[[list[str]], Grade]) -> None:
    actions, rewards = flown(pilot)

    scores = score(actions)

    is_public = (pd.read_csv(data / KEY)["Usage"] == "Public").to_numpy()
    assert scores.public == pytest.approx(rewards[is_public].mean(), abs=1e-9)
    assert scores.private == pytest.approx(rewards[~is_public].mean(), abs=1e-9)
    assert scores.public > 200


def test_one_lander_flies_as_many_do() -> None:
    rng = np.random.default_rng(0)
    actions = rng.integers(0, 4, (100, 30))
    together, apart, time = lander.starts(EPISODES), lander.starts(EPISODES), np.zeros(100, dtype=int)

    for column in actions.T:
        together = lander.step(together, time, column)[0]
        apart = np.concatenate(
            [lander.step(apart[n : n + 1], time[:1], column[n : n + 1])[0] for n in range(100)]
        )

    assert np.array_equal(together, apart)


def test_starts_are_numbers_that_no_version_of_numpy_changes() -> None:
    first = lander.starts(np.array([0, 99, 1_000_000]))

    assert first.tolist() == STARTS
    many = lander.starts(np.arange(10**6, 10**6 + 4000))
    assert np.abs(many.mean(axis=0) - (lander.LEAST + lander.MOST) / 2).max() < 0.02
    assert len(np.unique(many, axis=0)) == 4000


def test_the_halves_hold_fifty_episodes_each_and_equally_hard_ones(data: Path) -> None:
    is_public = (pd.read_csv(data / KEY)["Usage"] == "Public").to_numpy()
    expected = read_expected(homework_named("hw12_lander"))

    _, rewards = flown(pilot)

    step = np.mean(expected["boss"].private) - np.mean(expected["strong"].private)  # the smallest on top
    assert is_public.sum() == 50
    assert abs(rewards[is_public].mean() - rewards[~is_public].mean()) < step / 2


def test_landing_softly_pays_and_every_other_end_costs() -> None:
    standing = [0.1, 0.0, 0.1, -0.2, 0.1, 0.0]
    states = np.array([standing, [0.5, *standing[1:]], [0.1, 0, 0.1, -0.9, 0.1, 0], [1.7, 1, 0, 0, 0, 0]])

    ends = lander.ending(np.vstack([states, [0, 1, 0, 0, 0, 0]]))

    assert ends.tolist() == [100, -100, -100, -100, 0]


def test_an_episode_is_over_after_its_longest_time() -> None:
    hanging = np.array([[0, 1.0, 0, 0, 0, 0]])

    _, _, _, early = lander.step(hanging, np.array([lander.LONGEST - 2]), np.array([0]))
    _, _, _, late = lander.step(hanging, np.array([lander.LONGEST - 1]), np.array([0]))

    assert (early.tolist(), late.tolist()) == ([False], [True])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:-2], r"the list ends after \d+ actions, but the episode is not over then"),
        (lambda text: text + " 0", r"the list has \d+ actions, but the episode is over after \d+"),
        (lambda text: text + " 0" * 400, r"the list has \d+ actions, but the episode is over after \d+"),
        (lambda text: text.replace(" ", ""), "Actions are the numbers 0, 1, 2, 3 with a space between two"),
        (lambda text: text.replace("0", "4"), "Actions are the numbers 0, 1, 2, 3 with a space between two"),
    ],
)
@pytest.mark.parametrize("row", [0, 1, 2, 3])
def test_a_list_of_another_length_or_spelling_is_refused_with_its_id(
    score: Callable[[list[str]], Grade], row: int, spoil: Callable[[str], str], words: str
) -> None:
    actions, _ = flown(nothing)
    actions[row] = spoil(actions[row])

    with pytest.raises(InvalidSubmission, match=rf"Id {row}: {words}"):
        score(actions)


def test_many_wrong_rows_are_counted(score: Callable[[list[str]], Grade]) -> None:
    with pytest.raises(InvalidSubmission, match=r"Id \d+: .* And 45 more rows\."):
        score(["0 0 2"] * 100)


def test_an_empty_list_is_refused(score: Callable[[list[str]], Grade]) -> None:
    actions, _ = flown(nothing)

    with pytest.raises(InvalidSubmission):
        score(["", *actions[1:]])


def test_a_dot_stands_for_engines_that_stay_off(score: Callable[[list[str]], Grade]) -> None:
    written, _ = flown(nothing)

    assert score(["." if row % 2 else text for row, text in enumerate(written)]) == score(written)


def test_an_attack_with_the_copied_sample_stays_below_simple(data: Path) -> None:
    key = read_key(homework_named("hw12_lander"), data)

    assert is_far_below_simple(grade((data / SAMPLE).read_bytes(), key))


@pytest.mark.parametrize("action", [0, 1, 2, 3])
def test_an_attack_with_a_constant_action_stays_below_simple(
    score: Callable[[list[str]], Grade], action: int
) -> None:
    actions, _ = flown(lambda state: np.full(len(state), action))

    assert is_far_below_simple(score(actions))


def test_an_attack_with_random_actions_stays_below_simple(score: Callable[[list[str]], Grade]) -> None:
    rng = np.random.default_rng(5)
    actions, _ = flown(lambda state: rng.integers(0, 4, len(state)))

    assert is_far_below_simple(score(actions))


def test_the_best_of_a_hundred_flights_of_chance_stays_below_medium(
    data: Path, score: Callable[[list[str]], Grade]
) -> None:
    rng = np.random.default_rng(5)
    tries = [flown(lambda state: rng.integers(0, 4, len(state))) for _ in range(100)]
    rewards = np.stack([reward for _, reward in tries])

    scores = score([tries[best][0][row] for row, best in enumerate(rewards.argmax(axis=0))])

    medium = read_expected(homework_named("hw12_lander"))["medium"]
    assert scores.public < min(medium.public) - 50
    assert scores.private < min(medium.private) - 50


@pytest.mark.parametrize("tier", TIERS)
def test_all_tiers_fly_the_same_number_of_flights(tier: str) -> None:
    shared, script = load_script(FOLDER / "shared.py"), load_script(FOLDER / f"{tier}.py")

    assert (shared.FLIGHTS, shared.UPDATES) == (128, 28)
    assert script.UPDATES == shared.UPDATES
    assert "FLIGHTS =" not in (FOLDER / f"{tier}.py").read_text(encoding="utf-8")


def test_an_attack_with_the_actions_of_other_ids_in_order_is_refused(
    score: Callable[[list[str]], Grade],
) -> None:
    actions, _ = flown(pilot)

    with pytest.raises(InvalidSubmission, match="the episode is"):
        score([*actions[1:], actions[0]])  # each row's list under the id before it
