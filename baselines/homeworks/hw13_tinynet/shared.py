"""What the tiers of homework 13 share: the pictures, a network in tinynet's language, and its training."""

import importlib.util
import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report

DISHES = 11
PHOTO_SIDE = 32  # pixels to which photographs are brought, as in the test; drawn pictures stay as they are
BATCH = 32  # pictures per step
WEIGHT_DECAY = 1e-3


@dataclass(frozen=True)
class Layer:
    """A layer in the language of tinynet.py, which says what each of these means."""

    kind: str
    out: int | None = None
    size: int | None = None
    relu: bool = False
    add: int | None = None

    def as_table(self) -> dict[str, object]:
        """The layer as tinynet.pack wants it, without what it does not say."""
        return {name: value for name, value in asdict(self).items() if value}


class Network(nn.Module):
    """A network from its layers: (batch, 3, side, side) to one logit per dish, (batch, 11)."""

    def __init__(self, layers: list[Layer]) -> None:
        super().__init__()
        self.layers, self.parts, channels = layers, nn.ModuleList(), 3
        for layer in layers:
            out, size = layer.out or channels, layer.size or 1
            match layer.kind:
                case "conv":
                    conv = nn.Conv2d(channels, out, size, padding="same", bias=False)
                    self.parts.append(nn.Sequential(conv, nn.BatchNorm2d(out)))
                case "depthwise":
                    conv = nn.Conv2d(channels, out, size, padding="same", groups=out, bias=False)
                    self.parts.append(nn.Sequential(conv, nn.BatchNorm2d(out)))
                case "maxpool":
                    self.parts.append(nn.MaxPool2d(2))
                case "mean":
                    self.parts.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
                case "linear":
                    self.parts.append(nn.Linear(channels, out))
            channels = out

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (batch, 11) for images (batch, 3, side, side)."""
        outputs = [images]  # of all layers so far
        for layer, part in zip(self.layers, self.parts, strict=True):
            output = part(outputs[-1])
            if layer.add:
                output = output + outputs[-layer.add]
            outputs.append(output.relu() if layer.relu else output)
        return outputs[-1]

    def arrays(self) -> list[np.ndarray]:
        """Weights and biases of each layer as tinynet.py wants them, batch normalisation folded in."""
        arrays = []
        for layer, part in zip(self.layers, self.parts, strict=True):
            if layer.kind in ("conv", "depthwise"):
                conv, norm = part
                scale = norm.weight / (norm.running_var + norm.eps).sqrt()  # (out,)
                weights = (conv.weight * scale[:, None, None, None]).permute(2, 3, 1, 0)
                if layer.kind == "depthwise":
                    weights = weights[:, :, 0]  # (size, size, channels)
                arrays += [weights, norm.bias - norm.running_mean * scale]
            elif layer.kind == "linear":
                arrays += [part.weight.T, part.bias]
        return [array.detach().cpu().numpy() for array in arrays]


def load(public: Path, device: str, *, dry_run: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Labelled pictures (n, 3, side, side) of uint8, their dishes (n,); a dry run gets one batch."""
    with zipfile.ZipFile(public / "food11-hw13.zip") as archive:
        names = file_names(archive, "training", "validation")[: BATCH if dry_run else None]
        dishes = torch.tensor([int(Path(name).stem.split("_")[0]) for name in names])
        return read(archive, names).to(device), dishes.to(device)


def file_names(archive: zipfile.ZipFile, *folders: str) -> list[str]:
    """The names of all files in these folders of the archive, in order."""
    return sorted(name for name in archive.namelist() if name.split("/")[1] in folders and name[-1] != "/")


def read(archive: zipfile.ZipFile, names: list[str]) -> torch.Tensor:
    """The pictures of these names as (n, 3, side, side), uint8."""
    stack = []
    for name in names:
        with Image.open(io.BytesIO(archive.read(name))) as picture:
            side = min(PHOTO_SIDE, picture.width)
            stack.append(np.asarray(picture.convert("RGB").resize((side, side))))
    return torch.from_numpy(np.stack(stack)).permute(0, 3, 1, 2)


def scaled(images: torch.Tensor) -> torch.Tensor:
    """Pixels (batch, 3, side, side) of uint8 as numbers from -1 to 1, as the test has them."""
    return images.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def fit(
    model: nn.Module,
    images: torch.Tensor,
    loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    *,
    peak_rate: float,
    epochs: range,
    last: int,
    augmented: Callable[[torch.Tensor], torch.Tensor] = lambda images: images,
) -> None:
    """Train on pictures (n, 3, side, side) of uint8, so that loss_of(scaled pictures, their places) falls.

    The one-cycle schedule climbs to the peak rate and falls to zero. epochs: the numbers under which the
    epochs are reported, of `last` in all; augmented: what becomes of each batch of scaled pictures.
    """
    device = images.device
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, weight_decay=WEIGHT_DECAY, fused=True)
    steps = len(epochs) * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=steps)
    for epoch in epochs:
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(images), device=device).split(BATCH):
            inputs = augmented(scaled(images[batch]))
            with half_precision(device.type):
                loss = loss_of(inputs, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(batch)
        report(epoch=epoch, epochs=last, loss=total.item() / len(images))
    model.eval()


def label_loss(
    model: nn.Module, dishes: torch.Tensor
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """A loss for `fit`: the cross-entropy of the model's logits with dishes (n,)."""
    return lambda inputs, batch: nn.functional.cross_entropy(model(inputs), dishes[batch])


def load_tinynet(public: Path) -> ModuleType:
    """Public/tinynet.py as a module: what `import tinynet` does for who has it beside the script."""
    spec = importlib.util.spec_from_file_location("tinynet", public / "tinynet.py")
    assert spec is not None, "the ending .py has a loader"
    assert spec.loader is not None, "and that loader can run it"
    tinynet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tinynet)
    return tinynet


def submission(public: Path, network: Network) -> pd.DataFrame:
    """The network, cut into pieces: two rows for each."""
    tinynet = load_tinynet(public)
    layers = [layer.as_table() for layer in network.layers]
    rows: pd.DataFrame = tinynet.rows(tinynet.pack(layers, network.arrays()))
    return rows
