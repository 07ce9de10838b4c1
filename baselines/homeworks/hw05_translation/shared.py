"""What the networks of homework 5 share: the texts as numbers, training, translating, and the transformer."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.training import compiled, half_precision, report

PAD, BEGIN, END, UNKNOWN = range(4)  # numbers that stand for no token; words and characters follow
SPECIAL = 4  # how many these are
WORDS, CHARACTERS = 20_000, 5_000  # the commonest of them are known
LONGEST = 60  # tokens of a sentence, with END, that are read or written
AT_ONCE = 256  # sentences that are translated together
REAL_PAIRS = 50_000  # from so many pairs on, the sizes for the real data hold
TOKEN_STD, POSITION_STD = 0.3, 0.1  # of the first vectors of the transformer
Memory = tuple[list[Tensor], Tensor]  # the source's keys and values for each layer, and where there is a word
Cache = list[Tensor]  # keys and values of the target's earlier places for each layer


@dataclass(frozen=True)
class Task:
    """The pairs to train on and the sentences to translate, as numbers of words and characters."""

    source: Tensor  # (pairs, words)
    target: Tensor  # (pairs, characters)
    test: Tensor  # (sentences, words)
    words: dict[str, int]
    characters: dict[str, int]
    is_real: bool

    @property
    def tokens(self) -> tuple[int, int]:
        """How many numbers stand for something in a source, and how many in a target."""
        return len(self.words) + SPECIAL, len(self.characters) + SPECIAL


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained; smoothing: the share of the target spread over the other tokens."""

    batch: int
    epochs: int
    rate: float  # at its peak
    warm_up: float  # share of the steps in which the rate climbs to its peak; then it falls to zero
    betas: tuple[float, float] = (0.9, 0.999)
    smoothing: float = 0.0
    gradient_norm: float = math.inf  # a longer gradient is shortened to it


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The size of a transformer."""

    width: int
    layers: int
    heads: int
    dropout: float


SMALL_SHAPE = Shape(width=64, layers=1, heads=4, dropout=0.1)  # for data as small as ours ...
REAL_SHAPE = Shape(width=512, layers=4, heads=8, dropout=0.2)  # ... and for the real ones on a graphics card


class Attention(nn.Module):
    """Attention of several heads, in which keys and values may be computed once and used again."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def keys_and_values(self, x: Tensor) -> Tensor:
        """Keys and values (2, batch, heads, time, width / heads) of x (batch, time, width)."""
        return self.key_value(x).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def forward(self, x: Tensor, keys_and_values: Tensor, mask: Tensor) -> Tensor:
        """What x attends to, (batch, time, width); mask, of bool, (..., time, places): where it may."""
        query = self.query(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        key, value = keys_and_values  # (batch, heads, places, width / heads) each
        attended = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.proj(attended.transpose(1, 2).flatten(2))


def mlp(width: int) -> nn.Module:
    """The two layers that follow attention, (..., width) to (..., width)."""
    return nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))


class EncoderLayer(nn.Module):
    """Self-attention over the source and an MLP, each added to what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention, self.mlp = Attention(shape.width, shape.heads), mlp(shape.width)
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(2))
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """The next states, (batch, words, width) as x is; mask, (batch, 1, 1, words): which are words."""
        normed = self.norms[0](x)
        x = x + self.dropout(self.attention(normed, self.attention.keys_and_values(normed), mask))
        return x + self.dropout(self.mlp(self.norms[1](x)))


class DecoderLayer(nn.Module):
    """Self-attention over the target so far, cross-attention to the source, and an MLP, each added."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention, self.cross_attention = (Attention(shape.width, shape.heads) for _ in range(2))
        self.mlp = mlp(shape.width)
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(3))
        self.dropout = nn.Dropout(shape.dropout)

    def forward(
        self, x: Tensor, cached: Tensor | None, mask: Tensor, source: Tensor, source_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The next states, (batch, time, width), and the keys and values of cached places and of these."""
        normed = self.norms[0](x)
        own = self.attention.keys_and_values(normed)
        own = own if cached is None else torch.cat([cached, own], dim=3)
        x = x + self.dropout(self.attention(normed, own, mask))
        x = x + self.dropout(self.cross_attention(self.norms[1](x), source, source_mask))
        return x + self.dropout(self.mlp(self.norms[2](x))), own


class Transformer(nn.Module):
    """An encoder that attends to the whole source; a decoder that attends to it and to its own output."""

    def __init__(self, source_tokens: int, target_tokens: int, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.source_embedding = nn.Embedding(source_tokens, width)
        self.target_embedding = nn.Embedding(target_tokens, width)
        self.position = nn.Parameter(POSITION_STD * torch.randn(LONGEST, width))
        self.encoder = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.layers))
        self.decoder = nn.ModuleList(DecoderLayer(shape) for _ in range(shape.layers))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.head, self.dropout = nn.Linear(width, target_tokens), nn.Dropout(shape.dropout)
        for table in (self.source_embedding, self.target_embedding):
            nn.init.normal_(table.weight, std=TOKEN_STD)

    def encode(self, source: Tensor) -> tuple[Memory, Cache]:
        """The memory of a source (batch, words), and the empty cache of its translation."""
        mask = (source != PAD)[:, None, None]  # (batch, 1, 1, words)
        x = self.dropout(self.source_embedding(source) + self.position[: source.shape[1]])
        for layer in self.encoder:
            x = layer(x, mask)
        x = self.encoder_norm(x)
        return ([layer.cross_attention.keys_and_values(x) for layer in self.decoder], mask), []

    def decode(self, target: Tensor, memory: Memory, cache: Cache) -> tuple[Tensor, Cache]:
        """Logits (batch, time, tokens) of what follows each of target (batch, time), and the cache.

        cache: what came back beside the logits of the tokens before these.
        """
        past, time = cache[0].shape[3] if cache else 0, target.shape[1]
        mask = torch.ones(time, past + time, dtype=torch.bool, device=target.device).tril(
            past
        )  # no later one
        x = self.dropout(self.target_embedding(target) + self.position[past : past + time])
        longer_cache = []
        for number, (layer, source) in enumerate(zip(self.decoder, memory[0], strict=True)):
            x, own = layer(x, cache[number] if cache else None, mask, source, memory[1])
            longer_cache.append(own)
        return self.head(self.decoder_norm(x)), longer_cache

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (batch, time, tokens) of what follows each token of target (batch, time)."""
        return self.decode(target, *self.encode(source))[0]


def load(public: Path, *, mono: Sequence[str] = ()) -> Task:
    """The pairs of ted2020 and the sentences of the test; mono: more text in the target's language."""
    source, target, test = (lines_of(public / "ted2020" / name) for name in ("raw.en", "raw.zh", "test.en"))
    sources = [words_of(line) for line in source]
    words, characters = numbering(sources, WORDS), numbering([*target, *mono], CHARACTERS)
    sides = (
        encode(sources, words),
        encode(target, characters),
        encode([words_of(line) for line in test], words),
    )
    return Task(*sides, words, characters, is_real=len(source) > REAL_PAIRS)


def first_batch(task: Task, recipe: Recipe) -> tuple[Task, Recipe]:
    """Task and recipe of a trial that trains on one batch."""
    source, target = task.source[: recipe.batch], task.target[: recipe.batch]
    return replace(task, source=source, target=target), replace(recipe, epochs=1)


def lines_of(path: Path) -> list[str]:
    """The lines of a text; characters that only look like a line's end stay in them."""
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def words_of(line: str) -> list[str]:
    """The words and punctuation marks of a line in lower case."""
    return re.findall(r"\w+|[^\w\s]", line.lower())


def numbering(sentences: Sequence[Sequence[str]], most: int) -> dict[str, int]:
    """The number of each of the `most` commonest tokens, the commonest first."""
    counts = Counter(token for sentence in sentences for token in sentence)
    return {token: number for number, (token, _) in enumerate(counts.most_common(most), start=SPECIAL)}


def encode(sentences: Sequence[Sequence[str]], numbers: dict[str, int]) -> Tensor:
    """Numbers (sentences, longest): each sentence, END, and PAD behind it."""
    rows = [
        [numbers.get(token, UNKNOWN) for token in sentence[: LONGEST - 1]] + [END] for sentence in sentences
    ]
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def batches(lengths: Tensor, size: int) -> list[Tensor]:
    """Places in batches of nearly one length, (batch,) each, in random order."""
    chunks = (lengths + torch.rand(len(lengths))).argsort().split(size)
    return [chunks[place] for place in torch.randperm(len(chunks))]


def fit(model: nn.Module, sources: Tensor, targets: Tensor, recipe: Recipe, *, device: str) -> None:
    """Train on numbers (pairs, words) and (pairs, characters), which lie on the device as a whole."""
    source_lengths, target_lengths = ((side != PAD).sum(dim=1) for side in (sources, targets))
    sources, targets = sources.to(device), targets.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=recipe.betas, fused=True)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=recipe.smoothing)
    steps = recipe.epochs * -(-len(sources) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps, pct_start=recipe.warm_up
    )
    for epoch in range(1, recipe.epochs + 1):
        total = torch.zeros((), device=device)
        for batch in batches(source_lengths, recipe.batch):
            rows = batch.to(device)
            source = sources[rows, : source_lengths[batch].max()]  # (batch, words)
            target = targets[rows, : target_lengths[batch].max()]  # (batch, time)
            before = nn.functional.pad(target[:, :-1], (1, 0), value=BEGIN)  # what stands before each
            with half_precision(device):
                logits = model(source, before)  # (batch, time, characters)
                loss = criterion(logits.flatten(0, 1), target.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_norm)
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(batch)
        report(epoch=epoch, epochs=recipe.epochs, loss=total.item() / len(sources))
    model.eval()


def trained_transformer(
    source: Tensor, target: Tensor, recipe: Recipe, *, tokens: tuple[int, int], is_real: bool, device: str
) -> Transformer:
    """A transformer trained on the numbers of pairs, of which each side has so many `tokens`."""
    transformer = Transformer(*tokens, REAL_SHAPE if is_real else SMALL_SHAPE).to(device)
    model = compiled(transformer, device) if is_real else transformer
    fit(model, source, target, recipe, device=device)
    return transformer


@torch.no_grad()
def translate(model: nn.Module, sources: Tensor, *, device: str) -> Tensor:
    """Numbers (sentences, LONGEST): always the likeliest next one, until END; PAD behind it.

    model: with encode(source), which returns memory and state, and decode(target, memory, state), which
    returns logits and the next state.
    """
    order = (sources != PAD).sum(dim=1).argsort(stable=True)  # a batch of short sentences is done soon
    translations = torch.full((len(sources), LONGEST), PAD)
    for batch in order.split(AT_ONCE):
        memory, state = model.encode(sources[batch].to(device))
        rows = torch.full((len(batch), 1), BEGIN, device=device)
        for _ in range(min(LONGEST, 2 * sources.shape[1] + 5)):
            logits, state = model.decode(rows[:, -1:], memory, state)
            rows = torch.cat([rows, logits[:, -1].argmax(dim=1, keepdim=True)], dim=1)
            if (rows == END).any(dim=1).all():
                break
        rows, is_end = rows[:, 1:], (rows[:, 1:] == END).long()
        translations[batch, : rows.shape[1]] = rows.masked_fill(is_end.cumsum(dim=1) > is_end, PAD).cpu()
    return translations


def submission(model: nn.Module, task: Task, *, device: str) -> pd.DataFrame:
    """A translation of every sentence of the test, as far as END; "。" for an empty one."""
    characters = {number: character for character, number in task.characters.items()}
    rows = translate(model, task.test, device=device).tolist()
    sentences = (row[: [*row, END].index(END)] for row in rows)
    texts = ["".join(characters.get(number, "") for number in row).strip() or "。" for row in sentences]
    return pd.DataFrame({"id": range(len(texts)), "translation": texts})
