"""The people of the demonstration course: a dozen departments, and names as on a list in Taipei."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


def _words(text: str) -> list[str]:
    return text.split()


SECTIONS = 4
YEARS = ("B10", "B11", "B12", "R13")  # the year of entry leads a student number
NAMES_SEED = 1280

# Name, the code in the middle of a student number, share of the course.
DEPARTMENTS = (
    ("Computer Science", "902", 20),
    ("Electrical Engineering", "901", 20),
    ("Communication Engineering", "942", 9),
    ("Information Management", "705", 9),
    ("Mechanical Engineering", "502", 8),
    ("Mathematics", "201", 7),
    ("Physics", "202", 6),
    ("Civil Engineering", "501", 5),
    ("Economics", "303", 5),
    ("Statistics", "601", 4),
    ("Biomedical Engineering", "528", 4),
    ("Foreign Languages", "102", 3),
)
FAMILY = _words(
    """
Chen Lin Huang Chang Li Wang Wu Liu Tsai Yang Hsu Cheng Hsieh Kuo Hung Chiu Tseng Liao Lai Chou Yeh Su Chuang
Lu Chiang Ho Hsiao Lo Kao Pan Chien Chu Chung Peng Yu Shih Tu Fang Weng Tang
"""
)
FIRST = _words("Chia Yu Tzu Chih Wei Yi Po Hsin Kuan Ming Shu Pei Jui Ching Cheng Yen Sheng Ting Meng Hao")
SECOND = _words("hao ting wei hsuan ying han yu chen ju ling chun lun fang jung en chi yang hui tzu ming")
ENGLISH = _words(
    """
Alice Amy Andy Angela Benson Brian Cindy Claire Daniel David Doris Emily Eric Fiona Frank Grace Henry Irene
Ivy Jack Jason Jenny Jerry Joanna Kelly Kevin Leo Lucy Mandy Max Michelle Nancy Oscar Patty Peter Rachel Ray
Sandy Sean Sophie Stanley Tiffany Tim Vicky Victor Wendy
"""
)
ENGLISH_SHARE = 0.22


@dataclass(frozen=True)
class DemoStudent:
    """A student who exists in the demonstration alone."""

    number: str
    name: str
    department: str
    section: str


def people(count: int) -> list[DemoStudent]:
    """So many students, always the same; no two have the same name or number."""
    source = random.Random(NAMES_SEED)  # noqa: S311 - names, not secrets
    names = _names(count, source)
    weights = [share for _, _, share in DEPARTMENTS]
    chosen = source.choices(DEPARTMENTS, weights, k=count)
    serials: dict[str, int] = {}
    students = []
    for name, (department, code, _) in zip(names, chosen, strict=True):
        start = source.choice(YEARS) + code
        serials[start] = serials.get(start, 0) + 1
        section = f"Section {source.randint(1, SECTIONS)}"
        students.append(DemoStudent(f"{start}{serials[start]:03}", name, department, section))
    return students


def _names(count: int, source: random.Random) -> list[str]:
    romanised = [f"{family} {first_name}" for family, first_name in product(FAMILY, _first_names())]
    english = [f"{first_name} {family}" for first_name, family in product(ENGLISH, FAMILY)]
    source.shuffle(romanised)
    source.shuffle(english)
    split = min(round(count * ENGLISH_SHARE), len(english))
    names = english[:split] + romanised[: count - split]
    source.shuffle(names)
    return names


def _first_names() -> Iterator[str]:
    for first, second in product(FIRST, SECOND):
        if first.lower() != second:
            yield f"{first}-{second.capitalize()}"
