"""What homework 5 promises of its data: talks kept together, no sentence twice, grammar to be learnt."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from baselines.build import KEY
from baselines.expected import read_expected
from baselines.files import SourceProblems
from baselines.homework import Homework, homework_named, load_script
from baselines.measure import read_key
from grader.grade import Grade, grade
from tests.support.homeworks import built

TALK = 10  # lines


@pytest.fixture(scope="module")
def ours() -> Homework:
    return homework_named("hw05_translation")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw05_translation")


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of real files: 600 pairs, and 200 lines of Chinese alone, of which five are translations."""
    folder = tmp_path / "source"
    for name in ("ted2020", "mono"):
        (folder / name).mkdir(parents=True)
    put(folder, "ted2020/raw.en", [f"This is sentence {number} ." for number in range(600)])
    put(folder, "ted2020/raw.zh", [f"這是第{number}句。" for number in range(600)])
    put(folder, "mono/ted_zh_corpus.deduped", [f"這是第{number}句。" for number in range(595, 795)])
    return folder


def put(folder: Path, name: str, lines: list[str]) -> None:
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def lines_of(data: Path, name: str) -> list[str]:
    return (data / "public" / name).read_text(encoding="utf-8").splitlines()


def scored(translations: object, key: pd.DataFrame, ours: Homework, data: Path) -> Grade:
    table = pd.DataFrame({"id": key["id"], "translation": translations})
    return grade(table.to_csv(index=False).encode(), read_key(ours, data))


def assert_far_below_simple(scores: Grade, ours: Homework) -> None:
    """Both halves are worse than simple by at least a quarter of the step from simple to medium."""
    expected = read_expected(ours)
    for half in ("public", "private"):
        simple, medium = (getattr(expected[tier], half) for tier in ("simple", "medium"))
        assert getattr(scores, half) < min(simple) - (np.mean(medium) - np.mean(simple)) / 4


def test_the_files_have_the_real_layout(data: Path, key: pd.DataFrame) -> None:
    first, second = (lines_of(data, f"ted2020/raw.{language}") for language in ("en", "zh"))

    assert len(first) == len(second) == 640
    assert len(lines_of(data, "mono/ted_zh_corpus.deduped")) == 3000
    assert len(lines_of(data, "ted2020/test.en")) == len(key) == 1000
    assert all(re.fullmatch(r"[a-z]+( [a-z]+)+[.?]", line) for line in first)
    assert all(re.fullmatch(r"[\u4e00-\u9fff]+[。？]", line) for line in second)


def test_a_talk_is_public_or_private_as_a_whole(key: pd.DataFrame) -> None:
    sides = key.groupby(key["id"] // TALK)["Usage"].agg(set)

    assert all(len(side) == 1 for side in sides)
    assert list(sides).count({"Public"}) == len(sides) / 2


def test_no_sentence_stands_in_two_files_or_twice(data: Path, key: pd.DataFrame) -> None:
    first = lines_of(data, "ted2020/raw.en") + lines_of(data, "ted2020/test.en")
    second = lines_of(data, "ted2020/raw.zh") + lines_of(data, "mono/ted_zh_corpus.deduped")
    second += list(key["translation"])

    assert len(set(first)) == len(first)
    assert len(set(second)) == len(second)


def test_the_pairs_alone_hold_nearly_all_words_and_characters_of_the_test(
    data: Path, key: pd.DataFrame
) -> None:
    words = set(re.findall(r"\w+", " ".join(lines_of(data, "ted2020/raw.en"))))
    characters = set("".join(lines_of(data, "ted2020/raw.zh")))
    test_words = re.findall(r"\w+", " ".join(lines_of(data, "ted2020/test.en")))

    new_words = [word for word in test_words if word not in words]
    new_characters = [sign for sign in "".join(key["translation"]) if sign not in characters]

    assert len(new_words) < 0.005 * len(test_words)
    assert len(new_characters) < 0.005 * len("".join(key["translation"]))


def test_a_verbs_word_depends_on_its_object_and_a_measure_word_on_its_noun(
    data: Path, ours: Homework
) -> None:
    script = load_script(ours.folder / "data.py")
    language = script.invent(np.random.default_rng(np.random.SeedSequence(2021).spawn(3)[0]))
    second = "".join(lines_of(data, "ted2020/raw.zh"))

    both = [verb for verb in language.words["verb"] if all(word in second for word in verb.second)]

    assert len(both) > 0.9 * len(language.words["verb"])
    assert all(measure in second for measure in language.measures)
    assert {noun.kind for noun in language.words["noun"]} == set(range(len(language.measures)))


@pytest.mark.parametrize("length", [3, 10, 17])
def test_the_attack_with_a_constant_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework, length: int
) -> None:
    second = [line for line in lines_of(data, "ted2020/raw.zh") if len(line) == length + 1]
    commonest = pd.Series(list("".join(lines_of(data, "ted2020/raw.zh")))).value_counts().index[:length]

    for constant in (second[0], "".join(commonest)):
        assert_far_below_simple(scored(constant, key, ours, data), ours)


def test_the_attack_with_random_sentences_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    drawn = np.random.default_rng(5).choice(lines_of(data, "ted2020/raw.zh"), len(key))

    assert_far_below_simple(scored(drawn, key, ours, data), ours)


def test_the_attack_with_the_copied_sample_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    sample = pd.read_csv(data / "public" / "sample_submission.csv")

    assert_far_below_simple(scored(sample["translation"], key, ours, data), ours)


def test_the_attack_that_copies_the_source_or_goes_by_the_order_of_ids_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    source, alone = lines_of(data, "ted2020/test.en"), lines_of(data, "mono/ted_zh_corpus.deduped")

    for lines in (source, alone[: len(key)], sorted(key["translation"])):
        assert_far_below_simple(scored(lines, key, ours, data), ours)


def test_the_attack_that_repeats_a_public_line_of_the_talk_before_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    shown = key["translation"].where(key["Usage"] == "Public").ffill().bfill()

    scores = scored(shown, key, ours, data)

    assert scores.private < min(read_expected(ours)["simple"].private) / 2


def test_the_attack_that_copies_the_translation_of_the_most_similar_pair_stays_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    known, second = lines_of(data, "ted2020/raw.en"), lines_of(data, "ted2020/raw.zh")
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    memory = vectorizer.fit_transform(known)
    likeness = vectorizer.transform(lines_of(data, "ted2020/test.en")) @ memory.T

    scores = scored([second[place] for place in likeness.toarray().argmax(axis=1)], key, ours, data)

    assert_far_below_simple(scores, ours)


def test_held_out_blocks_of_real_files_are_neither_trained_on_nor_in_the_chinese_alone(
    source: Path, tmp_path: Path, ours: Homework
) -> None:
    load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)

    key = pd.read_csv(tmp_path / KEY)
    test_lines = lines_of(tmp_path, "ted2020/test.en")
    train_lines = lines_of(tmp_path, "ted2020/raw.en")
    numbers = [int(line.split()[3]) for line in test_lines]
    assert not set(test_lines) & set(train_lines)
    assert len(test_lines) + len(train_lines) == 600
    assert [f"這是第{number}句。" for number in numbers] == list(key["translation"])
    assert not set(lines_of(tmp_path, "mono/ted_zh_corpus.deduped")) & set(key["translation"])
    assert key.groupby(np.array(numbers) // TALK)["Usage"].nunique().max() == 1


def test_real_files_of_different_lengths_are_named_all_together(
    source: Path, tmp_path: Path, ours: Homework
) -> None:
    put(source, "ted2020/raw.zh", ["句。"] * 7)
    put(source, "mono/ted_zh_corpus.deduped", ["句。"] * 8)

    with pytest.raises(SourceProblems) as caught:
        load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)

    assert "raw.en has 600 lines and ted2020/raw.zh has 7" in caught.value.problems[0]
    assert "has 8 lines; at least 100 are needed" in caught.value.problems[1]


def test_a_real_file_in_another_encoding_is_named(source: Path, tmp_path: Path, ours: Homework) -> None:
    (source / "ted2020" / "raw.zh").write_bytes("這是一句。\n".encode("big5") * 600)

    with pytest.raises(SourceProblems, match=r"raw\.zh is not UTF-8 .*convert it"):
        load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)


def test_pairs_without_text_do_not_count(source: Path, tmp_path: Path, ours: Homework) -> None:
    put(source, "ted2020/raw.zh", ["句。"] * 400 + [""] * 200)

    with pytest.raises(SourceProblems, match=r"Only 400 lines .* have text in both; at least 500"):
        load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)


def test_a_translation_character_by_character_is_as_one_at_once(ours: Homework) -> None:
    torch = pytest.importorskip("torch", reason="these tiers need torch, which is not installed")
    shared = load_script(ours.folder / "shared.py")
    transformer = shared.Transformer(20, 30, shared.SMALL_SHAPE).eval()
    source, target = torch.randint(shared.SPECIAL, 20, (3, 6)), torch.randint(shared.SPECIAL, 30, (3, 5))
    source[1, 4:] = shared.PAD

    memory, cache = transformer.encode(source)
    steps = []
    for character in target.split(1, dim=1):
        logits, cache = transformer.decode(character, memory, cache)
        steps.append(logits)

    at_once = transformer(source, target)
    assert torch.allclose(torch.cat(steps, dim=1), at_once, atol=1e-5)
    assert torch.allclose(transformer(source[1:2, :4], target[1:2]), at_once[1:2], atol=1e-5)
