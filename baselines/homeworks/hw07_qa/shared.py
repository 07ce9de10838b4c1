"""What the readers of homework 7 share: the files as numbers, the network, its training, and the answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from baselines.training import half_precision, report

PAD, UNKNOWN, START, BREAK = range(4)  # numbers that stand for no character; characters follow
SEGMENTS = 3  # of a text: the question; the window; what stands in the window and in the question, too
DILATIONS = (1, 2, 4, 4)  # of the convolutions: all in all 22 characters to either side
EMBEDDING_STD = 0.2  # of the first vectors
MASKED = -1e4  # the logit of a place where nothing stands
WARM_UP = 0.1  # share of the steps in which the rate climbs to its peak; then it falls to zero
FREE = 0.3  # share of the training windows that lie anywhere in the paragraph; most of these lack the answer
AT_ONCE = 512  # windows that are read together at the end
NO_ANSWER = "無"  # handed in where a reader names no answer
REAL_QUESTIONS = 10_000  # from so many questions on, the sizes for the real data hold
File: TypeAlias = dict[str, Any]  # a JSON file: {"questions": [...], "paragraphs": [...]}
Spans: TypeAlias = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # value, start, end, (windows,) each


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Of texts (question, window, stride: in characters), of the network, and of its training."""

    question: int
    window: int
    stride: int  # from one window of the test to the next
    width: int
    layers: int
    heads: int
    dropout: float
    batch: int
    epochs: int
    lr: float

    @property
    def window_place(self) -> int:
        """The place at which the window begins, behind START, the question and BREAK."""
        return self.question + 2


# For data as small as ours, and for the real ones on a graphics card; a tier replaces what it has otherwise.
SMALL_SIZES = Sizes(
    question=6, window=40, stride=10, width=48, layers=0, heads=4, dropout=0.0, batch=32, epochs=5, lr=0.004
)
REAL_SIZES = Sizes(
    question=40, window=150, stride=75, width=256, layers=4, heads=8, dropout=0.1, batch=64, epochs=8, lr=3e-4
)


@dataclass(frozen=True)
class Questions:
    """The questions of a file as numbers, with the paragraphs that they are about."""

    paragraphs: torch.Tensor  # (paragraphs, longest) characters, PAD behind them
    text: torch.Tensor  # (questions, sizes.question) characters
    paragraph: torch.Tensor  # (questions,): the row of its paragraph
    length: torch.Tensor  # (questions,): the characters of its paragraph
    start: torch.Tensor  # (questions,): the first character of its answer ...
    end: torch.Tensor  # ... and the last


@dataclass(frozen=True)
class Task:
    """What a tier trains and is tested on, on the device; characters: how many numbers stand for one."""

    train: Questions
    test: Questions
    test_file: File
    characters: int
    sizes: Sizes
    is_real: bool


class EncoderLayer(nn.Module):
    """A transformer's layer: self-attention and an MLP, each added to what came in."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The next states, (batch, places, width); mask, (batch, 1, 1, places): what may be attended to."""
        qkv = self.qkv(self.norms[0](x)).unflatten(2, (3, self.heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # (batch, heads, places, width / heads) each
        attended = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.dropout(self.proj(attended.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.mlp(self.norms[1](x)))


class Reader(nn.Module):
    """The question colours every place, neighbours tell each other, and each place gets two logits.

    Small as ours, it does without layers of attention; for the real data some follow, in BERT's manner.
    """

    def __init__(self, characters: int, sizes: Sizes) -> None:
        super().__init__()
        width, places = sizes.width, sizes.window_place + sizes.window
        self.embedding, self.segment = nn.Embedding(characters, width), nn.Embedding(SEGMENTS, width)
        self.position = nn.Parameter(EMBEDDING_STD * torch.randn(places, width))
        self.question_proj, self.word_conv = nn.Linear(width, width), nn.Conv1d(width, width, 3, padding=1)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation) for dilation in DILATIONS
        )
        self.layers = nn.ModuleList(
            EncoderLayer(width, sizes.heads, sizes.dropout) for _ in range(sizes.layers)
        )
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2))
        self.dropout = nn.Dropout(sizes.dropout)
        for table in (self.embedding, self.segment):
            nn.init.normal_(table.weight, std=EMBEDDING_STD)

    def forward(self, question: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
        """Logits (batch, 2, places): how well start and end of the answer fit each place.

        question, window: (batch, characters) each. START stands before the one, BREAK before the other.
        """
        is_shared = (window[:, :, None] == question[:, None]).any(dim=2)  # (batch, characters of the window)
        start, stop = (question.new_full((len(question), 1), mark) for mark in (START, BREAK))
        text = torch.cat([start, question, stop, window], dim=1)  # (batch, places)
        segment = nn.functional.pad(1 + is_shared.long(), (question.shape[1] + 2, 0))
        x = self.dropout(self.embedding(text) + self.segment(segment) + self.position).transpose(1, 2)
        topic = self.question_proj(self.embedding(question).relu()).amax(dim=1)  # (batch, width)
        x = x + self.word_conv(x) * topic[:, :, None]  # (batch, width, places)
        for conv in self.convs:
            x = x + conv(x).relu()
        x, mask = x.transpose(1, 2), text != PAD  # (batch, places, width), (batch, places)
        for layer in self.layers:
            x = layer(x, mask[:, None, None])
        return self.head(x).transpose(1, 2).float().masked_fill(~mask[:, None], MASKED)


def load(public: Path, *, small: Sizes, real: Sizes, device: str, dry_run: bool) -> Task:
    """The questions with known answers and those of the test, for the sizes that fit their number."""
    train, test = read(public, "train"), read(public, "test")
    numbers = numbering([train, test])
    is_real = len(train["questions"]) > REAL_QUESTIONS
    sizes = real if is_real else small
    if dry_run:
        train["questions"] = train["questions"][: sizes.batch]
        sizes = replace(sizes, epochs=1)
    return Task(
        train=questions_of(train, numbers, sizes, device=device),
        test=questions_of(test, numbers, sizes, device=device),
        test_file=test,
        characters=len(numbers) + BREAK + 1,
        sizes=sizes,
        is_real=is_real,
    )


def read(public: Path, name: str) -> File:
    """The questions and paragraphs of hw7_train.json, hw7_dev.json or hw7_test.json."""
    return json.loads((public / f"hw7_{name}.json").read_text(encoding="utf-8"))


def numbering(files: list[File]) -> dict[str, int]:
    """The number of each character that occurs in a paragraph."""
    characters = set("".join(paragraph for file in files for paragraph in file["paragraphs"]))
    return {character: number for number, character in enumerate(sorted(characters), start=BREAK + 1)}


def encode(texts: list[str], numbers: dict[str, int], length: int) -> torch.Tensor:
    """Numbers (texts, length) of the characters, and PAD behind them; what is longer is cut."""
    rows = [[numbers.get(character, UNKNOWN) for character in text[:length]] for text in texts]
    return torch.tensor([row + [PAD] * (length - len(row)) for row in rows])


def questions_of(file: File, numbers: dict[str, int], sizes: Sizes, *, device: str) -> Questions:
    """The questions of a file as numbers on the device."""
    paragraphs, questions = file["paragraphs"], file["questions"]
    rows = [question["paragraph_id"] for question in questions]
    longest = max(map(len, paragraphs)) + sizes.window  # a window may begin at a paragraph's last character
    return Questions(
        paragraphs=encode(paragraphs, numbers, longest).to(device),
        text=encode([one["question_text"] for one in questions], numbers, sizes.question).to(device),
        paragraph=torch.tensor(rows, device=device),
        length=torch.tensor([len(paragraphs[row]) for row in rows], device=device),
        start=torch.tensor([question["answer_start"] or 0 for question in questions], device=device),
        end=torch.tensor([question["answer_end"] or 0 for question in questions], device=device),
    )


def windows_at(data: Questions, rows: torch.Tensor, starts: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Windows (batch, window): what stands from these starts on in the paragraphs of these questions."""
    places = starts[:, None] + torch.arange(sizes.window, device=starts.device)
    return data.paragraphs[data.paragraph[rows, None], places]


def centred(data: Questions, rows: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Where windows begin, (batch,), with the answer in the middle unless the paragraph ends."""
    room = (data.length[rows] - sizes.window).clamp(min=0)  # the last place where a full window begins
    middle = (data.start[rows] + data.end[rows]) // 2
    return torch.minimum((middle - sizes.window // 2).clamp(min=0), room)


def anywhere(data: Questions, rows: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Where windows begin, (batch,): at random around the answer or, some, in the paragraph."""
    start, end = data.start[rows], data.end[rows]
    room = (data.length[rows] - sizes.window).clamp(min=0)  # the last place where a full window begins
    first = torch.minimum((end - sizes.window + 1).clamp(min=0), room)
    last = torch.minimum(start, room)
    is_free = torch.rand(len(rows), device=start.device) < FREE
    first, last = torch.where(is_free, 0, first), torch.where(is_free, room, last)
    return first + (torch.rand(len(rows), device=start.device) * (last - first + 1)).long()


def one_cycle(optimizer: Optimizer, lr: float, steps: int) -> LRScheduler:
    """A schedule in which the rate of learning climbs to its peak and then falls to zero."""
    return OneCycleLR(optimizer, lr, total_steps=steps, pct_start=WARM_UP, anneal_strategy="linear")


def fit(
    model: nn.Module,
    data: Questions,
    sizes: Sizes,
    *,
    window_starts: Callable[[Questions, torch.Tensor, Sizes], torch.Tensor],
    schedule_of: Callable[[Optimizer, float, int], LRScheduler],
    device: str,
) -> None:
    """Train a reader on all questions, in each epoch with the windows that begin at window_starts()."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=sizes.lr, fused=True)
    count = len(data.start)
    schedule = schedule_of(optimizer, sizes.lr, sizes.epochs * -(-count // sizes.batch))
    for epoch in range(1, sizes.epochs + 1):
        total = torch.zeros((), device=device)
        for rows in torch.randperm(count).to(device).split(sizes.batch):
            starts = window_starts(data, rows, sizes)  # (batch,)
            ends = torch.stack([data.start[rows], data.end[rows]]) - starts  # (2, batch)
            is_there = (ends[0] >= 0) & (ends[1] < sizes.window)
            targets = torch.where(is_there, ends + sizes.window_place, 0)  # 0, START: not in this window
            with half_precision(device):
                logits = model(data.text[rows], windows_at(data, rows, starts, sizes))
                loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.T.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(rows)
        report(epoch=epoch, epochs=sizes.epochs, loss=total.item() / count)
    model.eval()


def independent_spans(scores: torch.Tensor) -> Spans:
    """The best start and the best end by itself; scores: (windows, 2, places of the window)."""
    best, place = scores.max(dim=2)  # (windows, 2)
    return best.sum(dim=1), place[:, 0], place[:, 1]


def windows_of(lengths: torch.Tensor, sizes: Sizes) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """How many windows each question gets, (questions,); whose each is, and where it begins.

    lengths: (questions,) of their paragraphs. They begin every `stride` characters until one reaches the end.
    """
    counts = (lengths - sizes.window).clamp(min=0).add(sizes.stride - 1) // sizes.stride + 1
    owner = torch.arange(len(lengths), device=lengths.device).repeat_interleave(counts)  # (windows,)
    first = counts.cumsum(dim=0) - counts
    number = torch.arange(len(owner), device=lengths.device) - first[owner]  # 0, 1, ... of each question
    return counts, owner, number * sizes.stride


@torch.no_grad()
def submission(task: Task, spans_of: Callable[[torch.Tensor, torch.Tensor], Spans]) -> pd.DataFrame:
    """An answer to each question of the test: the best span of all the windows of its paragraph.

    spans_of: the best span of each of these windows, (windows, window), for questions (windows, characters).
    """
    data = task.test
    counts, owner, starts = windows_of(data.length, task.sizes)
    spans = []
    for part in torch.arange(len(owner), device=owner.device).split(AT_ONCE):
        windows = windows_at(data, owner[part], starts[part], task.sizes)
        value, start, end = spans_of(data.text[owner[part]], windows)
        spans.append(torch.stack([value, starts[part] + start, starts[part] + end]))
    value, start, end = torch.cat(spans, dim=1).cpu()  # (windows,) each
    order = value.argsort(stable=True)
    order = order[owner.cpu()[order].argsort(stable=True)]  # by question, and the best window last
    best = order[counts.cpu().cumsum(dim=0) - 1]  # (questions,)
    questions, paragraphs = task.test_file["questions"], task.test_file["paragraphs"]
    texts = [paragraphs[question["paragraph_id"]] for question in questions]
    ends = zip(texts, start[best].long().tolist(), end[best].long().tolist(), strict=True)
    answers = [text[first : last + 1].replace(",", "") or NO_ANSWER for text, first, last in ends]
    return pd.DataFrame({"ID": [question["id"] for question in questions], "Answer": answers})
