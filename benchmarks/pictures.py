"""Make the pictures of the two READMEs anew, from a demonstration: docs/pictures/en and docs/pictures/zh-TW.

    .venv/bin/python -m benchmarks.pictures --data splitboard-data/demo
    .venv/bin/python -m benchmarks.pictures      # from a small demonstration of its own, with fewer tiers

Each is the top of a page as it stands in a window, in few colours, so that it stays below 80 kB.
"""

import io
import re
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from PIL import Image
from playwright.sync_api import Browser

from benchmarks.page_visits import CHINESE, ENGLISH, HEIGHT, PHONE, WIDE, Onlooker, signed_in, visit
from benchmarks.pages import FOLDER, demonstration
from tests.journeys.town import PROJECT
from tests.support import chromium

PICTURES = PROJECT / "docs" / "pictures"
BYTES_MOST = 80_000
COLOURS = (128, 64, 32, 16)  # of a picture, fewer until it is small enough
FINISHED, RUNNING = "/competitions/hw01-covid", "/competitions/hw02-phoneme"
SUBMISSION = re.compile(r'href="(/submissions/\d+)"')


class Picture(NamedTuple):
    """A page of the demonstration: who looks, where, and how wide the window is."""

    user: str
    address: str
    width: int = WIDE


PAGES = {
    "overview": Picture("student1", RUNNING),
    "leaderboard": Picture("student1", f"{FINISHED}/leaderboard"),
    "receipt": Picture("student1", f"{FINISHED}/submissions"),
    "shake-up": Picture("student1", f"{FINISHED}/shake-up"),
    "look-alikes": Picture("instructor", f"{FINISHED}/integrity"),
    "points": Picture("student1", "/courses/ml-autumn/results"),
    "glance": Picture("instructor", "/courses/ml-autumn/glance"),
    "private-phone": Picture("student1", f"{FINISHED}/leaderboard/private", PHONE),
}


def main(
    data: Annotated[Path, typer.Option(help="Folder of a demonstration; made at need.")] = FOLDER,
) -> None:
    """Make every picture in both languages."""
    with demonstration(data.resolve()) as (site, notes), chromium.launched() as browser:
        people = {each.username: signed_in(site, each.username, each.password) for each in notes.logins}
        for language in (ENGLISH, CHINESE):
            folder = PICTURES / language
            folder.mkdir(parents=True, exist_ok=True)
            for name, page in PAGES.items():
                data_of_file = photographed(browser, people[page.user], page, language=language)
                (folder / f"{name}.png").write_bytes(data_of_file)
                print(f"docs/pictures/{language}/{name}.png  {len(data_of_file):,} bytes")


def photographed(browser: Browser, onlooker: Onlooker, page: Picture, *, language: str) -> bytes:
    """A picture of the page's first window, as a small PNG."""
    with visit(browser, onlooker, address_of(onlooker, page), language=language) as (tab, _):
        tab.set_viewport_size({"width": page.width, "height": HEIGHT})
        return small(tab.screenshot())


def address_of(onlooker: Onlooker, page: Picture) -> str:
    """The page's address; of a list of submissions, that of its first one."""
    if not page.address.endswith("/submissions"):
        return page.address
    match = SUBMISSION.search(onlooker.client.get(page.address).text)
    return match[1] if match else page.address


def small(picture: bytes) -> bytes:
    """The PNG with as many colours as fit into 80 kB."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    file = io.BytesIO()
    for colours in COLOURS:
        file = io.BytesIO()
        image.quantize(colours).save(file, "PNG", optimize=True)
        if file.tell() <= BYTES_MOST:
            break
    return file.getvalue()


if __name__ == "__main__":
    typer.run(main)
