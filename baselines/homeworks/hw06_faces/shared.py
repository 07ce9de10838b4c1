"""What the tiers of homework 6 share: the faces, as they come and as they are handed in."""

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

BATCH = 64  # faces per step


def load(public: Path, device: str, *, dry_run: bool) -> torch.Tensor:
    """The faces (n, 1, side, side) as numbers from -1 to 1; a dry run gets one batch of them."""
    with zipfile.ZipFile(public / "faces.zip") as archive:
        names = archive.namelist()[: BATCH if dry_run else None]
        stack = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names]
    return (torch.from_numpy(np.stack(stack))[:, None].float() / 127.5 - 1).to(device)


def mirrored(faces: torch.Tensor) -> torch.Tensor:
    """Faces (batch, 1, side, side), each mirrored with an even chance."""
    return torch.where(torch.rand(len(faces), 1, 1, 1, device=faces.device) < 0.5, faces.flip(3), faces)


def sample_count(public: Path) -> int:
    """How many faces a submission has."""
    return len(pd.read_csv(public / "sample_submission.csv"))


def submission(public: Path, faces: torch.Tensor) -> pd.DataFrame:
    """Faces (n, 1, side, side) or (n, pixels), from -1 to 1, as the rows of a submission."""
    grey = ((faces.flatten(1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    ids = pd.read_csv(public / "sample_submission.csv")["id"]
    return pd.DataFrame({"id": ids, "pixels": [base64.b64encode(face.tobytes()).decode() for face in grey]})
