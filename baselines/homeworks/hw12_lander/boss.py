"""Boss: practise the very flight. Expect private reward 233 +- 1 in 0.4 minutes (CPU).

The lander has no chance in it and the test's starts are known. So what the policy has learned (strong) need
not be flown once and for good: each episode is flown many times with drawn actions, and the best flight is
kept. Then its beginning is kept, too, and the rest flown many times again, round after round from a later
moment. The policy is what makes this work: with actions drawn at random, the same search ends near 0.
"""

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .shared import EPISODES, UPDATES, action_texts, load_lander, sample_actions
from .strong import fit

COPIES = 100  # flights of each episode of the test in each ...
ROUNDS = 5  # ... round of the search


def fly_copies(
    lander: ModuleType, policy: nn.Module, device: str, plan: np.ndarray, prefix: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fly each episode of the test COPIES times: by its plan at first, then by actions drawn from the policy.

    plan: (EPISODES, LONGEST), actions; prefix: (EPISODES,), how many of them are flown. Returns the returns
    (EPISODES, COPIES), the actions (EPISODES, COPIES, LONGEST) and their numbers (EPISODES, COPIES).
    """
    copies = EPISODES * COPIES
    plan, prefix = np.repeat(plan, COPIES, axis=0), np.repeat(prefix, COPIES)
    state = lander.starts(np.repeat(np.arange(EPISODES), COPIES))
    time, returns = np.zeros(copies, dtype=int), np.zeros(copies)
    actions = np.zeros((copies, lander.LONGEST), dtype=int)
    airborne = np.arange(copies)  # the numbers of the copies still in the air
    for moment in range(lander.LONGEST):
        _, samples = sample_actions(lander, policy, state[airborne], device)
        action = np.where(moment < prefix[airborne], plan[airborne, moment], samples)
        state[airborne], time[airborne], rewards, done = lander.step(state[airborne], time[airborne], action)
        actions[airborne, moment] = action
        returns[airborne] += rewards
        airborne = airborne[~done]
        if not len(airborne):
            break
    shape = EPISODES, COPIES
    return returns.reshape(shape), actions.reshape(*shape, -1), time.reshape(shape)


def search(lander: ModuleType, policy: nn.Module, device: str, *, rounds: int) -> list[str]:
    """For each episode of the test the actions of its best flight, as text."""
    plan = np.zeros((EPISODES, lander.LONGEST), dtype=int)
    over_at, best = np.zeros(EPISODES, dtype=int), np.full(EPISODES, -np.inf)
    for number in range(rounds):
        prefix = over_at * number // rounds  # (EPISODES,): the beginning that this round does not touch
        returns, actions, time = fly_copies(lander, policy, device, plan, prefix)
        winner, rows = returns.argmax(axis=1), np.arange(EPISODES)
        is_better = returns[rows, winner] > best
        plan = np.where(is_better[:, None], actions[rows, winner], plan)
        over_at = np.where(is_better, time[rows, winner], over_at)
        best = np.maximum(best, returns[rows, winner])
    return action_texts(plan, over_at)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a policy on fresh episodes, search with it, and return the best actions."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    lander = load_lander(public)
    policy = fit(lander, device, updates=1 if dry_run else UPDATES)
    actions = search(lander, policy, device, rounds=1 if dry_run else ROUNDS)
    return pd.DataFrame({"Id": np.arange(EPISODES), "Actions": actions})
