"""What the tiers of homework 12 share: flights to learn from, the network, and the flights handed in."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import nn

EPISODES = 100  # of the test, numbered from 0
FRESH = 1_000_000, 2**40  # numbers of the episodes to train on: from, and below
FLIGHTS = 128  # episodes flown for each update; all four tiers fly as many ...
UPDATES = 28  # ... batches of flights
HIDDEN = 48  # units of each of the two hidden layers
REWARD_SCALE = 1 / 40  # of the rewards, so that returns are a few units


@dataclass(frozen=True)
class Flights:
    """A batch of flights: observations (time, FLIGHTS, 8), actions, rewards and mask (time, FLIGHTS).

    mask: whether the flight was still on; what stands behind its end counts for nothing.
    """

    observations: torch.Tensor
    actions: torch.Tensor
    rewards: torch.Tensor
    mask: torch.Tensor

    @property
    def mean_return(self) -> float:
        """The mean over the flights of all their rewards, in the unit of the leaderboard."""
        return float((self.rewards * self.mask).sum(dim=0).mean()) / REWARD_SCALE


def load_lander(public: Path) -> ModuleType:
    """Public/lander.py as a module: what `import lander` does for who has it beside the script."""
    spec = importlib.util.spec_from_file_location("lander", public / "lander.py")
    assert spec is not None, "the ending .py has a loader"
    assert spec.loader is not None, "and that loader can run it"
    lander = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lander)
    return lander


def mlp(outputs: int) -> nn.Sequential:
    """An untrained network from observations (..., 8) to (..., outputs)."""
    layers = [nn.Linear(8, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, outputs))


@torch.no_grad()
def sample_actions(
    lander: ModuleType, policy: nn.Module, state: np.ndarray, device: str
) -> tuple[np.ndarray, np.ndarray]:
    """What is observed in each state (n, 6), as (n, 8), and an action drawn from the policy, (n,)."""
    observations = lander.observe(state)
    probabilities = policy(torch.from_numpy(observations).to(device)).softmax(dim=1)  # (n, 4)
    return observations, torch.multinomial(probabilities, 1)[:, 0].cpu().numpy()


def fly(lander: ModuleType, policy: nn.Module, device: str) -> Flights:
    """Fly FLIGHTS new episodes to their ends, drawing each action from the policy."""
    state = lander.starts(np.random.randint(*FRESH, size=FLIGHTS))
    time, mask = np.zeros(FLIGHTS, dtype=int), np.ones(FLIGHTS, dtype=bool)
    steps = []
    while mask.any():
        observations, actions = sample_actions(lander, policy, state, device)
        state, time, rewards, done = lander.step(state, time, actions)
        steps.append((observations, actions, REWARD_SCALE * rewards.astype(np.float32), mask))
        mask = mask & ~done
    return Flights(*(torch.from_numpy(np.stack(part)).to(device) for part in zip(*steps, strict=True)))


def standardised(values: torch.Tensor) -> torch.Tensor:
    """Values (n,) with mean 0 and spread 1."""
    return (values - values.mean()) / (values.std() + 1e-6)


@torch.no_grad()
def greedy_flights(lander: ModuleType, policy: nn.Module, device: str) -> list[str]:
    """For each episode of the test the policy's likeliest actions up to its end, as text."""
    state, time = lander.starts(np.arange(EPISODES)), np.zeros(EPISODES, dtype=int)
    over_at = np.zeros(EPISODES, dtype=int)  # 0 while the episode goes on
    actions = []
    while not over_at.all():
        logits = policy(torch.from_numpy(lander.observe(state)).to(device))  # (EPISODES, 4)
        actions.append(logits.argmax(dim=1).cpu().numpy())
        state, time, _, done = lander.step(state, time, actions[-1])
        over_at = np.where((over_at == 0) & done, time, over_at)
    return action_texts(np.stack(actions, axis=1), over_at)


def action_texts(actions: np.ndarray, over_at: np.ndarray) -> list[str]:
    """Actions (EPISODES, time) up to each episode's end, over_at (EPISODES,), as text."""
    return [" ".join(map(str, row[:end])) for row, end in zip(actions, over_at, strict=True)]
