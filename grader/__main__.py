"""The grader by hand: check a file offline, score it by a key of your own, or list the metrics.

    python -m grader check pred.csv --like sample_submission.csv [--metric rmse]
    python -m grader score pred.csv --key answer_key.csv --metric rmse [--set k=5] ...
    python -m grader metrics

Exit status: 0 the file is well-formed, 1 it is not, 2 the command itself, or the key, is wrong.
"""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.check import check
from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, MissingLibrary, ProblemsFound
from grader.library import grade_file, read_key
from grader.messages import Message
from grader.metrics import FAMILIES, METRICS, Metric, canonical_name, names_of
from grader.metrics.fields import noun_of


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = parser_of_commands().parse_args(arguments)
    if options.command == "metrics":
        return _metrics()
    if options.command == "score":
        return _score(options)
    return _check(options.file, options.like, options.metric)


def parser_of_commands() -> argparse.ArgumentParser:
    """What the command line may say."""
    parser = argparse.ArgumentParser(prog="python -m grader", description="Check and score predictions.")
    commands = parser.add_subparsers(dest="command", required=True)
    check_parser = commands.add_parser(
        "check", help="find every format problem of a file; no answer key is needed"
    )
    check_parser.add_argument("file", type=Path)
    check_parser.add_argument("--like", type=Path, required=True, metavar="sample_submission.csv")
    check_parser.add_argument("--metric", help="the competition's metric, which says what values are allowed")
    _add_score(commands.add_parser("score", help="score a file by an answer key that you have"))
    commands.add_parser("metrics", help="list the metrics")
    return parser


def _add_score(parser: argparse.ArgumentParser) -> None:
    several: Any = {"action": "append", "default": []}
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, metavar="answer_key.csv", help="the true values")
    parser.add_argument("--metric", required=True, help="a metric's name, or an alias such as MAP@5")
    parser.add_argument("--id", default="", help="the id's column; the key's first one without this")
    parser.add_argument("--target", **several, help="a column of true values; all others without this")
    parser.add_argument("--label", **several, help="a class label, where the upload has one column a class")
    parser.add_argument("--prediction", **several, help="a column of the upload with a name of its own")
    parser.add_argument("--column", **several, metavar="weights=w", help="a further column of the key")
    parser.add_argument("--set", **several, metavar="k=5", help="an argument of the metric")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")


def _score(options: argparse.Namespace) -> int:
    try:
        key = read_key(
            options.key,
            options.metric,
            id_column=options.id,
            target_columns=options.target,
            labels=options.label,
            prediction_columns=options.prediction,
            columns=_pairs("--column", options.column),
            **_settings(options.metric, options.set),
        )
        grade = grade_file(options.file, key)
    except (OSError, BadSpec, MissingLibrary) as error:
        _say(str(error), to=sys.stderr)
        return 2
    except ProblemsFound as error:
        is_key = isinstance(error, InvalidAnswerKey)
        _say(f"{options.key if is_key else options.file}:", to=sys.stderr)
        _say_problems(error)
        return 2 if is_key else 1
    scores = {
        word: value
        for word, value, rows in (
            ("public", grade.public, key.public_rows),
            ("private", grade.private, key.private_rows),
        )
        if rows
    }
    if options.json:
        _say(json.dumps({"metric": key.spec.metric, **scores}), to=sys.stdout)
        return 0
    for word, value in scores.items():
        _say(f"{key.spec.metric} {word:<8} {value!r}", to=sys.stdout)
    return 0


def _pairs(option: str, texts: list[str]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if "" in pairs or "" in pairs.values():
        raise BadSpec(
            Message(
                "{option} takes a name and a value, as in --set k=5; found {texts}.",
                option=option,
                texts=" ".join(texts),
            )
        )
    return pairs


def _settings(metric: str, texts: list[str]) -> dict[str, Any]:
    """The metric's arguments: texts where it wants texts, else what the text is in JSON."""
    parameters = METRICS[canonical_name(metric)].parameters
    settings: dict[str, Any] = {}
    for name, text in _pairs("--set", texts).items():
        is_text = name in parameters and (parameters[name].is_label or parameters[name].type is str)
        try:
            settings[name] = text if is_text else json.loads(text)
        except json.JSONDecodeError:
            settings[name] = text
    return settings


def _check(file: Path, like: Path, metric: str | None) -> int:
    try:
        data, sample = file.read_bytes(), like.read_bytes()
        summary = check(data, sample=sample, metric=metric)
    except (OSError, BadSpec) as error:
        _say(str(error), to=sys.stderr)
        return 2
    except InvalidSubmission as error:
        _say_problems(error)
        return 1
    _say(f"{file}: well-formed. {summary}", to=sys.stdout)
    return 0


def _say_problems(error: ProblemsFound) -> None:
    for problem in error.problems:
        _say(f"{problem.code}: {problem}", to=sys.stderr)
        for example in problem.examples:
            _say(f"    {example}", to=sys.stderr)


def _metrics() -> int:
    for family, metrics in FAMILIES.items():
        _say(f"\n{family}", to=sys.stdout)
        for name, metric in metrics.items():
            arrow = "higher" if metric.higher_is_better else "lower"
            ends = f"{min(metric.best, metric.worst):g} .. {max(metric.best, metric.worst):g}"
            _say(f"  {name:<28} {arrow:<6} {ends:<14} {_layout(metric)}", to=sys.stdout)
            _say(f"      {metric.summary}{'; ' if metric.edges else ''}{metric.edges}", to=sys.stdout)
            for label, words in _details(name, metric):
                _say(f"      {label}: {words}", to=sys.stdout)
    _say(f"\n{len(METRICS)} metrics", to=sys.stdout)
    return 0


def _layout(metric: Metric) -> str:
    return f"{metric.columns}: key {noun_of(metric.answers)}, upload {noun_of(metric.predictions)}"


def _details(name: str, metric: Metric) -> Iterator[tuple[str, str]]:
    if names := names_of(name):
        yield "also", ", ".join(names)
    for argument, parameter in metric.parameters.items():
        default = "" if parameter.default is None else f" (default {parameter.default})"
        yield f"argument {argument}", f"{parameter.summary}{default}"
    for column, field in metric.auxiliary.items():
        optional = ", optional" if column in metric.optional else ""
        yield f"key column {column}", f"{noun_of(field)}{optional}"


def _say(text: str, *, to: object) -> None:
    print(text, file=to)  # type: ignore[call-overload]


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends this quietly, as it ends other tools
    sys.exit(main())
