"""What homework 7 promises of its data: answers stand where it says, paragraphs stay whole."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY
from baselines.expected import read_expected
from baselines.files import SourceProblems
from baselines.homework import Homework, homework_named, load_script
from baselines.measure import read_key
from grader.grade import Grade, grade
from tests.support.homeworks import built

File = dict[str, Any]


@pytest.fixture(scope="module")
def ours() -> Homework:
    return homework_named("hw07_qa")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw07_qa")


@pytest.fixture(scope="module")
def files(data: Path) -> dict[str, File]:
    return {name: read(data, name) for name in ("train", "dev", "test")}


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY, dtype=str)


@pytest.fixture
def source(files: dict[str, File], tmp_path: Path) -> Path:
    """A folder of labelled files, as a course would have them; a test may break them."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("train", "dev"):
        put(folder, name, files[name])
    return folder


def read(data: Path, name: str) -> File:
    return json.loads((data / "public" / f"hw7_{name}.json").read_text(encoding="utf-8"))


def put(folder: Path, name: str, file: File) -> None:
    (folder / f"hw7_{name}.json").write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")


def scored(answers: object, key: pd.DataFrame, ours: Homework, data: Path) -> Grade:
    table = pd.DataFrame({"ID": key["ID"], "Answer": answers})
    return grade(table.to_csv(index=False).encode(), read_key(ours, data))


def best(scores: Grade) -> float:
    return max(scores.public, scores.private)


def at_worst(ours: Homework, tier: str) -> float:
    known = read_expected(ours)[tier]
    return min(*known.public, *known.private)


def made_world(ours: Homework) -> Any:
    """The world of the default seed, as data.py draws it."""
    script = load_script(ours.folder / "data.py")
    return script.invent(np.random.default_rng(np.random.SeedSequence(2021).spawn(3)[0]))


def parts_of(question: str, tellings: dict[str, list[str]]) -> tuple[str, list[str]]:
    """The person a question names, and the phrases that tell what it asks for."""
    root = next(sign for sign in question if sign in tellings)
    first, last = question.rstrip("？").split(root)
    return first or last[1:], tellings[root]


def habits_of(train: File) -> list[dict[str, float]]:
    """How readily each character stands before, first in, last in, and behind an answer."""
    everywhere = Counter("".join(train["paragraphs"]))
    seen: list[Counter[str]] = [Counter() for _ in range(4)]
    for one in train["questions"]:
        text, start, end = train["paragraphs"][one["paragraph_id"]], one["answer_start"], one["answer_end"]
        for counter, place in zip(seen, (start - 1, start, end, end + 1), strict=True):
            counter[text[place]] += 1
    return [
        {sign: math.log((one[sign] + 0.1) / (everywhere[sign] + 1)) for sign in everywhere} for one in seen
    ]


def cut_out(sentence: str, habits: list[dict[str, float]]) -> str:
    """The piece of the sentence that begins and ends most as answers do."""
    text = f"。{sentence}。"
    best, piece = -math.inf, ""
    for start in range(1, len(text) - 1):
        for end in range(start, min(start + 6, len(text) - 1)):
            signs = (text[start - 1], text[start], text[end], text[end + 1])
            value = sum(table.get(sign, math.log(0.1)) for table, sign in zip(habits, signs, strict=True))
            if value > best:
                best, piece = value, text[start : end + 1]
    return piece.replace(",", "")


def kin_of(train: File) -> dict[tuple[str, str], float]:
    """How much oftener a question's character meets another in the answering sentence than elsewhere."""
    here: Counter[tuple[str, str]] = Counter()
    elsewhere: Counter[tuple[str, str]] = Counter()
    for one in train["questions"]:
        for sentence in train["paragraphs"][one["paragraph_id"]].split("。"):
            pairs = [(character, other) for character in set(one["question_text"]) for other in set(sentence)]
            (here if one["answer_text"] in sentence else elsewhere).update(pairs)
    return {
        pair: math.log((here[pair] + 0.5) / (elsewhere[pair] / 5 + 0.5))
        for pair in here | elsewhere
        if here[pair] + elsewhere[pair] > 4
    }


def test_the_files_have_the_real_layout(files: dict[str, File]) -> None:
    sizes = {name: (len(file["paragraphs"]), len(file["questions"])) for name, file in files.items()}
    keys = {key for file in files.values() for question in file["questions"] for key in question}

    assert sizes == {"train": (300, 1500), "dev": (40, 200), "test": (260, 1040)}
    expected = "id paragraph_id question_text answer_text answer_start answer_end"
    assert keys == set(expected.split())
    for file in files.values():
        assert [question["id"] for question in file["questions"]] == list(range(len(file["questions"])))


@pytest.mark.parametrize("name", ["train", "dev"])
def test_an_answer_stands_where_it_is_said_to_stand(files: dict[str, File], name: str) -> None:
    file = files[name]

    spans = [
        file["paragraphs"][one["paragraph_id"]][one["answer_start"] : one["answer_end"] + 1]
        for one in file["questions"]
    ]

    assert spans == [one["answer_text"] for one in file["questions"]]


def test_the_test_file_holds_no_answers(files: dict[str, File]) -> None:
    hidden = [files["test"]["questions"][0].keys() & {"answer_text", "answer_start", "answer_end"}]

    assert len(hidden[0]) == 3
    for one in files["test"]["questions"]:
        assert one["answer_text"] is one["answer_start"] is one["answer_end"] is None


def test_answers_of_the_key_stand_in_their_paragraphs_and_have_no_commas(
    files: dict[str, File], key: pd.DataFrame
) -> None:
    test = files["test"]
    texts = [test["paragraphs"][one["paragraph_id"]].replace(",", "") for one in test["questions"]]

    assert all(answer in text for answer, text in zip(key["Answer"], texts, strict=True))
    assert not key["Answer"].str.contains(",").any()
    assert 0.05 < key["Answer"].str.fullmatch(r"\d{4,5}").mean() < 0.25  # numbers, which had one


def test_a_paragraph_is_public_or_private_as_a_whole(files: dict[str, File], key: pd.DataFrame) -> None:
    paragraphs = [one["paragraph_id"] for one in files["test"]["questions"]]

    sides = key.groupby(paragraphs)["Usage"].agg(set)

    assert len(sides) == 260
    assert list(sides).count({"Public"}) == list(sides).count({"Private"}) == 130


def test_no_paragraph_and_no_question_about_it_stands_in_two_files(files: dict[str, File]) -> None:
    paragraphs = [text for file in files.values() for text in file["paragraphs"]]
    pairs = [
        (one["paragraph_id"], one["question_text"].rstrip("？"), name)
        for name, file in files.items()
        for one in file["questions"]
    ]

    assert len(set(paragraphs)) == len(paragraphs)
    assert len(set(pairs)) == len(pairs)


def test_a_question_is_answered_by_one_sentence_alone(files: dict[str, File], ours: Homework) -> None:
    train, world = files["train"], made_world(ours)
    tellings = {words[0]: relation.tellings for relation in world.relations for words in relation.questions}

    for one in train["questions"][:300]:
        name, phrases = parts_of(one["question_text"], tellings)
        sentences = train["paragraphs"][one["paragraph_id"]].split("。")
        about = [s for s in sentences if name in s and not any(mark + name in s for mark in world.marks)]
        fitting = [s for s in about if any(phrase in s for phrase in phrases)]
        assert len(fitting) == 1
        assert one["answer_text"] in fitting[0]


def test_most_questions_fit_another_sentence_that_only_names_the_person(
    files: dict[str, File], ours: Homework
) -> None:
    train, world = files["train"], made_world(ours)
    tellings = {words[0]: relation.tellings for relation in world.relations for words in relation.questions}
    misleading = []

    for one in train["questions"]:
        name, phrases = parts_of(one["question_text"], tellings)
        sentences = train["paragraphs"][one["paragraph_id"]].split("。")
        named = [s for s in sentences if any(mark + name in s for mark in world.marks)]
        misleading.append(any(phrase in s for s in named for phrase in phrases))

    assert 0.6 < np.mean(misleading) < 0.95


def test_cuts_run_through_answers_in_the_simple_tier_alone(files: dict[str, File], ours: Homework) -> None:
    pytest.importorskip("torch", reason="the tiers need torch, which is not installed")
    simple, medium = (load_script(ours.folder / f"{tier}.py").SMALL for tier in ("simple", "medium"))
    questions = files["train"]["questions"]

    cut = [one["answer_start"] // simple.stride != one["answer_end"] // simple.stride for one in questions]

    longest = max(len(one["answer_text"]) for one in questions)
    assert simple.stride == simple.window
    assert 0.03 < np.mean(cut) < 0.15
    assert medium.window - medium.stride >= longest


def test_the_boss_tier_names_no_span_that_ends_before_it_begins(ours: Homework) -> None:
    torch = pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    scores = torch.zeros(1, 2, 9)
    scores[0, 0, 7], scores[0, 1, 2], scores[0, 1, 8] = 5.0, 9.0, 1.0  # the best end is before the best start

    boss, strong = (load_script(ours.folder / f"{tier}.py") for tier in ("boss", "strong"))
    independent, legal = (
        [int(one) for one in spans[1:]]
        for spans in (strong.independent_spans(scores), boss.legal_spans(scores, boss.LONGEST))
    )

    assert independent == [7, 2]
    assert legal in ([0, 2], [1, 2], [2, 2])


def test_what_stands_behind_a_text_changes_no_place_of_it(ours: Homework) -> None:
    torch = pytest.importorskip("torch", reason="the tiers need torch, which is not installed")
    layer = load_script(ours.folder / "shared.py").EncoderLayer(width=16, heads=4, dropout=0.0)
    mask = torch.tensor([True] * 5 + [False] * 2)
    text, other = torch.randn(2, 1, 7, 16)

    attended = [
        layer(torch.where(mask[:, None], text, pads), mask[None, None, None]) for pads in (text, other)
    ]

    assert torch.equal(*(places[:, :5] for places in attended))


def test_the_place_of_a_question_tells_nothing_of_its_paragraph_or_half(
    files: dict[str, File], key: pd.DataFrame
) -> None:
    paragraphs = np.array([one["paragraph_id"] for one in files["test"]["questions"]])
    is_public = (key["Usage"] == "Public").to_numpy()
    order = np.arange(len(key))

    assert abs(np.corrcoef(order, paragraphs)[0, 1]) < 0.1
    assert abs(np.corrcoef(order, is_public)[0, 1]) < 0.1
    assert abs(np.corrcoef(paragraphs, is_public)[0, 1]) < 0.2


def test_the_attack_with_a_constant_stays_far_below_simple(
    data: Path, key: pd.DataFrame, ours: Homework
) -> None:
    for constant in key["Answer"].value_counts().index[:20]:
        assert best(scored(constant, key, ours, data)) < at_worst(ours, "simple") / 2


def test_the_attack_with_random_pieces_of_the_paragraph_stays_far_below_simple(
    data: Path, files: dict[str, File], key: pd.DataFrame, ours: Homework
) -> None:
    rng, test = np.random.default_rng(5), files["test"]
    texts = [test["paragraphs"][one["paragraph_id"]].replace(",", "") for one in test["questions"]]
    starts = [int(rng.integers(len(text) - 5)) for text in texts]

    pieces = [
        text[start : start + int(rng.integers(1, 6))] for text, start in zip(texts, starts, strict=True)
    ]

    assert best(scored(pieces, key, ours, data)) < at_worst(ours, "simple") / 2


def test_the_attack_with_the_copied_sample_or_in_the_order_of_ids_stays_far_below_simple(
    data: Path, files: dict[str, File], key: pd.DataFrame, ours: Homework
) -> None:
    sample = pd.read_csv(data / "public" / "sample_submission.csv")["Answer"]
    in_order = [one["answer_text"].replace(",", "") for one in files["train"]["questions"]][: len(key)]

    for answers in (sample, in_order, sorted(key["Answer"])):
        assert best(scored(answers, key, ours, data)) < at_worst(ours, "simple") / 2


def test_the_attack_without_reading_the_question_stays_below_simple(
    data: Path, files: dict[str, File], key: pd.DataFrame, ours: Homework
) -> None:
    test, train = files["test"], files["train"]
    known = {one["answer_text"] for one in train["questions"]}
    answers = []
    for one in test["questions"]:
        text = test["paragraphs"][one["paragraph_id"]]
        seen = [answer for answer in known if len(answer) > 1 and answer in text]
        answers.append(max(seen, key=len, default="無").replace(",", ""))

    assert best(scored(answers, key, ours, data)) < at_worst(ours, "simple")


@pytest.mark.parametrize("has_kin", [False, True])
def test_the_attack_with_the_sentence_nearest_to_the_question_stays_far_below_strong(
    data: Path, files: dict[str, File], key: pd.DataFrame, ours: Homework, has_kin: bool
) -> None:
    test, habits = files["test"], habits_of(files["train"])
    kin = kin_of(files["train"]) if has_kin else {}
    answers = []

    for one in test["questions"]:
        signs = set(one["question_text"])
        sentences = test["paragraphs"][one["paragraph_id"]].split("。")[:-1]
        fits = [
            3 * len(signs & set(s)) + sum(kin.get((a, t), 0) for a in sorted(signs) for t in sorted(set(s)))
            for s in sentences
        ]
        answers.append(cut_out(sentences[int(np.argmax(fits))], habits))

    assert 0.35 < best(scored(answers, key, ours, data)) < at_worst(ours, "strong") - 0.1


def test_held_out_paragraphs_of_real_files_are_not_trained_on(
    source: Path, tmp_path: Path, ours: Homework
) -> None:
    load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)

    train, test = (read(tmp_path, name) for name in ("train", "test"))
    key = pd.read_csv(tmp_path / KEY, dtype=str)
    assert not set(train["paragraphs"]) & set(test["paragraphs"])
    assert len(train["questions"]) + len(test["questions"]) == 1500
    assert len(key) == len(test["questions"])
    assert all(one["answer_text"] is None for one in test["questions"])


def test_a_paragraph_that_a_real_file_holds_twice_is_held_out_once(
    source: Path, files: dict[str, File], tmp_path: Path, ours: Homework
) -> None:
    twice = [{**one, "paragraph_id": one["paragraph_id"] + 300} for one in files["train"]["questions"]]
    both = {
        "questions": files["train"]["questions"] + twice,
        "paragraphs": files["train"]["paragraphs"] * 2,
    }
    put(source, "train", both)

    load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)

    assert not set(read(tmp_path, "train")["paragraphs"]) & set(read(tmp_path, "test")["paragraphs"])


def test_all_that_is_wrong_with_real_files_is_named_together(
    source: Path, files: dict[str, File], tmp_path: Path, ours: Homework
) -> None:
    questions = [dict(one) for one in files["train"]["questions"]]
    questions[0]["answer_start"] += 1
    questions[1]["paragraph_id"] = 300
    questions[2]["answer_end"] = None
    del questions[3]["question_text"]
    put(source, "train", {**files["train"], "questions": questions})
    (source / "hw7_dev.json").write_text("[1, 2", encoding="utf-8")

    with pytest.raises(SourceProblems) as caught:
        load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)

    report = " ".join(caught.value.problems)
    assert "hw7_train.json: 1 of 1500 questions have an answer that does not stand in the paragraph" in report
    assert "hw7_train.json: 1 of 1500 questions name a paragraph that is not there" in report
    assert "hw7_train.json: 1 of 1500 questions have no answer_start and answer_end" in report
    assert "hw7_train.json: 1 of 1500 questions lack one of the keys" in report
    assert "hw7_dev.json is not JSON of the form" in report


def test_too_few_paragraphs_are_refused(
    source: Path, files: dict[str, File], tmp_path: Path, ours: Homework
) -> None:
    few = [one for one in files["train"]["questions"] if one["paragraph_id"] < 10]
    put(source, "train", {**files["train"], "questions": few})

    with pytest.raises(SourceProblems, match=r"has 10 paragraphs with questions .* at least 40"):
        load_script(ours.folder / "data.py").build_from(source, tmp_path, seed=3)
