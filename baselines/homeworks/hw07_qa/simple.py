"""Simple: read window by window. Expect private accuracy 0.31 +- 0.02 in 0.2 minutes (CPU).

The sample code of the homework: a small encoder is trained on windows that have the answer in their middle,
and looks for it in windows that lie side by side. An answer that a cut runs through is lost; worse, the
reader has learnt to look in the middle, where the answer seldom is now.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

PAD, UNKNOWN, START, BREAK = range(4)  # numbers that stand for no character; characters follow
KINDS = 3  # of places: in the question; in the window alone; in the window and in the question, too
NO_SCORE = -1e4  # of a place where nothing stands
AT_ONCE = 512  # windows that are read together at the end
NOTHING = "無"  # handed in where a reader names no answer
Sizes = dict[str, Any]
File = dict[str, Any]  # a JSON file: {"questions": [...], "paragraphs": [...]}
Tensors = dict[str, torch.Tensor]
REAL_QUESTIONS = 10_000  # from so many questions on, the sizes for the real data hold
# Of texts, network and training: for data as small as ours, and for the real ones on a graphics card.
SMALL = {"question": 6, "window": 40, "stride": 40, "width": 48, "layers": 0, "heads": 4, "dropout": 0.0}
SMALL |= {"batch": 32, "epochs": 3, "rate": 0.003}
REAL = {"question": 40, "window": 150, "stride": 150, "width": 256, "layers": 4, "heads": 8, "dropout": 0.1}
REAL |= {"batch": 64, "epochs": 4, "rate": 3e-4}
REACH = (1, 2, 4, 4)  # steps of the convolutions: all in all 22 characters to either side
SPREAD = 0.2  # of the first vectors


class Layer(nn.Module):
    """Every place looks at all places, several heads at once, and thinks; what it finds is added to it."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.look, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, is_pad: torch.Tensor) -> torch.Tensor:
        """Return (batch, places, width), as x is; is_pad, (batch, 1, 1, places): where there is nothing."""
        parts = self.look(self.norms[0](x)).unflatten(2, (3, self.heads, -1))
        asked, keys, values = parts.permute(2, 0, 3, 1, 4)  # (batch, heads, places, width / heads) each
        fit = asked @ keys.transpose(2, 3) * asked.shape[3] ** -0.5  # (batch, heads, places, places)
        found = fit.masked_fill(is_pad, float("-inf")).softmax(dim=3) @ values
        x = x + self.drop(self.mix(found.transpose(1, 2).flatten(2)))
        return x + self.drop(self.think(self.norms[1](x)))


class Reader(nn.Module):
    """What is asked colours every place, neighbours tell each other, and each place gets two scores.

    Small as ours, it does without layers of attention; for the real data some follow, in BERT's manner.
    """

    def __init__(self, characters: int, sizes: Sizes) -> None:
        super().__init__()
        width, places = sizes["width"], sizes["question"] + sizes["window"] + 2
        self.character, self.kind = nn.Embedding(characters, width), nn.Embedding(KINDS, width)
        self.place = nn.Parameter(SPREAD * torch.randn(places, width))
        self.topic, self.word = nn.Linear(width, width), nn.Conv1d(width, width, 3, padding=1)
        self.near = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2 * step, dilation=step) for step in REACH
        )
        self.layers = nn.ModuleList(
            Layer(width, sizes["heads"], sizes["dropout"]) for _ in range(sizes["layers"])
        )
        self.score = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2))
        self.drop = nn.Dropout(sizes["dropout"])
        for table in (self.character, self.kind):
            nn.init.normal_(table.weight, std=SPREAD)

    def forward(self, question: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
        """Return (batch, 2, places): how well start and end of the answer fit each place.

        question, window: (batch, characters) each; START stands before the one, BREAK before the other, so
        the window begins at the place of the question's length + 2.
        """
        shared = (window[:, :, None] == question[:, None]).any(dim=2)  # (batch, characters of the window)
        start, stop = (question.new_full((len(question), 1), mark) for mark in (START, BREAK))
        text = torch.cat([start, question, stop, window], dim=1)  # (batch, places)
        kind = nn.functional.pad(1 + shared.long(), (question.shape[1] + 2, 0))
        x = self.drop(self.character(text) + self.kind(kind) + self.place).transpose(1, 2)
        topic = self.topic(self.character(question).relu()).amax(dim=1)  # (batch, width)
        x = x + self.word(x) * topic[:, :, None]  # (batch, width, places)
        for near in self.near:
            x = x + near(x).relu()
        x, is_pad = x.transpose(1, 2), text == PAD  # (batch, places, width)
        for layer in self.layers:
            x = layer(x, is_pad[:, None, None])
        return self.score(x).transpose(1, 2).float().masked_fill(is_pad[:, None], NO_SCORE)


def read(public: Path, name: str) -> File:
    """Return the questions and paragraphs of hw7_train.json, hw7_dev.json or hw7_test.json."""
    return json.loads((public / f"hw7_{name}.json").read_text(encoding="utf-8"))


def numbering(files: list[File]) -> dict[str, int]:
    """Return the number of each character that occurs in a paragraph."""
    signs = set("".join(paragraph for file in files for paragraph in file["paragraphs"]))
    return {sign: number for number, sign in enumerate(sorted(signs), start=BREAK + 1)}


def encode(texts: list[str], numbers: dict[str, int], length: int) -> torch.Tensor:
    """Return (texts, length) numbers of the characters, and PAD behind them; what is longer is cut."""
    rows = [[numbers.get(sign, UNKNOWN) for sign in text[:length]] for text in texts]
    return torch.tensor([row + [PAD] * (length - len(row)) for row in rows])


def tensors(file: File, numbers: dict[str, int], sizes: Sizes, *, device: str) -> Tensors:
    """Return all that a file holds as numbers on the device; what is of a question is (questions,) long."""
    texts, asked = file["paragraphs"], file["questions"]
    places = [question["paragraph_id"] for question in asked]
    longest = max(map(len, texts)) + sizes["window"]  # a window may begin at a paragraph's last character
    held = {
        "paragraphs": encode(texts, numbers, longest),  # (paragraphs, longest)
        "questions": encode([question["question_text"] for question in asked], numbers, sizes["question"]),
        "paragraph": torch.tensor(places),
        "length": torch.tensor([len(texts[place]) for place in places]),
        "start": torch.tensor([question["answer_start"] or 0 for question in asked]),
        "end": torch.tensor([question["answer_end"] or 0 for question in asked]),
    }
    return {name: tensor.to(device) for name, tensor in held.items()}


def cut(data: Tensors, chosen: torch.Tensor, begins: torch.Tensor, window: int) -> torch.Tensor:
    """Return (batch, window): the windows that begin there in the paragraphs of the chosen questions."""
    places = begins[:, None] + torch.arange(window, device=begins.device)
    return data["paragraphs"][data["paragraph"][chosen, None], places]


def centred(data: Tensors, chosen: torch.Tensor, window: int) -> torch.Tensor:
    """Return where windows begin, (batch,), with the answer in the middle unless the paragraph ends."""
    room = (data["length"][chosen] - window).clamp(min=0)  # the last place where a full window begins
    middle = (data["start"][chosen] + data["end"][chosen]) // 2
    return torch.minimum((middle - window // 2).clamp(min=0), room)


def fit(data: Tensors, characters: int, sizes: Sizes, *, device: str, epochs: int) -> Reader:
    """Train a reader on all questions with windows around the answers."""
    model = Reader(characters, sizes).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=sizes["rate"], fused=True)
    asked = len(data["start"])
    offset = sizes["question"] + 2
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for chosen in torch.randperm(asked).to(device).split(sizes["batch"]):
            begins = centred(data, chosen, sizes["window"])  # (batch,)
            ends = torch.stack([data["start"][chosen], data["end"][chosen]]) - begins  # (2, batch)
            right = ends.clamp(0, sizes["window"] - 1) + offset
            with half_precision(device):
                scores = model(data["questions"][chosen], cut(data, chosen, begins, sizes["window"]))
                loss = nn.functional.cross_entropy(scores.flatten(0, 1), right.T.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
        report(epoch=epoch, epochs=epochs, loss=total.item() / asked)
    return model.eval()


def windows_of(lengths: torch.Tensor, sizes: Sizes) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return how many windows each question gets, (questions,); whose each is, and where it begins.

    lengths: (questions,) of their paragraphs. A window begins every `stride` characters until one reaches the
    end.
    """
    counts = (lengths - sizes["window"]).clamp(min=0).add(sizes["stride"] - 1) // sizes["stride"] + 1
    owner = torch.arange(len(lengths), device=lengths.device).repeat_interleave(counts)  # (windows,)
    first = counts.cumsum(dim=0) - counts
    number = torch.arange(len(owner), device=lengths.device) - first[owner]  # 0, 1, ... of each question
    return counts, owner, number * sizes["stride"]


def spans(scores: torch.Tensor, sizes: Sizes) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return value, start and end, (windows,) each: the best start and the best end, each by itself.

    scores: (windows, 2, places of the window).
    """
    best, place = scores.max(dim=2)  # (windows, 2)
    return best.sum(dim=1), place[:, 0], place[:, 1]


@torch.no_grad()
def answers(model: Reader, data: Tensors, file: File, sizes: Sizes) -> list[str]:
    """Return an answer to each question of the file: the best span of all the windows of its paragraph."""
    counts, owner, begins = windows_of(data["length"], sizes)
    offset, found = sizes["question"] + 2, []
    for part in torch.arange(len(owner), device=owner.device).split(AT_ONCE):
        asked, windows = data["questions"][owner[part]], cut(data, owner[part], begins[part], sizes["window"])
        scores = model(asked, windows)  # (windows, 2, places)
        value, start, end = spans(scores[:, :, offset:], sizes)
        found.append(torch.stack([value, begins[part] + start, begins[part] + end]))
    value, start, end = torch.cat(found, dim=1).cpu()  # (windows,) each
    order = value.argsort(stable=True)
    order = order[owner.cpu()[order].argsort(stable=True)]  # by question, and the best window last
    best = order[counts.cpu().cumsum(dim=0) - 1]  # (questions,)
    texts = [file["paragraphs"][question["paragraph_id"]] for question in file["questions"]]
    ends = zip(texts, start[best].long().tolist(), end[best].long().tolist(), strict=True)
    return [text[first : last + 1].replace(",", "") or NOTHING for text, first, last in ends]


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the questions whose answers are known and answer those of the test."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = read(public, "train"), read(public, "test")
    numbers = numbering([train, test])
    is_real = len(train["questions"]) > REAL_QUESTIONS
    sizes = (REAL if is_real else SMALL) | {"is_real": is_real}
    epochs = 1 if dry_run else sizes["epochs"]
    if dry_run:
        train["questions"] = train["questions"][: sizes["batch"]]
    data = tensors(train, numbers, sizes, device=device)
    model = fit(data, len(numbers) + BREAK + 1, sizes, device=device, epochs=epochs)
    asked = tensors(test, numbers, sizes, device=device)
    ids = [question["id"] for question in test["questions"]]
    return pd.DataFrame({"ID": ids, "Answer": answers(model, asked, test, sizes)})
