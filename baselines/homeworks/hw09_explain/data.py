"""Make the pictures and the network of homework 9, and what each tile of a picture was worth to it.

Nothing is downloaded. Six invented dishes are drawn, a small network learns to tell them apart, and the
Shapley value of every tile of every test picture is computed exactly. That is possible because the network is
a vote of windows: the value of a sum of games is the sum of their values, and a window sees nine tiles at
most, so its own game has only 512 cases. NOTES.md says what was planted and why.
"""

from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, pixels_of, png, require_files, write_zip

DISHES = 6  # classes; an output of its own, the last, is for windows that abstain
TRAIN, TEST = 1600, 300  # pictures; only the test's are handed out, each with 36 tiles to explain
SIDE, TILE = 24, 4  # pixels of a picture's and of a tile's side
COLOURS = np.array(
    [(217, 38, 31), (51, 153, 51), (242, 217, 51), (89, 51, 26), (242, 237, 230)]
)  # (5, 3): tomato, basil, cheese, olive, onion
GARNISH = np.array([(38, 64, 166), (242, 140, 191)])  # (2, 3): blue and pink flowers, which are in no dish
FLOWERS = 7  # in each picture, wherever they fall
RADIUS = 2.4  # of an ingredient, in pixels
CHANNELS, UNITS = 16, 24  # of the first layer, which sees a tile, and the second, which sees nine
EPOCHS, BATCH, PEAK_RATE = 10, 50, 0.012  # of the network's training
BOLDNESS = 0.1  # of the training's reward for a right vote, what a vote for any dish gets
FEWEST = 40  # pictures that a course's own network must come with
Network = dict[str, np.ndarray]  # the state dict of Sequential(Conv2d, ReLU, Conv2d, ReLU, Conv2d)


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public (network.npz, images.zip, images.csv, the sample) and out/private/answer_key.csv.

    The same seed gives the same bytes. Recipes, pictures, training and split draw from separate streams. The
    default seed is for demonstrations; the answers follow from the public files in any case (NOTES.md), so
    nothing is lost with it.
    """
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(4)]
    recipes, kitchen, school, split = streams
    pairs = np.array([(a, b) for a in range(len(COLOURS)) for b in range(a)])
    pairs = pairs[recipes.permutation(len(pairs))[:DISHES]]  # (DISHES, 2): what lies side by side in a dish
    classes = kitchen.integers(0, DISHES, TRAIN + TEST)
    pictures = photograph(kitchen, pairs[classes])  # (TRAIN + TEST, 24, 24, 3)
    baseline = np.rint(pictures[:TRAIN].mean(axis=(0, 1, 2))) / 255  # (3,): the mean colour
    network = train(school, tiles_of(pictures[:TRAIN], TILE), classes[:TRAIN], baseline=baseline)
    write(out, network=network, pictures=pictures[TRAIN:], rng=split)


def photograph(rng: np.random.Generator, pairs: np.ndarray) -> np.ndarray:
    """Pictures (n, SIDE, SIDE, 3), uint8, of dishes with the ingredients `pairs`, (n, 2).

    A dish shows its pair side by side two or three times. Two more ingredients of any kind lie about alone,
    so that a single one says little, and flowers catch the eye and say nothing.
    """
    n = len(pairs)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    waves = rng.uniform(0.1, 0.5, (2, n, 1, 1))
    table = 12 * np.sin(waves[0] * rows + waves[1] * columns + rng.uniform(0, 6, (n, 1, 1)))
    pictures = rng.uniform(102, 153, (n, 1, 1, 3)) + table[..., None]  # (n, SIDE, SIDE, 3)

    def put(centre: np.ndarray, colours: np.ndarray, shown: np.ndarray) -> None:
        """Lay a round piece of colours (n, 3) at centre (2, n) of each picture, where `shown` (n,)."""
        far = np.hypot(rows - centre[0][:, None, None], columns - centre[1][:, None, None])
        opacity = (shown[:, None, None] / (1 + np.exp((far - RADIUS) / 0.35)))[..., None]
        colour = colours[:, None, None] * rng.uniform(0.85, 1.1, (n, 1, 1, 1))
        pictures[:] = pictures * (1 - opacity) + colour * opacity

    for _ in range(FLOWERS):
        put(rng.uniform(1, SIDE - 1, (2, n)), GARNISH[rng.integers(0, len(GARNISH), n)], np.ones(n))
    for _ in range(2):
        put(rng.uniform(2, SIDE - 2, (2, n)), COLOURS[rng.integers(0, len(COLOURS), n)], np.ones(n))
    count = rng.integers(2, 4, n)
    for place in range(3):
        centre, turn = rng.uniform(4, SIDE - 4, (2, n)), rng.uniform(0, 2 * np.pi, n)
        apart = RADIUS * np.stack([np.sin(turn), np.cos(turn)])
        put(centre + apart, COLOURS[pairs[:, 0]], place < count)
        put(centre - apart, COLOURS[pairs[:, 1]], place < count)
    return np.clip(np.rint(pictures + rng.normal(0, 7, pictures.shape)), 0, 255).astype(np.uint8)


def tiles_of(pictures: np.ndarray, tile: int) -> np.ndarray:
    """Tiles (n, rows, columns, 3 * tile * tile), float32 in 0 to 1, of pictures (n, side, side, 3)."""
    n, side = pictures.shape[:2]
    grid = side // tile
    cut = pictures.reshape(n, grid, tile, grid, tile, 3).transpose(0, 1, 3, 5, 2, 4)
    return np.ascontiguousarray(cut).reshape(n, grid, grid, -1).astype(np.float32) / 255


def windows_of(hidden: np.ndarray) -> np.ndarray:
    """(n, rows, columns, 9, channels): what is at each tile and at its eight neighbours.

    hidden: (n, rows, columns, channels). Beyond the edge there are zeros, as with Conv2d(..., 3, padding=1).
    """
    rows, columns = hidden.shape[1:3]
    padded = np.pad(hidden, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifts = product(range(3), range(3))
    return np.stack([padded[:, i : i + rows, j : j + columns] for i, j in shifts], axis=3)


def gathered(windows: np.ndarray) -> np.ndarray:
    """(n, rows, columns, channels): for each tile, the sum over the windows that it is in.

    windows: (n, rows, columns, 9, channels), as `windows_of` returns them.
    """
    n, rows, columns, _, channels = windows.shape
    total = np.zeros((n, rows + 2, columns + 2, channels), dtype=windows.dtype)
    for place, (i, j) in enumerate(product(range(3), range(3))):
        total[:, i : i + rows, j : j + columns] += windows[:, :, :, place]
    return total[:, 1:-1, 1:-1]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Exp(scores) divided by its sum over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def votes_of(tiles: np.ndarray, weights: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The votes (n, rows, columns, classes + 1) of tiles (n, rows, columns, 48), and what led to them.

    weights: of the three layers, (48, CHANNELS), (9 * CHANNELS, UNITS), (UNITS, classes + 1), each followed
    by its bias.
    """
    hidden = np.maximum(tiles @ weights[0] + weights[1], 0)
    windows = windows_of(hidden).reshape(*tiles.shape[:3], -1)
    units = np.maximum(windows @ weights[2] + weights[3], 0)
    return softmax(units @ weights[4] + weights[5]), units, windows, hidden


def gradients(tiles: np.ndarray, classes: np.ndarray, weights: list[np.ndarray]) -> list[np.ndarray]:
    """The gradient of the loss with respect to each of `weights`.

    The loss is -log of the share that the right class (n,) has of all votes that are no abstentions, less
    BOLDNESS times the logarithm of how many those are.
    """
    n = len(tiles)
    votes, units, windows, hidden = votes_of(tiles, weights)
    shares = votes[..., :-1].mean(axis=(1, 2)) + 1e-4  # (n, DISHES)
    to_shares = np.zeros((n, DISHES + 1), dtype=np.float32)
    to_shares[:, :-1] = (1 - BOLDNESS) / shares.sum(axis=1, keepdims=True)
    to_shares[np.arange(n), classes] -= 1 / shares[np.arange(n), classes]
    to_votes = to_shares[:, None, None] / (n * tiles.shape[1] * tiles.shape[2])
    to_scores = votes * (to_votes - (to_votes * votes).sum(axis=-1, keepdims=True))
    to_units = (to_scores @ weights[4].T) * (units > 0)
    to_seen = (to_units @ weights[2].T).reshape(*tiles.shape[:3], 9, CHANNELS)
    to_hidden = gathered(to_seen) * (hidden > 0)
    per_weight = []
    for inputs, outputs in ((tiles, to_hidden), (windows, to_units), (units, to_scores)):
        flat = outputs.reshape(-1, outputs.shape[-1])
        per_weight += [inputs.reshape(-1, inputs.shape[-1]).T @ flat, flat.sum(axis=0)]
    return per_weight


def train(
    rng: np.random.Generator, tiles: np.ndarray, classes: np.ndarray, *, baseline: np.ndarray
) -> Network:
    """Train on tiles (n, 6, 6, 48) with classes (n,) by Adam, and return the network."""
    sizes = ((tiles.shape[-1], CHANNELS), (9 * CHANNELS, UNITS), (UNITS, DISHES + 1))
    weights = []
    for inputs, outputs in sizes:
        weights.append(rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs)).astype(np.float32))
        weights.append(np.full(outputs, 0.1, dtype=np.float32))
    means, squares = ([np.zeros_like(each) for each in weights] for _ in range(2))
    steps, step = EPOCHS * (len(tiles) // BATCH), 0
    for _ in range(EPOCHS):
        for batch in rng.permutation(len(tiles)).reshape(-1, BATCH):
            step += 1
            rate = PEAK_RATE * min(1, step / 40) * (1 - step / (steps + 1))
            for place, gradient in enumerate(gradients(tiles[batch], classes[batch], weights)):
                means[place] += 0.1 * (gradient - means[place])
                squares[place] += 0.01 * (gradient**2 - squares[place])
                size = np.sqrt(squares[place] / (1 - 0.99**step)) + 1e-8
                weights[place] -= np.float32(rate) * means[place] / (1 - 0.9**step) / size
    return {"baseline": baseline.astype(np.float32)} | as_torch(weights)


def as_torch(weights: list[np.ndarray]) -> Network:
    """The weights as torch's Conv2d names and shapes them: (outputs, inputs, height, width)."""
    first, first_bias, second, second_bias, third, third_bias = weights
    return {
        "0.weight": first.T.reshape(-1, 3, TILE, TILE),
        "0.bias": first_bias,
        "2.weight": second.reshape(3, 3, CHANNELS, UNITS).transpose(3, 2, 0, 1),
        "2.bias": second_bias,
        "4.weight": third.T[:, :, None, None],
        "4.bias": third_bias,
    }


def as_matrices(network: Network) -> list[np.ndarray]:
    """The weights as `votes_of` takes them: the inverse of `as_torch`, for any number of channels."""
    first, second, third = (network[f"{layer}.weight"] for layer in (0, 2, 4))
    return [
        first.reshape(len(first), -1).T,
        network["0.bias"],
        second.transpose(2, 3, 1, 0).reshape(-1, len(second)),
        network["2.bias"],
        third[:, :, 0, 0].T,
        network["4.bias"],
    ]


def shapley(network: Network, tiles: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Exact Shapley values (n, rows * columns) of tiles (n, rows, columns, numbers) for classes (n,).

    The game: tiles that do not take part have the baseline's colour, and a coalition is worth the share of
    votes that the class then has. One window after the other is played with its nine tiles, and what they
    earn there is added up.
    """
    weights = as_matrices(network)
    n, rows, columns, _ = tiles.shape
    ground = np.repeat(network["baseline"], tiles.shape[-1] // 3).astype(np.float32)[None, None, None]
    there, away = (np.maximum(each @ weights[0] + weights[1], 0) for each in (tiles, ground))
    second = weights[2].reshape(9, -1, weights[2].shape[1])
    gains = np.einsum("nijkc,kcu->nijku", windows_of(there - away), second, optimize=True)
    grounds = windows_of(np.broadcast_to(away, (1, rows, columns, away.shape[-1]))).reshape(rows, columns, -1)
    starts = grounds @ weights[2] + weights[3]  # (rows, columns, UNITS)
    coalitions, marginal = cases()
    chosen = np.broadcast_to(classes[:, None, None], (n, len(coalitions), 1))
    earned = np.zeros((n, rows, columns, 9, 1))
    for i, j in product(range(rows), range(columns)):
        units = np.maximum(coalitions @ gains[:, i, j] + starts[i, j], 0)  # (n, 512, UNITS)
        votes = softmax(units @ weights[4] + weights[5])
        worth = np.take_along_axis(votes, chosen, axis=2)[..., 0]  # (n, 512)
        earned[:, i, j, :, 0] = worth @ marginal
    return gathered(earned).reshape(n, -1) / (rows * columns)


def cases() -> tuple[np.ndarray, np.ndarray]:
    """All coalitions of nine players, (512, 9) of 0 and 1, and the weights of Shapley's formula.

    A player's value is the sum over coalitions of worth times weight. The weight is 1 / (9 * C(8, size of the
    others)), with a minus sign where the player is not in.
    """
    coalitions = np.array(list(product((0, 1), repeat=9)), dtype=np.float32)
    sizes = coalitions.sum(axis=1, keepdims=True).astype(int)
    others = sizes - coalitions.astype(int)  # (512, 9): members beside the player
    ways = np.array([comb(8, size) for size in range(9)])[others]
    return coalitions, ((2 * coalitions - 1) / (9 * ways)).astype(np.float32)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files for a course's own network and pictures, which lie in `source`.

    source: network.npz and images.zip or images/, as in what `build` writes, for any number of channels,
    classes and tiles, and PNG or JPEG files of any name. There are no labels to hold out: the answers are
    computed from the network. The seed decides the order and the halves. Raises SourceProblems.
    """
    require_files(source, ["network.npz"])
    with np.load(source / "network.npz", allow_pickle=False) as file:
        network = {name: file[name] for name in file.files}
    files = RealFiles(source, "images")
    names = files.below("", ".png", ".jpg", ".jpeg")
    pictures = [pixels_of(files.read(name)) for name in names]
    problems = problems_of(network) or problems_with(pictures, tile=network["0.weight"].shape[-1])
    if problems:
        raise SourceProblems(source, problems)
    order, split = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2))
    chosen = [pictures[place] for place in order.permutation(len(pictures))]
    write(out, network=network, pictures=np.stack(chosen), rng=split)


def problems_of(network: Network) -> list[str]:
    """A sentence for each array that is missing from a network or has a shape that cannot be."""
    names = ["baseline", *(f"{layer}.{part}" for layer in (0, 2, 4) for part in ("weight", "bias"))]
    missing = [name for name in names if name not in network]
    if missing:
        return [f"network.npz lacks {', '.join(missing)}; it needs the arrays {', '.join(names)}."]
    tile, channels, units = network["0.weight"].shape[-1], len(network["0.weight"]), len(network["2.weight"])
    outputs = len(network["4.weight"])
    shapes = {
        "baseline": (3,),
        "0.weight": (channels, 3, tile, tile),
        "0.bias": (channels,),
        "2.weight": (units, channels, 3, 3),
        "2.bias": (units,),
        "4.weight": (outputs, units, 1, 1),
        "4.bias": (outputs,),
    }
    problems = [
        f"{name} in network.npz has the shape {network[name].shape}, expected {shape}; save the weights of "
        "Conv2d(3, c, tile, stride=tile), ReLU, Conv2d(c, u, 3, padding=1), ReLU, Conv2d(u, k, 1) in a row."
        for name, shape in shapes.items()
        if network[name].shape != shape
    ]
    low, high = network["baseline"].min(), network["baseline"].max()
    if not 0 <= low <= high <= 1:
        problems.append(
            f"The baseline goes from {low:g} to {high:g}; give red, green and blue between 0 and 1."
        )
    return problems


def problems_with(pictures: list[np.ndarray], *, tile: int) -> list[str]:
    """A sentence for what keeps these pictures (height, width, 3) from being cut into tiles."""
    problems = []
    sizes = sorted({picture.shape[:2] for picture in pictures})
    if len(sizes) > 1:
        problems.append(
            f"The pictures have {len(sizes)} sizes, {sizes[0]} to {sizes[-1]}; bring them to one."
        )
    elif sizes[0][0] != sizes[0][1] or sizes[0][0] % tile:
        height, width = sizes[0]
        problems.append(
            f"The pictures are {height} x {width} pixels; expected as many rows as columns, and a multiple "
            f"of {tile}, the side of the network's tiles."
        )
    if len(pictures) < FEWEST:
        problems.append(f"There are {len(pictures)} pictures; put {FEWEST} there at the least, better 300.")
    return problems


def write(out: Path, *, network: Network, pictures: np.ndarray, rng: np.random.Generator) -> None:
    """Explain pictures (n, side, side, 3) and write all files; rng draws which half a picture is in."""
    public, private = out / "public", out / "private"
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    tiles = tiles_of(pictures, network["0.weight"].shape[-1])
    shares = votes_of(tiles, as_matrices(network))[0].mean(axis=(1, 2))  # (n, classes + 1)
    classes = shares[:, :-1].argmax(axis=1)
    values = 100 * shapley(network, tiles, classes)  # in percent of all votes
    n, count = values.shape
    usage = np.where(rng.permutation(n) < n // 2, "Public", "Private")
    np.savez(public / "network.npz", allow_pickle=False, **network)
    write_zip(public / "images.zip", ((f"images/{i}.png", png(pictures[i])) for i in range(n)))
    images = pd.DataFrame({"image": np.arange(n), "class": classes})
    images["share"] = shares[np.arange(n), classes].round(5)  # to check one's own forward pass with
    key = pd.DataFrame({"Id": np.arange(n * count), "Importance": values.ravel().round(6)})
    sample = key.assign(Importance=0.0)
    key["Usage"] = np.repeat(usage, count)
    for table, path in (
        (images, public / "images.csv"),
        (sample, public / "sample_submission.csv"),
        (key, private / "answer_key.csv"),
    ):
        table.to_csv(path, index=False, lineterminator="\n")
