"""Simple: policy gradient, whole flights. Expect private reward 19 +- 55 in 0.2 minutes (CPU).

A flight is drawn from the policy, and all its actions become likelier when the flight went better than others
of its batch, and less likely when it went worse. What it says of a single action is true only on average: a
crash blames the good ones, too.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import report, seed_everything

EPISODES = 100  # of the test, numbered from 0
FRESH = 1_000_000, 2**40  # numbers of the episodes to train on: from, and below
HIDDEN = 48  # units of each of the two hidden layers
FLIGHTS = 128  # episodes flown for each update; all four tiers fly as many ...
UPDATES = 28  # ... batches of flights
LEARNING_RATE = 2e-2  # at the beginning; it falls to almost nothing
BONUS = 0.005  # weight of the policy's entropy, which keeps it from making up its mind too early
SCALE = 1 / 40  # of the rewards, so that returns are a few units


def load_lander(public: Path) -> ModuleType:
    """Return public/lander.py as a module: what `import lander` does for who has it beside the script."""
    spec = importlib.util.spec_from_file_location("lander", public / "lander.py")
    assert spec is not None, "the ending .py has a loader"
    assert spec.loader is not None, "and that loader can run it"
    lander = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lander)
    return lander


def network(outputs: int) -> nn.Module:
    """Return an untrained network from (..., 8), what a policy sees, to (..., outputs)."""
    layers = [nn.Linear(8, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, outputs))


def fly(lander: ModuleType, policy: nn.Module, device: str) -> tuple[torch.Tensor, ...]:
    """Fly FLIGHTS new episodes to their ends, drawing each action from the policy.

    Returns what was seen (time, FLIGHTS, 8), actions, rewards and whether the flight was still on, each
    (time, FLIGHTS).
    """
    state = lander.starts(np.random.randint(*FRESH, size=FLIGHTS))
    time, is_on = np.zeros(FLIGHTS, dtype=int), np.ones(FLIGHTS, dtype=bool)
    log = []
    while is_on.any():
        seen = lander.observe(state)
        with torch.no_grad():
            chances = policy(torch.from_numpy(seen).to(device)).softmax(dim=1)  # (FLIGHTS, 4)
        action = torch.multinomial(chances, 1)[:, 0].cpu().numpy()
        state, time, reward, done = lander.step(state, time, action)
        log.append((seen, action, SCALE * reward.astype(np.float32), is_on))
        is_on = is_on & ~done
    return tuple(torch.from_numpy(np.stack(part)).to(device) for part in zip(*log, strict=True))


def credits(reward: torch.Tensor, is_on: torch.Tensor) -> torch.Tensor:
    """Return what each action is credited with, (time, FLIGHTS): the sum of all rewards of its flight."""
    return (reward * is_on).sum(dim=0).expand(reward.shape)


def standardised(values: torch.Tensor) -> torch.Tensor:
    """Return values (n,) with mean 0 and spread 1."""
    return (values - values.mean()) / (values.std() + 1e-6)


def fit(lander: ModuleType, device: str, *, updates: int) -> nn.Module:
    """Return a policy, trained by one step of gradient ascent for each batch of flights."""
    policy = network(4).to(device)
    optimizer = torch.optim.Adam(policy.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, updates)
    for update in range(1, updates + 1):
        seen, action, reward, is_on = fly(lander, policy, device)
        credit = standardised(credits(reward, is_on)[is_on])  # (actions,)
        chances = torch.distributions.Categorical(logits=policy(seen[is_on]))
        loss = -(chances.log_prob(action[is_on]) * credit).mean() - BONUS * chances.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        mean_return = float((reward * is_on).sum(dim=0).mean()) / SCALE
        report(epoch=update, epochs=updates, loss=loss.item(), score=mean_return)
    return policy


def best_flights(lander: ModuleType, policy: nn.Module, device: str) -> list[str]:
    """Return for each episode of the test the policy's likeliest actions up to its end, as text."""
    state, time = lander.starts(np.arange(EPISODES)), np.zeros(EPISODES, dtype=int)
    over_at = np.zeros(EPISODES, dtype=int)  # 0 while the episode goes on
    actions = []
    while not over_at.all():
        with torch.no_grad():
            scores = policy(torch.from_numpy(lander.observe(state)).to(device))
        actions.append(scores.argmax(dim=1).cpu().numpy())
        state, time, _, done = lander.step(state, time, actions[-1])
        over_at = np.where((over_at == 0) & done, time, over_at)
    table = np.stack(actions, axis=1)  # (EPISODES, time)
    return [" ".join(map(str, row[:end])) for row, end in zip(table, over_at, strict=True)]


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a policy on fresh episodes and return its actions for those of the test."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    lander = load_lander(public)
    policy = fit(lander, device, updates=1 if dry_run else UPDATES)
    return pd.DataFrame({"Id": np.arange(EPISODES), "Actions": best_flights(lander, policy, device)})
