"""How long a text may be follows from the public answers alone."""

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.reading.long_texts import ALWAYS
from grader.spec import GradingSpec

SPEC = GradingSpec("bleu", "id", ("text",))


def key_of(*, public: str = "a b c d", private: str = "a b c d") -> AnswerKey:
    """A key of two public and two private rows."""
    rows = [("r4", public, "Public"), ("a7", "e f g h", "Public"), ("k1", private, "Private")]
    rows += [("b9", "e f g i", "Private")]
    lines = ["id,text,Usage", *(",".join(row) for row in rows)]
    return AnswerKey.from_csv("\n".join(lines).encode(), SPEC)


def file_with(text: str) -> bytes:
    """A file that has this text in two rows."""
    return f"id,text\nr4,{text}\na7,x y z w\nk1,{text}\nb9,x y z w\n".encode()


@pytest.mark.parametrize("private", ["a b c d", "a b c d " * 500])
def test_a_text_far_longer_than_the_public_answers_is_refused_with_its_ids(private: str) -> None:
    with pytest.raises(InvalidSubmission) as refusal:
        grade(file_with("w" * (ALWAYS + 1)), key_of(private=private))

    (problem,) = refusal.value.problems
    assert (problem.code, problem.count) == ("text_too_long", 2)
    assert "more than 1,000 characters" in problem.message
    assert problem.examples == ("id 'r4'", "id 'k1'")


def test_texts_may_be_ten_times_as_long_as_the_longest_public_answer() -> None:
    key = key_of(public="a b c " * 50)

    assert grade(file_with("é" * 2_990), key).rows == 4
    with pytest.raises(InvalidSubmission):
        grade(file_with("é" * 3_010), key)
