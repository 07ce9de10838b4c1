"""Strong: a critic, many steps on each batch (PPO). Expect private reward 213 +- 4 in 0.3 minutes (CPU).

Flights are dear, and one step for each batch of them wastes most of what they tell. Here many small steps are
taken; the ratio of an action's new probability to the one with which it was flown is clipped, so that no step
pays which takes the policy far from the one that flew. A second network, the critic, learns what is to be
expected in each state, and an action is credited with what came beyond that.
"""

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import report, seed_everything

from .shared import EPISODES, UPDATES, Flights, fly, greedy_flights, load_lander, mlp, standardised

LEARNING_RATE = 3e-3  # at the beginning; it falls to almost nothing
ENTROPY_WEIGHT = 0.005  # keeps the policy from making up its mind too early
DISCOUNT = 0.995  # what a reward counts for one action earlier
TRUST = 0.95  # lambda: 0 trusts the critic alone, 1 the flight alone
PASSES = 6  # over a batch of flights
MINIBATCHES = 8  # into which it is cut; one step for each
CLIP = 0.2  # a ratio beyond 1 - CLIP or 1 + CLIP pays nothing more


def advantages_of(flights: Flights, values: torch.Tensor) -> torch.Tensor:
    """How much better than expected each action turned out, (time, FLIGHTS).

    values: (time, FLIGHTS), what the critic expects. An action is credited with the surprise that follows it
    (the temporal difference) and, less and less, with later ones (generalised advantage estimation): trusting
    the critic alone would inherit its errors, trusting the flight alone its luck.
    """
    values = values * flights.mask
    next_values = torch.cat([values[1:], torch.zeros_like(values[:1])])  # nothing is expected after the end
    differences = flights.rewards * flights.mask + DISCOUNT * next_values - values
    advantages, later = torch.zeros_like(values), torch.zeros_like(values[0])
    for time in reversed(range(len(values))):
        later = differences[time] + DISCOUNT * TRUST * later
        advantages[time] = later
    return advantages


def improve(networks: nn.ModuleList, optimizer: torch.optim.Optimizer, flights: Flights) -> float:
    """Take PASSES * MINIBATCHES steps of policy and critic on a batch of flights; return the mean loss."""
    policy, critic = networks
    mask = flights.mask
    observations, actions = flights.observations[mask], flights.actions[mask]  # (actions, 8), (actions,)
    with torch.no_grad():
        values = critic(flights.observations)[..., 0]  # (time, FLIGHTS)
        old_log_probs = torch.distributions.Categorical(logits=policy(observations)).log_prob(actions)
    advantages = advantages_of(flights, values)
    targets, advantages = (advantages + values)[mask], standardised(advantages[mask])  # (actions,) each
    total = 0.0
    for _ in range(PASSES):
        for batch in torch.randperm(len(actions), device=actions.device).chunk(MINIBATCHES):
            distribution = torch.distributions.Categorical(logits=policy(observations[batch]))
            ratio = (distribution.log_prob(actions[batch]) - old_log_probs[batch]).exp()
            clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
            gain = torch.minimum(ratio * advantages[batch], clipped * advantages[batch]).mean()
            error = nn.functional.mse_loss(critic(observations[batch])[:, 0], targets[batch])
            loss = error / 2 - gain - ENTROPY_WEIGHT * distribution.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(networks.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
    return total / (PASSES * MINIBATCHES)


def fit(lander: ModuleType, device: str, *, updates: int) -> nn.Module:
    """A policy, trained by PASSES * MINIBATCHES steps for each batch of flights; the critic stays."""
    policy, _ = networks = nn.ModuleList([mlp(4), mlp(1)]).to(device)
    optimizer = torch.optim.Adam(networks.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, updates)
    for update in range(1, updates + 1):
        flights = fly(lander, policy, device)
        loss = improve(networks, optimizer, flights)
        schedule.step()
        report(epoch=update, epochs=updates, loss=loss, score=flights.mean_return)
    return policy


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a policy on fresh episodes and return its actions for those of the test."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    lander = load_lander(public)
    policy = fit(lander, device, updates=1 if dry_run else UPDATES)
    return pd.DataFrame({"Id": np.arange(EPISODES), "Actions": greedy_flights(lander, policy, device)})
