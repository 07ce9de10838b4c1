"""Make the paragraphs and questions of homework 7: an invented world, told in an invented language.

Nothing is downloaded. Who and what there is in the world, how it is told and what is asked are drawn from
one seed; the files have the names and the layout of the real ones (hw7_train.json, hw7_dev.json,
hw7_test.json), so the tiers run unchanged on either. `build_from` makes the same files from the real ones.
NOTES.md says what was planted and why.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from baselines.files import SourceProblems, require_files

TRAIN, DEV, TEST = 300, 40, 260  # paragraphs
ASKED = (5, 5, 4)  # questions about each of them: 1,500, 200 and 1,040
FACTS = (6, 11)  # sentences in a paragraph, at least and at most
PERSONS = 4  # of whom a paragraph tells
RELATIONS = 6  # kinds of fact; the values of the last are numbers with a comma in them
KINDS_TOLD = 4  # of these in one paragraph, so that the same kind is told of several persons
TELLINGS, QUESTIONS = 2, 2  # ways to tell a fact of one kind, and to ask for it
AKIN = 1  # of the tellings share a character with the questions; the others must be learnt
ENDINGS = 2  # characters of which the values of one kind end in one
SIGNS = 150  # characters of which names, values and idle words are made
MARKS = 2  # characters before the name of a person whom the sentence is not about
COMPARED = 0.7  # share of the sentences that do so, where the same kind of fact is told of another person
IDLE = (3, 7)  # idle characters in a sentence, at least and at most
IN_ORDER = 0.6  # share of the sentences that name whom they are about first; the others name it last
FILES = ("hw7_train.json", "hw7_dev.json")
KEYS = {"id", "paragraph_id", "question_text", "answer_text", "answer_start", "answer_end"}
FEWEST_PARAGRAPHS = 40  # with which the homework makes sense
MOST_TEST = 3500  # questions that build_from holds out, as many as the real test has
NOTHING = "無"  # stands in each line of the sample

Record = dict[str, Any]  # a question as the files hold it: see KEYS


@dataclass(frozen=True)
class Relation:
    """A kind of fact: the phrases before a value, the words that ask for it, the characters it may end in."""

    tellings: list[str]
    questions: list[str]
    endings: list[str]


@dataclass(frozen=True)
class World:
    """What there is to tell: the kinds of fact, and the characters of which all else is made."""

    relations: list[Relation]
    signs: list[str]
    marks: list[str]


@dataclass(frozen=True)
class Passage:
    """A paragraph and the questions about it, records without ids."""

    text: str
    questions: list[Record]


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/hw7_*.json, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. The world, the paragraphs and the split draw from separate streams, so
    that nothing in the public files shows the state of the generator that made the split. The default seed is
    for demonstrations: who knows the seed has the key, so a real course passes a long random one of its own.
    """
    things, tellers, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    world = invent(things)
    train, dev, test = (
        [tell(tellers, world, questions) for _ in range(paragraphs)]
        for paragraphs, questions in zip((TRAIN, DEV, TEST), ASKED, strict=True)
    )
    write(out, train=train, dev=dev, test=test, rng=split)


def invent(rng: np.random.Generator) -> World:
    """Draw a world. Phrases, endings and marks have characters of their own; all else looks alike."""
    common = [sign for high in range(0xA4, 0xC6) for sign in big5_row(high) if sign != NOTHING]
    signs: Iterator[str] = iter(rng.permutation(common).tolist())

    def written(length: int) -> str:
        return "".join(next(signs) for _ in range(length))

    def relation() -> Relation:
        root = written(1)
        tellings = [(root if number < AKIN else written(1)) + written(1) for number in range(TELLINGS)]
        questions = [root + written(1) for _ in range(QUESTIONS)]
        return Relation(tellings, questions, list(written(ENDINGS)))

    relations = [relation() for _ in range(RELATIONS)]
    return World(relations, list(written(SIGNS)), list(written(MARKS)))


def big5_row(high: int) -> list[str]:
    """The characters in a row of Big5, whose first rows hold the 5,401 common ones."""
    lows = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    return [sign for low in lows if len(sign := bytes([high, low]).decode("big5", errors="ignore")) == 1]


def tell(rng: np.random.Generator, world: World, count: int) -> Passage:
    """A new paragraph and `count` questions: a few persons, and of each some facts of different kinds.

    A question is answered by the sentence alone that tells this kind of fact and is about this person. Asked
    are, first of all, facts whose person is also named behind a mark where the same kind is told of another.
    """
    facts = int(rng.integers(FACTS[0], FACTS[1] + 1))
    letters = rng.choice(world.signs, (PERSONS, 3), replace=False)  # no two names share one
    persons = ["".join(row[: rng.integers(2, 4)]) for row in letters]
    kinds = rng.permutation(RELATIONS)[:KINDS_TOLD]
    pairs = rng.permutation(PERSONS * KINDS_TOLD)[:facts]  # no fact twice
    statements = [(int(pair) // KINDS_TOLD, int(kinds[pair % KINDS_TOLD])) for pair in pairs]
    text, spans, compared = "", [], set()
    for person, kind in statements:
        rivals = [other for other, same in statements if same == kind and other != person]
        about = persons[person]
        if rivals and rng.random() < COMPARED:
            other = rivals[rng.integers(len(rivals))]
            about += str(rng.choice(world.marks)) + persons[other]
            compared.add((other, kind))
        before, value, after = sentence(rng, world, about, kind)
        spans.append((len(text) + len(before), value))
        text += before + value + after + "。"
    places = sorted(rng.permutation(facts).tolist(), key=lambda place: statements[place] not in compared)
    questions = []
    for place in places[:count]:
        (person, kind), (start, value) = statements[place], spans[place]
        words = [persons[person], world.relations[kind].questions[rng.integers(QUESTIONS)]]
        question = "".join(words if rng.random() < 0.5 else words[::-1]) + "？"
        end = start + len(value) - 1  # of the last character, as in the real files
        questions.append(
            {"question_text": question, "answer_text": value, "answer_start": start, "answer_end": end}
        )
    return Passage(text, questions)


def sentence(rng: np.random.Generator, world: World, about: str, kind: int) -> tuple[str, str, str]:
    """What stands before a new value, the value, and what stands behind it."""
    relation = world.relations[kind]
    value = number_of(rng) if kind == RELATIONS - 1 else value_of(rng, world, relation)
    idle = "".join(rng.choice(world.signs, int(rng.integers(IDLE[0], IDLE[1] + 1))))
    phrase = relation.tellings[rng.integers(TELLINGS)]
    return (about + idle + phrase, value, "") if rng.random() < IN_ORDER else (phrase, value, idle + about)


def value_of(rng: np.random.Generator, world: World, relation: Relation) -> str:
    """A value of two to five characters, the last of which is one of its kind's endings."""
    return "".join([*rng.choice(world.signs, int(rng.integers(1, 5))), rng.choice(relation.endings)])


def number_of(rng: np.random.Generator) -> str:
    """A number from 1,000 to 99,999."""
    return f"{int(10 ** rng.uniform(3, 5)):,}"


def write(
    out: Path, *, train: list[Passage], dev: list[Passage], test: list[Passage], rng: np.random.Generator
) -> None:
    """Write the files; rng shuffles the test's questions and draws the paragraphs of the public half."""
    public, private = out / "public", out / "private"
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    write_json(public / "hw7_train.json", train, records_of(train))
    write_json(public / "hw7_dev.json", dev, records_of(dev))
    records = records_of(test)
    records = [{**records[place], "id": number} for number, place in enumerate(rng.permutation(len(records)))]
    blank = {"answer_text": None, "answer_start": None, "answer_end": None}
    write_json(public / "hw7_test.json", test, [{**record, **blank} for record in records])
    is_public = rng.permutation(len(test)) < len(test) // 2  # (paragraphs,) of bool
    key = pd.DataFrame({"ID": [record["id"] for record in records]})
    sample = key.assign(Answer=NOTHING)
    key["Answer"] = [without_commas(record["answer_text"]) for record in records]
    key["Usage"] = np.where(is_public[[record["paragraph_id"] for record in records]], "Public", "Private")
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")


def records_of(passages: list[Passage]) -> list[Record]:
    """All questions, each with its number and its paragraph's."""
    pairs = [(place, question) for place, passage in enumerate(passages) for question in passage.questions]
    return [
        {"id": number, "paragraph_id": place, **question} for number, (place, question) in enumerate(pairs)
    ]


def without_commas(answer: str) -> str:
    """The answer as it is handed in: a comma would end the field of a CSV file."""
    return answer.replace(",", "")


def write_json(path: Path, passages: list[Passage], questions: list[Record]) -> None:
    data = {"questions": questions, "paragraphs": [passage.text for passage in passages]}
    path.write_bytes(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real hw7_train.json and hw7_dev.json in `source`.

    The real test's answers are not public, so paragraphs of the training file are held out with all their
    questions; each is public or private as a whole, and one that occurs twice counts as one. The dev file
    stays what it is. Raises SourceProblems.
    """
    require_files(source, FILES)
    problems: list[str] = []
    train, dev = (read_passages(source / name, problems) for name in FILES)
    known = {passage.text for passage in dev}
    train = [passage for passage in train if passage.text not in known]
    if not problems and len(train) < FEWEST_PARAGRAPHS:
        problems.append(
            f"{FILES[0]} has {len(train)} paragraphs with questions that are not in {FILES[1]}; "
            f"at least {FEWEST_PARAGRAPHS} are needed."
        )
    if problems:
        raise SourceProblems(source, problems)
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    shuffled = [train[place] for place in rng.permutation(len(train))]
    reached = np.cumsum([len(passage.questions) for passage in shuffled])
    held_out = 1 + int(np.searchsorted(reached, min(MOST_TEST, reached[-1] // 4)))
    write(out, train=shuffled[held_out:], dev=dev, test=shuffled[:held_out], rng=rng)


def read_passages(path: Path, problems: list[str]) -> list[Passage]:
    """A real file's paragraphs that have questions; adds to `problems` what is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        questions, paragraphs = list(data["questions"]), list(data["paragraphs"])
    except (ValueError, KeyError, TypeError):
        problems.append(f'{path.name} is not JSON of the form {{"questions": [...], "paragraphs": [...]}}.')
        return []
    troubles = [trouble_of(question, paragraphs) for question in questions]
    problems += [
        f"{path.name}: {troubles.count(trouble)} of {len(questions)} questions {trouble}."
        for trouble in sorted(set(troubles) - {""})
    ]
    by_text: dict[str, list[Record]] = {}
    for question, trouble in zip(questions, troubles, strict=True):
        if not trouble and without_commas(question["answer_text"]).strip():
            record = {key: question[key] for key in sorted(KEYS - {"id", "paragraph_id"})}
            by_text.setdefault(paragraphs[question["paragraph_id"]], []).append(record)
    return [Passage(text, records) for text, records in by_text.items()]


def trouble_of(question: object, paragraphs: list[str]) -> str:
    """What is wrong with a real question, as the end of a sentence; "" when all is well."""
    if not isinstance(question, dict) or not question.keys() >= KEYS:
        return f"lack one of the keys {', '.join(sorted(KEYS))}"
    place, start, end = (question[key] for key in ("paragraph_id", "answer_start", "answer_end"))
    if not isinstance(place, int) or not 0 <= place < len(paragraphs):
        return "name a paragraph that is not there"
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        return "have no answer_start and answer_end, counted from 0, both included"
    if paragraphs[place][start : end + 1] != question["answer_text"]:
        return "have an answer that does not stand in the paragraph from answer_start to answer_end"
    return ""
