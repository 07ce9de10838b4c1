"""The commitment: byte for byte what docs/students.md says, and the split's hash of nothing but the split."""

import csv
import gzip
import hashlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import InvalidAnswerKey
from grader.proofs.commitment import Covers, canonical, commitment, split_sha256

COVERS = Covers("hw01", 1, "a" * 64, "id", "b" * 64, "f_beta", {"beta": 0.5, "average": "macro"}, None, True)
IDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=8).filter(
        lambda text: text.strip() == text and text.strip('",')
    ),
    min_size=1,
    max_size=12,
    unique=True,
)


def key_file(rows: list[tuple[str, str, str]], *, columns: str = "id,label,Usage") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns.split(","), *rows])
    return text.getvalue().encode()


def test_the_text_is_sorted_json_without_spaces() -> None:
    assert COVERS.text() == (
        '{"answer_key_sha256":"' + "a" * 64 + '","competition":"hw01","format":"splitboard commitment 1",'
        '"higher_is_better":true,"id_column":"id","key_version":1,"metric":"f_beta",'
        '"metric_arguments":{"average":"macro","beta":0.5},"metric_sha256":null,"split_sha256":"'
        + "b" * 64
        + '"}'
    )


def test_the_commitment_is_the_hash_of_salt_and_text() -> None:
    salt = bytes(range(32))

    assert commitment("{é}", salt) == hashlib.sha256(salt + "{é}".encode()).hexdigest()


def test_another_salt_or_text_gives_another_commitment() -> None:
    commitments = {commitment(text, bytes([first]) * 32) for text in ("a", "b") for first in (0, 1)}

    assert len(commitments) == 4


@given(IDS, st.randoms(use_true_random=False))
def test_the_split_hash_is_that_of_the_sorted_pairs_in_any_row_order(ids: list[str], random: object) -> None:
    rows = [(each, "x", ("Public", "Private", "Ignored")[len(each) % 3]) for each in ids]
    pairs = sorted([each, usage] for each, _, usage in rows)
    random.shuffle(rows)  # type: ignore[attr-defined]

    split_hash = split_sha256(key_file(rows), id_column="id")

    text = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    assert split_hash == hashlib.sha256(text.encode()).hexdigest()


def test_the_split_hash_knows_nothing_of_the_labels_and_of_packing() -> None:
    plain = key_file([("1", "cat", "Public"), ("2", "dog", "Private")])
    other = key_file([("Private", "mouse", "2"), ("Public", "mouse", "1")], columns="Usage,label,id")

    hashes = {split_sha256(data, id_column="id") for data in (plain, other, gzip.compress(plain))}

    assert len(hashes) == 1


def test_a_row_moved_to_the_other_split_changes_the_hash() -> None:
    one = key_file([("1", "cat", "Public"), ("2", "dog", "Private")])
    moved = key_file([("1", "cat", "Private"), ("2", "dog", "Private")])

    assert split_sha256(one, id_column="id") != split_sha256(moved, id_column="id")


@pytest.mark.parametrize("data", [b"", b"id,label\n1,2\n", b"id,id,Usage\n1,2,Public\n", b"id,Usage\n1\n"])
def test_a_file_that_is_no_key_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(InvalidAnswerKey) as error:
        split_sha256(data, id_column="id")

    assert error.value.problems


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"beta": float("nan")})
