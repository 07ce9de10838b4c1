"""Make the texts of homework 5: two invented languages, talks held in one and put into the other.

Nothing is downloaded. Words, grammar and talks are drawn from one seed; the files have the names and the
layout of the real ones (ted2020/raw.en and raw.zh line by line, mono/ for Chinese alone), so the tiers run
unchanged on either. `build_from` makes the same files from the real ones. NOTES.md says what was planted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import SourceProblems, require_files

TALK = 10  # sentences in a talk; a talk goes to one side as a whole
TRAIN_TALKS, MONO_TALKS, TEST_TALKS = 64, 300, 100  # 640 pairs, 3,000 sentences alone, 1,000 to translate
# Words of each kind, and with how many characters the second language writes them, at least and at most.
KINDS = {
    "noun": (60, 1, 2),
    "verb": (24, 1, 1),
    "adjective": (20, 1, 2),
    "place": (10, 2, 2),
    "time": (8, 2, 2),
    "number": (6, 1, 1),
}
CLASSES = 5  # of nouns: each has a measure word of its own
LITTLE_WORDS = ("the", "who", "in", "did", "not", "was")  # for these the first language has words of its own
SYNONYM = 0.1  # share of the nouns for which a speaker uses the second word that the second language has
LETTERS = ("bdfgjklmnprstvz", "aeiou")
PAIRS, MONO, TEST = ("ted2020/raw.en", "ted2020/raw.zh"), "mono/ted_zh_corpus.deduped", "ted2020/test.en"
FEWEST_PAIRS, FEWEST_ALONE = 500, 100  # lines of real files with which the homework makes sense
MOST_TEST = 4000  # lines that build_from holds out, as many as the real test has
NOTHING = "。"  # stands in each line of the sample


@dataclass(frozen=True)
class Word:
    """One word: `first` in the first language; `second` in the other, of which there may be two.

    A noun's two are synonyms, and `kind` is its class; of a verb's two, the object's class decides.
    """

    first: str
    second: tuple[str, str]
    kind: int = 0


@dataclass(frozen=True)
class Language:
    """The words by kind, the first language's words for LITTLE_WORDS, and what only the second one has.

    measures: a measure word for each class of nouns. of, done, ask: particles behind a description, a verb in
    the past, a question. no: the one before a verb.
    """

    words: dict[str, list[Word]]
    little: dict[str, str]
    measures: list[str]
    of: str
    done: str
    ask: str
    no: str


@dataclass(frozen=True)
class Talk:
    """Who speaks of what, and how.

    chances: for each kind the cumulated chances of its words. tastes: for each noun 0 or 1, the synonym that
    this speaker uses.
    """

    rng: np.random.Generator
    language: Language
    chances: dict[str, np.ndarray]
    tastes: dict[str, int]

    def draw(self, kind: str) -> Word:
        """A word of this kind, one of the talk's topics more often than others."""
        place = int(np.searchsorted(self.chances[kind], self.rng.random(), side="right"))
        return self.language.words[kind][place]


@dataclass(frozen=True)
class Pair:
    """A phrase in both languages: words in the first, characters in the second; kind: of its noun."""

    first: list[str]
    second: str
    kind: int = 0


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/ted2020/*, out/public/mono/*, out/public/sample_submission.csv and the answer key.

    The same seed gives the same bytes. Words, talks and the split draw from separate streams, so that nothing
    in the public files shows the state of the generator that made the split. The default seed is for
    demonstrations: who knows the seed has the key, so a real course passes a long random one of its own.
    """
    words, speakers, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    language = invent(words)
    sentences: set[str] = set()  # none comes twice in either language, in any of the files
    train, alone, test = (
        [pair for _ in range(talks) for pair in hold_talk(speakers, language, sentences)]
        for talks in (TRAIN_TALKS, MONO_TALKS, TEST_TALKS)
    )
    public = np.repeat(split.permutation(TEST_TALKS) < TEST_TALKS // 2, TALK)  # (lines,) of bool
    write(out, train=train, alone=[second for _, second in alone], test=test, public=public)


def invent(rng: np.random.Generator) -> Language:
    """Draw the words of both languages; the second is written in common Chinese characters of one sense."""
    signs = iter(rng.permutation([sign for high in range(0xA4, 0xC6) for sign in big5_row(high)]))
    used: set[str] = set()

    def spelled() -> str:
        while True:
            parts = [rng.choice(list(letters)) for _ in range(int(rng.integers(2, 4))) for letters in LETTERS]
            word = "".join(parts)
            if word not in used:
                used.add(word)
                return word

    def written(length: int) -> str:
        return "".join(next(signs) for _ in range(length))

    def word(shortest: int, longest: int) -> Word:
        second = (written(int(rng.integers(shortest, longest + 1))) for _ in range(2))
        return Word(spelled(), (next(second), next(second)), int(rng.integers(CLASSES)))

    return Language(
        words={kind: [word(*lengths) for _ in range(n)] for kind, (n, *lengths) in KINDS.items()},
        little={meaning: spelled() for meaning in LITTLE_WORDS},
        measures=[written(1) for _ in range(CLASSES)],
        of=written(1),
        done=written(1),
        ask=written(1),
        no=written(1),
    )


def big5_row(high: int) -> list[str]:
    """The characters in a row of Big5, whose first rows hold the 5,401 common ones."""
    lows = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    return [sign for low in lows if len(sign := bytes([high, low]).decode("big5", errors="ignore")) == 1]


def hold_talk(rng: np.random.Generator, language: Language, known: set[str]) -> list[tuple[str, str]]:
    """The TALK sentences of a new talk in both languages; none is in `known`, which they enter."""
    talk = Talk(
        rng,
        language,
        chances={kind: topics(rng, len(words)) for kind, words in language.words.items()},
        tastes={noun.first: int(rng.random() < SYNONYM) for noun in language.words["noun"]},
    )
    sentences: list[tuple[str, str]] = []
    while len(sentences) < TALK:
        first, second = sentence(talk)
        if first not in known and second not in known:
            known |= {first, second}
            sentences.append((first, second))
    return sentences


def topics(rng: np.random.Generator, words: int) -> np.ndarray:
    """Cumulated chances (words,): some words are common in all talks; each talk has its favourites."""
    common = 1 / (np.arange(words) + 6.0)
    shares = common * rng.gamma(0.7, size=words)
    return np.cumsum(shares) / shares.sum()


def sentence(talk: Talk) -> tuple[str, str]:
    """A sentence in both languages.

    First: subject, verb, object, place, time. Second: time, subject, place, verb, object; a description
    stands before its noun there. Which of a verb's two words is right depends on the class of its object.
    """
    language, rng = talk.language, talk.rng
    subject, thing = noun_phrase(talk), noun_phrase(talk)
    verb = talk.draw("verb")
    is_negated, is_past, is_question = (rng.random(3) < (0.2, 0.4, 0.15)).tolist()
    first = [*subject.first]
    first += [language.little["did"], language.little["not"]] if is_negated else []
    first += [verb.first, *([language.little["was"]] if is_past else []), *thing.first]
    action = language.no * is_negated + verb.second[thing.kind % 2] + language.done * is_past + thing.second
    place, time = "", ""
    if rng.random() < 0.3:
        where = talk.draw("place")
        first += [language.little["in"], where.first]
        place = where.second[0]
    if rng.random() < 0.3:
        when = talk.draw("time")
        first.append(when.first)
        time = when.second[0]
    ends = ("?", language.ask + "？") if is_question else (".", "。")
    return " ".join(first) + ends[0], time + subject.second + place + action + ends[1]


def noun_phrase(talk: Talk) -> Pair:
    """A noun with what describes it: article or number, adjective, relative clause."""
    language, rng = talk.language, talk.rng
    noun = talk.draw("noun")
    first, second = [noun.first], noun.second[talk.tastes[noun.first]]
    if rng.random() < 0.3:
        adjective = talk.draw("adjective")
        first, second = [adjective.first, *first], adjective.second[0] + language.of + second
    if rng.random() < 0.35:  # the second language counts with a measure word, which depends on the noun
        number = talk.draw("number")
        first, second = [number.first, *first], number.second[0] + language.measures[noun.kind] + second
    else:
        first = [language.little["the"], *first]
    if rng.random() < 0.15:  # "the dog who saw the cat" becomes "see cat 's dog"
        verb, other = talk.draw("verb"), talk.draw("noun")
        first += [language.little["who"], verb.first, language.little["the"], other.first]
        clause = verb.second[other.kind % 2] + other.second[talk.tastes[other.first]]
        second = clause + language.of + second
    return Pair(first, second, noun.kind)


def write(
    out: Path,
    *,
    train: Sequence[tuple[str, str]],
    alone: Sequence[str],
    test: Sequence[tuple[str, str]],
    public: np.ndarray,
) -> None:
    """Write the files; public (lines of the test,) of bool says which are of the public half."""
    texts = {
        PAIRS[0]: [first for first, _ in train],
        PAIRS[1]: [second for _, second in train],
        TEST: [first for first, _ in test],
        MONO: alone,
    }
    for name, lines in texts.items():
        path = out / "public" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    key = pd.DataFrame({"id": np.arange(len(test)), "translation": [second for _, second in test]})
    sample = key[["id"]].assign(translation=NOTHING)
    sample.to_csv(out / "public" / "sample_submission.csv", index=False, lineterminator="\n")
    (out / "private").mkdir(parents=True, exist_ok=True)
    key["Usage"] = np.where(public, "Public", "Private")
    key.to_csv(out / "private" / "answer_key.csv", index=False, lineterminator="\n")


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real ones in `source`, which have the same names.

    The real test's translations are not public, so blocks of lines that follow each other (a talk's, mostly)
    are held out of the pairs; each block is public or private as a whole. Lines of the corpus of Chinese
    alone that are among their translations are left out of it. Raises SourceProblems.
    """
    require_files(source, [*PAIRS, MONO])
    first, second, alone = (read_lines(source, name) for name in (*PAIRS, MONO))
    problems = length_problems(len(first), len(second), len(alone))
    if problems:
        raise SourceProblems(source, problems)
    pairs = [pair for pair in zip(first, second, strict=True) if pair[0] and pair[1]]
    if len(pairs) < FEWEST_PAIRS:
        shortage = f"Only {len(pairs)} lines of {PAIRS[0]} and {PAIRS[1]} have text in both"
        raise SourceProblems(source, [f"{shortage}; at least {FEWEST_PAIRS} are needed."])
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    size = 100 if len(pairs) > 50_000 else TALK  # lines in a block
    blocks = np.array_split(np.arange(len(pairs)), len(pairs) // size)
    order = rng.permutation(len(blocks))
    held_out = order[: max(2, min(MOST_TEST, len(pairs) // 4) // size)]
    sides = rng.permutation(len(held_out)) < len(held_out) // 2
    test = [pairs[line] for block in held_out for line in blocks[block]]
    answers = {second for _, second in test}
    write(
        out,
        train=[pairs[line] for block in np.sort(order[len(held_out) :]) for line in blocks[block]],
        alone=[line for line in alone if line and line not in answers],
        test=test,
        public=np.repeat(sides, [len(blocks[block]) for block in held_out]),
    )


def read_lines(source: Path, name: str) -> list[str]:
    """The lines of a text without blanks at their ends; raises SourceProblems if it is not UTF-8."""
    try:
        text = (source / name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"{name} is not UTF-8 (byte {error.start}); convert it, for example with iconv."
        raise SourceProblems(source, [problem]) from None
    return [line.strip() for line in text.removesuffix("\n").split("\n")]


def length_problems(first: int, second: int, alone: int) -> list[str]:
    """What is wrong with these numbers of lines, a sentence each."""
    problems = []
    if first != second:
        problems.append(
            f"{PAIRS[0]} has {first} lines and {PAIRS[1]} has {second}; line by line they must be "
            "translations of each other, so take both from one archive."
        )
    elif first < FEWEST_PAIRS:
        problems.append(f"{PAIRS[0]} has {first} lines; at least {FEWEST_PAIRS} are needed.")
    if alone < FEWEST_ALONE:
        problems.append(f"{MONO} has {alone} lines; at least {FEWEST_ALONE} are needed.")
    return problems
