"""Splits made for answer keys: the same for a seed, whatever the order of the rows."""

import csv
import io
import random

import pytest

from grader.answer_keys.split import Split, SplitWay, with_usage
from grader.errors import InvalidAnswerKey


def key_of(rows: int) -> bytes:
    """A key of so many rows, of patients with eight rows each and labels of which one is rare."""
    lines = [f"{n},{'rare' if n % 10 == 0 else 'usual'},p{n // 8}" for n in range(rows)]
    return "\n".join(["id,label,patient", *lines]).encode()


def usage(data: bytes) -> dict[str, dict[str, str]]:
    """The rows of a key by id."""
    return {row["id"]: row for row in csv.DictReader(io.StringIO(data.decode()))}


@pytest.mark.parametrize("way", list(SplitWay))
def test_a_split_follows_from_the_seed_and_not_from_the_order_of_rows(way: SplitWay) -> None:
    column = {SplitWay.ROWS: "", SplitWay.GROUPS: "patient", SplitWay.LABELS: "label"}[way]
    split = Split(way, share=0.3, seed="s", column=column)
    header, *lines = key_of(400).decode().splitlines()
    random.Random(1).shuffle(lines)

    rows = usage(with_usage(key_of(400), split))
    shuffled = usage(with_usage("\n".join([header, *lines]).encode(), split))
    other = usage(with_usage(key_of(400), Split(way, share=0.3, seed="t", column=column)))

    assert rows == shuffled
    assert rows != other
    public = [row for row in rows.values() if row["Usage"] == "Public"]
    assert len(public) == pytest.approx(120, abs=4)
    assert {row["Usage"] for row in rows.values()} == {"Public", "Private"}


def test_a_group_is_on_one_side_and_each_label_on_both_by_its_share() -> None:
    groups = usage(with_usage(key_of(400), Split(SplitWay.GROUPS, 0.3, "s", "patient"))).values()
    labels = usage(with_usage(key_of(400), Split(SplitWay.LABELS, 0.3, "s", "label"))).values()

    sides = {(row["patient"], row["Usage"]) for row in groups}
    rare = [row["Usage"] for row in labels if row["label"] == "rare"]
    assert len(sides) == 50
    assert rare.count("Public") == 12


@pytest.mark.parametrize(
    ("data", "split", "code"),
    [
        (b"id,label,Usage\n1,a,Public\n", Split(SplitWay.ROWS, 0.5, "s"), "has_usage"),
        (b"id,label\n1,a\n2,b\n", Split(SplitWay.GROUPS, 0.5, "s", "patient"), "no_such_column"),
        (b"id,label\n1,a\n2,b\n", Split(SplitWay.ROWS, 0.01, "s"), "empty_side"),
        (b"id,label\n1,a\n2\n", Split(SplitWay.ROWS, 0.5, "s"), "uneven"),
        (b'id,label\n1,"a\n', Split(SplitWay.ROWS, 0.5, "s"), "not_csv"),
        (b"\xff\xfe", Split(SplitWay.ROWS, 0.5, "s"), "not_utf8"),
        (b"", Split(SplitWay.ROWS, 0.5, "s"), "empty"),
    ],
    ids=["usage", "column", "side", "uneven", "quote", "bytes", "empty"],
)
def test_what_cannot_be_split_is_refused_with_the_reason(data: bytes, split: Split, code: str) -> None:
    with pytest.raises(InvalidAnswerKey) as refused:
        with_usage(data, split)

    assert [problem.code for problem in refused.value.problems] == [code]
