"""No cell of an exported file begins a formula, by whatever mark a spreadsheet parts the line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.texts.csv_cells import text_cell, text_of

PIECES = st.sampled_from([*"'\"=+-@;\t\r\n\0 ax1\uff1d\uff0b\uff0d\uff20", "cmd|x", "A-B"])


@given(st.lists(PIECES).map("".join))
def test_no_cell_begins_a_formula_by_any_separator(text: str) -> None:
    cells = re.split(r"[;\t]", text_cell(text))

    assert [cell for cell in cells if re.match(r"[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)] == []


@pytest.mark.parametrize("text", ["Ann", "A-B; C", "1;2", "陳怡君", "a=b", ""])
def test_a_text_without_a_formula_is_left_as_it_is(text: str) -> None:
    assert text_cell(text) == text


@given(st.lists(PIECES).map("".join))
def test_what_an_export_wrote_is_read_back_as_it_was(text: str) -> None:
    assert text_of(text_cell(text)) == text
