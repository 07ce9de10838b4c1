"""The lander of homework 12: many of them at once, in numpy alone. You may import, copy and change this file.

A lander falls towards a pad at x = 0, y = 0 and should stand on it softly and upright. An episode is known by
its number: `starts` gives the state in which it begins, and everything after that follows from the actions.

    state = starts(np.arange(100))                       # the episodes of the submission
    time = np.zeros(100, dtype=int)
    while running.any():
        state, time, reward, done = step(state, time, actions)

State, (n, 6): x, y, speed along x and along y, angle, spin. Actions, (n,): 0 nothing, 1 left engine, 2 main
engine, 3 right engine.
"""

import numpy as np

STEP = 0.05  # seconds between two actions
LONGEST = 190  # actions after which an episode is over
GRAVITY = 1.0
MAIN, SIDE, TURN = 2.6, 0.12, 1.1  # per second: the main engine's push, a side engine's push and spin
FRICTION = 0.995  # share of the spin that is left after a step
WIDE, HIGH = 1.6, 2.2  # where the lander is lost: |x| or y beyond
PAD = 0.2  # |x| at most on which it may stand, ...
SOFT_ACROSS, SOFT_DOWN, UPRIGHT = 0.25, 0.35, 0.2  # ... speeds and angle at most with which it does
LANDED, CRASHED, LOST = 100.0, -100.0, -100.0  # rewards at the end
PATIENCE = 0.33  # taken off for each step in the air, ...
FUEL_MAIN, FUEL_SIDE = 0.2, 0.03  # ... and for each with an engine on
LEAST = np.array([-0.5, 1.4, -0.6, -0.3, -0.2, -0.25])  # a start's state is between these ...
MOST = np.array([0.5, 1.4, 0.6, 0.1, 0.2, 0.25])  # ... and these


def starts(episodes: np.ndarray) -> np.ndarray:
    """The states (n, 6) in which episodes (n,), whole numbers from 0, begin.

    The numbers come from splitmix64 and not from numpy.random, whose streams may change with its version.
    """
    counter = np.asarray(episodes, dtype=np.uint64)[:, None] * np.uint64(6) + np.arange(1, 7, dtype=np.uint64)
    z: np.ndarray = counter * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return np.round(LEAST + (MOST - LEAST) * uniform, 9)


def observe(state: np.ndarray) -> np.ndarray:
    """What a policy sees, (n, 8) of float32: the state (n, 6), and whether each leg is near ground."""
    low, angle = state[:, 1] < 0.06, state[:, 4]
    return np.column_stack([state, low & (angle > -0.15), low & (angle < 0.15)]).astype(np.float32)


def potential(state: np.ndarray) -> np.ndarray:
    """How good it is to be in a state, (n,): 0 standing on the pad, less when far, fast or tilted."""
    x, y, across, down, angle, _ = state.T
    return -100 * np.sqrt(x**2 + y**2) - 100 * np.sqrt(across**2 + down**2) - 100 * np.abs(angle)


def step(
    state: np.ndarray, time: np.ndarray, action: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """State (n, 6), time (n,), reward (n,) and done (n,) after actions (n,) of whole numbers 0 to 3.

    The reward is what the potential has gained, less time and fuel, and at the end what became of the lander.
    The state is rounded to nine digits, so that processors that differ in the last one play the same game.
    """
    main, left, right = action == 2, action == 1, action == 3
    x, y, across, down, angle, spin = state.T
    across = across + STEP * (SIDE * (right * 1.0 - left) - MAIN * main * np.sin(angle))
    down = down + STEP * (MAIN * main * np.cos(angle) - GRAVITY)
    spin = FRICTION * spin + STEP * TURN * (left * 1.0 - right)
    moved = [x + STEP * across, y + STEP * down, across, down, angle + STEP * spin, spin]
    after, time = np.round(np.column_stack(moved), 9), time + 1
    end = ending(after)
    cost = PATIENCE + FUEL_MAIN * main + FUEL_SIDE * (left | right)
    return after, time, potential(after) - potential(state) - cost + end, (end != 0) | (time >= LONGEST)


def ending(state: np.ndarray) -> np.ndarray:
    """The reward for the end, (n,), and 0 while there is none."""
    x, y, across, down, angle, _ = np.abs(state.T)
    is_soft = (x <= PAD) & (across <= SOFT_ACROSS) & (down <= SOFT_DOWN) & (angle <= UPRIGHT)
    is_down, is_out = state[:, 1] <= 0, (x > WIDE) | (y > HIGH)
    return np.select([is_down & is_soft, is_down, is_out], [LANDED, CRASHED, LOST], 0.0)
