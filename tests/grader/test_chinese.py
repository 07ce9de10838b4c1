"""What the grader says, in Chinese: every sentence of it, with the values that its English has."""

import ast
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.key_warnings import key_warnings
from grader.errors import BadHomeworkFile, InvalidAnswerKey, InvalidSubmission, ProblemsFound
from grader.grade import grade
from grader.homeworks.homework_file import read_homework_file
from grader.messages import Counted, Joined, Message, Text, packed, restored, translated
from grader.metrics import METRICS
from grader.spec import GradingSpec
from languages.catalogue import templates
from server.domain.errors import Invalid
from server.domain.grading.answer_keys import checked_key
from server.services.rescores.grader_process import from_line, to_line
from tests.grader.reading.malformed.causes import FILES
from tests.grader.reading.test_malformed import CORPUS
from tests.grader.reading.test_messages import KEYS

GRADER = Path(__file__).resolve().parents[2] / "grader"
CASES = {entry.about: (entry.data, entry.key) for entry in CORPUS} | {
    about: (data, key) for about, (data, key, _) in FILES.items()
}
# The functions that take what people read, with the places of it among their arguments.
SPEAKERS = {"Problem": (1, 2), "problem": (1, 2), "refusal": (1, 2), "BadSpec": (0,), "MetricFailed": (0,)}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"\{\{|\}\}|\{[^{}]*\}|'[^']*'")  # fields of a template, and what stands in quotes
BESIDE_WORDS = re.compile(r"[\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
FIELD = re.compile(r"\{(\w+)")
WORD = re.compile(r"[A-Za-z]{2,}")
# Names of things, and words of Python, for which Chinese has no others.
TERMS = frozenset(
    {"Arrow", "BOM", "CSV", "Excel", "JPEG", "JSON", "NUL", "NaN", "NumPy", "Office", "PDF", "PNG", "Parquet"}
    | {"Python", "SQLite", "UTF", "Windows", "Zstandard", "gzip", "macOS", "notebook", "pandas", "pickle"}
    | {"tar", "xz", "zip", "tensor", "token", "tokenizer", "logits", "sigmoid", "softmax", "clip", "merge"}
    | {
        "curl",
        "tab",
        "csv",
        "str",
        "id",
        "bytes",
        "True",
        "False",
        "Usage",
        "Public",
        "Private",
        "Ignored",
        "labels",
        "names",
    }
)


def sentences_in(text: object) -> Iterator[Message | Counted]:
    """The sentences of a text, and those that are values of one."""
    match text:
        case Joined():
            for part in text.parts:
                assert isinstance(part, Text), f"{part!r} reads English in every language"
                yield from sentences_in(part)
        case Message() | Counted():
            yield text
            for value in text.values.values():
                yield from sentences_in(value)


def template_of(sentence: Message | Counted) -> str:
    """What the catalogue has for a sentence, its fields unfilled."""
    chinese = templates("zh-TW")
    match sentence:
        case Counted():
            return chinese.ngettext(sentence.one, sentence.many, sentence.number)
        case _:
            return chinese.gettext(sentence.template)


def require_chinese(text: object) -> None:
    """That a text has a Chinese form, whose words are Chinese, and that it has all values of the English."""
    assert isinstance(text, Text), f"{text!r} reads English in every language"
    chinese = translated(text, templates("zh-TW"))
    assert CHINESE.search(chinese), chinese
    for sentence in sentences_in(text):
        words = BESIDE_WORDS.split(CODE.sub(" ", template_of(sentence)))
        assert [word for word in words if WORD.fullmatch(word) and word not in TERMS] == [], chinese
        english = sentence.one + sentence.many if isinstance(sentence, Counted) else sentence.template
        values = [
            str(sentence.values[field]) for field in FIELD.findall(english) if is_words(sentence, field)
        ]
        assert [value for value in values if value not in chinese] == []


def is_words(sentence: Message | Counted, field: str) -> bool:
    """Whether the value of a field is a person's words, which stand as they are in every language."""
    value = sentence.values[field]
    return isinstance(value, str) and not isinstance(value, Text)


@pytest.mark.parametrize("about", CASES)
def test_each_problem_of_a_file_is_told_in_chinese(about: str) -> None:
    data, key = CASES[about]

    with pytest.raises(InvalidSubmission) as error:
        grade(data, key())

    for problem in error.value.problems:
        require_chinese(problem.message)
        require_chinese(problem.hint)
    assert CHINESE.search(translated(error.value.text, templates("zh-TW")))


def test_a_problem_is_chinese_still_after_each_of_its_ways() -> None:
    data, key = CASES["logits for probabilities"]
    with pytest.raises(InvalidSubmission) as error:
        grade(data, key())
    problem = error.value.problems[0]

    stored = restored(json.loads(json.dumps(packed(problem.as_dict()))))
    line = from_line(json.loads(json.dumps(to_line(error.value))))
    assert isinstance(line, ProblemsFound)
    copied = pickle.loads(pickle.dumps(problem))  # noqa: S301  # our own bytes

    for message, hint in (
        (stored["message"], stored["hint"]),
        (line.problems[0].message, line.problems[0].hint),
        (copied.message, copied.hint),
    ):
        require_chinese(message)
        require_chinese(hint)


@pytest.mark.parametrize("about", KEYS)
def test_a_host_is_told_in_chinese(about: str) -> None:
    data, metric, _ = KEYS[about]

    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(data, GradingSpec(metric, "id", ("y",)))

    for problem in error.value.problems:
        require_chinese(problem.message)
        require_chinese(problem.hint)


def test_a_refusal_of_a_key_is_chinese_to_its_end() -> None:
    data, metric, _ = KEYS["no Usage"]

    with pytest.raises(Invalid) as error:
        checked_key(data, GradingSpec(metric, "id", ("y",)))

    require_chinese(error.value.message)


def test_a_host_is_warned_in_chinese() -> None:
    rows = [f"{row * 7919 % 10007},{label},Public" for row, label in enumerate(["cat", "'dog'", "Cat"] * 20)]
    private = [f"x{row * 7919 % 10007},cat,Private" for row in range(20)]
    key = AnswerKey.from_csv(
        "\n".join(["id,y,Usage", *rows, *private, ""]).encode(), GradingSpec("accuracy", "id", ("y",))
    )

    warnings = key_warnings(key)

    assert {warning.code for warning in warnings} >= {"few_rows", "classes_missing", "marks_in_labels"}
    for warning in warnings:
        require_chinese(warning.message)
        require_chinese(warning.hint)


def test_a_competition_file_is_refused_in_chinese() -> None:
    with pytest.raises(BadHomeworkFile) as error:
        read_homework_file(b'title = ""\ndaily_limitt = 3\nlate_penalty = 2', metric_file=None)

    assert len(error.value.problems) > 10
    for problem in error.value.problems:
        assert CHINESE.search(translated(problem, templates("zh-TW"))), problem


def test_each_metric_is_described_in_chinese() -> None:
    chinese = templates("zh-TW")
    for name, metric in METRICS.items():
        texts = [metric.summary, metric.edges, *(each.summary for each in metric.parameters.values())]
        texts += [text for need in metric.needs for text in (need.message, need.hint)]
        assert [text for text in texts if text and translated(text, chinese) == str(text)] in (
            [],
            SAME.get(name),
        )


SAME = {"kendall_tau": ["Kendall's tau-b"], "gini_normalised": ["2 AUC - 1"]}  # the same in every language


def test_who_speaks_to_people_is_given_texts() -> None:
    wrong = []
    for path in sorted(GRADER.rglob("*.py")):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
        ):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            words = [call.args[place] for place in SPEAKERS.get(name, ()) if place < len(call.args)]
            words += [
                each.value for each in call.keywords if each.arg in ("message", "hint") and name in SPEAKERS
            ]
            wrong += [f"{path.relative_to(GRADER)}:{each.lineno}" for each in words if is_plain(each)]
    assert wrong == []


def is_plain(node: ast.AST) -> bool:
    """Whether a literal or an f-string stands here, outside of the calls that make a text of it."""
    if isinstance(node, ast.Call | ast.Subscript | ast.Compare):
        return False
    is_text = isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return is_text or any(map(is_plain, ast.iter_child_nodes(node)))
