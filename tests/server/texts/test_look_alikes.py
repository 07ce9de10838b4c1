"""Names that look alike: which letters are taken for each other, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.texts.look_alikes import CAPITALS, SMALL, skeleton

ALIKE = [pair for letters, likes in (*CAPITALS, *SMALL) for pair in zip(letters, likes, strict=True)]


def test_every_letter_of_the_table_folds_into_what_it_looks_like() -> None:
    apart = [pair for pair in ALIKE if skeleton(f"x{pair[0]}x") != skeleton(f"x{pair[1]}x")]

    assert apart == []


@given(st.text(st.sampled_from([*(letter for pair in ALIKE for letter in pair), *"Aé王 "]), max_size=12))
def test_a_skeleton_is_its_own(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Foxes", "Foxess"), ("Hélène", "Helene"), ("Лисы", "Lisy"), ("陳怡君", "陳怡軍")]
)
def test_names_that_look_different_are_different(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
