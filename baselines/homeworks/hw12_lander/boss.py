"""Boss: practise the very flight. Expect private reward 233 +- 1 in 0.4 minutes (CPU).

The lander has no chance in it and the test's starts are known. So what the policy has learned (strong) need
not be flown once and for good: each episode is flown many times with drawn actions, and the best flight is
kept. Then its beginning is kept, too, and the rest flown many times again, round after round from a later
moment. The policy is what makes this work: with actions drawn at random, the same search ends near 0.
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
LEARNING_RATE = 3e-3  # at the beginning; it falls to almost nothing
BONUS = 0.005  # weight of the policy's entropy, which keeps it from making up its mind too early
SCALE = 1 / 40  # of the rewards, so that returns are a few units
DISCOUNT = 0.995  # what a reward counts for one action earlier
TRUST = 0.95  # lambda: 0 trusts the critic alone, 1 the flight alone
PASSES = 6  # over a batch of flights
PARTS = 8  # into which it is cut; one step for each
CLIP = 0.2  # a ratio beyond 1 - CLIP or 1 + CLIP pays nothing more
COPIES = 100  # flights of each episode of the test in each ...
ROUNDS = 5  # ... round of the search


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


def advantages(reward: torch.Tensor, is_on: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return how much better than expected each action turned out, (time, FLIGHTS).

    value: (time, FLIGHTS), what the critic expects. An action is credited with the surprise that follows it
    and, less and less, with later ones (generalised advantage estimation): trusting the critic alone would
    inherit its errors, trusting the flight alone its luck.
    """
    value = value * is_on
    after = torch.cat([value[1:], torch.zeros_like(value[:1])])  # nothing is expected after the end
    surprise = reward * is_on + DISCOUNT * after - value
    credit, later = torch.zeros_like(reward), torch.zeros_like(reward[0])
    for time in reversed(range(len(reward))):
        later = surprise[time] + DISCOUNT * TRUST * later
        credit[time] = later
    return credit


def standardised(values: torch.Tensor) -> torch.Tensor:
    """Return values (n,) with mean 0 and spread 1."""
    return (values - values.mean()) / (values.std() + 1e-6)


def improve(
    networks: nn.ModuleList,
    optimizer: torch.optim.Optimizer,
    seen: torch.Tensor,
    action: torch.Tensor,
    credit: torch.Tensor,
    target: torch.Tensor,
) -> float:
    """Take PASSES * PARTS steps on a batch: seen (n, 8), the rest (n,). Returns the mean loss."""
    policy, critic = networks
    with torch.no_grad():
        flown = torch.distributions.Categorical(logits=policy(seen)).log_prob(action)
    total = 0.0
    for _ in range(PASSES):
        for part in torch.randperm(len(seen), device=seen.device).chunk(PARTS):
            chances = torch.distributions.Categorical(logits=policy(seen[part]))
            ratio = (chances.log_prob(action[part]) - flown[part]).exp()
            clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
            gain = torch.minimum(ratio * credit[part], clipped * credit[part]).mean()
            error = nn.functional.mse_loss(critic(seen[part])[:, 0], target[part])
            loss = error / 2 - gain - BONUS * chances.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(networks.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
    return total / (PASSES * PARTS)


def fit(lander: ModuleType, device: str, *, updates: int) -> nn.Module:
    """Return a policy, trained by PASSES * PARTS steps for each batch of flights; the critic stays."""
    policy, critic = networks = nn.ModuleList([network(4), network(1)]).to(device)
    optimizer = torch.optim.Adam(networks.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, updates)
    for update in range(1, updates + 1):
        seen, action, reward, is_on = fly(lander, policy, device)
        with torch.no_grad():
            value = critic(seen)[..., 0]  # (time, FLIGHTS)
        advantage = advantages(reward, is_on, value)
        target = (advantage + value)[is_on]
        loss = improve(
            networks, optimizer, seen[is_on], action[is_on], standardised(advantage[is_on]), target
        )
        schedule.step()
        mean_return = float((reward * is_on).sum(dim=0).mean()) / SCALE
        report(epoch=update, epochs=updates, loss=loss, score=mean_return)
    return policy


def fly_copies(
    lander: ModuleType, policy: nn.Module, device: str, plan: np.ndarray, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fly each episode of the test COPIES times: by its plan at first, then by actions drawn from the policy.

    plan: (EPISODES, LONGEST), actions; kept: (EPISODES,), how many of them are flown. Returns the rewards
    (EPISODES, COPIES), the actions (EPISODES, COPIES, LONGEST) and their numbers (EPISODES, COPIES).
    """
    copies = EPISODES * COPIES
    plan, kept = np.repeat(plan, COPIES, axis=0), np.repeat(kept, COPIES)
    state = lander.starts(np.repeat(np.arange(EPISODES), COPIES))
    time, total = np.zeros(copies, dtype=int), np.zeros(copies)
    flown = np.zeros((copies, lander.LONGEST), dtype=int)
    going = np.arange(copies)  # those still in the air
    for moment in range(lander.LONGEST):
        with torch.no_grad():
            chances = policy(torch.from_numpy(lander.observe(state[going])).to(device)).softmax(dim=1)
        drawn = torch.multinomial(chances, 1)[:, 0].cpu().numpy()
        action = np.where(moment < kept[going], plan[going, moment], drawn)
        state[going], time[going], reward, done = lander.step(state[going], time[going], action)
        flown[going, moment] = action
        total[going] += reward
        going = going[~done]
        if not len(going):
            break
    shape = EPISODES, COPIES
    return total.reshape(shape), flown.reshape(*shape, -1), time.reshape(shape)


def search(lander: ModuleType, policy: nn.Module, device: str, *, rounds: int) -> list[str]:
    """Return for each episode of the test the actions of the best flight that was found, as text."""
    plan = np.zeros((EPISODES, lander.LONGEST), dtype=int)
    over_at, best = np.zeros(EPISODES, dtype=int), np.full(EPISODES, -np.inf)
    for number in range(rounds):
        kept = over_at * number // rounds  # (EPISODES,): the beginning that this round does not touch
        total, flown, time = fly_copies(lander, policy, device, plan, kept)
        winner, rows = total.argmax(axis=1), np.arange(EPISODES)
        is_better = total[rows, winner] > best
        plan = np.where(is_better[:, None], flown[rows, winner], plan)
        over_at = np.where(is_better, time[rows, winner], over_at)
        best = np.maximum(best, total[rows, winner])
    return [" ".join(map(str, row[:end])) for row, end in zip(plan, over_at, strict=True)]


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a policy on fresh episodes, search with it, and return the best actions found."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    lander = load_lander(public)
    policy = fit(lander, device, updates=1 if dry_run else UPDATES)
    actions = search(lander, policy, device, rounds=1 if dry_run else ROUNDS)
    return pd.DataFrame({"Id": np.arange(EPISODES), "Actions": actions})
