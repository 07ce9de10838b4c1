"""Simple: policy gradient, whole flights. Expect private reward 19 +- 55 in 0.2 minutes (CPU).

A flight is drawn from the policy, and all its actions become likelier when the flight went better than others
of its batch, and less likely when it went worse. What it says of a single action is true only on average: a
crash blames the good ones, too.
"""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import report, seed_everything

from .shared import EPISODES, UPDATES, Flights, fly, greedy_flights, load_lander, mlp, standardised

LEARNING_RATE = 2e-2  # at the beginning; it falls to almost nothing
ENTROPY_WEIGHT = 0.005  # keeps the policy from making up its mind too early


def whole_returns(flights: Flights) -> torch.Tensor:
    """What each action is credited with, (time, FLIGHTS): the sum of all rewards of its flight."""
    return (flights.rewards * flights.mask).sum(dim=0).expand(flights.rewards.shape)


def fit(
    lander: ModuleType, device: str, *, returns_of: Callable[[Flights], torch.Tensor], updates: int
) -> nn.Module:
    """A policy, trained by one step of gradient ascent for each batch of flights."""
    policy = mlp(4).to(device)
    optimizer = torch.optim.Adam(policy.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, updates)
    for update in range(1, updates + 1):
        flights = fly(lander, policy, device)
        mask = flights.mask
        returns = standardised(returns_of(flights)[mask])  # (actions,)
        distribution = torch.distributions.Categorical(logits=policy(flights.observations[mask]))
        log_probs = distribution.log_prob(flights.actions[mask])
        loss = -(log_probs * returns).mean() - ENTROPY_WEIGHT * distribution.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        report(epoch=update, epochs=updates, loss=loss.item(), score=flights.mean_return)
    return policy


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a policy on fresh episodes and return its actions for those of the test."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    lander = load_lander(public)
    policy = fit(lander, device, returns_of=whole_returns, updates=1 if dry_run else UPDATES)
    return pd.DataFrame({"Id": np.arange(EPISODES), "Actions": greedy_flights(lander, policy, device)})
