"""The corpus of malformed files: each gets its verdict, in words that help, here and in the offline check."""

import pytest

from grader.check import check
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from tests.grader.cases import written
from tests.grader.reading.malformed import ids_and_values, whole_files
from tests.grader.reading.malformed.entry import MalformedFile

CORPUS = [*whole_files.ENTRIES, *ids_and_values.ENTRIES]
EVERY = pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry.about)


def words_of(problems: tuple[Problem, ...]) -> str:
    """All that a student reads."""
    return "\n".join(f"{problem} {' '.join(problem.examples)}" for problem in problems)


def test_the_corpus_is_large_and_has_no_file_twice() -> None:
    assert len(CORPUS) >= 100
    assert len({entry.about for entry in CORPUS}) == len(CORPUS)
    assert len({(entry.data, entry.key) for entry in CORPUS}) == len(CORPUS)


@EVERY
def test_a_malformed_file_gets_its_verdict_in_words_that_help(entry: MalformedFile) -> None:
    with pytest.raises(InvalidSubmission) as error:
        grade(entry.data, entry.key())

    problems = error.value.problems
    assert tuple(sorted(problem.code for problem in problems)) == entry.codes, words_of(problems)
    assert [word for word in entry.words if word not in words_of(problems)] == [], words_of(problems)
    assert all(problem.message and problem.hint and problem.count >= 1 for problem in problems)
    assert "Traceback" not in words_of(problems)


@EVERY
def test_the_offline_check_finds_the_same(entry: MalformedFile) -> None:
    key = entry.key()
    values = list((key.spec.labels or ("0", "1"))[:2])
    sample = [
        [name, *[values[n % 2]] * (len(key.layout.columns) - 1)]
        for n, name in enumerate(key.layout.ids.ids.to_pylist())
    ]

    try:
        check(entry.data, sample=written([list(key.layout.columns), *sample]), metric=key.spec.metric)
        codes: tuple[str, ...] = ()
    except InvalidSubmission as error:
        codes = tuple(sorted(problem.code for problem in error.problems))

    # The labels that staff declared stand in competition.toml, which the offline check has not seen; it may
    # say that the sample's are written otherwise.
    if "unknown_label" in entry.codes:
        codes = tuple(code for code in codes if code not in ("other_notation", "no_known_label"))
    assert codes == tuple(code for code in entry.codes if code != "unknown_label")
